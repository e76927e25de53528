package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/shell"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newStatus(c *cli) *cobra.Command {
	var as form
	cmd := &cobra.Command{
		Use:   "status [NAME]",
		Short: lang.T("Show sessions and problems, or all about one profile"),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneProfile(cmd, args)
		},
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := as.check(cmd); err != nil {
				return err
			}
			if len(args) == 1 {
				return statusOf(c, cmd, args[0], as)
			}
			return statusOfAll(c, cmd, as)
		},
	}
	as.add(cmd)
	return cmd
}

func statusOf(c *cli, cmd *cobra.Command, name string, as form) error {
	s, err := asked(cmd, func(client *agentapi.Client, ctx context.Context) (creds.Status, error) {
		return client.Status(ctx, name)
	})
	if err != nil {
		return aboutProfile(err, name)
	}
	now := time.Now()
	switch {
	case as.json:
		err = writeRecords(c.stdout, []creds.Status{s}, now)
	case as.plain:
		err = writeBlocks(c.stdout, [][]fact{plainCard(s, now)})
	default:
		err = writeCard(c.stdout, s, now, c.look())
	}
	if err != nil {
		return err
	}
	if s.Err != nil && !s.Foreign() {
		if step := advise(cmd.Context(), aboutProfile(s.Err, name)); step != "" {
			fmt.Fprintln(c.stderr, step)
		}
	}
	return nil
}

func statusOfAll(c *cli, cmd *cobra.Command, as form) error {
	snapshot, err := asked(cmd, (*agentapi.Client).Noteworthy)
	if err != nil {
		return err
	}
	now := time.Now()
	if as.json {
		// An array of profiles; "daypass sso list --json" has the sessions.
		err = writeRecords(c.stdout, snapshot.Profiles, now)
	} else {
		err = writeStatus(c.stdout, snapshot, now, c.look(), as.plain)
	}
	if err != nil {
		return err
	}
	return writeProblems(c.stderr, append(snapshot.Problems, fewest(agentapi.Flaws(snapshot.Profiles))...))
}

// writeStatus writes the profiles and the sessions of which there is something
// to say.
func writeStatus(out io.Writer, snapshot creds.Snapshot, now time.Time, l look, plain bool) error {
	var sessions []creds.Session
	for _, s := range snapshot.Sessions {
		if s.State(now) != creds.StateNone || s.Err != nil {
			sessions = append(sessions, s)
		}
	}
	if plain && len(snapshot.Profiles)+len(sessions) > 0 {
		return writeBlocks(out, append(plainProfiles(snapshot.Profiles, now, true), plainSessions(sessions, now)...))
	}
	if len(snapshot.Profiles) > 0 {
		if err := writeTable(out, snapshot.Profiles, now, l, true); err != nil {
			return err
		}
	}
	switch {
	case len(sessions) > 0:
		if len(snapshot.Profiles) > 0 {
			if _, err := fmt.Fprintln(out); err != nil {
				return err
			}
		}
		return writeSessions(out, sessions, now, l)
	case len(snapshot.Profiles) == 0 && len(snapshot.Problems) == 0:
		_, err := fmt.Fprintln(out, lang.T("There is no session. See all profiles with: daypass list"))
		return err
	}
	return nil
}

// writeCard writes all that is known about one profile.
func writeCard(out io.Writer, s creds.Status, now time.Time, l look) error {
	w := bufio.NewWriter(out)
	_, _ = fmt.Fprintf(w, "%s: %s\n", printable(s.Name), l.paint(s.State(now), describe(s, now)))
	writeIndented(w, append(append(remarks(s), keyRemarks(s, now)...), agentapi.Sentences(s.Flaws)...), l.width)
	for _, row := range cardFacts(s, now) {
		if row.value != "" {
			_, _ = fmt.Fprintf(w, "  %-11s  %s\n", row.key, printable(row.value))
		}
	}
	return w.Flush()
}

// cardFacts are the lines of a card.
func cardFacts(s creds.Status, now time.Time) []fact {
	written := ""
	if s.WrittenAs != "" && !s.Expires.IsZero() {
		written = assignment(shell.Here(runtime.GOOS, os.Getenv), s.WrittenAs)
	}
	used := ""
	if !s.LastUsed.IsZero() {
		used = words.Clock(s.LastUsed, now)
	}
	sensitive := ""
	if s.Sensitive {
		sensitive = lang.T("unlocked for a time, never renewed silently")
	}
	return []fact{
		{lang.T("kind"), string(s.Kind)},
		{lang.T("account"), strings.TrimSpace(s.AccountID + " " + s.AccountName)},
		{lang.T("role"), s.RoleARN},
		{lang.T("source"), s.SourceProfile},
		{lang.T("MFA device"), s.MFASerial},
		{lang.T("SSO session"), s.Session},
		{lang.T("SSO person"), s.Person},
		{lang.T("SSO role"), s.RoleName},
		{lang.T("identity"), s.LoginSession},
		{lang.T("sign-in"), signInLasts(s, now)},
		{lang.T("region"), s.Region},
		{lang.T("key"), keyFact(s, now)},
		{lang.T("old key"), oldKeyFact(s)},
		{lang.T("plaintext"), plaintextFact(s)},
		{lang.T("key news"), keyNews(s)},
		{lang.T("sensitive"), sensitive},
		{lang.T("use it with"), written},
		{lang.T("last used"), used},
	}
}
