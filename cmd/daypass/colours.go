package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"daypass/creds"
)

// writeText writes a text of several lines: byte for byte where it is piped, and
// safe to look at in a terminal.
func writeText(out io.Writer, text string) error {
	return writeDiff(out, text, look{width: lookOf(out, os.Getenv).width})
}

// writeDiff writes a diff: byte for byte where it is piped, so that it can be
// applied; safe to look at, and coloured, in a terminal.
func writeDiff(out io.Writer, diff string, l look) error {
	if l == (look{}) {
		_, err := io.WriteString(out, diff)
		return err
	}
	w := bufio.NewWriter(out)
	for line := range strings.Lines(diff) {
		line = strings.TrimSuffix(line, "\n")
		shown := printable(strings.ReplaceAll(line, "\t", "    "))
		fmt.Fprintln(w, l.paintDiff(line, shown))
	}
	return w.Flush()
}

// paintDiff colours a line of a diff as git does.
func (l look) paintDiff(line, shown string) string {
	code := ""
	switch {
	case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"):
		code = "1"
	case strings.HasPrefix(line, "@@"):
		code = "36"
	case strings.HasPrefix(line, "+"):
		code = "32"
	case strings.HasPrefix(line, "-"):
		code = "31"
	}
	if !l.colour || code == "" {
		return shown
	}
	return "\x1b[" + code + "m" + shown + "\x1b[0m"
}

// look is how a table is shown.
type look struct {
	width  int  // in columns; zero for any
	colour bool // the words say the same
}

// look returns the look of what is written to stdout.
func (c *cli) look() look { return lookOf(c.stdout, os.Getenv) }

// lookOf returns the look for a stream. Piped output is neither cut nor coloured.
func lookOf(w io.Writer, getenv func(string) string) look {
	f, ok := terminalOf(w)
	if !ok {
		return look{}
	}
	l := look{width: 80, colour: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		l.width = width
	}
	return l
}

// paint colours text by a state, with the colours that every terminal has.
func (l look) paint(state creds.State, text string) string {
	code := ""
	switch state {
	case creds.StateValid:
		code = "32"
	case creds.StateEnding, creds.StateNeedsMFA, creds.StateNeedsSSO:
		code = "33"
	case creds.StateExpired, creds.StateFailed:
		code = "31"
	case creds.StateNone, creds.StateRefreshing:
	}
	if !l.colour || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
