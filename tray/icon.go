package tray

import (
	"daypass/creds/agentapi"
	"daypass/packaging/icons"
)

// picture returns the picture of a state. Credentials that have ended share
// theirs with a code that is asked for: both wait for a person, and the words
// beside the picture tell which.
func picture(s agentapi.State) icons.State {
	switch s {
	case agentapi.StateValid:
		return icons.Valid
	case agentapi.StateEnding:
		return icons.Ending
	case agentapi.StateExpired, agentapi.StateNeedsMFA, agentapi.StateNeedsSSO:
		return icons.Attention
	case agentapi.StateFailed:
		return icons.Failed
	case agentapi.StateRefreshing:
		return icons.Refreshing
	case agentapi.StateNone:
	}
	return icons.Idle
}
