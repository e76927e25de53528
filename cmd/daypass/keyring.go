package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newKeyring(c *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "keyring",
		Short: lang.T("Show where the long-term keys are, and move them to another keyring"),
		Long: lang.T(`Show which keyring the long-term keys are in, whether it is locked, how many
there are, and which other keyrings they can be moved to. Nothing is unlocked.`),
		Example: lang.T(`  daypass keyring
  daypass keyring move file`),
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			is, err := asked(cmd, func(client *agentapi.Client, ctx context.Context) (creds.KeyringReply, error) {
				return client.Custody().Keyring(ctx)
			})
			switch {
			case err != nil:
				return err
			case asJSON:
				return encode(c.stdout, newKeyringRecord(is))
			}
			return writeKeyring(c.stdout, is)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print an object"))
	cmd.AddCommand(newKeyringMove(c))
	return cmd
}

// keyringRecord is the keyring in the output of --json.
type keyringRecord struct {
	Backend string   `json:"backend"`
	Place   string   `json:"place"`
	Locked  bool     `json:"locked"`
	Keys    *int     `json:"keys"`
	Others  []string `json:"others"`
}

func newKeyringRecord(is creds.KeyringReply) keyringRecord {
	r := keyringRecord{Backend: is.Backend, Place: is.Place, Locked: is.Locked, Others: append([]string{}, is.Others...)}
	if !is.Locked {
		r.Keys = &is.Keys
	}
	return r
}

func writeKeyring(out *output, is creds.KeyringReply) error {
	state := lang.Count(is.Keys, "%d long-term key", "%d long-term keys")
	if is.Locked {
		state = lang.T("locked, so that its keys are not counted")
	}
	_, err := lang.Fprintf(out, "%s: %s; %s\n", is.Backend, printable(is.Place), state)
	if err == nil && len(is.Others) > 0 {
		_, err = lang.Fprintf(out, "The keys can be moved to: %s\n", strings.Join(is.Others, ", "))
	}
	return err
}

func newKeyringMove(c *cli) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "move KEYRING",
		Short: lang.T("Move all that is in the keyring to another one"),
		Long: lang.T(`Copy all long-term keys, and the key of the saved sessions, to another keyring,
read each of them back, use that keyring from then on, and only then remove them
from the former one. If that is cut off, the next agent finishes or undoes it.
Without a terminal to ask in, nothing is moved unless --yes says so.`),
		Example: lang.T(`  daypass keyring move file
  daypass keyring move pass --yes`),
		Args:      namedArguments("KEYRING"),
		ValidArgs: creds.KeyringBackends(),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.asker(cmd, "", thisLocation().signIn())
			if err != nil {
				return err
			}
			defer a.client.Close()
			ctx := cmd.Context()
			if !yes {
				if err := agreeToMove(ctx, a, args[0]); err != nil {
					return err
				}
			}
			is, err := answered(ctx, a, "", func(ctx context.Context) (creds.KeyringReply, error) {
				return a.client.Custody().MoveKeyring(ctx, creds.MoveKeyringRequest{Backend: args[0]})
			})
			if err != nil {
				return err
			}
			fmt.Fprintln(c.stderr, lang.T("Everything in the keyring was moved."))
			return writeKeyring(c.stdout, is)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, lang.T("move without asking"))
	return cmd
}

// agreeToMove asks the person whether to move everything to another keyring.
func agreeToMove(ctx context.Context, a *asker, to string) error {
	if a.terminal == nil {
		return lang.Errorf("nothing was moved, as there is no terminal to ask in: --yes moves without asking")
	}
	defer a.terminal.end()
	answer, err := a.terminal.ask(ctx, lang.Sprintf("Move everything in the keyring to %s? [y/N] ", printable(to)), inputMaybe)
	if err != nil {
		return err
	}
	if !isYes(answer.Reveal()) {
		return lang.Errorf("nothing was moved")
	}
	return nil
}
