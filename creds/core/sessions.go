package core

import (
	"iter"
	"slices"
	"time"

	"daypass/creds"
	"daypass/internal/secret"
)

// request is what AWS was asked for. Sessions of equal requests are interchangeable.
type request struct {
	// Origin is what was asked for, without the time; see [profile.Chain.Origin].
	Origin string `json:"origin"`
	// Lifetime is for how long; zero where AWS accepts none.
	Lifetime time.Duration `json:"lifetime,omitempty"`
}

// session is a set of temporary credentials, with the request that got them.
type session struct { // its times are by AWS's clock
	request
	AccessKeyID     string
	SecretAccessKey secret.Text
	SessionToken    secret.Text
	Issued, Expires time.Time
	AccountID       string
	// Note is one sentence if AWS gave less than was asked for or expected.
	Note string
}

// addNote adds a remark.
func (s *session) addNote(text string) {
	if s.Note != "" {
		text = s.Note + "; " + text
	}
	s.Note = text
}

// servable reports whether credentials last long enough to be handed out: as long as
// [leastLeft] says, and botocore asks again below 15 minutes, which shorter sessions could
// never satisfy.
func (s session) servable(now time.Time, least time.Duration) bool {
	return s.left(now) >= max(least, min(15*time.Minute, s.Expires.Sub(s.Issued)/4))
}

func (s session) left(now time.Time) time.Duration { return s.Expires.Sub(now) }

// lasts reports whether credentials are not about to end; see [leastLeft].
func (s session) lasts(now time.Time, least time.Duration) bool {
	return s.left(now) > max(least, creds.Lead(s.Expires.Sub(s.Issued)))
}

// lastsFor reports whether credentials last as long as somebody needs. Those that have just
// been issued for exactly as long do: an answer of AWS takes its time, and counts in seconds.
func (s session) lastsFor(now time.Time, least time.Duration) bool {
	const late = time.Minute
	lifetime := s.Expires.Sub(s.Issued)
	return s.left(now) >= least || lifetime >= least-late && s.left(now) >= lifetime-late
}

// usable reports whether a call to AWS that starts now will still be signed
// with valid credentials when it arrives.
func (s session) usable(now time.Time) bool { return s.left(now) > 30*time.Second }

// sessions holds one session for each origin and lifetime. The slices are never changed,
// so that a copy of the map is a full copy.
type sessions map[string][]session

// get returns the session of a request, the zero value if there is none.
func (s sessions) get(r request) session {
	for _, one := range s[r.Origin] {
		if one.request == r {
			return one
		}
	}
	return session{}
}

// latest returns the session of an origin that lasts longest, whatever its lifetime; the
// zero value if there is none.
func (s sessions) latest(origin string) session {
	var latest session
	for _, one := range s[origin] {
		if one.Expires.After(latest.Expires) {
			latest = one
		}
	}
	return latest
}

// put stores a session in place of the one of the same request.
func (s sessions) put(one session) {
	s.remove(one.request)
	s[one.Origin] = append(slices.Clone(s[one.Origin]), one)
}

// remove forgets the session of a request.
func (s sessions) remove(r request) {
	s.keep(r.Origin, func(other request) bool { return other != r })
}

// keep forgets the sessions of an origin except those of wanted requests.
func (s sessions) keep(origin string, wanted func(request) bool) {
	var rest []session
	for _, one := range s[origin] {
		if wanted(one.request) {
			rest = append(rest, one)
		}
	}
	if len(rest) == 0 {
		delete(s, origin)
		return
	}
	s[origin] = rest
}

// all returns every session.
func (s sessions) all() iter.Seq[session] {
	return func(yield func(session) bool) {
		for _, same := range s {
			for _, one := range same {
				if !yield(one) {
					return
				}
			}
		}
	}
}

// held is what a profile has been given.
type held struct {
	request
	// Chosen is set if a person chose the lifetime, for this time only.
	Chosen bool `json:"chosen,omitempty"`
	// Written is the zero value if the credentials file could never be
	// written.
	Written writtenKey `json:"written"`
	// LastUsed is when somebody last asked for the profile.
	LastUsed time.Time `json:"last_used"`
	// Lease is when a sensitive profile is locked again; zero for all others.
	Lease time.Time `json:"lease,omitzero"`
	// Before is set in records that were saved before the credentials file was written:
	// it is what the profile had until then, or the zero value. It is nil otherwise.
	Before *held `json:"before,omitempty"`
}

// written are the keys that the credentials file may hold for the profile.
func (h held) written() []writtenKey {
	var all []writtenKey
	if h.Before != nil {
		all = h.Before.written()
	}
	if h.Written.Section != "" {
		all = append(all, h.Written)
	}
	return all
}

// isOver reports whether the profile is to be locked again.
func (h held) isOver(now time.Time) bool { return !h.Lease.IsZero() && !h.Lease.After(now) }

// ends returns when what a profile holds ends, at the latest with its lease.
func (h held) ends(expires time.Time) time.Time {
	if !h.Lease.IsZero() && h.Lease.Before(expires) {
		return h.Lease
	}
	return expires
}

// leaseEnd returns the end of a lease that begins now, by the wall clock: nothing stays
// unlocked while a machine sleeps.
func leaseEnd(lease time.Duration) time.Time {
	if lease == 0 {
		return time.Time{}
	}
	return time.Now().Round(0).Add(lease)
}
