package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"daypass/internal/words"
)

func newVersion(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the versions of daypass and of its agent",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return writeVersions(cmd.Context(), c.stdout) },
	}
}

// writeVersions writes the versions of this program and of an agent that runs; it
// starts none.
func writeVersions(ctx context.Context, out io.Writer) error {
	if _, err := fmt.Fprintf(out, "daypass %s\n", words.Version()); err != nil {
		return err
	}
	client, err := connectToRunning(ctx)
	if nobody(err) {
		_, err := fmt.Fprintln(out, "no agent is running")
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
	_, err = fmt.Fprintf(out, "agent %s (pid %d%s)\n  %s\n  %s\n",
		printable(hello.Version), hello.PID, headless, printable(hello.ConfigFile), printable(hello.CredentialsFile))
	return err
}
