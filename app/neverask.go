package app

import (
	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
)

// neverStep is a step of the choice that programs may not ask for a profile again.
type neverStep int

const (
	neverOffered neverStep = iota
	// neverSure is after the first press: the next one does it.
	neverSure
	// neverSent is while the choice is on its way to the agent.
	neverSent
)

// neverText is the text of the link; empty where there is no such choice, because no
// program has asked for a profile.
func neverText(p creds.Prompt, step neverStep) string {
	switch {
	case p.Requester.Surface != creds.SurfaceProgram || p.Profile == "":
		return ""
	case step == neverSure:
		return lang.T("Yes, never ask")
	}
	return lang.T("Never ask for programs")
}

// neverWords says what the second press does.
func neverWords(p creds.Prompt) string {
	return lang.Sprintf("Programs will be refused whenever they want %s and you would have to be asked. “Programs” in the settings changes that.",
		prompts.BriefProfile(p.Profile))
}
