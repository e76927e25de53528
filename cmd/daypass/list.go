package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/agentapi"
	"daypass/creds/words"
)

func (c *cli) newList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show all profiles",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			snapshot, err := c.snapshot(cmd, (*agentapi.Client).Snapshot)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.stdout, snapshot.Profiles, time.Now())
			}
			switch {
			case len(snapshot.Profiles) > 0:
				err = writeTable(c.stdout, snapshot.Profiles, time.Now(), lookOf(c.stdout, os.Getenv), false)
			case len(snapshot.Problems) == 0: // else there may be some that cannot be read
				_, err = fmt.Fprintln(c.stdout, "There are no profiles yet. Make one with: daypass add NAME")
			}
			if err != nil {
				return err
			}
			return writeProblems(c.stderr, append(snapshot.Problems, flawsOf(snapshot.Profiles)...))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of objects")
	return cmd
}

// maxFlaws is how many flaws of single profiles are listed.
const maxFlaws = 10

// flawsOf returns what AWS's own tools do not read of profiles, each once.
func flawsOf(profiles []creds.Status) []creds.Error {
	var all []creds.Error
	more := 0
	seen := map[creds.Error]bool{}
	for _, s := range profiles {
		for _, one := range s.Flaws {
			switch {
			case seen[one]:
			case len(all) == maxFlaws:
				more++
			default:
				all = append(all, one)
			}
			seen[one] = true
		}
	}
	if more > 0 {
		all = append(all, creds.Error{
			Code: creds.CodeBadFile, Message: words.Count(more, "more line") + " of the AWS files are not read alike by all of AWS's tools",
			Advice: "See those of a profile with: daypass status NAME",
		})
	}
	return all
}

func (c *cli) newStatus() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [NAME]",
		Short: "Show sessions and problems, or all about one profile",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneProfile(cmd, args)
		},
		ValidArgsFunction: c.completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return c.statusOf(cmd, args[0], asJSON)
			}
			return c.statusOfAll(cmd, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of objects")
	return cmd
}

func (c *cli) statusOf(cmd *cobra.Command, name string, asJSON bool) error {
	client, err := connect(cmd, creds.SurfaceProgram)
	if err != nil {
		return err
	}
	defer client.Close()
	s, err := client.Status(cmd.Context(), name)
	if err != nil {
		return about{err, name}
	}
	if asJSON {
		return writeJSON(c.stdout, []creds.Status{s}, time.Now())
	}
	if err := writeCard(c.stdout, s, time.Now(), lookOf(c.stdout, os.Getenv)); err != nil {
		return err
	}
	if s.Err != nil && !s.Foreign() {
		if advice := c.advise(cmd.Context(), about{s.Err, name}); advice != "" {
			_, err = fmt.Fprintln(c.stderr, advice)
		}
	}
	return err
}

func (c *cli) statusOfAll(cmd *cobra.Command, asJSON bool) error {
	snapshot, err := c.snapshot(cmd, (*agentapi.Client).Noteworthy)
	if err != nil {
		return err
	}
	now := time.Now()
	if asJSON {
		// An array of profiles; "daypass sso list --json" has the sessions.
		err = writeJSON(c.stdout, snapshot.Profiles, now)
	} else {
		err = writeStatus(c.stdout, snapshot, now, lookOf(c.stdout, os.Getenv))
	}
	if err != nil {
		return err
	}
	return writeProblems(c.stderr, append(snapshot.Problems, flawsOf(snapshot.Profiles)...))
}

// writeStatus writes the profiles and the sessions of which there is something
// to say.
func writeStatus(out io.Writer, snapshot creds.Snapshot, now time.Time, l look) error {
	var sessions []creds.Session
	for _, s := range snapshot.Sessions {
		if s.State(now) != creds.StateNone || s.Err != nil {
			sessions = append(sessions, s)
		}
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
		_, err := fmt.Fprintln(out, "There is no session. See all profiles with: daypass list")
		return err
	}
	return nil
}

