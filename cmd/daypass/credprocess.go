package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// personWait is how long credential-process waits for a person. The Go SDK
// kills it after a minute, processcreds.DefaultTimeout in aws-sdk-go-v2.
const personWait = 50 * time.Second

// credentialProcessProfile recognises the command line that config files usually have,
// before cobra's commands are built and signals are caught. This saves 0.1 ms and
// 0.3 ms of the 3.9 ms from start to exit (medians of 1500 runs, linux/amd64, two
// cores, a running agent).
func credentialProcessProfile(args []string) (string, bool) {
	if len(args) == 3 && args[0] == "credential-process" && args[1] == "--profile" && args[2] != "" {
		return args[2], true
	}
	return "", false
}

func (c *cli) newCredentialProcess() *cobra.Command {
	var profile string
	cmd := &cobra.Command{
		Use:   "credential-process --profile NAME",
		Short: lang.T("Print credentials for credential_process in the AWS config file"),
		Long: lang.T(`Print credentials in the form that AWS's SDKs read from a credential_process.

If a code or a sign-in is needed, daypass's window asks for it; after 50 seconds
this command gives up, the window stays, and the next try finds the answer.`),
		Example: lang.T(`  [profile NAME-for-ide]
  credential_process = /usr/bin/daypass credential-process --profile NAME`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if profile == "" {
				return usage(cmd, "credential-process needs --profile NAME")
			}
			return c.credentialProcess(cmd.Context(), profile)
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "", lang.T("the profile whose credentials to print"))
	completeFlag(cmd, "profile", completeProfile)
	return cmd
}

// credentialProcess prints credentials and nothing else. An SDK shows its user the text
// on stderr, so a failure is one sentence.
func (c *cli) credentialProcess(ctx context.Context, profile string) error {
	// The agent ends the wait by itself; the limit is for an agent that hangs.
	ctx, cancel := context.WithTimeoutCause(ctx, personWait+5*time.Second, errNoAnswer)
	defer cancel()
	client, err := agentapi.Connect(ctx, reach(ctx, agentapi.Options{Start: true, Surface: creds.SurfaceProgram}))
	if err != nil {
		return bareError{giveUp(ctx, err)}
	}
	defer client.Close()
	credentials, err := client.Credentials(ctx, profile, personWait)
	if err != nil {
		return bareError{withCommand(giveUp(ctx, err), profile)}
	}
	data, err := json.Marshal(credentials)
	if err != nil {
		return bareError{err}
	}
	fmt.Fprintf(c.stdout, "%s\n", data)
	return nil
}

// withCommand adds the command that helps to an error that needs a person: the user of
// an SDK sees no advice.
func withCommand(err error, profile string) error {
	switch creds.CodeOf(err) {
	case creds.CodeSignInNeeded:
		return lang.Errorf("%w; sign in with: daypass login %s", err, shellWord(profile))
	case creds.CodeNobodyToAsk:
		return lang.Errorf("%w; in a terminal: daypass login %s", err, shellWord(profile))
	default:
		return err
	}
}

// errNoAnswer is the error of an agent that hangs.
var errNoAnswer = lang.Error("the agent does not answer")

// giveUp returns the cause of a limit that ended a call.
func giveUp(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(err, context.DeadlineExceeded) && cause != nil {
		return cause
	}
	return err
}
