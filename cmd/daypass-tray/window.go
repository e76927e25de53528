package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// showPrompt runs the window of a prompt until it is closed or ctx ends.
func showPrompt(ctx context.Context, id string) error { return showWindow(ctx, "prompt", id) }

// showWindow runs the program of the windows until its window is closed or ctx
// ends.
func showWindow(ctx context.Context, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return err
	}
	program := filepath.Join(filepath.Dir(self), "daypass-ui")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // our own folder's program
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	return nil
}
