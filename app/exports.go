package app

import (
	"cmp"

	"daypass/creds"
	"daypass/creds/shell"
	"daypass/internal/secret"
)

// exportText is what a shell evaluates to work with credentials.
func exportText(cr creds.Credentials, goos string) (secret.Text, error) {
	text, err := shell.Paste(cr, goos)
	return secret.New(text), err
}

// profileText has the commands that follow it on a shell's line use a profile.
func profileText(s creds.Status, goos string) (string, error) {
	format := "env"
	if goos == "windows" {
		format = "powershell"
	}
	return shell.Use(format, cmp.Or(s.WrittenAs, s.Name))
}
