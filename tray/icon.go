package tray

import (
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
