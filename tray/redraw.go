package tray

import (
	"time"

	"daypass/creds"
)

// Next returns when the menu, the icon or a notice changes without another snapshot, or
// the zero time.
func Next(s creds.Snapshot, now time.Time) time.Time {
	var next time.Time
	at := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	// "tomorrow 03:10" becomes "03:10".
	year, month, day := now.Date()
	midnight := time.Date(year, month, day+1, 0, 0, 0, 0, now.Location())
	for _, one := range s.Sessions {
		at(one.Next(now))
		if one.State(now) == creds.StateValid && !one.Renewable {
			at(midnight)
		}
		if one.Phase == creds.PhaseFailed {
			// A failed renewal does not matter before the end.
			at(one.Expires)
		}
	}
	for _, v := range s.Visits {
		at(v.Until.Add(-visitLead(v)))
		at(v.Until)
	}
	for _, p := range shown(s) {
		at(p.Next(now))
		if p.Key != nil {
			at(p.Key.RotateAfter)
		}
		if !p.SignInEnds.IsZero() {
			at(p.SignInEnds.Add(-signInLead))
			at(p.SignInEnds)
		}
		if p.Session != "" || p.Phase == creds.PhaseFailed {
			at(p.LastUsed.Add(recent))
		}
		if p.Expires.IsZero() {
			continue
		}
		if p.Left(now) > 0 {
			if _, steady := steadyUntil(settled(p, now), now); !steady {
				at(p.Expires.Add(-stepsLeft(p.Expires, now)))
			}
			if p.NeedsPerson || p.Phase == creds.PhaseFailed {
				at(p.Expires.Add(-lastLead(p.Expires.Sub(p.Issued))))
			}
		}
		at(p.LastUsed.Add(recent))
		at(midnight)
	}
	return next
}
