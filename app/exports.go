package app

import (
	"cmp"

	"daypass/creds"
	"daypass/creds/shell"
	"daypass/internal/secret"
)

// exportText has the commands that export credentials in a shell.
func exportText(cr creds.Credentials, goos string) (secret.Text, error) {
	text, err := shell.Paste(cr, goos)
	return secret.New(text), err
}

// profileText begins a line of a shell whose command uses a profile.
func profileText(s creds.Status, goos string) (string, error) {
	format := "env"
	if goos == "windows" {
		format = "powershell"
	}
	return shell.Use(format, cmp.Or(s.WrittenAs, s.Name))
}
