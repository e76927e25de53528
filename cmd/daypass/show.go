package main

import (
	"context"

	"github.com/spf13/cobra"

	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newShow(*cli) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: lang.T("Open daypass's window, or the question that waits"),
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return done(cmd, func(client *agentapi.Client, ctx context.Context) error {
				hello, err := client.Hello(ctx)
				if err == nil && hello.Headless {
					err = lang.Error("the agent runs without a desktop, so it has no window to show")
				}
				if err != nil {
					return err
				}
				return client.Show(ctx)
			})
		},
	}
}
