package tray

import (
	"errors"
	"time"

	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
)

// sessionReports records the notices about an SSO session.
type sessionReports struct {
	// ended: no notice is due of its end. announced: one was shown.
	ended, announced bool
	// failure is the last failure; suppressed if no notice was shown of it.
	failure    string
	suppressed bool
	// stranger is the other person whose sign-in a notice or a prompt was about.
	stranger *creds.Person
	// sweep is how many profiles were being refreshed.
	sweep int
}

// sessionNotices returns the notices about SSO sessions. The end of a session in use
// is announced once until somebody signs in again; so is each failure. A session that
// waits for a sign-in gets no notice, because its window is open.
func (seen *Seen) sessionNotices(s creds.Snapshot, now time.Time) []Notice {
	before := seen.sessions
	seen.sessions = make(map[string]sessionReports, len(s.Sessions))
	uses := lastUses(s, now)

	var notices []Notice
	for _, one := range s.Sessions {
		r, known := before[one.ID]
		_, used := uses[one.ID]
		if r.sweep > 0 && one.Total == 0 {
			if n, left := unrefreshed(s, one.ID, r.sweep); left {
				notices = append(notices, n)
			}
		}
		r.sweep = one.Total
		switch one.State(now) {
		case creds.StateExpired:
			if !r.ended && known && used {
				r.announced = true
				notices = append(notices, overNotice(one))
			}
			r.ended = true
		case creds.StateNeedsSSO:
			r.ended = true
			if p, ok := sessionPrompt(s, one.ID); ok && p.Person != nil {
				r.stranger = p.Person
			}
		case creds.StateFailed:
			if n, news := r.failed(one, known && used, s.DoNotDisturb); news {
				notices = append(notices, n)
			}
		case creds.StateValid, creds.StateNone:
			r = sessionReports{sweep: r.sweep}
		default:
		}
		seen.sessions[one.ID] = r
	}
	return notices
}

// failed returns the notice about a session that failed, and whether to show it: only
// of a session in use, and once for each failure.
func (r *sessionReports) failed(one creds.Session, used, quiet bool) (Notice, bool) {
	if one.Stranger != nil {
		known := r.stranger
		r.stranger = one.Stranger
		return strangerNotice(one), used && (known == nil || known.Now != one.Stranger.Now)
	}
	if one.Err == nil || one.Err.Message == r.failure {
		return Notice{}, false
	}
	r.failure = one.Err.Message
	title := lang.Sprintf("Not signed in to %s", sessionName(one.ID))
	if !one.Expires.IsZero() {
		title = lang.Sprintf("The sign-in to %s was not renewed", sessionName(one.ID))
	}
	n, show := failed(title, one.Err)
	n.Body = ofSession(one.ID, n.Body)
	r.suppressed = quiet || !used
	return n, show && !r.suppressed
}

// overNotice offers to sign in to a session that is over.
func overNotice(one creds.Session) Notice {
	name := sessionName(one.ID)
	return Notice{
		Topic: TopicOver,
		Title: lang.Sprintf("The session %s is over", name),
		Offers: []Offer{{
			Label: lang.T("Sign in"), Among: lang.Sprintf("Sign in to %s", name),
			Clicks: []Command{{Verb: VerbSignIn, Session: one.ID}},
		}},
	}
}

// strangerNotice offers to decide on another person's sign-in.
func strangerNotice(one creds.Session) Notice {
	name := sessionName(one.ID)
	return Notice{
		Topic: TopicStranger,
		Title: prompts.SignedIn(&creds.Person{Session: name, Now: shorten(one.Stranger.Now, maxParty)}),
		Body:  lang.Sprintf("Its profiles belong to %s. Nothing is written for anybody else until you confirm it.", one.Stranger.Before),
		Offers: []Offer{{
			Label: lang.T("Decide"), Among: lang.Sprintf("Decide on %s", name),
			Clicks: []Command{{Verb: VerbSignIn, Session: one.ID}},
		}},
	}
}

// unrefreshed lists the profiles of a session that could not be refreshed, of a total
// after a sign-in; false if all could be.
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
		Title: lang.Sprintf("%d of %s of %s could not be refreshed",
			len(failures), lang.Count(max(total, len(failures)), "%d profile", "%d profiles"), sessionName(session)),
		Body: lines(failures),
	}, true
}

// alreadyReported reports whether a notice about a session's failure was shown before,
// and records that one is now.
func (seen *Seen) alreadyReported(session string, err error) bool {
	r, ok := seen.sessions[session]
	if e, is := errors.AsType[*creds.Error](err); ok && is {
		if r.failure == e.Message && !r.suppressed {
			return true
		}
		r.failure, r.suppressed = e.Message, false
		seen.sessions[session] = r
	}
	return false
}

// forget makes the next failure of a session worth a notice again.
func (seen *Seen) forget(session string) {
	if r, ok := seen.sessions[session]; ok {
		r.failure = ""
		seen.sessions[session] = r
	}
}
