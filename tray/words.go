package tray

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"daypass/creds"
	"daypass/internal/lang"
)

// Longest texts, in runes. A menu is as wide as its longest line.
const (
	maxLine   = 84
	maxReason = 64
	maxName   = 40
	// maxParty is a person's or a session's name in a line that has both.
	maxParty = 26
)

// clock returns a time as a person would say it at the time now: "22:14",
// "tomorrow 03:10", "6 Nov 09:00". It is in now's time zone.
func clock(t, now time.Time) string {
	t = t.In(now.Location())
	year, month, day := now.Date()
	today := time.Date(year, month, day, 0, 0, 0, 0, now.Location())
	switch {
	case t.Before(today.AddDate(0, 0, -1)), !t.Before(today.AddDate(0, 0, 2)):
		return t.Format(lang.T("2 Jan 15:04"))
	case t.Before(today):
		return t.Format(lang.T("yesterday 15:04"))
	case !t.Before(today.AddDate(0, 0, 1)):
		return t.Format(lang.T("tomorrow 15:04"))
	}
	return t.Format("15:04")
}

// left returns the time until a future end in coarse steps: in whole hours, and in the
// last hour in tens of minutes. It is rounded down.
//
// A countdown by the minute would wake the agent every minute of a twelve-hour
// session. The exact time of day beside it needs no update.
func left(end, now time.Time) string {
	switch d := stepsLeft(end, now); {
	case d >= time.Hour:
		return lang.Sprintf("%d h left", d/time.Hour)
	case d > 0:
		return lang.Sprintf("%d min left", d/time.Minute)
	}
	return lang.T("less than 10 min left")
}

// stepsLeft is the time left as [left] rounds it. The text changes when the time left
// is no longer than that.
func stepsLeft(end, now time.Time) time.Duration {
	d := end.Sub(now) - 1
	if d >= time.Hour {
		return d.Truncate(time.Hour)
	}
	return d.Truncate(10 * time.Minute)
}

// stateWords returns a profile's state in words.
func stateWords(p creds.Status, now time.Time) string {
	if rank(p, now) == rankUnlocked {
		return notRenewed(p, lang.Sprintf("unlocked until %s, %s", clock(p.Expires, now), left(p.Expires, now)))
	}
	p = settled(p, now)
	switch p.State(now) {
	case creds.StateNone:
		switch {
		case !p.AwaitsKeyring():
			return lang.T("no credentials")
		case p.Err.Code == creds.CodeKeyringLocked:
			return lang.T("the keyring is locked")
		}
		return lang.T("no keyring answers")
	case creds.StateValid:
		switch end, steady := steadyUntil(p, now); {
		case steady && end.IsZero():
			return lang.T("valid, renewed by itself")
		case steady:
			return lang.Sprintf("valid, signed in until about %s", clock(end, now))
		}
		return notRenewed(p, lang.Sprintf("valid until %s, %s", clock(p.Expires, now), left(p.Expires, now)))
	case creds.StateEnding:
		return notRenewed(p, lang.Sprintf("ends %s, %s", clock(p.Expires, now), left(p.Expires, now)))
	case creds.StateExpired:
		return lang.Sprintf("expired %s", clock(p.Expires, now))
	case creds.StateRefreshing:
		return lang.T("refreshing…")
	case creds.StateNeedsMFA:
		return lang.T("waits for a code")
	case creds.StateNeedsSSO:
		return lang.T("waits for a sign-in")
	case creds.StateFailed:
		if p.Err == nil {
			return lang.T("failed")
		}
		if p.Err.Code == creds.CodeSignInNeeded {
			return lang.T("needs a sign-in")
		}
		return lang.Sprintf("failed: %s", shorten(ofProfile(p.Name, p.Err.Message), maxReason))
	}
	return string(p.State(now))
}

// steadyUntil returns when the console sign-in of a profile ends, zero if that is not known,
// and whether nothing changes for a person before.
func steadyUntil(p creds.Status, now time.Time) (end time.Time, steady bool) {
	return p.SignInEnds, p.KeptAlive(now)
}

// notRenewed adds why credentials that still work could not be renewed.
func notRenewed(p creds.Status, text string) string {
	switch {
	case p.Phase != creds.PhaseFailed || p.Err == nil:
		return text
	case p.Err.Code == creds.CodeSignInNeeded:
		return lang.Sprintf("%s; then it needs a sign-in", text)
	}
	return lang.Sprintf("%s; not renewed: %s", text, shorten(ofProfile(p.Name, p.Err.Message), maxReason))
}

// ofProfile removes the profile's name from the start of a failure's message, for a
// text that names it anyway.
func ofProfile(name, message string) string {
	return bare(message, name, lang.T("no credentials for profile %q: "), lang.T("no console for profile %q: "), lang.T("profile %q cannot be used: "), lang.T("profile %q "))
}

// ofSession does so for an SSO session.
func ofSession(name, message string) string { return bare(message, name, lang.T("no sign-in to %q: ")) }

// bare removes one of the given beginnings from a message.
func bare(message, name string, beginnings ...string) string {
	for _, begin := range beginnings {
		if rest, ok := strings.CutPrefix(message, fmt.Sprintf(begin, name)); ok {
			return rest
		}
	}
	return message
}

// shorten puts a text on one line of at most limit columns.
func shorten(text string, limit int) string {
	text = strings.Join(strings.Fields(legible(text)), " ")
	cut, used := 0, 0 // cut is where the text ends that leaves a column for the ellipsis
	for i, r := range text {
		n := columns(r)
		if n > 0 && used+n < limit || n == 0 && cut == i { // no columns: part of the character before
			cut = i + utf8.RuneLen(r)
		}
		if used += n; used > limit {
			return strings.TrimRight(text[:cut], " ,;:.(\u200d") + "…"
		}
	}
	return text
}

// columns returns the columns that a character takes: none if it changes the one before
// it, two for those of East Asian scripts and most pictures.
func columns(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.In(r, wide):
		return 2
	}
	return 1
}

// wide are the blocks whose characters are wide or fullwidth.
// https://www.unicode.org/reports/tr11/
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, // Hangul Jamo
		{Lo: 0x2e80, Hi: 0x303e, Stride: 1}, // CJK radicals and punctuation
		{Lo: 0x3041, Hi: 0xa4cf, Stride: 1}, // kana, CJK ideographs, Yi
		{Lo: 0xa960, Hi: 0xa97f, Stride: 1}, // Hangul Jamo
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, // Hangul
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1}, // CJK ideographs
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, // CJK forms
		{Lo: 0xff00, Hi: 0xff60, Stride: 1}, // fullwidth forms
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, // pictures
		{Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1},
		{Lo: 0x1f900, Hi: 0x1faff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1}, // CJK ideographs
	},
}

// legible removes invisible characters and invalid UTF-8. A bus closes the connection
// of a program that sends the latter, and a mark that changes the direction of writing
// could make a name look like another one.
func legible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == 0x200c || r == 0x200d: // joiners of letters and pictures
			return r
		case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r // U+FFFD for invalid UTF-8
	}, text)
}
