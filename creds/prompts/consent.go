package prompts

import (
	"cmp"
	"fmt"

	"daypass/creds"
	"daypass/internal/words"
)

// consent asks whether programs may have a sensitive profile. Only a window asks it: the
// agent does not write to the terminal in which a program runs.
var consent = Kind{
	Input: InputChoice,
	Choices: func(creds.Prompt) []Choice {
		return []Choice{
			{creds.GrantOnce, "Once"},
			{creds.GrantHour, "For an hour"},
			{creds.GrantAlways, "Always"},
			{creds.GrantNever, "Never"},
		}
	},
	WindowOnly: true,
	Subject:    func(p creds.Prompt) string { return p.Profile },
	Asks:       func(p creds.Prompt) string { return "the consent to unlock " + p.Profile + " for programs" },
	Undone:     " was not given",
	Menu:       func(p creds.Prompt) string { return wants(p) + ": may it?" },
	Title:      wants,
	Headline:   wants,
	Facts: func(p creds.Prompt) []Fact {
		lease := ""
		if p.Lease > 0 {
			lease = words.Span(p.Lease)
		}
		return []Fact{
			{Label: "Program", Value: process(p.Requester)},
			{Label: "Folder", Value: p.Requester.Dir},
			{Label: "Account", Value: p.AccountID},
			{Label: "Unlock for", Value: lease},
		}
	},
	// An answer is kept for the profile, and applies to other programs too.
	Explain: func(p creds.Prompt) string {
		return fmt.Sprintf("An answer holds for all programs. Always and Never hold until you change “Programs” of %s in the settings.",
			BriefProfile(p.Profile))
	},
	Close: "Not now",
}

func wants(p creds.Prompt) string {
	return fmt.Sprintf("%s wants %s", cmp.Or(p.Requester.Program, "A program"), p.Profile)
}
