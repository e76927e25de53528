package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newInit(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "init NAME",
		Short: lang.T("Write a key's user and MFA device beside it"),
		Long: lang.T(`Ask AWS whose the long-term key of a profile is, and which MFA device that user has,
and write both beside the key: as username and mfa_serial. With a username there, the
profile is in the layout of aws-iam-login, and its credentials go to [NAME-sts].`),
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.asker(cmd, "", creds.SignInOptions{})
			if err != nil {
				return err
			}
			defer a.client.Close()
			reply, err := answered(cmd.Context(), a, args[0], func(ctx context.Context) (creds.InitReply, error) {
				return a.client.Init(ctx, creds.InitRequest{Profile: args[0]})
			})
			if err != nil {
				return aboutProfile(err, args[0])
			}
			writeInit(c, reply)
			return nil
		},
	}
}

// writeInit says whose a key is, and what was written beside it.
func writeInit(c *cli, r creds.InitReply) {
	fmt.Fprintln(c.stdout, lang.Sprintf("The key is that of %s.", printable(r.UserARN)))
	where := lang.Sprintf("[%s] of %s", r.Section, r.Path)
	if len(r.Wrote) == 0 {
		fmt.Fprintln(c.stdout, lang.Sprintf("All of it is in %s already.", printable(where)))
	} else {
		values := map[string]string{"username": r.Username, "mfa_serial": r.MFASerial}
		var lines []string
		for _, key := range r.Wrote {
			lines = append(lines, key+" = "+values[key])
		}
		fmt.Fprintln(c.stdout, lang.Sprintf("Written to %s: %s", printable(where), printable(strings.Join(lines, ", "))))
	}
	if r.Note != "" {
		fmt.Fprintln(c.stdout, words.Sentence(printable(r.Note)))
	}
}
