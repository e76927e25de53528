package tray

import (
	"time"

	"daypass/creds"
)

// recent is how long after its last use a profile with expired credentials counts as in
// use. On Monday nobody needs to know that Friday's session is over.
const recent = 24 * time.Hour

// look is the state that a profile is shown with. Credentials that ended with their
// sign-in count as expired, not as failed.
func look(p creds.Status, now time.Time) creds.State {
	state := settled(p, now).State(now)
	if state == creds.StateFailed && p.Err != nil && p.Err.Code == creds.CodeSignInNeeded {
		return creds.StateExpired
	}
	return state
}

// settled returns a profile without the silent renewal of a console sign-in, which comes
// every few minutes: the icon must not blink each time.
func settled(p creds.Status, now time.Time) creds.Status {
	idle := p
	idle.Phase = creds.PhaseIdle
	if p.Phase == creds.PhaseRefreshing && idle.KeptAlive(now) {
		return idle
	}
	return p
}

// The ranks of profiles: how much they need a person. Rank zero needs none.
const (
	rankValid = 1 + iota
	rankRefreshing
	rankEnding
	rankExpired
	rankUnlocked
	rankFailed
	rankNeedy
	ranks
)

// rank returns the rank of a profile.
func rank(p creds.Status, now time.Time) int {
	inUse := now.Sub(p.LastUsed) < recent
	switch look(p, now) {
	case creds.StateNeedsMFA, creds.StateNeedsSSO:
		return rankNeedy
	case creds.StateFailed:
		if inUse {
			return rankFailed
		}
	case creds.StateExpired:
		if inUse {
			return rankExpired
		}
	case creds.StateEnding:
		if unlocked(p, now) {
			return rankUnlocked
		}
		return rankEnding
	case creds.StateRefreshing:
		return rankRefreshing
	case creds.StateValid:
		if unlocked(p, now) {
			return rankUnlocked
		}
		return rankValid
	case creds.StateNone:
	}
	return 0
}

// unlocked reports whether a sensitive profile has credentials.
func unlocked(p creds.Status, now time.Time) bool { return p.Sensitive && p.Left(now) > 0 }
