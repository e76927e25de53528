package tray

import (
	"time"

	"daypass/creds"
)

// Seen remembers which notices were shown, so that none is shown twice. Its zero value
// is ready to use. It is not safe for concurrent use.
type Seen struct {
	ends     map[string]end
	sessions map[string]sessionReports
	signIns  map[string]signInEnd
	visits   map[string]bool // whether the end of a visit was announced
	// plaintext are the access key IDs that were announced, and announce those that the agent
	// has not been given yet.
	plaintext, announce []string
	// reminded is when the last reminder of old keys was, and remind are the IDs of its keys
	// until the agent has been given them.
	reminded time.Time
	remind   []string
	unshown  int // the Times of the last window that could not be shown
}

// Notices returns the notices that are due at the time now. Nothing that the first
// snapshot already has is announced, nor anything that happens while the person does
// not want to be disturbed.
func (seen *Seen) Notices(s creds.Snapshot, now time.Time) []Notice {
	notices := append(seen.sessionNotices(s, now), seen.signInNotices(s, now)...)
	notices = append(notices, seen.endNotices(s, now)...)
	notices = append(notices, seen.visitNotices(s, now)...)
	windows := seen.windowNotices(s)
	if s.DoNotDisturb {
		return windows
	}
	notices = append(notices, seen.plaintextNotices(s)...)
	notices = append(notices, seen.rotationNotices(s, now)...)
	return append(notices, windows...)
}

// Wanted returns the commands that notices may still offer at the time now.
func (seen *Seen) Wanted(s creds.Snapshot, now time.Time) map[Command]bool {
	wanted := make(map[Command]bool)
	for _, one := range s.Sessions {
		if state := one.State(now); state == creds.StateExpired || state == creds.StateFailed && one.Stranger != nil {
			wanted[Command{Verb: VerbSignIn, Session: one.ID}] = true
		}
	}
	for _, p := range shown(s) {
		if p.Key != nil && p.Key.Plaintext != "" {
			wanted[Command{Verb: VerbImportKeys}] = true
		}
		if isOld(p, now) {
			wanted[rotateCommand(p.Name)] = true
		}
		if seen.ends[p.Name].offered {
			for _, c := range endCommands(p, now) {
				wanted[c] = true
			}
		}
	}
	for _, e := range seen.signIns {
		if e.offer != (Command{}) {
			wanted[e.offer] = true
		}
	}
	for _, v := range s.Visits {
		if seen.visits[v.ID] && v.Until.After(now) && !replaced(s, v) {
			wanted[reopen(v)] = true
		}
	}
	return wanted
}

// Next returns when the next notice that was put off is due, or the zero time.
func (seen *Seen) Next(now time.Time) time.Time {
	var next time.Time
	for _, e := range seen.ends {
		if e.snoozed.After(now) && (next.IsZero() || e.snoozed.Before(next)) {
			next = e.snoozed
		}
	}
	return next
}
