package tray

import (
	"errors"
	"fmt"
	"time"

	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/words"
)

// heard is what a person has heard of a session of Identity Center.
type heard struct {
	// over: its end is no news any more. said: this was told in a notice.
	over, said bool
	// failure is the last failure; hushed if it was not told.
	failure string
	hushed  bool
	// stranger is whom a person has heard of that signed in, or was asked about;
	// nil if that is nobody.
	stranger *creds.Person
	// sweep is how many profiles were being refreshed.
	sweep int
}

// sessionNotices returns what a snapshot gives a person to hear about sessions.
// The end of one in use is told once, until somebody has signed in again; so is
// each failure. A session that waits for a sign-in is not called over: its
// window is open.
func (seen *Seen) sessionNotices(s creds.Snapshot, now time.Time) []Notice {
	before := seen.sessions
	seen.sessions = make(map[string]heard, len(s.Sessions))
	uses := lastUses(s, now)

	var notices []Notice
	for _, one := range s.Sessions {
		know, met := before[one.ID]
		_, used := uses[one.ID]
		if know.sweep > 0 && one.Total == 0 {
			if n, left := unrefreshed(s, one.ID, know.sweep); left {
				notices = append(notices, n)
			}
		}
		know.sweep = one.Total
		switch one.State(now) {
		case creds.StateExpired:
			if !know.over && met && used {
				know.said = true
				notices = append(notices, overNotice(one))
			}
			know.over = true
		case creds.StateNeedsSSO:
			know.over = true
			if p, ok := sessionPrompt(s, one.ID); ok && p.Person != nil {
				know.stranger = p.Person
			}
		case creds.StateFailed:
			if n, news := know.failed(one, met && used, s.DoNotDisturb); news {
				notices = append(notices, n)
			}
		case creds.StateValid, creds.StateNone:
			know = heard{sweep: know.sweep}
		default:
		}
		seen.sessions[one.ID] = know
	}
	return notices
}

// failed returns what to say of a session that failed, and whether there is
// anything: about one in use only, and a failure once.
func (h *heard) failed(one creds.Session, used, quiet bool) (Notice, bool) {
	if one.Stranger != nil {
		known := h.stranger
		h.stranger = one.Stranger
		return strangerNotice(one), used && (known == nil || known.Now != one.Stranger.Now)
	}
	if one.Err == nil || one.Err.Message == h.failure {
		return Notice{}, false
	}
	h.failure = one.Err.Message
	title := "Not signed in to " + sessionName(one.ID)
	if !one.Expires.IsZero() {
		title = "The sign-in to " + sessionName(one.ID) + " was not renewed"
	}
	n, worthy := failed(title, one.Err)
	n.Body = ofSession(one.ID, n.Body)
	h.hushed = quiet || !used
	return n, worthy && !h.hushed
}

// overNotice says that a session is over, and offers to sign in.
func overNotice(one creds.Session) Notice {
	name := sessionName(one.ID)
	return Notice{
		Topic: TopicOver,
		Title: "The session " + name + " is over",
		Offers: []Offer{{
			Label: "Sign in", Among: "Sign in to " + name,
			Clicks: []Command{{Verb: VerbSignIn, Session: one.ID}},
		}},
	}
}

// strangerNotice says that another person has signed in, and offers to decide.
func strangerNotice(one creds.Session) Notice {
	name := sessionName(one.ID)
	return Notice{
		Topic: TopicStranger,
		Title: prompts.SignedIn(&creds.Person{Session: name, Now: shorten(one.Stranger.Now, maxParty)}),
		Body:  "Its profiles belong to " + one.Stranger.Before + ". Nothing is written for anybody else until you confirm it.",
		Offers: []Offer{{
			Label: "Decide", Among: "Decide on " + name,
			Clicks: []Command{{Verb: VerbSignIn, Session: one.ID}},
		}},
	}
}

// unrefreshed says which profiles of a session have failed in a sweep of so
// many; false if there are none.
func unrefreshed(s creds.Snapshot, session string, total int) (Notice, bool) {
	var failures []Notice
	for _, p := range shown(s) {
		if p.Session == session && p.Phase == creds.PhaseFailed && p.Err != nil {
			failures = append(failures, Notice{Title: p.Name, Body: ofProfile(p.Name, p.Err.Message)})
		}
	}
	if len(failures) == 0 {
		return Notice{}, false
	}
	return Notice{
		Topic: TopicFailed,
		Title: fmt.Sprintf("%d of %s of %s could not be refreshed",
			len(failures), words.Count(max(total, len(failures)), "profile"), sessionName(session)),
		Body: lines(failures),
	}, true
}

// knew reports whether a person has heard already of a failure that concerns a
// session, and notes it.
func (seen *Seen) knew(session string, err error) bool {
	know, ok := seen.sessions[session]
	if e, is := errors.AsType[*creds.Error](err); ok && is {
		if know.failure == e.Message && !know.hushed {
			return true
		}
		know.failure, know.hushed = e.Message, false
		seen.sessions[session] = know
	}
	return false
}

// forget makes the next failure of a session news again.
func (seen *Seen) forget(session string) {
	if know, ok := seen.sessions[session]; ok {
		know.failure = ""
		seen.sessions[session] = know
	}
}
