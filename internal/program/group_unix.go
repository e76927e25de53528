//go:build !windows

package program

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// group is the process group of a program: all that it starts, unless that leaves it.
type group struct{ cmd *exec.Cmd }

// newGroup has a program start in a session of its own, without a terminal.
func newGroup(cmd *exec.Cmd) *group {
	g := &group{cmd}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = g.kill
	return g
}

func (*group) started() {}

func (g *group) kill() error {
	err := syscall.Kill(-g.cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

func (*group) close() {}
