//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a program in its own terminal: without one, daypass assumes that nobody is
// there who could sign in.
type terminal struct {
	ended chan struct{}
	// These are set before ended is closed.
	shown strings.Builder
	at    time.Time // when it ended
	err   error
}

// inTerminal starts a program as a person would. It ends with ctx.
func (w *world) inTerminal(ctx context.Context, name string, args ...string) (*terminal, error) {
	master, tty, err := openPTY()
	if err != nil {
		return nil, fmt.Errorf("opening a terminal: %w", err)
	}
	cmd := exec.CommandContext(ctx, w.b.program(name), args...) //nolint:gosec // built for this
	cmd.Env, cmd.Dir = append(w.env, "TERM=xterm"), w.dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = cmd.Start()
	_ = tty.Close() // the program has its own
	if err != nil {
		_ = master.Close()
		return nil, err
	}
	t := &terminal{ended: make(chan struct{})}
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			t.shown.Write(buf[:n])
			if err != nil {
				return // EIO, when the last holder of the terminal is gone
			}
		}
	}()
	go func() {
		t.err = cmd.Wait()
		t.at = time.Now()
		<-read
		_ = master.Close()
		close(t.ended)
	}()
	return t, nil
}

// openPTY opens a pseudo-terminal; see pts(4).
func openPTY() (master, tty *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(master.Fd())
	err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	var number int
	if err == nil {
		number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		_ = master.Close()
		return nil, nil, err
	}
	return master, tty, nil
}
