package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newSSOList(c *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: lang.T("Show all sessions"),
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			snapshot, err := asked(cmd, (*agentapi.Client).Noteworthy)
			if err != nil {
				return err
			}
			now := time.Now()
			switch {
			case asJSON:
				err = encodeAll(c.stdout, snapshot.Sessions, func(s creds.Session) sessionRecord { return newSessionRecord(s, now) })
			case len(snapshot.Sessions) > 0:
				err = writeSessions(c.stdout, snapshot.Sessions, now, c.look())
			case len(snapshot.Problems) == 0: // else there may be some that cannot be read
				fmt.Fprintln(c.stdout, lang.T("There is no session. Make one with: daypass sso add NAME START_URL --region REGION"))
			}
			if err != nil {
				return err
			}
			return writeProblems(c.stderr, snapshot.Problems)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print an array of objects"))
	return cmd
}

// sessionRecord is a session in the output of --json.
type sessionRecord struct {
	Session   string      `json:"session"`
	StartURL  string      `json:"start_url"`
	Region    *string     `json:"region"`
	Legacy    bool        `json:"legacy"`
	Profiles  int         `json:"profiles"`
	Person    *string     `json:"person"`
	State     creds.State `json:"state"`
	Expires   *string     `json:"expires"`
	Renewable bool        `json:"renewable"`
	Error     *string     `json:"error"`
	ErrorCode *string     `json:"error_code"`
}

func newSessionRecord(s creds.Session, now time.Time) sessionRecord {
	r := sessionRecord{
		Session: s.ID, StartURL: s.StartURL, Region: orNull(s.Region), Legacy: s.Legacy, Profiles: s.Profiles, Person: orNull(s.Person),
		State: s.State(now), Expires: instant(s.Expires), Renewable: s.Renewable,
	}
	if s.Err != nil {
		r.Error, r.ErrorCode = orNull(s.Err.Message), orNull(string(s.Err.Code))
	}
	return r
}

// describeSession returns a session's state in words: "signed in until 17:20".
func describeSession(s creds.Session, now time.Time) string {
	switch s.State(now) {
	case creds.StateFailed:
		if s.Stranger != nil {
			return lang.T("somebody else signed in")
		}
		return lang.T("failed")
	case creds.StateValid, creds.StateEnding:
		if s.Renewable {
			// Only AWS knows when the session ends; the token's end is that of
			// its next renewal.
			return lang.T("signed in, renewed by itself")
		}
		return lang.Sprintf("signed in until %s", words.Clock(s.Expires, now))
	case creds.StateRefreshing:
		if s.Total > 0 {
			return lang.Sprintf("refreshing %d of %d", s.Done, s.Total)
		}
		return lang.T("being renewed")
	case creds.StateNeedsSSO, creds.StateNeedsMFA:
		return lang.T("waits for a sign-in")
	case creds.StateExpired:
		return lang.T("over, needs a sign-in")
	case creds.StateNone:
	}
	return lang.T("not signed in")
}

// writeSessions writes a line for each session, and its error below it.
func writeSessions(out io.Writer, sessions []creds.Session, now time.Time, l look) error {
	w := bufio.NewWriter(out)
	rows := [][]string{{lang.T("SESSION"), lang.T("STATE"), lang.T("PERSON"), lang.T("PROFILES"), lang.T("START URL")}}
	const state, person, url = 1, 2, 4
	for _, s := range sessions {
		url := printable(s.StartURL)
		if s.Legacy {
			url = lang.T("(no sso-session)")
		}
		rows = append(rows, []string{printable(s.ID), describeSession(s, now), printable(s.Person), strconv.Itoa(s.Profiles), url})
	}
	cut := []int{0, person, url}
	switch {
	case !slices.ContainsFunc(sessions, func(s creds.Session) bool { return s.Person != "" }):
		rows, cut = without(rows, person), []int{0, url - 1}
	case l.width > 0 && total(widths(rows)) > l.width:
		// The person is of more interest than the start of an address.
		rows, cut = without(rows, url), []int{0, person}
	}
	paint := func(row, column int, text string) string {
		if row == 0 || column != state {
			return text
		}
		return l.paint(sessions[row-1].State(now), text)
	}
	for i, line := range aligned(rows, l.width, paint, cut...) {
		fmt.Fprintln(w, line)
		if i > 0 && sessions[i-1].Err != nil {
			writeIndented(w, []string{words.Sentence(printable(sessions[i-1].Err.Message))}, l.width)
		}
	}
	return w.Flush()
}

// without removes a column.
func without(rows [][]string, column int) [][]string {
	for i := range rows {
		rows[i] = slices.Delete(rows[i], column, column+1)
	}
	return rows
}
