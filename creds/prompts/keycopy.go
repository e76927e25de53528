package prompts

import (
	"path/filepath"

	"daypass/creds"
	"daypass/internal/lang"
)

// seal asks for the passphrase of a new copy of a long-term key.
var seal = Kind{
	Input:    InputSecret,
	Subject:  func(p creds.Prompt) string { return p.File },
	Asks:     func(p creds.Prompt) string { return lang.Sprintf("a passphrase for the copy of %s's key", p.Profile) },
	Undone:   " was not given",
	Menu:     func(creds.Prompt) string { return lang.T("Choose a passphrase for the copy of a key…") },
	Title:    func(creds.Prompt) string { return lang.T("copy of a key") },
	Headline: func(p creds.Prompt) string { return lang.Sprintf("Copy the key of %s", BriefProfile(p.Profile)) },
	Facts:    copyFacts,
	Explain: func(creds.Prompt) string {
		return lang.T("Choose a passphrase of at least 8 characters: whoever has it and the file has the key. You type it twice.")
	},
	Busy:  "Checking…",
	Close: "Cancel",
	Heading: func(p creds.Prompt) []string {
		return []string{
			lang.Sprintf("The key of %s is copied to %s.", p.Profile, p.File),
			lang.T("Choose a passphrase of at least 8 characters: whoever has it and the file has the key."),
		}
	},
	Questions: func(creds.Prompt) []string { return []string{lang.T("New passphrase: ")} },
	First:     "a passphrase for the copy is needed first",
	has:       func(p creds.Prompt) bool { return p.File != "" },
}

// openCopy asks for the passphrase of a copy.
var openCopy = Kind{
	Input:    InputSecret,
	Subject:  func(p creds.Prompt) string { return p.File },
	Asks:     func(p creds.Prompt) string { return lang.Sprintf("the passphrase of %s", p.File) },
	Undone:   " was not given",
	Menu:     func(creds.Prompt) string { return lang.T("Type the passphrase of the copy of a key…") },
	Title:    func(creds.Prompt) string { return lang.T("copy of a key") },
	Headline: func(creds.Prompt) string { return lang.T("Open the copy of a key") },
	Facts:    copyFacts,
	Explain: func(creds.Prompt) string {
		return lang.T("Type the passphrase that was chosen when the copy was made.")
	},
	Busy:  "Checking…",
	Close: "Cancel",
	Heading: func(p creds.Prompt) []string {
		return []string{lang.Sprintf("%s is encrypted. Type the passphrase that was chosen when the copy was made.", p.File)}
	},
	Questions: func(creds.Prompt) []string { return []string{"Passphrase: "} },
	First:     "the passphrase of the copy is needed first",
	has:       func(p creds.Prompt) bool { return p.File != "" },
}

func copyFacts(p creds.Prompt) []Fact {
	return []Fact{{Label: lang.T("File"), Value: filepath.Base(p.File), Full: p.File}}
}
