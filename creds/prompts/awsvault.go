package prompts

import (
	"daypass/creds"
	"daypass/internal/lang"
)

// awsVault asks for the passphrase of the encrypted files in which aws-vault keeps keys that
// are to be imported.
var awsVault = Kind{
	Input:    InputSecret,
	Follows:  true,
	ForAll:   true, // whoever imports keys waits for it, and that is of no profile
	Subject:  func(creds.Prompt) string { return "" },
	Asks:     func(creds.Prompt) string { return lang.T("the passphrase of aws-vault's files") },
	Undone:   " was not given",
	Menu:     func(creds.Prompt) string { return lang.T("Type the passphrase of aws-vault’s files…") },
	Title:    func(creds.Prompt) string { return lang.T("passphrase of aws-vault") },
	Headline: func(creds.Prompt) string { return lang.T("Open aws-vault’s files") },
	Facts:    codeFacts,
	Explain: func(creds.Prompt) string {
		return lang.T("Type the passphrase with which aws-vault has encrypted its files, so that their keys can be imported. Nothing in them is changed.")
	},
	Busy:  "Checking…",
	Close: "Cancel",
	Heading: func(creds.Prompt) []string {
		return []string{lang.T("aws-vault keeps keys in encrypted files. Its passphrase opens them, and nothing in them is changed.")}
	},
	Questions: func(creds.Prompt) []string {
		return []string{lang.T("Passphrase of aws-vault: "), lang.T("Passphrase: ")}
	},
	First: "the passphrase of aws-vault's files is needed first",
}
