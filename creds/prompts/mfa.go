package prompts

import (
	"cmp"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// mfa asks for the six digits that an MFA device shows.
var mfa = Kind{
	Input:    InputCode,
	Subject:  func(p creds.Prompt) string { return p.Device },
	Asks:     func(p creds.Prompt) string { return lang.Sprintf("the MFA code of %s", p.Device) },
	Undone:   " was not given",
	Menu:     codeLine,
	Title:    codeTitle,
	Headline: func(p creds.Prompt) string { return lang.Sprintf("Code for %s", codeFor(p)) },
	Facts:    codeFacts,
	Explain: func(p creds.Prompt) string {
		return lang.Sprintf("Type the six digits that %s shows.", BriefDevice(p.Device))
	},
	Busy:      "Checking with AWS…",
	Close:     "Cancel",
	Heading:   codeHeading,
	Questions: func(creds.Prompt) []string { return []string{"Code: "} },
}

func codeTitle(p creds.Prompt) string { return lang.Sprintf("code for %s", codeFor(p)) }

func codeFor(p creds.Prompt) string {
	if p.Profile != "" {
		return p.Profile
	}
	return words.Device(p.Device)
}

// BriefDevice is a device's name where it fits into a sentence.
func BriefDevice(serial string) string {
	return brief(words.Device(serial), 24, lang.T(words.SomeDevice))
}

func codeLine(p creds.Prompt) string {
	line := lang.T("Type the code for ")
	switch {
	case p.Checking:
		line = lang.T("Checking the code for ")
	case p.Refusal != "":
		line = lang.T("Type another code for ")
	}
	line += codeFor(p)
	if program := byProgram(p.Requester); program != "" {
		line += lang.Sprintf(", asked for by %s", program)
	}
	return line + "…"
}

func codeFacts(p creds.Prompt) []Fact {
	device, by := "", ""
	if p.Device != "" {
		device = words.Device(p.Device)
	}
	if p.Requester != (creds.Requester{}) { // The agent asks for itself.
		by = p.Requester.String()
	}
	return []Fact{{Label: lang.T("Account"), Value: p.AccountID}, {lang.T("Device"), device, p.Device}, {Label: lang.T("Asked by"), Value: by}}
}

func codeHeading(p creds.Prompt) []string {
	who := cmp.Or(p.Profile, lang.T("A command"))
	if p.AccountID != "" {
		who += lang.Sprintf(" (account %s)", p.AccountID)
	}
	return []string{lang.Sprintf("%s needs a code from this MFA device:", who), "  " + p.Device}
}
