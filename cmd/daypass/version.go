package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"daypass/internal/lang"
	"daypass/internal/words"
)

func newVersion(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: lang.T("Show the versions of daypass and of its agent"),
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return writeVersions(cmd.Context(), c.stdout) },
	}
}

// writeVersions writes the versions of this program and of a running agent; it starts
// none.
func writeVersions(ctx context.Context, out *output) error {
	_, _ = lang.Fprintf(out, "daypass %s\n", words.Version())
	client, err := connectToRunning(ctx)
	if nobody(err) {
		fmt.Fprintln(out, lang.T("no agent is running"))
		return nil
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
		headless = lang.T(", without a desktop")
	}
	_, _ = lang.Fprintf(out, "agent %s (pid %d%s)\n  %s\n  %s\n",
		printable(hello.Version), hello.PID, headless, printable(hello.ConfigFile), printable(hello.CredentialsFile))
	return nil
}
