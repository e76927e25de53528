package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// errInterrupted ends a command after Ctrl-C.
var errInterrupted = lang.Error("interrupted")

// usageError is an invalid command line.
type usageError struct {
	message string
	command string
}

func (e *usageError) Error() string { return e.message }

func usage(cmd *cobra.Command, format lang.Text, args ...any) error {
	return &usageError{message: lang.Sprintf(format, args...), command: cmd.CommandPath()}
}

// statusError is an error with an exit status of its own.
type statusError struct {
	error
	status int
}

func (e statusError) Unwrap() error { return e.error }

// bareError is reported without advice.
type bareError struct{ error }

func (e bareError) Unwrap() error { return e.error }

// saidError is reported by its exit status alone: the command's output says it.
type saidError struct{ error }

func (e saidError) Unwrap() error { return e.error }

// about is an error together with the profile or SSO session that it concerns.
type about struct {
	error
	advice.Subject
}

func (e about) Unwrap() error { return e.error }

func aboutProfile(err error, name string) error { return about{err, advice.Subject{Profile: name}} }

func aboutSession(err error, id string) error { return about{err, advice.Subject{Session: id}} }

// report prints an error and what to do about it, and returns the exit status.
func (c *cli) report(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errInterrupted) || ctx.Err() != nil {
		return exitInterrupted
	}
	if _, ok := errors.AsType[saidError](err); ok {
		return c.statusOf(err)
	}
	_, _ = lang.Fprintf(c.stderr, "daypass: %s\n", printable(err.Error()))
	if bad, ok := errors.AsType[*usageError](err); ok {
		if bad.command != "" {
			_, _ = lang.Fprintf(c.stderr, "See: %s --help\n", bad.command)
		}
		if own, ok := errors.AsType[statusError](err); ok {
			return own.status
		}
		return exitUsage
	}
	if _, ok := errors.AsType[bareError](err); !ok {
		if step := advise(ctx, err); step != "" {
			fmt.Fprintln(c.stderr, printableLines(step))
		}
	}
	return c.statusOf(err)
}

// advise returns the advice that goes with an error, or "".
func advise(ctx context.Context, err error) string {
	known, ok := errors.AsType[*creds.Error](err)
	if !ok {
		return ""
	}
	concerned, _ := errors.AsType[about](err)
	if concerned.Session != "" {
		return advice.Terminal(*known, concerned.Subject)
	}
	profile := concerned.Profile
	if known.Advice != "" {
		return known.Advice
	}
	switch known.Code {
	case creds.CodeNoProfile:
		if name, ok := nearestProfile(ctx, profile); ok {
			return lang.Sprintf("Did you mean %s?", printable(name))
		}
	case creds.CodeNoKey, creds.CodeKeyInvalid:
		if s, ok := lookUp(ctx).Profile(profile); ok {
			profile = s.KeyOwner()
		}
	case creds.CodeNobodyToAsk:
		if s, ok := lookUp(ctx).Profile(profile); ok && s.NeedsSignIn() {
			return lang.Sprintf("Sign in from a terminal: daypass login %s", shellWord(profile))
		}
	default:
	}
	return advice.Terminal(*known, advice.Subject{Profile: profile})
}

// writeProblems writes the problems of no single profile.
func writeProblems(w io.Writer, problems []creds.Error) error {
	stepOf := func(p creds.Error) string { return advice.Terminal(p, advice.Subject{}) }
	for i, p := range problems {
		if _, err := lang.Fprintf(w, "daypass: %s\n", printable(p.Message)); err != nil {
			return err
		}
		step := stepOf(p)
		if i+1 < len(problems) && step == stepOf(problems[i+1]) {
			continue // the step comes once, after the last
		}
		if step != "" {
			if _, err := fmt.Fprintln(w, printableLines(step)); err != nil {
				return err
			}
		}
	}
	return nil
}

// warn prints a warning, unless it is empty.
func (c *cli) warn(warning string) {
	if warning != "" {
		fmt.Fprintln(c.stderr, lang.Sprintf("Warning: %s", words.Sentence(printable(warning))))
	}
}
