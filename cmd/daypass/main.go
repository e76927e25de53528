// Command daypass asks the daypass agent for what it does: it lists profiles,
// starts and ends their sessions, signs in to Identity Center, opens the console
// in their identity, and hands their credentials to shells and to AWS's SDKs.
//
// It is a thin client. The SDKs start "daypass credential-process" once for
// every process of theirs, so its cost is a process start: it links neither the
// AWS SDK nor a keyring, and leaves every decision to the agent.
package main

import (
	"cmp"
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"daypass/creds/nodump"
	"daypass/creds/words"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as a shell has it for a program that Ctrl-C ended
)

func main() {
	_ = nodump.Hide() // what it prints or is given is not worse off without
	// An SDK that waits for credentials may end this at any moment: nothing is
	// to be put back, and signals that are not caught cost no time.
	ctx, stop := context.Background(), func() {}
	if _, ok := credentialProcessProfile(os.Args[1:]); !ok {
		ctx, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	}
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run carries out one command line and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &cli{stdin: stdin, stdout: stdout, stderr: stderr}
	if profile, ok := credentialProcessProfile(args); ok {
		return c.report(ctx, c.logged(ctx, func(ctx context.Context) error { return c.credentialProcess(ctx, profile) }))
	}
	root := c.newRoot()
	// For nil, cobra would read os.Args.
	root.SetArgs(append([]string{}, args...))
	err := root.ExecuteContext(ctx)
	return c.report(ctx, cmp.Or(err, c.helpErr))
}

// cli is one run of the command line.
type cli struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	helpErr        error // why no help was shown that was asked for
}

func (c *cli) newRoot() *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "daypass",
		Short: "Temporary AWS credentials from keys that stay in the keyring",
		Long: `daypass keeps long-term AWS keys in the keyring of the desktop, asks for MFA
codes, signs in to IAM Identity Center, and writes temporary credentials to the
AWS files, where every AWS tool finds them.`,
		Example: `  daypass add prod                store the access key of the profile prod
  daypass login prod              get a session, with an MFA code if it needs one
  daypass sso login               sign in to IAM Identity Center
  daypass console prod            open the AWS console, in the right account
  AWS_PROFILE=prod aws s3 ls      use it
  eval "$(daypass export prod)"   or have it in the environment`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          c.knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return c.writeVersions(cmd.Context())
			}
			return cmd.Help()
		},
	}
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.Flags().BoolVarP(&showVersion, "version", "v", false, "show the versions of daypass and of its agent")
	root.SetFlagErrorFunc(c.flagError)
	root.SetHelpFunc(c.helpOf(root.HelpFunc()))
	root.SetHelpCommand(c.newHelp())
	c.addLogLevel(root)
	root.AddCommand(
		c.newAdd(), c.newList(), c.newStatus(), c.newLogin(), c.newLogout(),
		c.newSSO(), c.newConsole(), c.newBookmarks(), c.newBrowsers(), c.newVisits(), c.newExport(),
		c.newCredentialProcess(), c.newExplain(), c.newSettings(), c.newShow(), c.newStop(), c.newVersion(),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	completion, _ := commandAt(root, []string{"completion"})
	for _, shell := range completion.Commands() {
		shell.Args = noArguments
	}
	return root
}

// oneProfile refuses all but one argument, the name of a profile.
func oneProfile(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usage(cmd, "%s needs the name of a profile", cmd.Name())
	case len(args) > 1:
		return usage(cmd, "%s takes one profile, and these are %d", cmd.Name(), len(args))
	case args[0] == "":
		return usage(cmd, "the name of the profile is empty")
	}
	return nil
}

// noArguments refuses every argument.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(cmd, "%s takes no argument, and got %q", cmd.Name(), printable(args[0]))
	}
	return nil
}

// namedArguments refuses all but as many arguments as there are names.
func namedArguments(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return usage(cmd, "%s takes %s, and got %s", cmd.Name(),
				strings.Join(names, " and "), words.Count(len(args), "argument"))
		}
		return nil
	}
}