func (c *cli) snapshot(
	cmd *cobra.Command, get func(*agentapi.Client, context.Context) (creds.Snapshot, error),
) (creds.Snapshot, error) {
	client, err := connect(cmd, creds.SurfaceProgram)
	if err != nil {
		return creds.Snapshot{}, err
	}
	defer client.Close()
	return get(client, cmd.Context())
}

// connect reaches the agent and starts it if need be.
func connect(cmd *cobra.Command, surface creds.Surface) (*agentapi.Client, error) {
	return agentapi.Connect(cmd.Context(), reach(cmd.Context(), agentapi.Options{Start: true, Surface: surface}))
}

// writeProblems writes what is wrong with no single profile.
func writeProblems(w io.Writer, problems []creds.Error) error {
	stepOf := func(p creds.Error) string { return advice.Terminal(p, advice.Subject{}) }
	for i, p := range problems {
		if _, err := fmt.Fprintf(w, "daypass: %s\n", printable(p.Message)); err != nil {
			return err
		}
		step := stepOf(p)
		if i+1 < len(problems) && step == stepOf(problems[i+1]) {
			continue // said once, below the last
		}
		if step != "" {
			if _, err := fmt.Fprintln(w, printableLines(step)); err != nil {
				return err
			}
		}
	}
	return nil
}

// record is a profile in the output of --json. All keys are always there; null
// stands for what there is not, which jq takes for false.
type record struct {
	Name          string      `json:"name"`
	Kind          creds.Kind  `json:"kind"`
	State         creds.State `json:"state"`
	Expires       *string     `json:"expires"`
	AccountID     *string     `json:"account_id"`
	AccountName   *string     `json:"account_name"`
	SourceProfile *string     `json:"source_profile"`
	RoleARN       *string     `json:"role_arn"`
	MFASerial     *string     `json:"mfa_serial"`
	SSOSession    *string     `json:"sso_session"`
	SSOPerson     *string     `json:"sso_person"`
	SSORoleName   *string     `json:"sso_role_name"`
	Region        *string     `json:"region"`
	WrittenAs     *string     `json:"written_as"`
	LastUsed      *string     `json:"last_used"`
	Favourite     bool        `json:"favourite"`
	Sensitive     bool        `json:"sensitive"`
	Error         *string     `json:"error"`
	ErrorCode     *string     `json:"error_code"`
	Note          *string     `json:"note"`
	Flaws         []string    `json:"flaws"`
}

func newRecord(s creds.Status, now time.Time) record {
	r := record{
		Name: s.Name, Kind: s.Kind, State: s.State(now),
		Expires: instant(s.Expires), AccountID: orNull(s.AccountID), AccountName: orNull(s.AccountName),
		SourceProfile: orNull(s.SourceProfile), RoleARN: orNull(s.RoleARN),
		MFASerial: orNull(s.MFASerial), SSOSession: orNull(s.Session), SSOPerson: orNull(s.Person), SSORoleName: orNull(s.RoleName), Region: orNull(s.Region), WrittenAs: orNull(s.WrittenAs),
		LastUsed: instant(s.LastUsed), Favourite: s.Favourite, Sensitive: s.Sensitive, Note: orNull(s.Note),
		Flaws: sentences(s.Flaws),
	}
	if s.Err != nil {
		r.Error, r.ErrorCode = orNull(s.Err.Message), orNull(string(s.Err.Code))
	}
	return r
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return orNull(t.UTC().Format(time.RFC3339))
}

func writeJSON(out io.Writer, profiles []creds.Status, now time.Time) error {
	records := make([]record, 0, len(profiles))
	for _, s := range profiles {
		records = append(records, newRecord(s, now))
	}
	return encode(out, records)
}

// encode writes a value as JSON, in the form that people can read as well.
func encode(out io.Writer, value any) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return err
	}
	return w.Flush()
}
