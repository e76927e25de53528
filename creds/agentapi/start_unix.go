//go:build unix

package agentapi

import (
	"os/exec"
	"syscall"
)

// detach makes cmd live on when the terminal of this process is closed.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
