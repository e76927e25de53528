package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"daypass/creds/agentapi"
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
func (l look) paint(state agentapi.State, text string) string {
	codes := map[agentapi.State]string{
		agentapi.StateValid:    "32",
		agentapi.StateEnding:   "33",
		agentapi.StateNeedsMFA: "33",
		agentapi.StateNeedsSSO: "33",
		agentapi.StateExpired:  "31",
		agentapi.StateFailed:   "31",
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
func writeTable(out io.Writer, profiles []agentapi.Status, now time.Time, l look, details bool) error {
	w := bufio.NewWriter(out)
	words := make([]string, len(profiles))
	name, state := len("PROFILE"), len("STATE")
	for i, s := range profiles {
		words[i] = describe(s, now)
		name = max(name, utf8.RuneCountInString(printable(s.Name)))
		state = max(state, utf8.RuneCountInString(words[i]))
	}
	const kind, account = len("other"), len("123456789012")
	if rest := l.width - state - kind - account - 3*gap; l.width > 0 && name > rest {
		name = max(nameMin, rest)
	}
	row := func(n, s, k, a string) string {
		return strings.TrimRight(pad(n, name)+pad(s, state)+pad(k, kind)+a, " ") + "\n"
	}
	_, _ = w.WriteString(row("PROFILE", "STATE", "KIND", "ACCOUNT"))
	for i, s := range profiles {
		line := row(shorten(printable(s.Name), name), words[i], string(s.Kind), s.AccountID)
		// Painted last, so that the padding counts what is seen.
		_, _ = w.WriteString(strings.Replace(line, words[i], l.paint(s.State(now), words[i]), 1))
		if details {
			writeIndented(w, remarks(s), l.width)
		}
	}
	return w.Flush()
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", gap+max(0, width-utf8.RuneCountInString(text)))
}

// remarks are the sentences that belong to a profile.
func remarks(s agentapi.Status) []string {
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
		line := indent
		for _, word := range strings.Fields(s) {
			if width > 0 && line != indent && utf8.RuneCountInString(line+word) > width {
				_, _ = fmt.Fprintln(w, strings.TrimRight(line, " "))
				line = indent
			}
			line += word + " "
		}
		_, _ = fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// writeCard writes all that is known about one profile.
func writeCard(out io.Writer, s agentapi.Status, now time.Time, l look) error {
	w := bufio.NewWriter(out)
	_, _ = fmt.Fprintf(w, "%s: %s\n", printable(s.Name), l.paint(s.State(now), describe(s, now)))
	writeIndented(w, remarks(s), l.width)
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
