package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"daypass/creds/agentapi"
)

func newShow(*cli) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Open daypass's window, or the question that waits",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return done(cmd, func(client *agentapi.Client, ctx context.Context) error {
				hello, err := client.Hello(ctx)
				if err == nil && hello.Headless {
					err = errors.New("the agent runs without a desktop, so it has no window to show")
				}
				if err != nil {
					return err
				}
				return client.Show(ctx)
			})
		},
	}
}
