package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/words"
)

// describe says a profile's state in words: "valid 11 h 42 min, until 22:14".
// Clock times are in now's location.
func describe(s creds.Status, now time.Time) string {
	switch s.State(now) {
	case creds.StateValid:
		return fmt.Sprintf("valid %s, until %s", words.Span(s.Left(now)), words.Clock(s.Expires, now))
	case creds.StateEnding:
		return fmt.Sprintf("ending in %s, at %s", words.Span(s.Left(now)), words.Clock(s.Expires, now))
	case creds.StateExpired:
		return fmt.Sprintf("expired %s ago", words.Span(now.Sub(s.Expires)))
	case creds.StateRefreshing:
		return "being refreshed"
	case creds.StateNeedsMFA:
		return "needs an MFA code" + stillLeft(s, now)
	case creds.StateNeedsSSO:
		return "needs a sign-in" + stillLeft(s, now)
	case creds.StateFailed:
		return "failed"
	case creds.StateNone:
		switch {
		case s.Foreign():
			return "left to other programs"
		case s.AwaitsKeyring() && s.Err.Code == creds.CodeKeyringLocked:
			return "keyring locked"
		case s.AwaitsKeyring():
			return "no keyring"
		case s.Err != nil && s.Err.Code == creds.CodeNoKey:
			return "no key"
		case s.Err != nil && s.Err.Code == creds.CodeSignInNeeded:
			return "needs a sign-in"
		case s.Err != nil:
			return "cannot be used"
		}
	}
	return "no session"
}

// stillLeft mentions old credentials that work while a person is waited for.
func stillLeft(s creds.Status, now time.Time) string {
	if s.Left(now) == 0 {
		return ""
	}
	return ", " + words.Span(s.Left(now)) + " left"
}

// printable makes text from files or from AWS safe to show: no byte of it can
// move a terminal's cursor, turn the direction of what follows, begin a line of
// its own, or be there unseen.
func printable(text string) string {
	if strings.IndexFunc(text, words.IsUnseen) < 0 && utf8.ValidString(text) {
		return text
	}
	var out strings.Builder
	for at, r := range text {
		switch {
		case r == '\\':
			out.WriteString(`\\`)
		case r == utf8.RuneError || words.IsUnseen(r):
			_, size := utf8.DecodeRuneInString(text[at:])
			escaped := strconv.QuoteToASCII(text[at : at+size])
			out.WriteString(escaped[1 : len(escaped)-1])
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// printableLines is printable for a text of several lines.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}

// shellWord writes a name so that a command copied from the terminal works.
func shellWord(name string) string { return printable(advice.Word(name)) }
