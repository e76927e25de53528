package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

// noInputVariable means the same as --no-input.
const noInputVariable = "DAYPASS_NO_INPUT"

// wantsNoInput reports whether the environment says that nobody is to be asked.
func wantsNoInput() bool {
	switch os.Getenv(noInputVariable) {
	case "", "0", "false":
		return false
	}
	return true
}

// addNoInput adds the flag for all commands; --no-input=false overrides the environment.
func (c *cli) addNoInput(root *cobra.Command) {
	set := root.PersistentFlags()
	set.BoolVar(&c.noInput, "no-input", c.noInput, lang.T("ask nobody: where a person is needed, fail at once with status 3"))
	set.Lookup("no-input").DefValue = "false"
}

// noInputKey is that of a context whose requests nobody is to be asked for.
type noInputKey struct{}

func (c *cli) withNoInput(ctx context.Context) context.Context {
	if !c.noInput {
		return ctx
	}
	return context.WithValue(ctx, noInputKey{}, true)
}

// isUnattended reports whether nobody is to be asked for the requests of a context.
func isUnattended(ctx context.Context) bool { return ctx.Value(noInputKey{}) != nil }

// surface returns that of a request, unless nobody is to be asked for it.
func (c *cli) surface(s creds.Surface) creds.Surface {
	if c.noInput {
		return creds.SurfaceUnattended
	}
	return s
}

// mayReadInput refuses, with --no-input, to wait for a person who would type into stdin.
func (c *cli) mayReadInput(what string) error {
	if c.noInput && isTerminal(c.stdin) {
		return needsPersonError(lang.Errorf("%s is read from stdin, which is a terminal, and nobody is to be asked there: give it in a pipe or a file", what))
	}
	return nil
}
