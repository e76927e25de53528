package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"daypass/creds/secret"
)

// prompt runs the window of a prompt until it is closed or ctx ends.
func (w *windows) prompt(ctx context.Context, id string) error { return w.run(ctx, "prompt", id) }

// run runs the program of the windows until its window is closed or ctx ends.
func (w *windows) run(ctx context.Context, args ...string) error {
	cmd, err := windowProgram(ctx, args...)
	if err != nil {
		return err
	}
	cmd.Env = w.focus.environ(os.Environ(), time.Now())
	cmd.Stdout = os.Stderr
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", cmd.Path, err)
	}
	return nil
}

// windowProgram returns the program of the windows, to be started.
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

// copySecret returns what puts a text into the clipboard for a minute. The
// program that holds it there ends with life, and takes the text along.
func copySecret(life context.Context) func(context.Context, secret.Text) error {
	return func(ctx context.Context, text secret.Text) error {
		cmd, err := windowProgram(life, "copy")
		if err != nil {
			return err
		}
		if runtime.GOOS != "windows" {
			cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		}
		cmd.Stdin = strings.NewReader(text.Reveal()) // not in argv, which others can read
		out, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		copied := make(chan error, 1)
		go func() {
			_, err := bufio.NewReader(out).ReadString('\n')
			copied <- err
			_ = cmd.Wait()
		}()
		select {
		case err := <-copied:
			if err != nil {
				return errors.New("the link was not copied: the clipboard cannot be reached")
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
