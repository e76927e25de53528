package tray

import (
	"time"

	"daypass/creds/agentapi"
	"daypass/packaging/icons"
)

// picture returns the picture of a state.
func picture(s agentapi.State) icons.State {
	switch s {
	case agentapi.StateValid:
		return icons.Valid
	case agentapi.StateEnding:
		return icons.Ending
	case agentapi.StateExpired:
		return icons.Expired
	case agentapi.StateNeedsMFA, agentapi.StateNeedsSSO:
		return icons.Attention
	case agentapi.StateFailed:
		return icons.Failed
	case agentapi.StateRefreshing:
		return icons.Refreshing
	case agentapi.StateNone:
	}
	return icons.Idle
}

// profilePicture returns the picture of a profile: the open lock while it is
// lent, whose end is for its words to tell.
func profilePicture(p agentapi.Status, now time.Time) icons.State {
	if rank(p, now) == rankLent {
		return icons.Lent
	}
	return picture(look(p, now))
}
