//go:build linux

package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A part is one running program of the desktop.
type part struct {
	name string
	pid  int
	said *tail
	done chan struct{} // closed when the program has ended
}

// tail keeps the last of what a program printed.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 8 << 10

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailSize; over > 0 {
		t.text = append([]byte(nil), t.text[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}

// run starts a part in a process group of its own. If the part ends before the
// desktop is closed, that is the reason every wait on the desktop fails with.
func (d *Desktop) run(stdin io.Reader, extra []*os.File, name string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return fmt.Errorf("%s is not installed (packaging/deps installs it): %w", name, err)
	}
	cmd := exec.Command(path, args...) //nolint:gosec,noctx // The rig's own programs; they end with Close, not with a context.
	cmd.Env = d.env(d.partsHome())
	cmd.Dir = d.dir
	cmd.Stdin = stdin
	cmd.ExtraFiles = extra
	p := &part{name: name, said: &tail{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.said, p.said
	// What a part started may hold its output open after it ended.
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}

	started := make(chan error, 1)
	d.starts <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	p.pid = cmd.Process.Pid
	d.mu.Lock()
	d.parts = append(d.parts, p)
	d.mu.Unlock()
	go func() {
		err := cmd.Wait()
		if err == nil {
			err = errors.New("exit status 0")
		}
		d.end(fmt.Errorf("%s ended: %w%s", name, err, said(p.said.String())))
		close(p.done)
	}()
	return nil
}

// kill ends the part with everything in its process group. A part that has
// ended may have left others in its group, whose id is not reused before they
// end; where the group is empty nothing is hit.
func (p *part) kill() {
	_ = syscall.Kill(-p.pid, syscall.SIGKILL) // No such group is what we want.
}

// killStrays ends what runs in this desktop's environment without being in the
// group of a part: services that the bus activated, and programs under test.
// They are known by the runtime folder in their environment, which no other
// desktop has.
func (d *Desktop) killStrays() {
	deadline := time.Now().Add(time.Minute) // A process in the kernel's hands may take a moment.
	for time.Now().Before(deadline) {
		alive := false
		entries, err := os.ReadDir("/proc")
		if err != nil {
			return
		}
		for _, entry := range entries {
			pid, err := strconv.Atoi(entry.Name())
			if err != nil || pid == os.Getpid() {
				continue
			}
			if d.owns(entry.Name()) {
				alive = true
				_ = syscall.Kill(pid, syscall.SIGKILL) // It may have ended since.
			}
		}
		if !alive {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// owns reports whether a process runs in this desktop's environment. Chromium
// writes its title over its environment, and is known by its profile.
func (d *Desktop) owns(pid string) bool {
	// Unreadable means another user's or gone. A zombie's are empty.
	env, _ := os.ReadFile(filepath.Join("/proc", pid, "environ"))
	mark := []byte("XDG_RUNTIME_DIR=" + d.runtimeDir())
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if bytes.Equal(v, mark) {
			return true
		}
	}
	line, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
	return bytes.Contains(line, []byte("--user-data-dir="+d.browserDir()+"/"))
}

// call runs a short-lived tool to its end and returns what it printed.
func (d *Desktop) call(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // The rig's own tools.
	cmd.Env = d.env(d.partsHome())
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		if cause := d.failure(ctx); cause != nil {
			return "", cause
		}
		return out.String(), fmt.Errorf("%s: %w%s", name, err, said(complaint.String()))
	}
	return out.String(), nil
}

func said(output string) string {
	if output = strings.TrimSpace(output); output == "" {
		return ""
	}
	return "; it printed:\n" + output
}

// firstLine reads the line by which a program tells that it is ready, on a
// descriptor of its own.
func (d *Desktop) firstLine(ctx context.Context, r *os.File) (string, error) {
	stop := context.AfterFunc(ctx, func() { _ = r.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var line []byte
	b := make([]byte, 1)
	for {
		switch _, err := r.Read(b); {
		case errors.Is(err, io.EOF):
			// The part closed it by ending; its own words follow in a moment.
			select {
			case <-d.ended.Done():
			case <-ctx.Done():
			}
			return "", d.failure(ctx)
		case errors.Is(err, os.ErrDeadlineExceeded):
			return "", d.failure(ctx)
		case err != nil && !errors.Is(err, fs.ErrClosed):
			return "", err
		case err != nil:
			return "", d.failure(ctx)
		}
		if b[0] == '\n' {
			return string(line), nil
		}
		line = append(line, b[0])
	}
}
