// Command daypass-demo shows daypass without an AWS account: it plays AWS on a loopback
// port, with a temporary home.
//
//	daypass-demo                   the real agent and its tray icon against it
//	eval "$(daypass-demo serve)"   any AWS program in this shell now talks to it
//	daypass-demo code              what the sample user's MFA device shows
//	kill $DAYPASS_DEMO_PID         the stand-in ends, its home is removed
//
// It is for demonstrations and tests, and is not shipped.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"daypass/creds/awstest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newCommand().ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "daypass-demo: %v\n", err)
		if hint := hintFor(err); hint != "" {
			fmt.Fprintln(os.Stderr, hint)
		}
		os.Exit(1)
	}
}

func newCommand() *cobra.Command {
	var pictures string
	root := &cobra.Command{
		Use:   "daypass-demo",
		Short: "Show daypass without an AWS account",
		Long: `daypass-demo starts the real agent with its tray icon, sample profiles and a
stand-in for AWS, and says what to try. With no display it starts a desktop of
its own, does the whole job there as a person would, and fails if that did not
work.`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			bin := filepath.Dir(self)
			if hasDisplay() {
				return invite(cmd.Context(), cmd.OutOrStdout(), bin)
			}
			return play(cmd.Context(), cmd.OutOrStdout(), bin, pictures)
		},
	}
	root.Flags().StringVar(&pictures, "pictures", "", "`folder` for the pictures of the screen (default: a new one)")
	root.AddCommand(newServe(), newStay(), newCode())
	return root
}

// hintFor returns what to do about an error, or "".
func hintFor(err error) string {
	switch {
	case errors.Is(err, awstest.ErrNotLoopback):
		return "The stand-in gives its secrets to every client, so it listens on this machine only: give 127.0.0.1:PORT or [::1]:PORT."
	case errors.Is(err, errNoDemo):
		return `Start one in this shell: eval "$(daypass-demo serve)"`
	case errors.Is(err, errNotBuilt):
		return "Build them: make build"
	}
	return ""
}
