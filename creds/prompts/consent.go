package prompts

import (
	"cmp"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// consent asks whether programs may have a sensitive profile. Only a window asks it: the
// agent does not write to the terminal in which a program runs.
var consent = Kind{
	Input: InputChoice,
	Choices: func(creds.Prompt) []Choice {
		return []Choice{
			{creds.GrantOnce, lang.T("Once")},
			{creds.GrantHour, lang.T("For an hour")},
			{creds.GrantAlways, lang.T("Always")},
			{creds.GrantNever, lang.T("Never")},
		}
	},
	WindowOnly: true,
	Subject:    func(p creds.Prompt) string { return p.Profile },
	Asks:       func(p creds.Prompt) string { return lang.Sprintf("the consent to unlock %s for programs", p.Profile) },
	Undone:     " was not given",
	Menu:       func(p creds.Prompt) string { return lang.Sprintf("%s: may it?", wants(p)) },
	Title:      wants,
	Headline:   wants,
	Facts: func(p creds.Prompt) []Fact {
		lease := ""
		if p.Lease > 0 {
			lease = words.Span(p.Lease)
		}
		return []Fact{
			{Label: lang.T("Program"), Value: process(p.Requester)},
			{Label: lang.T("Folder"), Value: p.Requester.Dir},
			{Label: lang.T("Account"), Value: p.AccountID},
			{Label: lang.T("Unlock for"), Value: lease},
		}
	},
	// An answer is kept for the profile, and applies to other programs too.
	Explain: func(p creds.Prompt) string {
		text := lang.Sprintf("An answer holds for all programs. Always and Never hold until you change “Programs” of %s in the settings.",
			BriefProfile(p.Profile))
		if p.Keeps {
			text = lang.T("The program keeps the keys until they end: neither the end of that time nor the lock of the screen takes them away.") + "\n" + text
		}
		return text
	},
	Close: "Not now",
}

func wants(p creds.Prompt) string {
	return lang.Sprintf("%s wants %s", cmp.Or(p.Requester.Program, "A program"), p.Profile)
}
