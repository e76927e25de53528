// Package words writes times, counts and errors the way people read them. The
// windows, the command line and the tray say them alike.
package words

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Span writes a length of time with the two units that matter, rounded down so
// that it never promises more than there is: "42 min", "11 h 42 min", "3 days".
func Span(d time.Duration) string {
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

// Clock writes the time t as short as it can be told apart at the time now, in
// now's location: "22:14", "Sat 22:14", "2026-11-28 22:14".
func Clock(t, now time.Time) string {
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

// Count is "1 session", "3 sessions", of a thing whose plural ends in s.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Sentence makes a message, lower-case and bare as errors are, one that can
// stand alone.
func Sentence(message string) string {
	message = Upper(strings.TrimSpace(message))
	if last, _ := utf8.DecodeLastRuneInString(message); message == "" || strings.ContainsRune(ends, last) {
		return message
	}
	return message + "."
}

// ends are the signs that end a sentence.
const ends = ".!?…"

// Upper makes the first letter of a text a capital, unless the first word is
// written in a way of its own, as sts:AssumeRole and the names of profiles and
// devices may be. Messages are English, so that is any with a capital, a sign
// or a letter of another alphabet in it.
func Upper(text string) string {
	word, _, _ := strings.Cut(strings.TrimRight(text, ends), " ")
	own := func(r rune) bool { return (r < 'a' || r > 'z') && r != '\'' }
	if word == "" || strings.ContainsFunc(word, own) {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Session is what people call a session of Identity Center, given its ID: the name
// of its section, or the part of a start URL that differs from others.
func Session(id string) string {
	if id == "" {
		return "AWS"
	}
	u, err := url.Parse(id)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return id
	}
	if path := strings.Trim(u.Path, "/"); path != "" && path != "start" {
		return u.Host + "/" + path
	}
	return u.Host
}

// SomeDevice is said where a device has no name, or there is no room for it.
const SomeDevice = "your MFA device"

// Device is what people call an MFA device: the last part of a virtual device's ARN,
// or the serial number that is printed on a hardware one.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html.
func Device(serial string) string {
	if name := serial[strings.LastIndexByte(serial, '/')+1:]; name != "" {
		return name
	}
	return SomeDevice
}

// IsUnseen reports whether a character is a control character, a mark of direction,
// a space other than the usual one, or one that is drawn as nothing.
func IsUnseen(r rune) bool {
	if ' ' <= r && r <= '~' {
		return false // nearly all of thousands of profiles
	}
	return !unicode.IsPrint(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// IsOneLine reports whether a text is UTF-8 without control characters.
func IsOneLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
