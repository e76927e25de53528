//go:build unix

package main

import "syscall"

// detached gives a process a session of its own, so that the end of the terminal and Ctrl-C
// do not reach it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
