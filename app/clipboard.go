package app

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/go-gl/glfw/v3.4/glfw"

	"daypass/internal/lang"
	"daypass/internal/secret"
)

const (
	// copyLife is how long the clipboard holds a secret.
	copyLife = time.Minute
	// copyLook is how often to look whether the clipboard still holds it.
	copyLook = time.Second
	// copyLimit bounds the input: links and exports have a few kilobytes.
	copyLimit = 1 << 20
	// copiedLine is printed when the clipboard holds the secret.
	copiedLine = "copied\n"
)

// Copy puts what it reads from in into the clipboard, prints "copied" to out, and returns
// after a minute, when ctx ends, or as soon as the clipboard holds something else. It
// empties a clipboard that still holds the secret. It must be called from main's
// goroutine, and once in a process. It shows nothing: the windowing library uses a
// hidden window.
func Copy(ctx context.Context, in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(io.LimitReader(in, copyLimit+1))
	switch {
	case err != nil:
		return lang.Errorf("reading what to copy: %w", err)
	case len(text) == 0:
		return lang.Error("there is nothing to copy: it is read from standard input")
	case len(text) > copyLimit:
		return lang.Error("what is to be copied is longer than a megabyte")
	}
	if err := openScreen(); err != nil {
		return err
	}
	// On X11 this hands the clipboard to a clipboard manager; it is empty by then.
	defer glfw.Terminate()
	if glfw.GetPlatform() == glfw.PlatformWayland {
		return holdOnWayland(ctx, secret.New(string(text)), out)
	}
	// On X11 other programs get the clipboard's content while this one waits.
	board := clipboard{glfw.GetClipboardString, glfw.SetClipboardString, func(d time.Duration) {
		glfw.WaitEventsTimeout(d.Seconds())
	}}
	return board.hold(ctx, secret.New(string(text)), out)
}

// copySettle is how long a program that fills the clipboard may take to fail.
const copySettle = 200 * time.Millisecond

// holdOnWayland is [Copy] without X11. There the windowing library fills the clipboard only
// for a window with the keyboard's focus, and does not report that it failed.
func holdOnWayland(ctx context.Context, text secret.Text, out io.Writer) error {
	program, err := exec.LookPath("wl-copy")
	if err != nil {
		return lang.Error("the clipboard cannot be reached: without X11 it takes wl-copy, of the package wl-clipboard")
	}
	ctx, stop := context.WithTimeout(ctx, copyLife)
	defer stop()
	// It ends when something else is copied, and the clipboard is empty when it ends.
	cmd := exec.CommandContext(ctx, program, "--foreground") //nolint:gosec // a program of the desktop
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Second
	cmd.Stdin = strings.NewReader(text.Reveal())
	if err := cmd.Start(); err != nil {
		return lang.Errorf("the clipboard cannot be reached: %w", err)
	}
	ended := make(chan struct{})
	var how error // once it has ended
	go func() {
		defer close(ended)
		how = cmd.Wait()
	}()
	select {
	case <-ended:
		return lang.Errorf("the clipboard cannot be reached: wl-copy has ended at once: %w", cmp.Or(how, errors.New("exit status 0")))
	case <-time.After(copySettle):
	}
	if _, err := io.WriteString(out, copiedLine); err != nil {
		stop()
		<-ended
		return lang.Errorf("saying that it is copied: %w", err)
	}
	<-ended
	return nil
}

// clipboard is the desktop's.
type clipboard struct {
	get func() string
	set func(string)
	// wait waits for that time or less.
	wait func(time.Duration)
}

// hold keeps text in the clipboard, as [Copy] does.
func (c clipboard) hold(ctx context.Context, text secret.Text, out io.Writer) error {
	holds := func() bool { return secret.New(c.get()) == text }
	c.set(text.Reveal())
	defer func() {
		if holds() {
			c.set("")
		}
	}()
	if _, err := io.WriteString(out, copiedLine); err != nil {
		return lang.Errorf("saying that it is copied: %w", err)
	}
	for end := time.Now().Add(copyLife); ctx.Err() == nil && holds(); {
		left := time.Until(end)
		if left <= 0 {
			break
		}
		c.wait(min(left, copyLook))
	}
	return nil
}

// copySecret puts a secret into the clipboard for a minute, and returns when it is there.
// A program of its own does that: it clears the clipboard even if this window has been
// closed, and on X11 a clipboard is empty once its owner ends.
func copySecret(ctx context.Context, text secret.Text) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// Not CommandContext: it is to outlive this program.
	cmd := exec.Command(self, "copy") //nolint:gosec // this program itself
	cmd.Stdin = strings.NewReader(text.Reveal())
	said, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		return err
	}
	copied := make(chan error, 1)
	go func() {
		line, _ := bufio.NewReader(said).ReadString('\n')
		if line == copiedLine {
			copied <- nil
			_ = cmd.Wait()
			return
		}
		_ = cmd.Wait()
		copied <- errors.New(cmp.Or(complained(complaint.String()), lang.T("the clipboard cannot be written")))
	}()
	select {
	case err := <-copied:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// complained returns the error message of this program, from among all that it and its
// libraries have printed.
func complained(printed string) string {
	why := ""
	for line := range strings.Lines(printed) {
		if said, ok := strings.CutPrefix(line, "daypass-ui: "); ok {
			why = strings.TrimSpace(said)
		}
	}
	return why
}
