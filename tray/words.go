package tray

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"daypass/creds/agentapi"
)

// Longest texts, in runes. A menu is as wide as its longest line.
const (
	maxLine   = 84
	maxReason = 64
	maxName   = 40
	// maxParty is a person's or a session's name in a line that has both.
	maxParty = 26
)

// clock names a moment the way a person would who looks at the wall at the time
// now: "22:14", "tomorrow 03:10", "6 Nov 09:00". It is in now's time zone.
func clock(t, now time.Time) string {
	t = t.In(now.Location())
	year, month, day := now.Date()
	today := time.Date(year, month, day, 0, 0, 0, 0, now.Location())
	switch {
	case t.Before(today.AddDate(0, 0, -1)), !t.Before(today.AddDate(0, 0, 2)):
		return t.Format("2 Jan 15:04")
	case t.Before(today):
		return t.Format("yesterday 15:04")
	case !t.Before(today.AddDate(0, 0, 1)):
		return t.Format("tomorrow 15:04")
	}
	return t.Format("15:04")
}

// left says in coarse steps how long something lasts that ends after now: in
// whole hours, and in the last hour in tens of minutes. It is rounded down, so
// that nobody is promised time that is not there.
//
// It is coarse on purpose: a countdown by the minute would wake the agent every
// minute of a twelve-hour session, and it stands beside the exact time of day,
// which is right without being touched.
func left(end, now time.Time) string {
	switch d := stepsLeft(end, now); {
	case d >= time.Hour:
		return fmt.Sprintf("%d h left", d/time.Hour)
	case d > 0:
		return fmt.Sprintf("%d min left", d/time.Minute)
	}
	return "less than 10 min left"
}

// stepsLeft is the part of the time left that [left] speaks of. The text changes
// when the time left has come down to it.
func stepsLeft(end, now time.Time) time.Duration {
	d := end.Sub(now) - 1
	if d >= time.Hour {
		return d.Truncate(time.Hour)
	}
	return d.Truncate(10 * time.Minute)
}

// stateWords says how a profile is.
func stateWords(p agentapi.Status, now time.Time) string {
	if rank(p, now) == rankLent {
		return notRenewed(p, "lent until "+clock(p.Expires, now)+", "+left(p.Expires, now))
	}
	switch p.State(now) {
	case agentapi.StateNone:
		switch {
		case !p.AwaitsKeyring():
			return "no session"
		case p.Err.Code == agentapi.CodeKeyringLocked:
			return "the keyring is locked"
		}
		return "no keyring answers"
	case agentapi.StateValid:
		return notRenewed(p, "valid until "+clock(p.Expires, now)+", "+left(p.Expires, now))
	case agentapi.StateEnding:
		return notRenewed(p, "ends "+clock(p.Expires, now)+", "+left(p.Expires, now))
	case agentapi.StateExpired:
		return "expired " + clock(p.Expires, now)
	case agentapi.StateRefreshing:
		return "refreshing…"
	case agentapi.StateNeedsMFA:
		return "waits for a code"
	case agentapi.StateNeedsSSO:
		return "waits for a sign-in"
	case agentapi.StateFailed:
		if p.Err == nil {
			return "failed"
		}
		if p.Err.Code == agentapi.CodeSignInNeeded {
			return "needs a sign-in"
		}
		return "failed: " + shorten(p.Err.Message, maxReason)
	}
	return string(p.State(now))
}

// notRenewed adds why credentials that still work could not be renewed.
func notRenewed(p agentapi.Status, words string) string {
	if p.Phase != agentapi.PhaseFailed || p.Err == nil {
		return words
	}
	return words + "; not renewed: " + shorten(p.Err.Message, maxReason)
}

// shorten puts a text on one line of at most limit runes.
func shorten(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	runes := []rune(text)[:limit-1]
	return strings.TrimRight(string(runes), " ,;:.(") + "…"
}
