package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/prompts"
)

// asker runs requests that may need a person, and shows meanwhile what the
// agent asks.
type asker struct {
	client *agentapi.Client
	// terminal is where to ask; nil leaves it to the agent's window.
	terminal *terminal
	// code is an MFA code that was given beforehand, or "".
	code string
	// session is what a request without a profile is about, or "".
	session string
	// options say how the person here can sign in.
	options creds.SignInOptions
	// signedIn is set when a sign-in was asked for, or whose it is.
	signedIn bool
}

// surfaceOf tells the agent whether to open a window for the prompts.
func surfaceOf(t *terminal, code string) creds.Surface {
	if t == nil && code == "" {
		return creds.SurfaceProgram
	}
	return creds.SurfaceTerminal
}

// asker reaches the agent for a request that may need the person at the terminal;
// code is theirs already, unless it is empty. The caller closes the client.
func (c *cli) asker(cmd *cobra.Command, code string, options creds.SignInOptions) (*asker, error) {
	t := c.personAt()
	client, err := connect(cmd, surfaceOf(t, code))
	if err != nil {
		return nil, err
	}
	return &asker{client: client, terminal: t, code: code, options: options}, nil
}

// answered is [asker.run] for a request that has an answer.
func answered[T any](
	ctx context.Context, a *asker, profile string, request func(context.Context) (T, error),
) (T, error) {
	var got, none T
	err := a.run(ctx, profile, func(ctx context.Context) (err error) {
		got, err = request(ctx)
		return err
	})
	if err != nil {
		return none, err // A request that was given up may still be under way.
	}
	return got, nil
}

// run runs a request for a profile, or for the asker's session. The request and its prompts go side by
// side: somebody else may answer them, in the window or in another terminal.
func (a *asker) run(ctx context.Context, profile string, request func(context.Context) error) error {
	if a.terminal == nil && a.code == "" {
		return request(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- request(ctx) }()
	updates, sessions := a.watch(ctx, profile)
	d := &dialog{asker: a}
	defer a.terminal.end()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		var err error
		select {
		case err := <-done:
			d.leave()
			return err
		case <-ctx.Done():
			d.leave()
			a.cancel(d.prompt)
			return ctx.Err()
		case waiting := <-updates:
			err = d.update(ctx, waiting)
		case s := <-sessions:
			d.refreshing(s)
		case b, open := <-a.keys():
			err = d.key(ctx, b, open)
		case <-second.C:
			d.draw()
		}
		if err != nil {
			d.leave()
			a.cancel(d.prompt)
			return err
		}
	}
}

// watch gives the prompts that the request may wait for, and the session that it
// is about.
func (a *asker) watch(ctx context.Context, profile string) (<-chan []creds.Prompt, <-chan creds.Session) {
	waiting, sessions := make(chan []creds.Prompt), make(chan creds.Session)
	go func() {
		// If this fails the agent is gone, and the request says so.
		_ = a.client.WatchPrompts(ctx, profile, func(all []creds.Prompt) {
			select {
			case waiting <- a.concerning(all):
			case <-ctx.Done():
			}
		})
	}()
	if a.session == "" || a.terminal == nil {
		return waiting, nil
	}
	go func() {
		_ = a.client.Watch(ctx, func(s creds.Snapshot) {
			one, _ := s.Session(a.session)
			select {
			case sessions <- one:
			case <-ctx.Done():
			}
		})
	}()
	return waiting, sessions
}

// concerning leaves out what is asked in a window only, such as whether a program
// may have a profile, and the prompts that a session does not wait for; those of a
// profile come without them.
func (a *asker) concerning(waiting []creds.Prompt) []creds.Prompt {
	return slices.DeleteFunc(waiting, func(p creds.Prompt) bool {
		k := prompts.Of(p)
		return k.WindowOnly || a.session != "" && !k.ForAll && p.SessionID() != a.session
	})
}

// keys returns what is typed; nil, which blocks for ever, without a terminal.
func (a *asker) keys() <-chan byte {
	if a.terminal == nil {
		return nil
	}
	return a.terminal.keys
}

// cancel declines a prompt, also when the command itself is being ended.
func (a *asker) cancel(p *creds.Prompt) {
	if p == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), lookupLimit)
	defer stop()
	// It fails when the prompt has ended meanwhile, which is as good.
	_ = a.client.CancelPrompt(ctx, p.ID)
}
