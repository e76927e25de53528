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
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
)

// session is what the parts of a desktop share: its folders, its environment, the
// bus, and the programs that run.
type session struct {
	folders folders
	display string
	address string
	conn    *dbus.Conn

	// Programs are started by one thread that lives as long as the desktop: the
	// kernel sends the parent-death signal when the starting thread ends
	// (prctl(2), PR_SET_PDEATHSIG), not when its process does.
	starts chan func()
	ended  context.Context //nolint:containedctx // Holds the reason why a part ended.
	end    context.CancelCauseFunc

	mu    sync.Mutex
	parts []*part
}

func newSession(f folders) *session {
	s := &session{folders: f, starts: make(chan func())}
	s.ended, s.end = context.WithCancelCause(context.Background())
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for start := range s.starts {
			start()
		}
	}()
	return s
}

// close ends all that runs in the session.
func (s *session) close() {
	if s.conn != nil {
		_ = s.conn.Close() // Its bus ends below anyway.
	}
	s.mu.Lock()
	parts := s.parts
	s.mu.Unlock()
	for _, p := range parts {
		p.kill()
	}
	for _, p := range parts {
		<-p.done
	}
	s.killStrays()
	close(s.starts)
}

func (s *session) env(home string) []string {
	var env []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		foreign := name == "PATH" || name == "HOME" || name == "LANG" || name == "DISPLAY" || name == "WAYLAND_DISPLAY" || name == "XAUTHORITY" || name == "SESSION_MANAGER" || name == "BROWSER"
		for _, prefix := range []string{"XDG_", "DBUS_", "LC_", "AWS_", "DAYPASS_", "GNOME_KEYRING_"} {
			foreign = foreign || strings.HasPrefix(name, prefix)
		}
		if !foreign {
			env = append(env, entry)
		}
	}
	env = append(env,
		"PATH="+s.folders.browser()+string(os.PathListSeparator)+os.Getenv("PATH"),
		"HOME="+home,
		"XDG_RUNTIME_DIR="+s.folders.runtime(),
		"XDG_SESSION_TYPE=x11",
		"XDG_CURRENT_DESKTOP=XFCE",
		"DBUS_SESSION_BUS_ADDRESS="+s.address,
		"LANG=C.UTF-8", // Fyne complains of the locale C.
		"XDG_DATA_DIRS="+s.folders.browserData()+":/usr/local/share:/usr/share",
		"BROWSER="+s.folders.browserProgram(),
		"NO_AT_BRIDGE=1",          // No accessibility bus, which nothing here reads.
		"LIBGL_ALWAYS_SOFTWARE=1", // Xvfb has no other GL.
	)
	if s.display != "" {
		env = append(env, "DISPLAY="+s.display)
	}
	return env
}

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
func (s *session) run(stdin io.Reader, extra []*os.File, name string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return fmt.Errorf("%s is not installed (packaging/deps installs it): %w", name, err)
	}
	cmd := exec.Command(path, args...) //nolint:gosec,noctx // The rig's own programs; they end with Close, not with a context.
	cmd.Env = s.env(s.folders.parts())
	cmd.Dir = string(s.folders)
	cmd.Stdin = stdin
	cmd.ExtraFiles = extra
	p := &part{name: name, said: &tail{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.said, p.said
	// What a part started may hold its output open after it ended.
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}

	started := make(chan error, 1)
	s.starts <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	p.pid = cmd.Process.Pid
	s.mu.Lock()
	s.parts = append(s.parts, p)
	s.mu.Unlock()
	go func() {
		err := cmd.Wait()
		if err == nil {
			err = errors.New("exit status 0")
		}
		s.end(fmt.Errorf("%s ended: %w%s", name, err, said(p.said.String())))
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
func (s *session) killStrays() {
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
			if s.owns(entry.Name()) {
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
func (s *session) owns(pid string) bool {
	// Unreadable means another user's or gone. A zombie's are empty.
	env, _ := os.ReadFile(filepath.Join("/proc", pid, "environ"))
	mark := []byte("XDG_RUNTIME_DIR=" + s.folders.runtime())
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if bytes.Equal(v, mark) {
			return true
		}
	}
	line, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
	return bytes.Contains(line, []byte("--user-data-dir="+s.folders.browser()+"/"))
}

// call runs a short-lived tool to its end and returns what it printed.
func (s *session) call(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // The rig's own tools.
	cmd.Env = s.env(s.folders.parts())
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		if cause := s.failure(ctx); cause != nil {
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

// firstLine reads the line by which a program reports that it is ready, on a
// descriptor of its own.
func (s *session) firstLine(ctx context.Context, r *os.File) (string, error) {
	stop := context.AfterFunc(ctx, func() { _ = r.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var line []byte
	b := make([]byte, 1)
	for {
		switch _, err := r.Read(b); {
		case errors.Is(err, io.EOF):
			// The part closed it by ending; its own words follow in a moment.
			select {
			case <-s.ended.Done():
			case <-ctx.Done():
			}
			return "", s.failure(ctx)
		case errors.Is(err, os.ErrDeadlineExceeded):
			return "", s.failure(ctx)
		case err != nil && !errors.Is(err, fs.ErrClosed):
			return "", err
		case err != nil:
			return "", s.failure(ctx)
		}
		if b[0] == '\n' {
			return string(line), nil
		}
		line = append(line, b[0])
	}
}

// failure returns ctx's end as an error, or the end of a part of the desktop, which is then
// the cause.
func (s *session) failure(ctx context.Context) error {
	if s.ended.Err() != nil {
		return context.Cause(s.ended)
	}
	return context.Cause(ctx)
}

// until calls ready every few milliseconds until it returns true or an error,
// or until ctx or the desktop ends.
func (s *session) until(ctx context.Context, ready func() (bool, error)) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		ok, err := ready()
		if ok || (err != nil && ctx.Err() == nil && s.ended.Err() == nil) {
			return err
		}
		select {
		case <-ctx.Done():
			return s.failure(ctx)
		case <-s.ended.Done():
			return s.failure(ctx)
		case <-tick.C:
		}
	}
}
