package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"daypass/creds/agentapi"
)

// describe says a profile's state in words: "valid 11 h 42 min, until 22:14".
// Clock times are in now's location.
func describe(s agentapi.Status, now time.Time) string {
	switch s.State(now) {
	case agentapi.StateValid:
		return fmt.Sprintf("valid %s, until %s", span(s.Left(now)), clock(s.Expires, now))
	case agentapi.StateEnding:
		return fmt.Sprintf("ending in %s, at %s", span(s.Left(now)), clock(s.Expires, now))
	case agentapi.StateExpired:
		return fmt.Sprintf("expired %s ago", span(now.Sub(s.Expires)))
	case agentapi.StateRefreshing:
		return "being refreshed"
	case agentapi.StateNeedsMFA:
		return "needs an MFA code" + stillLeft(s, now)
	case agentapi.StateNeedsSSO:
		return "needs a sign-in" + stillLeft(s, now)
	case agentapi.StateFailed:
		return "failed"
	case agentapi.StateNone:
		switch {
		case s.Foreign():
			return "left to other programs"
		case s.Err != nil && s.Err.Code == agentapi.CodeNoKey:
			return "no key"
		case s.Err != nil && s.Err.Code == agentapi.CodeSignInNeeded:
			return "needs a sign-in"
		case s.Err != nil:
			return "cannot be used"
		}
	}
	return "no session"
}

// stillLeft mentions old credentials that work while a person is waited for.
func stillLeft(s agentapi.Status, now time.Time) string {
	if s.Left(now) == 0 {
		return ""
	}
	return ", " + span(s.Left(now)) + " left"
}

// span writes a length of time with the two units that matter, rounded down so
// that it never promises more than there is.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch hours, minutes := int(d/time.Hour), int(d%time.Hour/time.Minute); {
	case d < time.Minute:
		return "less than 1 min"
	case d < time.Hour:
		return fmt.Sprintf("%d min", minutes)
	case d >= 3*day:
		return fmt.Sprintf("%d days", d/day)
	case minutes == 0:
		return fmt.Sprintf("%d h", hours)
	default:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	}
}

// clock writes the time t as short as it can be told apart at the time now.
func clock(t, now time.Time) string {
	t = t.In(now.Location())
	switch away := t.Sub(now).Abs(); {
	case t.YearDay() == now.YearDay() && away < 24*time.Hour:
		return t.Format("15:04")
	case away < 6*24*time.Hour:
		return t.Format("Mon 15:04")
	default:
		return t.Format("2006-01-02 15:04")
	}
}

// sentence makes a message, lower-case and bare as errors are, a sentence.
func sentence(message string) string {
	first, size := utf8.DecodeRuneInString(message)
	if size == 0 {
		return ""
	}
	// A first word that is written in its own way, such as sts:AssumeRole or
	// a profile's name, is told by a capital or a sign within it.
	word, _, _ := strings.Cut(strings.TrimRight(message, ".!?…"), " ")
	if strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLower(r) && r != '\'' }) < 0 {
		message = string(unicode.ToUpper(first)) + message[size:]
	}
	if strings.ContainsRune(".!?…", rune(message[len(message)-1])) {
		return message
	}
	return message + "."
}

// printable makes text from files or from AWS safe to show: no byte of it can
// move a terminal's cursor or begin a line of its own.
func printable(text string) string {
	clean := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.IndexFunc(text, clean) < 0 {
		return text
	}
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// shorten cuts the middle out of a text that is longer than width runes; names
// of profiles tend to differ at both ends.
func shorten(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width || width < 1 {
		return text
	}
	tail := (width - 1) / 2
	return string(runes[:width-1-tail]) + "…" + string(runes[len(runes)-tail:])
}
