//go:build unix

package main

import "syscall"

// detached gives a process a session of its own, so that the terminal's end
// and its Ctrl-C are not for it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
