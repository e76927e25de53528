package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/shell"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newMFA(c *cli) *cobra.Command {
	var code codeFlag
	var force bool
	cmd := &cobra.Command{
		Use:   "mfa",
		Short: lang.T("Give this shell's profile what it lacks: an MFA code, or a sign-in"),
		Long: lang.T(`Give the profile of this shell what it lacks: an MFA code, or a sign-in. A shell
with keys of "daypass switch --keys" gets new ones, which takes a function of the
shell: "daypass shell-init" prints it.`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			digits, err := code.value(c)
			if err != nil {
				return err
			}
			here := presentIn(os.LookupEnv)
			if here.keys {
				return raiseKeys(c, cmd, here, digits)
			}
			return raiseProfile(c, cmd, here, digits, force)
		},
	}
	code.add(cmd)
	cmd.Flags().BoolVar(&force, "force", false, lang.T("get a new session though the present one is still valid"))
	return cmd
}

// raiseKeys puts keys that a code was given for into the shell, in the place of the present
// ones.
func raiseKeys(c *cli, cmd *cobra.Command, here present, code string) error {
	switch {
	case here.profile == "":
		return lang.Errorf("the keys in this shell are of no profile that daypass knows")
	case c.caller == nil:
		return needsFunction(cmd.CommandPath(), "")
	}
	return switchTo(c, cmd, switching{profile: here.profile, mfa: true, keys: true, code: code})
}

func raiseProfile(c *cli, cmd *cobra.Command, here present, code string, force bool) error {
	if here.section == "" {
		return lang.Errorf("no profile is set in this shell: daypass switch NAME sets one")
	}
	before, err := here.status(cmd)
	if err != nil {
		return err
	}
	s, err := raise(c, cmd, before.Name, code, 0, force)
	if err != nil {
		return aboutProfile(err, before.Name)
	}
	now := time.Now()
	fmt.Fprintf(c.stdout, "%s: %s\n", printable(s.Name), describe(s, now))
	if s.Note != "" {
		fmt.Fprintf(c.stdout, "  %s\n", words.Sentence(printable(s.Note)))
	}
	c.warn(s.Warning)
	if c.caller == nil {
		warnOfRivals(c, s)
		return nil
	}
	if here.profile != "" && s.WrittenAs != "" && s.WrittenAs != here.section {
		return c.enter(withSection(s))
	}
	return c.evaluate(segmentOf(s, now).Statements(c.caller.name, os.LookupEnv))
}

// withSection is a login's answer with the section that it was written to.
func withSection(s creds.Status) creds.Status {
	s.Section = s.WrittenAs
	return s
}

func newUnset(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "unset",
		Short: lang.T("Take out of this shell what daypass has set in it"),
		Long: lang.T(`Take out of this shell what "daypass switch" or "daypass export" has set in it, and
nothing else. The profile's session stays: "daypass logout" ends it.

It takes a function of the shell, which "daypass shell-init" prints.`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.caller == nil {
				return needsFunction(cmd.CommandPath(), "")
			}
			if !shell.Set(os.LookupEnv) {
				fmt.Fprintln(c.stderr, lang.T("daypass has set nothing in this shell."))
			}
			return c.evaluate(shell.Leave(c.caller.name, os.LookupEnv))
		},
	}
}
