package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// prompt runs the window of a prompt until it is closed or ctx ends.
func (w *windows) prompt(ctx context.Context, id string, shown func()) error {
	return w.run(ctx, shown, "prompt", id)
}

// run runs daypass-ui until its window is closed or ctx ends, and calls shown when the
// window is on the screen. An error is a clause about why there is no window.
func (w *windows) run(ctx context.Context, shown func(), args ...string) error {
	cmd, err := windowProgram(ctx, args...)
	if err != nil {
		return err
	}
	cmd.Env = w.focus.environ(os.Environ(), time.Now())
	var out, complaint lines
	out.each = func(line string) {
		if line == agentapi.WindowShown {
			shown()
		}
	}
	complaint.each = complaint.keepReason
	cmd.Stdout, cmd.Stderr = &out, io.MultiWriter(os.Stderr, &complaint)
	if err := cmd.Start(); err != nil {
		return notStarted(cmd.Path, err)
	}
	err = cmd.Wait()
	switch {
	case err == nil, ctx.Err() != nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case complaint.last != "":
		return errors.New(complaint.last)
	}
	return lang.Errorf("daypass-ui has ended by itself (%w)", err)
}

// notStarted explains why daypass-ui does not start.
func notStarted(program string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return lang.Errorf("daypass-ui is missing, and belongs into %s", filepath.Dir(program))
	case errors.Is(err, fs.ErrPermission):
		return lang.Errorf("%s may not be executed", program)
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return lang.Errorf("%s cannot be started: %w", program, err)
}

// lines calls each with every written line. Of a very long line it keeps only the end.
type lines struct {
	each func(string)
	last string
	rest []byte
}

// keepReason keeps the reason of a failure of daypass-ui. Lines of its libraries are ignored.
func (l *lines) keepReason(line string) {
	if said, ok := strings.CutPrefix(line, "daypass-ui: "); ok {
		l.last = strings.TrimPrefix(said, "no window can be shown: ")
	}
}

// Write splits a program's output into lines.
func (l *lines) Write(data []byte) (int, error) {
	l.rest = append(l.rest, data...)
	for {
		line, rest, ended := bytes.Cut(l.rest, []byte("\n"))
		if !ended {
			break
		}
		l.each(strings.TrimSuffix(string(line), "\r"))
		l.rest = rest
	}
	const longest = 4096
	l.rest = slices.Clone(l.rest[max(0, len(l.rest)-longest):])
	return len(data), nil
}

// windowProgram returns the command that runs daypass-ui.
func windowProgram(ctx context.Context, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return nil, err
	}
	program := filepath.Join(filepath.Dir(self), "daypass-ui")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // our own folder's program
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = time.Second
	return cmd, nil
}

// copySecret returns a function that puts a text into the clipboard for a minute. The
// program that keeps it there ends with life, and the text with it.
func copySecret(life context.Context) func(context.Context, secret.Text) error {
	return func(ctx context.Context, text secret.Text) error {
		cmd, err := windowProgram(life, "copy")
		if err != nil {
			return err
		}
		if runtime.GOOS != "windows" {
			cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		}
		cmd.Stdin = strings.NewReader(text.Reveal()) // other users can read argv
		out, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		var complaint lines
		complaint.each = complaint.keepReason
		cmd.Stderr = io.MultiWriter(os.Stderr, &complaint)
		if err := cmd.Start(); err != nil {
			return notCopied(notStarted(cmd.Path, err))
		}
		copied := make(chan error, 1)
		go func() {
			_, err := bufio.NewReader(out).ReadString('\n')
			if err == nil {
				copied <- nil
			}
			_ = cmd.Wait() // then complaint is complete
			if err != nil {
				copied <- notCopied(errors.New(cmp.Or(complaint.last, lang.T("the clipboard cannot be reached"))))
			}
		}()
		select {
		case err := <-copied:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func notCopied(why error) error {
	return &creds.Error{
		Code: creds.CodeNotShown, Message: lang.Sprintf("the link was not copied: %s", why.Error()),
		Advice: lang.T("Have the link printed instead."),
	}
}
