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

// showPrompt shows a prompt in a window of a process of its own, until that is
// closed or ctx ends. The program is the one beside this one: PATH may lead to
// somebody else's.
func showPrompt(ctx context.Context, id string) error {
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
	cmd := exec.CommandContext(ctx, program, "prompt", id) //nolint:gosec // our own folder's program
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	return nil
}
