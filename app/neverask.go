package app

import (
	"fmt"

	"daypass/creds"
	"daypass/creds/prompts"
)

// neverStep is how far a person has gone with the choice that programs are not
// to ask for a profile again.
type neverStep int

const (
	neverOffered neverStep = iota
	// neverSure is after the first press: the next one does it.
	neverSure
	// neverSent is while the agent is told.
	neverSent
)

// neverText is what the choice's button says; empty where there is no such
// choice: it is about programs, and a profile that they want.
func neverText(p creds.Prompt, step neverStep) string {
	switch {
	case p.Requester.Surface != creds.SurfaceProgram || p.Profile == "":
		return ""
	case step == neverSure:
		return "Yes, never ask"
	}
	return "Never ask for programs"
}

// neverWords say what the second press does.
func neverWords(p creds.Prompt) string {
	return fmt.Sprintf("Programs will be refused whenever they want %s and you would have to be asked. “Programs” in the settings changes that.",
		prompts.BriefProfile(p.Profile))
}
