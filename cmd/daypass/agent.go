package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/words"
)

func (c *cli) newShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Open daypass's window, or the question that waits",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := connect(cmd, creds.SurfaceProgram)
			if err != nil {
				return err
			}
			defer client.Close()
			hello, err := client.Hello(cmd.Context())
			if err != nil {
				return err
			}
			if hello.Headless {
				return errors.New("the agent runs without a desktop, so it has no window to show")
			}
			return client.Show(cmd.Context())
		},
	}
}

func (c *cli) newStop() *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: "End the agent; sessions and keys stay",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := connectToEnd(cmd.Context())
			if nobody(err) {
				_, err := fmt.Fprintln(c.stdout, "No agent is running.")
				return err
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
			_, err = fmt.Fprintln(c.stdout, "The agent has ended.")
			return err
		},
	}
}

// connectToEnd waits a moment for an agent whose socket was just removed: it opens
// another one.
func connectToEnd(ctx context.Context) (*agentapi.Client, error) {
	const patience = time.Second
	for start := time.Now(); ; {
		client, err := agentapi.Connect(ctx, reach(ctx, agentapi.Options{}))
		if !nobody(err) || time.Since(start) > patience {
			return client, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// awaitEnd waits until no agent answers, so that the next command starts a new
// one rather than meet the old one on its way out.
func awaitEnd(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 10*time.Second, errors.New("the agent was told to end and still runs"))
	defer cancel()
	for {
		client, err := agentapi.Connect(ctx, reach(ctx, agentapi.Options{}))
		if nobody(err) {
			return nil
		}
		if err == nil {
			client.Close()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func nobody(err error) bool {
	known, ok := errors.AsType[*creds.Error](err)
	return ok && known.Code == creds.CodeNoAgent
}

func (c *cli) newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the versions of daypass and of its agent",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.writeVersions(cmd.Context()) },
	}
}

// writeVersions writes the versions of this program and of an agent that runs; it
// starts none.
func (c *cli) writeVersions(ctx context.Context) error {
	if _, err := fmt.Fprintf(c.stdout, "daypass %s\n", words.Version()); err != nil {
		return err
	}
	client, err := agentapi.Connect(ctx, reach(ctx, agentapi.Options{}))
	if nobody(err) {
		_, err := fmt.Fprintln(c.stdout, "no agent is running")
		return err
	}
	if err != nil {
		return err
	}
	defer client.Close()
	hello, err := client.Hello(ctx)
	if err != nil {
		return err
	}
	headless := ""
	if hello.Headless {
		headless = ", without a desktop"
	}
	_, err = fmt.Fprintf(c.stdout, "agent %s (pid %d%s)\n  %s\n  %s\n",
		printable(hello.Version), hello.PID, headless, printable(hello.ConfigFile), printable(hello.CredentialsFile))
	return err
}
