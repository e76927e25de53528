// Package words writes times, counts and errors for people, alike in the windows, the
// command line and the tray.
package words

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"daypass/internal/lang"
)

// Span writes a duration with at most two units, rounded down so that it never promises
// too much: "42 min", "11 h 42 min", "3 days".
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	switch hours, minutes := int(d/time.Hour), int(d%time.Hour/time.Minute); {
	case d < time.Minute:
		return lang.T("less than 1 min")
	case d < time.Hour:
		return lang.Sprintf("%d min", minutes)
	case d >= 3*day:
		return lang.Sprintf("%d days", d/day)
	case minutes == 0:
		return lang.Sprintf("%d h", hours)
	default:
		return lang.Sprintf("%d h %d min", hours, minutes)
	}
}

// Duration writes a duration to the second: "2 h", "1 h 30 min", "40 s".
func Duration(d time.Duration) string {
	d = d.Round(time.Second)
	var parts []string
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}} {
		if n := d / unit.size; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			d -= n * unit.size
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

// ClockOff says how far this machine's clock is off; a positive off is ahead.
func ClockOff(off time.Duration) string {
	if off < 0 {
		return lang.Sprintf("%s behind AWS's", Duration(off.Abs()))
	}
	return lang.Sprintf("%s ahead of AWS's", Duration(off))
}

// Clock writes the time t as short as is unambiguous at the time now, in now's location:
// "22:14", "Sat 22:14", "2026-11-28 22:14".
func Clock(t, now time.Time) string {
	t = t.In(now.Location())
	switch away := t.Sub(now).Abs(); {
	case t.YearDay() == now.YearDay() && away < 24*time.Hour:
		return t.Format("15:04")
	case away < 6*24*time.Hour:
		return t.Format(lang.T("Mon 15:04"))
	default:
		return t.Format("2006-01-02 15:04")
	}
}

// Sentence makes a whole sentence of a message that, like an error, has neither a capital
// nor a full stop.
func Sentence(message string) string {
	message = Upper(strings.TrimSpace(message))
	if last, _ := utf8.DecodeLastRuneInString(message); message == "" || strings.ContainsRune(ends, last) {
		return message
	}
	return message + "."
}

const ends = ".!?…" // of a sentence

// Upper makes the first letter of a text a capital, unless the first word may be a name,
// such as sts:AssumeRole or that of a profile or device: messages are English, so that is
// any word with a capital, a sign or a letter of another alphabet in it.
func Upper(text string) string {
	word, _, _ := strings.Cut(strings.TrimRight(text, ends), " ")
	inName := func(r rune) bool { return (r < 'a' || r > 'z') && r != '\'' }
	if word == "" || strings.ContainsFunc(word, inName) {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Session names an SSO session for people, given its ID: by its section, or by the part
// of a start URL that differs from others.
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

// SomeDevice replaces the name of a device that has none, or that does not fit.
const SomeDevice = "your MFA device"

// Device names an MFA device for people: by the last part of a virtual device's ARN, or
// by the serial number that is printed on a hardware one.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html.
func Device(serial string) string {
	if name := serial[strings.LastIndexByte(serial, '/')+1:]; name != "" {
		return name
	}
	return lang.T(SomeDevice)
}

// Identity names for people who is signed in to AWS, given the ARN:
// "user/alice (111122223333)".
func Identity(arn string) string {
	const parts = 6 // arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME
	part := strings.SplitN(arn, ":", parts)
	switch {
	case len(part) < parts || part[0] != "arn" || part[5] == "":
		return arn
	case part[4] == "":
		return part[5]
	}
	return part[5] + " (" + part[4] + ")"
}

// IsUnseen reports whether a character is a control character, a mark of direction, an
// unusual space, or invisible.
func IsUnseen(r rune) bool {
	if ' ' <= r && r <= '~' {
		return false // the usual case, for speed
	}
	return !unicode.IsPrint(r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// IsOneLine reports whether a text is UTF-8 without control characters.
func IsOneLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// Printable makes text from files or from AWS safe to show: it cannot move a terminal's
// cursor, change the direction of writing, begin a line, or have invisible characters.
func Printable(text string) string {
	if strings.IndexFunc(text, IsUnseen) < 0 && utf8.ValidString(text) {
		return text
	}
	var out strings.Builder
	for at, r := range text {
		switch {
		case r == '\\':
			out.WriteString(`\\`)
		case r == utf8.RuneError || IsUnseen(r):
			_, size := utf8.DecodeRuneInString(text[at:])
			escaped := strconv.QuoteToASCII(text[at : at+size])
			out.WriteString(escaped[1 : len(escaped)-1])
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
