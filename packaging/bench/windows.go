//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/packaging/rig"
)

// mostOverEmpty is how much later than an empty window the dialog may appear.
const mostOverEmpty = 300 * time.Millisecond

// windows measures how soon a dialog is on the screen.
func (b *bench) windows(ctx context.Context) ([]row, error) {
	desktop, err := b.desktop(ctx, "screen")
	if err != nil {
		return nil, err
	}
	defer desktop.Close()
	// Without a desktop the agent does not open the window itself.
	w, err := b.newWorld(ctx, "asking", home{profiles: 10})
	if err != nil {
		return nil, err
	}
	defer w.close()
	prompt, err := w.prompt(ctx)
	if err != nil {
		return nil, err
	}
	spy, err := watchWindows(ctx, desktop)
	if err != nil {
		return nil, err
	}
	env := append(desktop.Env(), "DAYPASS_RUNTIME_DIR="+filepath.Dir(w.socket()), "HOME="+w.dir)
	opens := func(name string, args ...string) trial {
		return func(ctx context.Context) (time.Duration, error) {
			return spy.opens(ctx, env, b.program(name), args...)
		}
	}
	dialog, empty, err := inTurns(ctx, b.n.windows, opens("daypass-ui", "prompt", prompt), opens("emptywindow"))
	if err != nil {
		return nil, err
	}
	return []row{notOver("cold dialog, process start to mapped window", dialog, empty, "empty Fyne window", mostOverEmpty)}, nil
}

func (b *bench) desktop(ctx context.Context, name string) (*rig.Desktop, error) {
	dir := filepath.Join(b.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	return rig.Start(ctx, rig.Options{Dir: dir})
}

// prompt makes the agent ask for alice's code, until ctx ends or for most of a minute,
// and returns the prompt's ID.
func (w *world) prompt(ctx context.Context) (string, error) {
	asked := make(chan error, 1)
	go func() {
		query := agentapi.Query{Profile: "alice", Wait: 50 * time.Second}
		asked <- w.ask(ctx, query.On(agentapi.Credentials.Path), &creds.Credentials{})
	}()
	for {
		var s creds.Snapshot
		if err := w.ask(ctx, agentapi.Snapshot.Path, &s); err != nil {
			return "", err
		}
		if len(s.Prompts) > 0 {
			return s.Prompts[0].ID, nil
		}
		select {
		case err := <-asked:
			return "", errors.Join(errors.New("the agent asks nothing"), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// spy reports which windows there are. The window manager puts a window on
// _NET_CLIENT_LIST as it maps it (Extended Window Manager Hints), and xprop prints the
// list at once when it changes: an event, not a poll.
type spy struct {
	lists chan change
	known []string
}

type change struct {
	at      time.Time
	windows []string
}

// watchWindows watches until ctx ends or the desktop is closed.
func watchWindows(ctx context.Context, d *rig.Desktop) (*spy, error) {
	cmd := exec.CommandContext(ctx, "xprop", "-spy", "-root", "-notype", "_NET_CLIENT_LIST")
	cmd.Env = d.Env()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("watching for windows: %w", err)
	}
	s := &spy{lists: make(chan change, 16)}
	go func() {
		s.read(out)
		_ = cmd.Wait() // It ends with its desktop.
	}()
	first, err := s.next(ctx)
	s.known = first.windows
	return s, err
}

func (s *spy) read(out io.Reader) {
	defer close(s.lists)
	id := regexp.MustCompile(`0x[0-9a-f]+`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		s.lists <- change{time.Now(), id.FindAllString(lines.Text(), -1)}
	}
}

func (s *spy) next(ctx context.Context) (change, error) {
	select {
	case c, ok := <-s.lists:
		if !ok {
			return c, errors.New("the desktop has ended")
		}
		return c, nil
	case <-ctx.Done():
		return change{}, context.Cause(ctx)
	}
}

// opens starts a program, kills it once it has a window, and returns how long that took.
func (s *spy) opens(ctx context.Context, env []string, program string, args ...string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // built for this
	cmd.Env = env
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	opened, err := s.until(ctx, func(windows []string) bool { return len(windows) > len(s.known) })
	_ = cmd.Process.Kill() // closed like a window, it would decline the prompt
	_ = cmd.Wait()
	if err == nil {
		_, err = s.until(ctx, func(windows []string) bool { return slices.Equal(windows, s.known) })
	}
	if err != nil {
		return 0, fmt.Errorf("waiting for the window of %s: %w\n%s", filepath.Base(program), err, said.String())
	}
	return opened.Sub(began), nil
}

// until waits for a list of windows, and returns when it came.
func (s *spy) until(ctx context.Context, good func([]string) bool) (time.Time, error) {
	for {
		c, err := s.next(ctx)
		if err != nil || good(c.windows) {
			return c.at, err
		}
	}
}
