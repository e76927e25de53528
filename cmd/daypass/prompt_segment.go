package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/shell"
	"daypass/internal/lang"
)

// newPrompt is the command behind the prompt of a shell, which runs it when something has
// changed. It starts no agent, and never fails: a prompt is shown all the same.
func newPrompt(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:    "prompt SHELL",
		Short:  lang.T("Print what a shell's prompt says, for its function to evaluate"),
		Hidden: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(shell.Shells(), args[0]) {
				return usage(cmd, "prompt needs the name of a shell")
			}
			return nil
		},
		ValidArgsFunction: once(completeWords(shell.Shells()...)),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := segmentHere(cmd.Context()).Statements(args[0], os.LookupEnv)
			if err != nil {
				return err
			}
			fmt.Fprint(c.stdout, text)
			return nil
		},
	}
}

// segmentRetry is after how long a prompt asks again about credentials that have ended, and an
// agent that does not answer.
const segmentRetry = time.Minute

// segmentHere is the segment of the prompt of this shell.
func segmentHere(ctx context.Context) shell.Segment {
	here, now := presentIn(os.LookupEnv), time.Now()
	switch {
	case here.keys && here.label == "":
		return segmentOfKeys(lang.T("keys of no profile"), here.expires, now)
	case here.keys:
		return segmentOfKeys(here.label, here.expires, now)
	case here.section == "":
		return shell.Segment{}
	}
	for _, name := range []string{here.profile, here.section} {
		if name == "" {
			continue
		}
		s := helpedBy(ctx, func(client *agentapi.Client, ctx context.Context) (creds.Status, error) {
			return client.Status(ctx, name)
		})
		if s.Name != "" && here.is(s) {
			return segmentOf(s, now)
		}
	}
	return shell.Segment{Text: printable(here.section), Again: now.Add(segmentRetry).Unix()}
}

// segmentOf is the segment of a profile.
func segmentOf(s creds.Status, now time.Time) shell.Segment {
	again := s.Next(now)
	if again.IsZero() {
		again = now.Add(segmentRetry)
	}
	if s.Foreign() {
		return shell.Segment{Text: printable(s.Name)}
	}
	if s.Left(now) > 0 {
		return shell.Segment{Text: printable(s.Name), Until: s.Expires.Unix(), Again: again.Unix()}
	}
	return shell.Segment{Text: printable(s.Name), State: lang.T("without a session"), Again: again.Unix()}
}

// segmentOfKeys is the segment of keys.
func segmentOfKeys(label string, expires, now time.Time) shell.Segment {
	switch {
	case expires.IsZero():
		return shell.Segment{Text: printable(label)}
	case !expires.After(now):
		return shell.Segment{Text: printable(label), State: lang.T("ended")}
	}
	return shell.Segment{Text: printable(label), Until: expires.Unix(), Again: expires.Unix()}
}
