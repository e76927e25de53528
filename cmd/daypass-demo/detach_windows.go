package main

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// detached gives a process no console, so that the end of the console and Ctrl-C do not
// reach it.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}
