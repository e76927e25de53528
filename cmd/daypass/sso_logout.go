package main

import (
	"context"

	"github.com/spf13/cobra"

	"daypass/internal/lang"
)

func newSSOLogout(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "logout [SESSION]",
		Short: lang.T("Sign out, and forget the credentials of all profiles of the session"),
		Long: lang.T(`End a session of IAM Identity Center at AWS, take its token out of the cache that
the AWS CLI and SDKs read, and forget the credentials of all its profiles, those
that the AWS CLI keeps included.`),
		Args:              oneSession,
		ValidArgsFunction: completeSession(anySession),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSession(c, cmd, args, anySession, nil, func(ctx context.Context, a *sessionAsker) error {
				// It may need a person to unlock the keyring.
				if err := a.do(ctx, func(ctx context.Context) error { return a.client.SSOLogout(ctx, a.session) }); err != nil {
					return err
				}
				_, _ = lang.Fprintf(c.stdout, "%s: signed out\n", printable(a.session))
				return nil
			})
		},
	}
}
