package main

import (
	"fmt"
	"time"

	"daypass/creds"
	"daypass/internal/words"
)

// describe returns a profile's state in words: "valid 11 h 42 min, until 22:14".
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

// stillLeft mentions credentials that are still valid while a person is asked.
func stillLeft(s creds.Status, now time.Time) string {
	if s.Left(now) == 0 {
		return ""
	}
	return ", " + words.Span(s.Left(now)) + " left"
}
