package main

import (
	"time"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// describe returns a profile's state in words: "valid 11 h 42 min, until 22:14".
// Clock times are in now's location.
func describe(s creds.Status, now time.Time) string {
	switch s.State(now) {
	case creds.StateValid:
		return lang.Sprintf("valid %s, until %s", words.Span(s.Left(now)), words.Clock(s.Expires, now))
	case creds.StateEnding:
		return lang.Sprintf("ending in %s, at %s", words.Span(s.Left(now)), words.Clock(s.Expires, now))
	case creds.StateExpired:
		return lang.Sprintf("expired %s ago", words.Span(now.Sub(s.Expires)))
	case creds.StateRefreshing:
		return lang.T("being refreshed")
	case creds.StateNeedsMFA:
		return lang.Sprintf("needs an MFA code%s", stillLeft(s, now))
	case creds.StateNeedsSSO:
		return lang.Sprintf("needs a sign-in%s", stillLeft(s, now))
	case creds.StateFailed:
		return lang.T("failed")
	case creds.StateNone:
		switch {
		case s.Foreign():
			return lang.T("left to other programs")
		case s.AwaitsKeyring() && s.Err.Code == creds.CodeKeyringLocked:
			return lang.T("keyring locked")
		case s.AwaitsKeyring():
			return lang.T("no keyring")
		case s.Err != nil && s.Err.Code == creds.CodeNoKey:
			return lang.T("no key")
		case s.Err != nil && s.Err.Code == creds.CodeSignInNeeded:
			return lang.T("needs a sign-in")
		case s.Err != nil:
			return lang.T("cannot be used")
		}
	}
	return lang.T("no session")
}

// signInLasts says until when the profile's credentials are renewed without a person; "" if
// that is not known. Those of a console sign-in last minutes, and the sign-in for hours.
func signInLasts(s creds.Status, now time.Time) string {
	if s.LoginSession == "" || !s.SignInEnds.After(now) {
		return ""
	}
	return lang.Sprintf("lasts %s, until %s", words.Span(s.SignInEnds.Sub(now)), words.Clock(s.SignInEnds, now))
}

// stillLeft mentions credentials that are still valid while a person is asked.
func stillLeft(s creds.Status, now time.Time) string {
	if s.Left(now) == 0 {
		return ""
	}
	return lang.Sprintf(", %s left", words.Span(s.Left(now)))
}
