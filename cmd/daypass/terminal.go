package main

import (
	"context"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"daypass/internal/lang"
	"daypass/internal/secret"
)

// terminal is the person's own terminal, whatever stdin and stdout are: the output of
// "daypass export" goes to a shell while a code is typed.
//
// It is read in raw mode for three reasons: a code is complete with its sixth digit; a
// question that is answered elsewhere can be removed with what was typed; and a
// countdown can be drawn.
type terminal struct {
	in, out *os.File
	keys    chan byte
	saved   *term.State
	reading bool   // once begun, it never ends
	drawn   string // the text of the cursor's line
	marked  bool   // the terminal marks what is pasted
}

// personAt returns the terminal to ask a person in, or nil: if there is none, if the
// command runs in its background, if neither stdin nor stderr is a terminal, or with
// --no-input.
func (c *cli) personAt() *terminal {
	if c.noInput || !isTerminal(c.stdin) && !isTerminal(c.stderr) {
		return nil
	}
	in, out, err := openTerminal()
	if err != nil {
		return nil
	}
	return &terminal{in: in, out: out, keys: make(chan byte, 64)}
}

// begin begins to read the keyboard, until end.
func (t *terminal) begin() error {
	if t.saved != nil {
		return nil
	}
	saved, err := term.MakeRaw(int(t.in.Fd()))
	if err != nil {
		return lang.Errorf("reading the terminal: %w", err)
	}
	t.saved = saved
	if t.reading {
		return nil
	}
	t.reading = true
	go func() {
		// A read cannot be cancelled on every system. The goroutine ends with the
		// command.
		defer close(t.keys)
		buf := make([]byte, 64)
		for {
			n, err := t.in.Read(buf)
			for _, b := range buf[:n] {
				t.keys <- b
			}
			if err != nil {
				return
			}
		}
	}()
	return nil
}

// end restores the terminal.
func (t *terminal) end() {
	if t == nil || t.saved == nil {
		return
	}
	t.markPasted(false)
	_ = term.Restore(int(t.in.Fd()), t.saved)
	t.saved = nil
}

// markPasted has the terminal send marks around what is pasted, or no longer.
func (t *terminal) markPasted(on bool) {
	if t.marked == on || os.Getenv("TERM") == "dumb" {
		return
	}
	t.marked = on
	mode := "\x1b[?2004l"
	if on {
		mode = "\x1b[?2004h"
	}
	_, _ = io.WriteString(t.out, mode)
}

// width returns how many columns the terminal has.
func (t *terminal) width() int {
	if width, _, err := term.GetSize(int(t.out.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

// forget drops what was typed and not read yet. It must come before begin, whose goroutine
// reads at once.
func (t *terminal) forget() {
	flushInput(t.in)
	for {
		select {
		case <-t.keys:
		default:
			return
		}
	}
}

// draw replaces the cursor's line. It uses no escape sequence, so that it works in every
// terminal.
func (t *terminal) draw(text string) {
	if text == t.drawn {
		return
	}
	blank := max(0, columns(t.drawn)-columns(text))
	_, _ = io.WriteString(t.out, "\r"+text+strings.Repeat(" ", blank)+strings.Repeat("\b", blank))
	t.drawn = text
}

// say replaces the cursor's line with whole lines.
func (t *terminal) say(lines ...string) {
	t.draw("")
	for _, l := range lines {
		_, _ = io.WriteString(t.out, "\r"+l+"\r\n")
	}
}

// newline keeps the cursor's line and goes to the next one.
func (t *terminal) newline() {
	_, _ = io.WriteString(t.out, "\r\n")
	t.drawn = ""
}

// ask asks for one line of text.
func (t *terminal) ask(ctx context.Context, label string, kind input) (secret.Text, error) {
	if err := t.begin(); err != nil {
		return secret.Text{}, err
	}
	l := line{input: kind}
	for {
		t.draw(label + l.shown())
		select {
		case <-ctx.Done():
			t.say(label)
			return secret.Text{}, ctx.Err()
		case b, ok := <-t.keys:
			if !ok {
				return secret.Text{}, lang.Errorf("the terminal was closed")
			}
			switch l.key(b) {
			case entered:
				t.say(label + l.shown())
				return secret.New(string(l.text)), nil
			case cancelled:
				t.say(label + l.shown())
				return secret.Text{}, errInterrupted
			case typing:
			}
		}
	}
}
