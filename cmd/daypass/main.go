// Command daypass asks the daypass agent for what it does: it lists profiles,
// starts and ends their sessions, signs in to Identity Center, opens the console
// in their identity, and hands their credentials to shells and to AWS's SDKs.
//
// It is a thin client. SDKs start "daypass credential-process" once for each of their
// processes, so its start must be cheap: it links neither the AWS SDK nor a keyring nor
// net/http, and leaves every decision to the agent.
package main

import (
	"cmp"
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"daypass/internal/nodump"
)

func main() {
	_ = nodump.Hide() // if it fails, the rest is still worth doing
	// An SDK may kill credential-process at any time: there is nothing to restore, and
	// not catching signals saves time.
	ctx, stop := context.Background(), func() {}
	args := arguments(os.Args)
	if _, ok := credentialProcessProfile(args); !ok {
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	}
	code := run(ctx, args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run carries out one command line and returns its exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &cli{stdin: stdin, stdout: &output{to: stdout}, stderr: &output{to: stderr}, noInput: wantsNoInput()}
	c.serveShell(args, os.Getenv)
	if profile, ok := credentialProcessProfile(args); ok {
		err := c.logged(ctx, func(ctx context.Context) error { return c.credentialProcess(ctx, profile) })
		return c.report(ctx, cmp.Or(err, c.stdout.err))
	}
	debug.SetGCPercent(400) // a command ends before collecting memory pays
	root := c.newRoot(args)
	// For nil, cobra would read os.Args.
	root.SetArgs(append([]string{}, spelled(args)...))
	err := root.ExecuteContext(ctx)
	return c.report(ctx, cmp.Or(err, c.helpErr, c.stdout.err, c.stderr.err, c.hand()))
}
