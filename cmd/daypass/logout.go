package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newLogout(c *cli) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "logout NAME | --all",
		Short: lang.T("End a session, or all; keys stay in the keyring"),
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case all && len(args) > 0:
				return usage(cmd, "logout takes a profile or --all, not both")
			case all:
				return nil
			case len(args) == 0:
				return usage(cmd, "logout needs the name of a profile, or --all")
			}
			return oneProfile(cmd, args)
		},
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			request := creds.LogoutRequest{All: all}
			if !all {
				request.Profile = args[0]
			}
			if err := done(cmd, func(client *agentapi.Client, ctx context.Context) error {
				return client.Logout(ctx, request)
			}); err != nil {
				return aboutProfile(err, request.Profile)
			}
			if all {
				fmt.Fprintln(c.stdout, lang.T("All sessions have ended."))
			} else {
				_, _ = lang.Fprintf(c.stdout, "%s: the session has ended\n", printable(request.Profile))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, lang.T("end all sessions"))
	return cmd
}
