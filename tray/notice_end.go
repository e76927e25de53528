package tray

import (
	"slices"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// end records the notices about the end of a profile's credentials.
type end struct {
	// at is when the credentials end.
	at time.Time
	// leads is how many of the times at which a notice is due have passed; see
	// [leadsPassed].
	leads int
	// snoozed is when the next notice is due after the person has put one off.
	snoozed time.Time
	// announced is when the last notice was shown.
	announced time.Time
	// dismissed: the person wants no more notices. expired: no notice is due of
	// credentials that have ended. offered: a notice with offers was shown.
	dismissed, expired, offered bool
}

// lastLead returns how long before the end of credentials the second and last notice
// is shown. The first one comes when their state becomes "ending", at [creds.Lead]:
// half an hour and 5 minutes before the end of 12 hours, 10 and 2 minutes before the
// end of one hour, and so on in proportion.
func lastLead(lifetime time.Duration) time.Duration {
	first := creds.Lead(lifetime)
	return min(first/5, 30*time.Second+first*3/20)
}

// lastOfLeads is how many leads have passed when the last notice is due.
const lastOfLeads = 2

// leadsPassed returns how many of the times have passed at which a notice is due.
func leadsPassed(p creds.Status, now time.Time) int {
	lifetime := p.Expires.Sub(p.Issued)
	passed := 0
	for _, lead := range []time.Duration{creds.Lead(lifetime), lastLead(lifetime)} {
		if !p.Expires.Add(-lead).After(now) {
			passed++
		}
	}
	return passed
}

// gather is how early an end is announced together with another one: profiles that
// were refreshed one after the other make one notice.
const gather = time.Minute

// refreshing is how long after their issue credentials are still being written. A
// requested refresh counts as a use of the profile, but not as one of the new
// credentials.
const refreshing = time.Minute

// endNotices returns the notices about ends of credentials. Credentials that end while
// the machine sleeps are announced as expired only. A profile that waits for a code
// gets no notice, because its window is open; nor do the profiles of an SSO session
// whose own end was announced.
func (seen *Seen) endNotices(s creds.Snapshot, now time.Time) []Notice {
	notices := seen.endsDue(s, now, now)
	if slices.ContainsFunc(notices, func(n Notice) bool { return n.Topic == TopicEnding }) {
		notices = append(notices, seen.endsDue(s, now, now.Add(gather))...)
	}
	return notices
}

// endsDue returns the notices that are due by the given time.
func (seen *Seen) endsDue(s creds.Snapshot, now, by time.Time) []Notice {
	before, visits := seen.ends, lastVisits(s)
	seen.ends = make(map[string]end, len(s.Profiles))
	var notices []Notice
	for _, p := range shown(s) {
		if p.Expires.IsZero() {
			continue
		}
		e, known := before[p.Name]
		if !e.at.Equal(p.Expires) {
			e = end{at: p.Expires}
		}
		if !known {
			e.leads, e.expired = leadsPassed(p, now), p.Left(now) == 0
		}
		used := p.LastUsed.After(p.Issued.Add(refreshing)) || visits[p.Name].After(p.Issued)
		if p.Kind == creds.KindConsole {
			// They were issued silently every few minutes, whether used or not.
			used = now.Sub(p.LastUsed) < recent
		}
		if n, ok := e.notice(p, used, now, by); ok && !seen.sessions[p.Session].announced {
			e.offered = true
			notices = append(notices, n)
		}
		seen.ends[p.Name] = e
	}
	return notices
}

// notice returns the notice that is due about the end of a profile's credentials.
// used is whether they were used.
func (e *end) notice(p creds.Status, used bool, now, by time.Time) (Notice, bool) {
	switch p.State(now) {
	case creds.StateValid, creds.StateEnding:
		if !e.announced.Equal(now) && e.due(p, used, by) {
			e.announced = now
			n := endingNotice(p, now)
			n.Stays = e.leads == lastOfLeads
			return n, true
		}
	case creds.StateExpired, creds.StateFailed:
		// daypass renews these by itself in a moment, or at the next request,
		// unless that has failed.
		if e.expired || !p.NeedsPerson && p.Phase != creds.PhaseFailed {
			return Notice{}, false
		}
		e.expired = true
		if !e.dismissed && !p.Unannounced && now.Sub(p.LastUsed) < recent {
			return expiredNotice(p, now), true
		}
	case creds.StateNeedsMFA, creds.StateNeedsSSO:
		e.leads, e.snoozed, e.expired = leadsPassed(p, now), time.Time{}, p.Left(now) == 0
	default:
	}
	return Notice{}, false
}

// due reports whether a notice is due by a time, and records that it was.
func (e *end) due(p creds.Status, used bool, by time.Time) bool {
	passed := leadsPassed(p, by)
	switch {
	case e.dismissed, p.Unannounced:
		return false
	case e.snoozed.After(by):
		e.leads = passed
		return false
	case e.snoozed.IsZero() && passed <= e.leads:
		return false
	}
	// No person is needed where daypass renews the credentials. If that fails it
	// tries again until the last lead.
	lost := p.Phase == creds.PhaseFailed && passed == lastOfLeads
	if !used || !p.NeedsPerson && !lost {
		return false
	}
	e.leads, e.snoozed = passed, time.Time{}
	return true
}

// renewWords is the button that gets new credentials.
func renewWords(p creds.Status) string {
	if p.NeedsPerson && p.OfConsole() {
		return lang.T("Sign in")
	}
	return lang.T("Renew")
}

func endingNotice(p creds.Status, now time.Time) Notice {
	n := Notice{Topic: TopicEnding, Title: lang.Sprintf("%s ends %s", p.Name, clock(p.Expires, now)), Body: reason(p)}
	labels := []Offer{
		{Label: renewWords(p), Among: lang.T("Renew all")}, {Label: lang.T("Snooze"), Among: lang.T("Snooze")}, {Label: lang.T("Let it end"), Among: lang.T("Let them end")},
	}
	for i, c := range endCommands(p, now) {
		labels[i].Clicks = []Command{c}
		n.Offers = append(n.Offers, labels[i])
	}
	return n
}

func expiredNotice(p creds.Status, now time.Time) Notice {
	n := Notice{Topic: TopicExpired, Title: lang.Sprintf("%s has expired", p.Name), Body: reason(p)}
	for _, c := range endCommands(p, now) {
		n.Offers = append(n.Offers, Offer{Label: renewWords(p), Among: lang.T("Renew all"), Clicks: []Command{c}})
	}
	return n
}

// endCommands returns what a notice about the end of a profile's credentials offers.
func endCommands(p creds.Status, now time.Time) []Command {
	about := func(v Verb) Command { return Command{Verb: v, Profile: p.Name, End: p.Expires.Unix()} }
	switch p.State(now) {
	case creds.StateValid, creds.StateEnding:
		return []Command{about(VerbRenew), about(VerbSnooze), about(VerbLetEnd)}
	case creds.StateExpired, creds.StateFailed:
		return []Command{about(VerbRefresh)}
	default:
		return nil
	}
}

// Snooze puts off the notice of an end: by 10 minutes, by 5 if less than 20 are left,
// and by half of the time left if that is less than 10. In the last minute the next
// notice is that of the end itself.
func (seen *Seen) Snooze(c Command, now time.Time) {
	e, ok := seen.about(c)
	if !ok {
		return
	}
	switch left := e.at.Sub(now); {
	case left >= 20*time.Minute:
		e.snoozed = now.Add(10 * time.Minute)
	case left >= 10*time.Minute:
		e.snoozed = now.Add(5 * time.Minute)
	case left >= time.Minute:
		e.snoozed = now.Add((left / 2).Truncate(time.Second))
	default:
		e.snoozed = e.at
	}
	e.offered = false
	seen.ends[c.Profile] = e
}

// LetEnd stops the notices about an end.
func (seen *Seen) LetEnd(c Command) {
	if e, ok := seen.about(c); ok {
		e.dismissed, e.offered = true, false
		seen.ends[c.Profile] = e
	}
}

// about returns the record of the end that a command is about.
func (seen *Seen) about(c Command) (end, bool) {
	e, ok := seen.ends[c.Profile]
	return e, ok && e.at.Unix() == c.End
}
