package tray

import (
	"time"

	"daypass/creds"
)

// Seen remembers what was said, so that nothing is said twice. Its zero value has
// seen nothing. It is not safe for concurrent use.
type Seen struct {
	ends     map[string]end
	sessions map[string]heard
	visits   map[string]bool // those that are known, and whether their end was told
	unshown  int             // the Times of the last window that could not be shown
}

// Notices returns what a snapshot gives a person to hear at the time now. What is
// so already when it is first seen is old news, and so is all that happens while
// the person does not want to be disturbed.
func (seen *Seen) Notices(s creds.Snapshot, now time.Time) []Notice {
	notices := seen.sessionNotices(s, now)
	notices = append(notices, seen.endNotices(s, now)...)
	notices = append(notices, seen.visitNotices(s, now)...)
	windows := seen.windowNotices(s)
	if s.DoNotDisturb {
		return windows
	}
	return append(notices, windows...)
}

// Wanted returns what notices offer that a person could still want at the time
// now. An offer is good for as long as it is among them.
func (seen *Seen) Wanted(s creds.Snapshot, now time.Time) map[Command]bool {
	wanted := make(map[Command]bool)
	for _, one := range s.Sessions {
		if state := one.State(now); state == creds.StateExpired || state == creds.StateFailed && one.Stranger != nil {
			wanted[Command{Verb: VerbSignIn, Session: one.ID}] = true
		}
	}
	for _, p := range shown(s) {
		if seen.ends[p.Name].offered {
			for _, c := range endCommands(p, now) {
				wanted[c] = true
			}
		}
	}
	for _, v := range s.Visits {
		if seen.visits[v.ID] && v.Until.After(now) && !replaced(s, v) {
			wanted[reopen(v)] = true
		}
	}
	return wanted
}

// Next returns when a notice that was put off is due; the zero time if none was.
func (seen *Seen) Next(now time.Time) time.Time {
	var next time.Time
	for _, e := range seen.ends {
		if e.snoozed.After(now) && (next.IsZero() || e.snoozed.Before(next)) {
			next = e.snoozed
		}
	}
	return next
}
