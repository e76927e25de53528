package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/agentapi"
)

// errInterrupted is what ends a command whose person has pressed Ctrl-C.
var errInterrupted = errors.New("interrupted")

// usageError is a command line that makes no sense.
type usageError struct {
	message string
	command string
}

func (e *usageError) Error() string { return e.message }

func usage(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), command: cmd.CommandPath()}
}

// bareError is reported in one sentence and without advice.
type bareError struct{ error }

func (e bareError) Unwrap() error { return e.error }

// about is an error together with the profile that it concerns.
type about struct {
	error
	profile string
}

// aboutSession is an error together with the session of Identity Center that it
// concerns.
type aboutSession struct {
	error
	session string
}

func (e aboutSession) Unwrap() error { return e.error }

func (e about) Unwrap() error { return e.error }

// report tells what went wrong and what to do about it, and returns the exit
// code.
func (c *cli) report(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errInterrupted) || ctx.Err() != nil {
		return exitInterrupted
	}
	_, _ = fmt.Fprintf(c.stderr, "daypass: %s\n", printable(err.Error()))
	if bad, ok := errors.AsType[*usageError](err); ok {
		if bad.command != "" {
			_, _ = fmt.Fprintf(c.stderr, "See: %s --help\n", bad.command)
		}
		return exitUsage
	}
	if _, ok := errors.AsType[bareError](err); !ok {
		if step := c.advise(ctx, err); step != "" {
			_, _ = fmt.Fprintln(c.stderr, printableLines(step))
		}
	}
	return exitFailed
}

// advise returns the advice that goes with an error, or "".
func (c *cli) advise(ctx context.Context, err error) string {
	known, ok := errors.AsType[*creds.Error](err)
	if !ok {
		return ""
	}
	if concerns, ok := errors.AsType[aboutSession](err); ok {
		return advice.Terminal(*known, advice.Subject{Session: concerns.session})
	}
	concerns, _ := errors.AsType[about](err)
	profile := concerns.profile
	if known.Advice != "" {
		return known.Advice
	}
	switch known.Code {
	case creds.CodeNoProfile:
		if name, ok := c.nearestProfile(ctx, profile); ok {
			return fmt.Sprintf("Did you mean %s?", printable(name))
		}
	case creds.CodeNoKey, creds.CodeKeyInvalid:
		if s, ok := c.lookUp(ctx).Profile(profile); ok {
			profile = s.KeyOwner()
		}
	case creds.CodeNobodyToAsk:
		if s, ok := c.lookUp(ctx).Profile(profile); ok && s.Session != "" && s.MFASerial == "" {
			return "Sign in from a terminal: daypass login " + shellWord(profile)
		}
	default:
	}
	return advice.Terminal(*known, advice.Subject{Profile: profile})
}

// lookupLimit bounds what is asked only to give better advice.
const lookupLimit = 2 * time.Second

// lookUp returns what a running agent knows, to help with; it starts none.
func (c *cli) lookUp(ctx context.Context) creds.Snapshot {
	return helpedBy(ctx, (*agentapi.Client).Snapshot)
}

// helpedBy asks a running agent for what is only a help, and starts none. It
// returns nothing where there is nothing to be had.
func helpedBy[T any](ctx context.Context, get func(*agentapi.Client, context.Context) (T, error)) T {
	var none T
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	client, err := agentapi.Connect(ctx, reach(ctx, agentapi.Options{}))
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

func (c *cli) nearestProfile(ctx context.Context, name string) (string, bool) {
	var names []string
	for _, s := range c.lookUp(ctx).Profiles {
		names = append(names, s.Name)
	}
	return nearest(name, names)
}
