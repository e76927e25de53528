package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// connect reaches the agent and starts it if necessary.
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

// lookupLimit is how long a request may take that only improves advice.
const lookupLimit = 2 * time.Second

// helpedBy asks a running agent, and starts none. It returns the zero value if there is no
// answer.
func helpedBy[T any](ctx context.Context, get func(*agentapi.Client, context.Context) (T, error)) (found T) {
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	client, err := connectToRunning(ctx)
	if err != nil {
		return found
	}
	defer client.Close()
	if answer, err := get(client, ctx); err == nil {
		found = answer
	}
	return found
}

// lookUp returns the snapshot of a running agent, or an empty one.
func lookUp(ctx context.Context) creds.Snapshot {
	return helpedBy(ctx, (*agentapi.Client).Snapshot)
}

// reach returns how the agent is reached in a context.
func reach(ctx context.Context, o agentapi.Options) agentapi.Options {
	l, _ := ctx.Value(logKey{}).(logging)
	o.Log, o.LogLevel = l.log, l.level
	if o.Surface == creds.SurfaceProgram && isUnattended(ctx) {
		o.Surface = creds.SurfaceUnattended
	}
	return o
}
