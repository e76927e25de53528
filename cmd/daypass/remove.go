package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// errNotRemoved is the error of a removal to which a person did not agree.
var errNotRemoved = lang.Error("nothing was removed")

func newRemove(c *cli) *cobra.Command {
	var yes, asJSON bool
	cmd := &cobra.Command{
		Use:   "remove NAME...",
		Short: lang.T("Remove profiles, with their keys, sessions and settings"),
		Long: lang.T(`Remove profiles: their keys in the keyring, temporary credentials, sections of the AWS
files that daypass has written, settings, and bookmarks for them alone. First it says what
that is for each profile, what stays, and which other profiles depend on it, and asks.

At AWS nothing changes: the key of a removed profile stays active there.`),
		Example: lang.T(`  daypass remove old-project
  daypass remove --yes test-1 test-2`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(cmd, "remove needs the name of a profile")
			}
			for _, name := range args {
				if err := oneProfile(cmd, []string{name}); err != nil {
					return err
				}
			}
			return nil
		},
		ValidArgsFunction: completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.remove(cmd, args, removeOptions{yes: yes, asJSON: asJSON, yesFlag: "--yes"})
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, lang.T("remove without asking"))
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print what was removed as JSON"))
	return cmd
}

// removalRecord is what "remove --json" prints of a profile.
type removalRecord struct {
	Profile string   `json:"profile"`
	Removes []string `json:"removes"`
	Keeps   []string `json:"keeps"`
	Breaks  []string `json:"breaks"`
}

// orEmpty returns a list that is no null in JSON.
func orEmpty(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

type removeOptions struct {
	yes, asJSON bool
	yesFlag     string // the flag that answers yes
}

// remove removes profiles one after the other, each after a question.
func (c *cli) remove(cmd *cobra.Command, names []string, o removeOptions) error {
	client, err := connect(cmd, c.surface(creds.SurfaceTerminal))
	if err != nil {
		return err
	}
	defer client.Close()
	removed := []removalRecord{}
	for _, name := range names {
		var one creds.Removal
		if one, err = c.removeOne(cmd.Context(), client, name, o); err != nil {
			err = aboutProfile(err, name)
			break
		}
		removed = append(removed, removalRecord{one.Profile, orEmpty(one.Removes), orEmpty(one.Keeps), orEmpty(one.Breaks)})
		if !o.asJSON {
			said := lang.Text("%s: removed\n")
			if _, gone := client.Status(cmd.Context(), name); gone == nil {
				said = "%s: removed, but for a section of yours, so that it is still listed\n"
			}
			_, _ = lang.Fprintf(c.stdout, said, printable(name))
		}
	}
	if o.asJSON && len(removed) > 0 {
		if failed := encode(c.stdout, removed); err == nil {
			err = failed
		}
	}
	return err
}

func (c *cli) removeOne(ctx context.Context, client *agentapi.Client, name string, o removeOptions) (creds.Removal, error) {
	custody := client.Custody()
	plan, err := custody.Remove(ctx, creds.RemoveRequest{Profile: name, Plan: true})
	if err != nil {
		return plan, err
	}
	writeRemoval(c, plan)
	if len(plan.Removes) == 0 {
		return plan, lang.Errorf("%w: daypass has nothing of %s", errNotRemoved, printable(name))
	}
	if !o.yes {
		question := lang.Sprintf("Remove %s? [y/N] ", printable(name))
		if err := c.agree(ctx, question, errNotRemoved, lang.Sprintf("%s removes it without asking", o.yesFlag)); err != nil {
			return plan, err
		}
	}
	return custody.Remove(ctx, creds.RemoveRequest{Profile: name, Fingerprint: plan.Fingerprint})
}

// writeRemoval says what a removal takes away, on stderr as a question is.
func writeRemoval(c *cli, plan creds.Removal) {
	say := func(heading string, phrases []string) {
		if len(phrases) == 0 {
			return
		}
		fmt.Fprintln(c.stderr, heading)
		for _, phrase := range phrases {
			fmt.Fprintln(c.stderr, "  "+printable(phrase))
		}
	}
	say(lang.Sprintf("What is removed of %s:", printable(plan.Profile)), plan.Removes)
	say(lang.T("What stays:"), plan.Keeps)
	say(lang.T("Profiles that depend on it, and will get no new credentials:"), plan.Breaks)
}

// agree asks a person on the terminal. no is the error if the answer is not yes, and instead
// how to do without a question.
func (c *cli) agree(ctx context.Context, question string, no error, instead string) error {
	t := c.personAt()
	switch {
	case t == nil && c.noInput:
		return needsPersonError(lang.Errorf("%w, as nobody is to be asked: %s", no, instead))
	case t == nil:
		return needsPersonError(lang.Errorf("%w, as there is no terminal to ask in: %s", no, instead))
	}
	defer t.end()
	// What was typed before the question was shown is no answer.
	t.forget()
	answer, err := t.ask(ctx, question, inputMaybe)
	if err != nil {
		return err
	}
	if !isYes(answer.Reveal()) {
		return no
	}
	return nil
}
