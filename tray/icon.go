package tray

import (
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
