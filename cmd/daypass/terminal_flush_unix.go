//go:build unix && !linux

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// flushInput drops what was typed and not read yet. Where that fails it stays.
func flushInput(in *os.File) {
	const read = 1 // FREAD in <sys/fcntl.h>
	_ = unix.IoctlSetPointerInt(int(in.Fd()), unix.TIOCFLUSH, read)
}
