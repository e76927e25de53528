package tray

import (
	"log/slog"
	"time"

	"daypass/creds"
	"daypass/packaging/icons"
)

// picture returns the picture of a state.
func picture(s creds.State) icons.State {
	switch s {
	case creds.StateValid:
		return icons.Valid
	case creds.StateEnding:
		return icons.Ending
	case creds.StateExpired:
		return icons.Expired
	case creds.StateNeedsMFA, creds.StateNeedsSSO:
		return icons.Attention
	case creds.StateFailed:
		return icons.Failed
	case creds.StateRefreshing:
		return icons.Refreshing
	case creds.StateNone:
	}
	return icons.Idle
}

// profilePicture returns the picture of a profile, an open lock while it is unlocked.
func profilePicture(p creds.Status, now time.Time) icons.State {
	if rank(p, now) == rankUnlocked {
		return icons.Unlocked
	}
	return picture(look(p, now))
}

// Icon returns the picture of the tray icon, that of the most important fact: a prompt
// that waits, a failure, a sensitive profile that is unlocked, credentials that have
// ended or will soon, valid credentials. Failures and ends count for a day after the
// last use of the profile. An SSO session that is over, or has the token of another
// person, counts as waiting only if its profiles are in use. A problem of no single
// profile counts as a failure.
func Icon(s creds.Snapshot, now time.Time) icons.State {
	need := needsOf(s, now)
	if len(s.Prompts) > 0 || len(need.signIn) > 0 || len(need.strange) > 0 {
		return icons.Attention
	}
	worst, icon := 0, icons.Idle
	if len(s.Problems) > 0 || len(need.failed) > 0 {
		worst, icon = rankFailed, icons.Failed
	}
	for _, p := range shown(s) {
		if r := rank(p, now); r > worst && !need.cover(p, now) {
			worst, icon = r, profilePicture(p, now)
		}
	}
	return icon
}

// drawing is the icon of a state as PNG (ICO on Windows); nil if it cannot be drawn.
type drawing struct {
	panel, menu []byte
}

// pictures draws icons, each once.
type pictures struct {
	log   *slog.Logger
	drawn map[icons.State]drawing
}

func newPictures(log *slog.Logger) pictures {
	return pictures{log: log, drawn: make(map[icons.State]drawing)}
}

// of returns the icon of a state.
func (p pictures) of(state icons.State) drawing {
	if _, ok := p.drawn[state]; !ok {
		panel, err := drawn(state)
		if err != nil {
			p.log.Warn("no icon", "error", err)
		}
		menu, err := inMenu(panel)
		if err != nil {
			p.log.Warn("no icon in the menu", "error", err)
		}
		p.drawn[state] = drawing{panel, menu}
	}
	return p.drawn[state]
}
