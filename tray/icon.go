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

// profilePicture returns the picture of a profile: the open lock while it is
// unlocked, until when is for its words to say.
func profilePicture(p creds.Status, now time.Time) icons.State {
	if rank(p, now) == rankUnlocked {
		return icons.Unlocked
	}
	return picture(look(p, now))
}

// drawing is the icon of a state in the form that systray takes; nil if it cannot be
// drawn.
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
