package main

import (
	"github.com/spf13/cobra"

	"daypass/internal/lang"
)

// errNoRotation and errNoRemoval are the errors of what daypass does not do with long-term
// keys yet. In the old words they are said, too.
var (
	errNoRotation = notCarriedOver(
		"daypass replaces no access keys yet: make a new one in the IAM console, store it with daypass add NAME --replace; the old one can be deleted there then")
	errNoRemoval = notCarriedOver("daypass removes no keys from the keyring yet: daypass logout NAME ends a profile's session")
)

func newRotate(*cli) *cobra.Command {
	return refused("rotate", lang.T("Refused: keys are replaced in the IAM console"), errNoRotation)
}

func newRemove(*cli) *cobra.Command {
	return refused("remove", lang.T("Refused: keys stay in the keyring"), errNoRemoval)
}

// refused is a command of whose name people expect what daypass does not do yet.
func refused(name, short string, why error) *cobra.Command {
	return &cobra.Command{
		Use: name + " NAME", Short: short, Hidden: true,
		Args: oneProfile, ValidArgsFunction: once(completeProfile),
		RunE: func(*cobra.Command, []string) error { return why },
	}
}
