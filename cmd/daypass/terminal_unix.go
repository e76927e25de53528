//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"

	"daypass/internal/lang"
)

// openTerminal opens the terminal that this process belongs to, for reading
// and for writing.
func openTerminal() (in, out *os.File, err error) {
	in, err = os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	// A job in the background would be stopped by its first read.
	group, err := unix.IoctlGetInt(int(in.Fd()), unix.TIOCGPGRP)
	if err == nil && group != unix.Getpgrp() {
		err = lang.Error("in the background")
	}
	if err != nil {
		_ = in.Close()
		return nil, nil, err
	}
	return in, in, nil
}
