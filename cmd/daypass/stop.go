package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newStop(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: lang.T("End the agent; sessions and keys stay"),
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := connectToEnd(cmd.Context())
			if nobody(err) {
				fmt.Fprintln(c.stdout, lang.T("No agent is running."))
				return nil
			}
			if err != nil {
				return err
			}
			defer client.Close()
			if err := client.Stop(cmd.Context()); err != nil {
				return err
			}
			if err := awaitEnd(cmd.Context()); err != nil {
				return err
			}
			fmt.Fprintln(c.stdout, lang.T("The agent has ended."))
			return nil
		},
	}
}

// connectToEnd waits a moment for an agent whose socket was just removed, because it opens
// another one.
func connectToEnd(ctx context.Context) (client *agentapi.Client, err error) {
	const patience = time.Second
	start := time.Now()
	ended := poll(ctx, func() bool {
		client, err = connectToRunning(ctx)
		return !nobody(err) || time.Since(start) > patience
	})
	return client, cmp.Or(ended, err)
}

// awaitEnd waits until no agent answers, so that the next command does not reach one that
// is ending.
func awaitEnd(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 10*time.Second, lang.Error("the agent was asked to end and still runs"))
	defer cancel()
	return poll(ctx, func() bool {
		client, err := connectToRunning(ctx)
		if err == nil {
			client.Close()
		}
		return nobody(err)
	})
}

// poll calls done every few milliseconds until it returns true, or ctx ends.
func poll(ctx context.Context, done func() bool) error {
	for !done() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}
