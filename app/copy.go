package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-gl/glfw/v3.3/glfw"

	"daypass/creds/secret"
)

const (
	// copyLife is how long the clipboard holds a secret.
	copyLife = time.Minute
	// copyLook is how often it is looked whether the clipboard still does.
	copyLook = time.Second
	// copyLimit bounds what is read: links and exports are a few kilobytes.
	copyLimit = 1 << 20
	// copiedLine is said when the clipboard holds the secret.
	copiedLine = "copied\n"
)

// Copy puts what it reads from in into the clipboard, says "copied" on out, and
// returns after a minute or as soon as the clipboard holds something else. A
// clipboard that still holds the secret then is emptied, and so it is when ctx
// ends. It must be called from main's goroutine, and once in a process. It
// shows nothing: the windowing library has a window of its own for this, which
// is never on the screen.
func Copy(ctx context.Context, in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(io.LimitReader(in, copyLimit+1))
	switch {
	case err != nil:
		return fmt.Errorf("reading what to copy: %w", err)
	case len(text) == 0:
		return errors.New("there is nothing to copy: it is read from standard input")
	case len(text) > copyLimit:
		return errors.New("what is to be copied is longer than a megabyte")
	}
	if err := openScreen(); err != nil {
		return err
	}
	// On X11 the clipboard is handed to a clipboard manager by this, which by
	// then is an empty one.
	defer glfw.Terminate()
	lent := secret.New(string(text))
	glfw.SetClipboardString(lent.Reveal())
	defer func() {
		if holds(lent) {
			glfw.SetClipboardString("")
		}
	}()
	if _, err := io.WriteString(out, copiedLine); err != nil {
		return err
	}
	// What asks for the clipboard is answered within WaitEventsTimeout.
	for end := time.Now().Add(copyLife); time.Now().Before(end) && ctx.Err() == nil && holds(lent); {
		glfw.WaitEventsTimeout(copyLook.Seconds())
	}
	return nil
}

func holds(text secret.Text) bool { return secret.New(glfw.GetClipboardString()) == text }
