package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

func newSSOMigrate(c *cli) *cobra.Command {
	var (
		manner  consent
		request creds.SSOMigrateRequest
	)
	cmd := &cobra.Command{
		Use:   "migrate [START_URL]",
		Short: lang.T("Move profiles with an sso_start_url of their own to an sso-session"),
		Long: lang.T(`Move the profiles that have an sso_start_url of their own to an [sso-session]
section: AWS renews only what is signed in to through one. The change of the AWS
config file is shown, and made when you agree to it.
` + consentHelp),
		Args:              oneSession,
		ValidArgsFunction: completeSession(legacySession),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := manner.check(cmd); err != nil {
				return err
			}
			err := withSession(c, cmd, args, legacySession, nil, func(ctx context.Context, a *sessionAsker) error {
				request.StartURL = a.session
				return a.change(ctx, manner, func(ctx context.Context, write creds.ConfigWrite) (creds.ConfigChange, error) {
					request.ConfigWrite = write
					return a.client.SSOMigrate(ctx, request)
				})
			})
			if request.StartURL == "" && creds.CodeOf(err) == creds.CodeNoSession && len(args) == 0 {
				fmt.Fprintln(c.stderr, lang.T("Nothing to change: no profile has an sso_start_url of its own."))
				return nil
			}
			return err
		},
	}
	cmd.Flags().StringVar(&request.Name, "name", "", lang.T("the name of the sso-session section; else made of the start URL"))
	manner.add(cmd)
	return cmd
}
