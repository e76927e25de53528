package prompts

import (
	"cmp"
	"fmt"

	"daypass/creds"
	"daypass/internal/words"
)

// mfa asks for the six digits that an MFA device shows.
var mfa = Kind{
	Input:    InputCode,
	Subject:  func(p creds.Prompt) string { return p.Device },
	Asks:     func(p creds.Prompt) string { return "the MFA code of " + p.Device },
	Undone:   " was not given",
	Menu:     codeLine,
	Title:    codeTitle,
	Headline: func(p creds.Prompt) string { return "Code for " + codeFor(p) },
	Facts:    codeFacts,
	Explain: func(p creds.Prompt) string {
		return fmt.Sprintf("Type the six digits that %s shows.", BriefDevice(p.Device))
	},
	Busy:      "Checking with AWS…",
	Close:     "Cancel",
	Heading:   codeHeading,
	Questions: func(creds.Prompt) []string { return []string{"Code: "} },
}

func codeTitle(p creds.Prompt) string { return "code for " + codeFor(p) }

func codeFor(p creds.Prompt) string {
	if p.Profile != "" {
		return p.Profile
	}
	return words.Device(p.Device)
}

// BriefDevice is a device's name where it fits into a sentence.
func BriefDevice(serial string) string { return brief(words.Device(serial), 24, words.SomeDevice) }

func codeLine(p creds.Prompt) string {
	line := "Type the code for "
	switch {
	case p.Checking:
		line = "Checking the code for "
	case p.Refusal != "":
		line = "Type another code for "
	}
	line += p.Profile
	if program := byProgram(p.Requester); program != "" {
		line += ", asked for by " + program
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
	return []Fact{{Label: "Account", Value: p.AccountID}, {"Device", device, p.Device}, {Label: "Asked by", Value: by}}
}

func codeHeading(p creds.Prompt) []string {
	who := cmp.Or(p.Profile, "A profile")
	if p.AccountID != "" {
		who += " (account " + p.AccountID + ")"
	}
	return []string{who + " needs a code from this MFA device:", "  " + p.Device}
}
