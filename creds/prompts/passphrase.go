package prompts

import (
	"daypass/creds"
	"daypass/internal/lang"
)

// passphrase asks for the passphrase of the encrypted file that replaces a keyring.
var passphrase = Kind{
	Input:    InputSecret,
	Follows:  true,
	ForAll:   true,
	Subject:  text(""),
	Asks:     text("the passphrase of the key file"),
	Undone:   " was not given",
	Menu:     text("Type the passphrase of the key store…"),
	Title:    text("passphrase"),
	Headline: text("Unlock your keys"),
	Facts:    codeFacts,
	Explain:  text("Type the passphrase of daypass’s encrypted file."),
	Busy:     "Checking…",
	Close:    "Cancel",
	Heading: func(creds.Prompt) []string {
		return []string{lang.T("The keys are in an encrypted file. Its passphrase opens it.")}
	},
	Questions: func(creds.Prompt) []string { return []string{"Passphrase: "} },
	First:     "the key file's passphrase is needed first",
}
