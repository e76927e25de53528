package tray

import (
	"slices"
	"time"

	"daypass/creds"
)

// end is what a person has heard of the end of a profile's credentials.
type end struct {
	// at is the end that the rest is about.
	at time.Time
	// leads is how many of the times have been dealt with at which it is
	// told; see [lastLead].
	leads int
	// snoozed is when it is told again, because the person said so.
	snoozed time.Time
	// told is when it was told last.
	told time.Time
	// let: the person wants to hear no more of it. expired: that it has come
	// is no news any more. offered: it was told, with offers.
	let, expired, offered bool
}

// lastLead returns how long before the end of credentials a person hears of it
// for the second and last time. The first time is when they are called ending,
// at [creds.Lead]: half an hour and 5 minutes before the end of 12 hours, 10
// and 2 minutes before that of one hour, and so on in proportion.
func lastLead(lifetime time.Duration) time.Duration {
	first := creds.Lead(lifetime)
	return min(first/5, 30*time.Second+first*3/20)
}

// lastOfLeads is how many leads are over when the last notice is due.
const lastOfLeads = 2

// leadsPassed returns how many of the times are over at which an end is told.
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

// gather is how early a person hears of an end because of another one: what was
// refreshed one after the other is one notice.
const gather = time.Minute

// refreshing is how long after their issue credentials are still being written: a
// refresh that somebody has asked for ends with a use of the profile, which is
// none of the new credentials.
const refreshing = time.Minute

// endNotices returns what a snapshot gives a person to hear about ends of
// credentials. One that comes while the machine sleeps is only called expired,
// and a profile that waits for a code is not called either: its window is open.
// The profiles of a session of Identity Center that was called over go without a
// word of their own.
func (seen *Seen) endNotices(s creds.Snapshot, now time.Time) []Notice {
	notices := seen.hearEnds(s, now, now)
	if slices.ContainsFunc(notices, func(n Notice) bool { return n.Topic == TopicEnding }) {
		notices = append(notices, seen.hearEnds(s, now, now.Add(gather))...)
	}
	return notices
}

// hearEnds does so with the ends that are to be told by the time by.
func (seen *Seen) hearEnds(s creds.Snapshot, now, by time.Time) []Notice {
	before, visits := seen.ends, lastVisits(s)
	seen.ends = make(map[string]end, len(s.Profiles))
	var notices []Notice
	for _, p := range shown(s) {
		if p.Expires.IsZero() {
			continue
		}
		know, met := before[p.Name]
		if !know.at.Equal(p.Expires) {
			know = end{at: p.Expires}
		}
		if !met {
			know.leads, know.expired = leadsPassed(p, now), p.Left(now) == 0
		}
		used := p.LastUsed.After(p.Issued.Add(refreshing)) || visits[p.Name].After(p.Issued)
		if n, news := know.hear(p, used, now, by); news && !seen.sessions[p.Session].said {
			know.offered = true
			notices = append(notices, n)
		}
		seen.ends[p.Name] = know
	}
	return notices
}

// hear returns what there is to hear of the end of a profile's credentials, which
// were used or not.
func (know *end) hear(p creds.Status, used bool, now, by time.Time) (Notice, bool) {
	switch p.State(now) {
	case creds.StateValid, creds.StateEnding:
		if !know.told.Equal(now) && know.due(p, used, by) {
			know.told = now
			n := endingNotice(p, now)
			n.Stays = know.leads == lastOfLeads
			return n, true
		}
	case creds.StateExpired, creds.StateFailed:
		// What is renewed by itself may be so in a moment, or when it is
		// next asked for; unless that has failed.
		if know.expired || !p.NeedsPerson && p.Phase != creds.PhaseFailed {
			return Notice{}, false
		}
		know.expired = true
		if !know.let && !p.Unannounced && now.Sub(p.LastUsed) < recent {
			return expiredNotice(p, now), true
		}
	case creds.StateNeedsMFA, creds.StateNeedsSSO:
		know.leads, know.snoozed, know.expired = leadsPassed(p, now), time.Time{}, p.Left(now) == 0
	default:
	}
	return Notice{}, false
}

// due reports whether the end is to be told by a time, and notes that it was.
func (know *end) due(p creds.Status, used bool, by time.Time) bool {
	passed := leadsPassed(p, by)
	switch {
	case know.let, p.Unannounced:
		return false
	case know.snoozed.After(by):
		know.leads = passed
		return false
	case know.snoozed.IsZero() && passed <= know.leads:
		return false
	}
	// What is renewed by itself is nobody's concern; if that has failed it is
	// tried again, until it is nearly too late.
	lost := p.Phase == creds.PhaseFailed && passed == lastOfLeads
	if !used || !p.NeedsPerson && !lost {
		return false
	}
	know.leads, know.snoozed = passed, time.Time{}
	return true
}

func endingNotice(p creds.Status, now time.Time) Notice {
	n := Notice{Topic: TopicEnding, Title: p.Name + " ends " + clock(p.Expires, now), Body: reason(p)}
	labels := []Offer{
		{Label: "Renew", Among: "Renew all"}, {Label: "Snooze", Among: "Snooze"}, {Label: "Let it end", Among: "Let them end"},
	}
	for i, c := range endCommands(p, now) {
		labels[i].Clicks = []Command{c}
		n.Offers = append(n.Offers, labels[i])
	}
	return n
}

func expiredNotice(p creds.Status, now time.Time) Notice {
	n := Notice{Topic: TopicExpired, Title: p.Name + " has expired", Body: reason(p)}
	for _, c := range endCommands(p, now) {
		n.Offers = append(n.Offers, Offer{Label: "Renew", Among: "Renew all", Clicks: []Command{c}})
	}
	return n
}

// endCommands returns what a notice of the end of a profile's credentials offers
// at the time now.
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

// Snooze puts the notice of an end off at the time now: by 10 minutes, by 5 if
// less than 20 are left, and by half of what is left if that is less than 10. In
// the last minute only the end itself is left to tell.
func (seen *Seen) Snooze(c Command, now time.Time) {
	know, ok := seen.about(c)
	if !ok {
		return
	}
	switch left := know.at.Sub(now); {
	case left >= 20*time.Minute:
		know.snoozed = now.Add(10 * time.Minute)
	case left >= 10*time.Minute:
		know.snoozed = now.Add(5 * time.Minute)
	case left >= time.Minute:
		know.snoozed = now.Add((left / 2).Truncate(time.Second))
	default:
		know.snoozed = know.at
	}
	know.offered = false
	seen.ends[c.Profile] = know
}

// LetEnd has nothing more said of an end.
func (seen *Seen) LetEnd(c Command) {
	if know, ok := seen.about(c); ok {
		know.let, know.offered = true, false
		seen.ends[c.Profile] = know
	}
}

// about returns what was heard of the end that a command is about.
func (seen *Seen) about(c Command) (end, bool) {
	know, ok := seen.ends[c.Profile]
	return know, ok && know.at.Unix() == c.End
}
