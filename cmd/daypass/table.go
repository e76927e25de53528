package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"daypass/creds"
	"daypass/creds/words"
)

// look is how a table may look where it is shown.
type look struct {
	width  int  // in columns; zero for any
	colour bool // a help for the eye: the words say the same
}

// lookOf returns the look for a stream. What is piped is neither cut nor
// coloured.
func lookOf(w io.Writer, getenv func(string) string) look {
	if !isTerminal(w) {
		return look{}
	}
	l := look{width: 80, colour: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(int(w.(*os.File).Fd())); err == nil && width > 0 {
		l.width = width
	}
	return l
}

// paint colours text by the state it tells of, with the colours that every
// terminal has.
func (l look) paint(state creds.State, text string) string {
	codes := map[creds.State]string{
		creds.StateValid:    "32",
		creds.StateEnding:   "33",
		creds.StateNeedsMFA: "33",
		creds.StateNeedsSSO: "33",
		creds.StateExpired:  "31",
		creds.StateFailed:   "31",
	}
	if !l.colour || codes[state] == "" {
		return text
	}
	return "\x1b[" + codes[state] + "m" + text + "\x1b[0m"
}

// The narrowest that a name is cut to, and the columns between columns.
const (
	nameMin = 12
	gap     = 2
)

// writeTable writes a line for each profile and, when details are wanted, what
// there is to say about it below.
func writeTable(out io.Writer, profiles []creds.Status, now time.Time, l look, details bool) error {
	const name, state = 0, 1
	rows := [][]string{{"PROFILE", "STATE", "KIND", "ACCOUNT"}}
	for _, s := range profiles {
		rows = append(rows, []string{printable(s.Name), describe(s, now), string(s.Kind), printable(s.AccountID)})
	}
	paint := func(row, column int, text string) string {
		if row == 0 || column != state {
			return text
		}
		return l.paint(profiles[row-1].State(now), text)
	}
	w := bufio.NewWriter(out)
	for i, line := range aligned(rows, l.width, paint, name) {
		_, _ = fmt.Fprintln(w, line)
		if i > 0 && details {
			writeIndented(w, remarks(profiles[i-1]), l.width)
		}
	}
	return w.Flush()
}

// remarks are the sentences that belong to a profile.
func remarks(s creds.Status) []string {
	var out []string
	if s.Err != nil {
		out = append(out, words.Sentence(printable(s.Err.Message)))
	}
	if s.Note != "" {
		out = append(out, words.Sentence(printable(s.Note)))
	}
	return out
}

// writeIndented writes sentences below a line that they belong to, wrapped at
// the given width unless that is zero.
func writeIndented(w io.Writer, sentences []string, width int) {
	const indent = "    "
	for _, s := range sentences {
		for _, line := range wrapped(s, width-len(indent)) {
			_, _ = fmt.Fprintln(w, indent+line)
		}
	}
}

// writeCard writes all that is known about one profile.
func writeCard(out io.Writer, s creds.Status, now time.Time, l look) error {
	w := bufio.NewWriter(out)
	_, _ = fmt.Fprintf(w, "%s: %s\n", printable(s.Name), l.paint(s.State(now), describe(s, now)))
	writeIndented(w, append(remarks(s), sentences(s.Flaws)...), l.width)
	written := ""
	if s.WrittenAs != "" && !s.Expires.IsZero() {
		written = "AWS_PROFILE=" + shellWord(s.WrittenAs)
	}
	used := ""
	if !s.LastUsed.IsZero() {
		used = words.Clock(s.LastUsed, now)
	}
	sensitive := ""
	if s.Sensitive {
		sensitive = "lent for a time, never renewed silently"
	}
	for _, row := range [][2]string{
		{"kind", string(s.Kind)},
		{"account", strings.TrimSpace(s.AccountID + " " + s.AccountName)},
		{"role", s.RoleARN},
		{"source", s.SourceProfile},
		{"MFA device", s.MFASerial},
		{"SSO session", s.Session},
		{"SSO person", s.Person},
		{"SSO role", s.RoleName},
		{"region", s.Region},
		{"sensitive", sensitive},
		{"use it with", written},
		{"last used", used},
	} {
		if row[1] != "" {
			_, _ = fmt.Fprintf(w, "  %-11s  %s\n", row[0], printable(row[1]))
		}
	}
	return w.Flush()
}
