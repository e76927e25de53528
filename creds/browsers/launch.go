package browsers

import (
	"os"
	"os/exec"
)

// launch starts the browser. It outlives this process, takes nothing from it
// but the environment, and says nothing in its output. How it ends is sent to
// the channel, which is nil if the system has started it.
func (s start) launch(environ []string) (<-chan error, error) {
	if len(s.words) == 0 {
		return nil, systemOpen(s.address)
	}
	// The browser outlives this call, so ctx is not its business.
	cmd := exec.Command(s.words[0], s.words[1:]...) //nolint:gosec,noctx // a browser that was found, or the person's own command
	cmd.Env = environ
	// A folder that is in nobody's way: the browser would keep the present one
	// from being unmounted.
	if home, err := os.UserHomeDir(); err == nil && isDir(home) {
		cmd.Dir = home
	}
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return ended, nil
}
