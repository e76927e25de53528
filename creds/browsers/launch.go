package browsers

import (
	"os"
	"os/exec"
)

// launch starts the browser, which outlives this process, inherits only its environment
// and writes nothing to its output. The channel gets how it ended; it is nil if the
// system has started it.
func (s start) launch(environ []string) (<-chan error, error) {
	if len(s.words) == 0 {
		return nil, systemOpen(s.address)
	}
	// The browser outlives this call, so no context ends it.
	cmd := exec.Command(s.words[0], s.words[1:]...) //nolint:gosec,noctx // a browser that was found, or the person's own command
	cmd.Env = environ
	// A running browser would keep the current folder from being unmounted.
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
