package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/words"
)

func newList(c *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show all profiles",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			snapshot, err := asked(cmd, (*agentapi.Client).Snapshot)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.stdout, snapshot.Profiles, time.Now())
			}
			switch {
			case len(snapshot.Profiles) > 0:
				err = writeTable(c.stdout, snapshot.Profiles, time.Now(), c.look(), false)
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

// record is a profile in the output of --json.
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

func writeJSON(out io.Writer, profiles []creds.Status, now time.Time) error {
	records := make([]record, 0, len(profiles))
	for _, s := range profiles {
		records = append(records, newRecord(s, now))
	}
	return encodeRecords(out, records)
}
