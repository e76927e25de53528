//go:build unix

package browsers

import (
	"errors"
	"os/exec"
	"syscall"
)

// detach makes cmd live on when the terminal of this process is closed.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// systemOpen is for Windows only, which has no program for it.
func systemOpen(string) error { return errors.ErrUnsupported }

// systemRegistry is for Windows only.
func systemRegistry(string) string { return "" }
