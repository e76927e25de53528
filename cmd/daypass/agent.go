package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// connect reaches the agent and starts it if need be.
func connect(cmd *cobra.Command, surface creds.Surface) (*agentapi.Client, error) {
	return agentapi.Connect(cmd.Context(), reach(cmd.Context(), agentapi.Options{Start: true, Surface: surface}))
}

// connectToRunning reaches the agent and starts none.
func connectToRunning(ctx context.Context) (*agentapi.Client, error) {
	return agentapi.Connect(ctx, reach(ctx, agentapi.Options{}))
}

// nobody reports whether an error says that no agent is running.
func nobody(err error) bool { return creds.CodeOf(err) == creds.CodeNoAgent }

// asked makes one request that needs no person.
func asked[T any](cmd *cobra.Command, get func(*agentapi.Client, context.Context) (T, error)) (answer T, err error) {
	client, err := connect(cmd, creds.SurfaceProgram)
	if err != nil {
		return answer, err
	}
	defer client.Close()
	return get(client, cmd.Context())
}

// done is [asked] for a request without an answer.
func done(cmd *cobra.Command, do func(*agentapi.Client, context.Context) error) error {
	_, err := asked(cmd, func(client *agentapi.Client, ctx context.Context) (struct{}, error) {
		return struct{}{}, do(client, ctx)
	})
	return err
}

// lookupLimit bounds what is asked only to give better advice.
const lookupLimit = 2 * time.Second

// helpedBy asks a running agent for what is only a help, and starts none. It
// returns the zero value where there is nothing to be had.
func helpedBy[T any](ctx context.Context, get func(*agentapi.Client, context.Context) (T, error)) T {
	var none T
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	client, err := connectToRunning(ctx)
	if err != nil {
		return none
	}
	defer client.Close()
	found, err := get(client, ctx)
	if err != nil {
		return none
	}
	return found
}

// lookUp returns what a running agent knows, to help with.
func lookUp(ctx context.Context) creds.Snapshot {
	return helpedBy(ctx, (*agentapi.Client).Snapshot)
}

// reach returns how the agent is reached in a context.
func reach(ctx context.Context, o agentapi.Options) agentapi.Options {
	l, _ := ctx.Value(logKey{}).(logging)
	o.Log, o.LogLevel = l.log, l.level
	return o
}
