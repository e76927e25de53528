package main

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/prompts"
)

// asker runs requests that may need a person, and meanwhile shows the agent's prompts.
type asker struct {
	client *agentapi.Client
	// terminal is where to ask; with nil the agent opens a window.
	terminal *terminal
	// code is the MFA code of --mfa-code, or "".
	code string
	// input is where the code is read when it is asked for, or nil; read is what came.
	input io.Reader
	read  chan readLine
	// session is the SSO session of a request without a profile, or "".
	session string
	// device is the MFA device of a request without a profile, or "".
	device string
	// options say how the person here can sign in.
	options creds.SignInOptions
	// signedIn is set when a prompt was about a sign-in.
	signedIn bool
}

// readLine is the code that was read from an input, or why there is none.
type readLine struct {
	code string
	err  error
}

// surfaceOf is the surface of requests: the agent opens a window for the prompts of a
// program.
func surfaceOf(t *terminal, code string) creds.Surface {
	if t == nil && code == "" {
		return creds.SurfaceProgram
	}
	return creds.SurfaceTerminal
}

// asker reaches the agent for a request that may need the person at the terminal; code is
// that of --mfa-code, [codeFromInput], or "". The caller closes the client.
func (c *cli) asker(cmd *cobra.Command, code string, options creds.SignInOptions) (*asker, error) {
	t := c.personAt()
	if c.noInput {
		options.NoBrowser = true // with a code the agent may still meet a sign-in first
	}
	options.HasCode = code != "" && code != codeFromInput
	client, err := connect(cmd, surfaceOf(t, code))
	if err != nil {
		return nil, err
	}
	a := &asker{client: client, terminal: t, code: code, options: options}
	if code == codeFromInput {
		a.code, a.input, a.read = "", c.stdin, make(chan readLine, 1)
	}
	return a, nil
}

// answered is [asker.run] for a request with a result.
func answered[T any](
	ctx context.Context, a *asker, profile string, request func(context.Context) (T, error),
) (T, error) {
	var got, none T
	err := a.run(ctx, profile, func(ctx context.Context) (err error) {
		got, err = request(ctx)
		return err
	})
	if err != nil {
		return none, err // got may still be written to
	}
	return got, nil
}

// run runs a request for a profile, or for the asker's session, and shows its prompts at the
// same time: they may also be answered in a window or another terminal.
func (a *asker) run(ctx context.Context, profile string, request func(context.Context) error) error {
	if a.terminal == nil && a.code == "" && a.input == nil {
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
		case line := <-a.read:
			err = d.hasRead(ctx, line)
		case <-second.C:
			d.draw()
		}
		if err != nil {
			d.leave()
			if a.cancel(d.prompt) {
				// The next command would join this request, and find its question declined.
				within(lookupLimit, done)
			}
			return err
		}
	}
}

// watch returns the prompts that the request may wait for, and its session.
func (a *asker) watch(ctx context.Context, profile string) (<-chan []creds.Prompt, <-chan creds.Session) {
	waiting, sessions := make(chan []creds.Prompt), make(chan creds.Session)
	go func() {
		// If this fails the agent is gone, and the request fails as well.
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

// concerning removes prompts that only a window shows, such as whether a program may have
// a profile, and those that the session or the device does not wait for. The agent selects those of a
// profile.
func (a *asker) concerning(waiting []creds.Prompt) []creds.Prompt {
	return slices.DeleteFunc(waiting, func(p creds.Prompt) bool {
		k := prompts.Of(p)
		return k.WindowOnly || !k.ForAll && (a.session != "" && p.SessionID() != a.session || a.device != "" && p.Device != a.device)
	})
}

// keys returns the typed bytes; without a terminal nil, which blocks for ever.
func (a *asker) keys() <-chan byte {
	if a.terminal == nil {
		return nil
	}
	return a.terminal.keys
}

// within waits for a request to end, but no longer than a limit.
func within(limit time.Duration, done <-chan error) {
	over := time.NewTimer(limit)
	defer over.Stop()
	select {
	case err := <-done:
		_ = err // that the question was declined, as the caller knows
	case <-over.C:
	}
}

// cancel declines a prompt, even if the command is being ended, and reports whether there
// was one.
func (a *asker) cancel(p *creds.Prompt) bool {
	if p == nil {
		return false
	}
	ctx, stop := context.WithTimeout(context.Background(), lookupLimit)
	defer stop()
	// It fails if the prompt has ended, which is as good.
	_ = a.client.CancelPrompt(ctx, p.ID)
	return true
}
