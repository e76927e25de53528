package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newPolicy(c *cli) *cobra.Command {
	var trust bool
	cmd := &cobra.Command{
		Use:   "policy NAME",
		Short: lang.T("Print the least IAM policy for what a profile does"),
		Long: lang.T(`Print the least IAM policy that the identity behind a profile needs for what daypass does
with it: sessions, the roles that are assumed, the list of MFA devices, the rotation of
its own key. With --trust, print the trust policy of the role that the profile assumes:
who may do so, with which MFA and external ID.

It is one JSON document on stdout. What the settings do not say is noted on stderr.`),
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := connect(cmd, c.surface(creds.SurfaceTerminal))
			if err != nil {
				return err
			}
			defer client.Close()
			reply, err := client.Custody().Policy(cmd.Context(), creds.PolicyRequest{Profile: args[0], Trust: trust})
			if err != nil {
				return aboutProfile(err, args[0])
			}
			var text bytes.Buffer
			if err := json.Indent(&text, reply.Document, "", "  "); err != nil {
				return lang.Errorf("the agent's answer is no JSON: %w", err)
			}
			for _, note := range reply.Notes {
				fmt.Fprintln(c.stderr, words.Sentence(printable(note)))
			}
			fmt.Fprintln(c.stdout, text.String())
			return nil
		},
	}
	cmd.Flags().BoolVar(&trust, "trust", false, lang.T("print who may assume the profile's role instead"))
	return cmd
}
