package agentapi

import (
	"os/exec"
	"syscall"
)

// From
// https://learn.microsoft.com/windows/win32/procthread/process-creation-flags.
const detachedProcess = 0x00000008

// detach makes cmd live on when the console of this process is closed.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: detachedProcess | syscall.CREATE_NEW_PROCESS_GROUP}
}
