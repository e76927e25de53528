package tray

import (
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// visitIdle is how long an identity counts as in use after its last use or visit.
// A console of twelve hours that was left in the morning needs no notice in the
// evening.
const visitIdle = 2 * time.Hour

// visitLead returns how long before the end of a console's session its notice is
// shown.
func visitLead(v creds.Visit) time.Duration {
	if v.Until.Sub(v.Opened) >= time.Hour {
		return 10 * time.Minute
	}
	return 2 * time.Minute
}

// visitNotices returns a notice for each console that ends soon, once, if its identity
// is in use.
func (seen *Seen) visitNotices(s creds.Snapshot, now time.Time) []Notice {
	notices := seen.visitsDue(s, now, now)
	if len(notices) > 0 {
		notices = append(notices, seen.visitsDue(s, now, now.Add(gather))...)
	}
	return notices
}

// visitsDue returns the notices that are due by the given time.
func (seen *Seen) visitsDue(s creds.Snapshot, now, by time.Time) []Notice {
	before, visits := seen.visits, lastVisits(s)
	seen.visits = make(map[string]bool, len(s.Visits))
	var notices []Notice
	for _, v := range s.Visits {
		if !v.Until.After(now) { // over, or without a known end
			continue
		}
		announced, known := before[v.ID]
		if due := !v.Until.Add(-visitLead(v)).After(by); due && !announced {
			switch {
			case !known:
				announced = true
			case !replaced(s, v) && visitedLately(s, v, visits[v.Profile], now):
				announced = true
				notices = append(notices, visitNotice(v, now))
			}
		}
		seen.visits[v.ID] = announced
	}
	return notices
}

// visitedLately reports whether the identity of a visit is in use, given its last
// visit. A profile without notices of its ends gets none of this either.
func visitedLately(s creds.Snapshot, v creds.Visit, last, now time.Time) bool {
	p, ok := s.Profile(v.Profile)
	if p.LastUsed.After(last) {
		last = p.LastUsed
	}
	return ok && !p.Unannounced && now.Sub(last) < visitIdle
}

// replaced reports whether a later visit in the same place has taken over: the browser
// has another session by then.
func replaced(s creds.Snapshot, v creds.Visit) bool {
	for _, other := range s.Visits {
		if other.Profile == v.Profile && other.Place == v.Place && other.Opened.After(v.Opened) {
			return true
		}
	}
	return false
}

func visitNotice(v creds.Visit, now time.Time) Notice {
	return Notice{
		Topic:  TopicVisit,
		Title:  lang.Sprintf("The console of %s ends at %s", v.Profile, v.Until.In(now.Location()).Format("15:04")),
		Body:   v.Destination,
		Offers: []Offer{{Label: lang.T("Reopen this page"), Among: lang.T("Reopen all"), Clicks: []Command{reopen(v)}}},
	}
}

func reopen(v creds.Visit) Command {
	return Command{Verb: VerbReopen, Profile: v.Profile, Visit: v.ID}
}

// lastVisits returns when each profile's console was last opened.
func lastVisits(s creds.Snapshot) map[string]time.Time {
	last := make(map[string]time.Time, len(s.Visits))
	for _, v := range s.Visits {
		if v.Opened.After(last[v.Profile]) {
			last[v.Profile] = v.Opened
		}
	}
	return last
}
