package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// flushInput drops what was typed and not read yet. Where that fails it stays.
func flushInput(in *os.File) { _ = unix.IoctlSetInt(int(in.Fd()), unix.TCFLSH, unix.TCIFLUSH) }
