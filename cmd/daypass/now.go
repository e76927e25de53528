package main

import (
	"bufio"
	"cmp"
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

// present is what a shell works as, by its variables.
type present struct {
	// section is the value of AWS_PROFILE, and profile what daypass has switched the shell to;
	// "" if it has not.
	section, profile string
	// keys is set if daypass has put keys into the shell, which end at the time expires.
	keys    bool
	expires time.Time
	// label is that of the keys; "" if an export has set them.
	label string
	// region is the shell's own.
	region string
}

// presentIn returns what the shell with these variables works as.
func presentIn(lookup func(string) (string, bool)) present {
	get := func(name string) string {
		value, _ := lookup(name)
		return value
	}
	p := present{
		section: get("AWS_PROFILE"), profile: get(shell.Profile),
		region: cmp.Or(get("AWS_REGION"), get("AWS_DEFAULT_REGION")),
	}
	if !shell.Exports(lookup) {
		return p
	}
	p.keys, p.label = true, get(shell.Session)
	if p.label == "" {
		p.profile = "" // the keys belong to no profile
	}
	p.expires, _ = time.Parse(time.RFC3339, get("AWS_CREDENTIAL_EXPIRATION"))
	return p
}

// is reports whether the shell works as a profile.
func (p present) is(s creds.Status) bool {
	switch {
	case p.keys:
		return s.Name == p.profile
	case p.section == "":
		return false
	case p.section == cmp.Or(s.Section, s.WrittenAs), p.section == s.Name:
		return true
	}
	return false
}

// status returns the facts about the profile. AWS_PROFILE may have been changed since the
// switch.
func (p present) status(cmd *cobra.Command) (creds.Status, error) {
	of := func(name string) (creds.Status, error) {
		s, err := asked(cmd, func(client *agentapi.Client, ctx context.Context) (creds.Status, error) {
			return client.Status(ctx, name)
		})
		if err != nil {
			return s, aboutProfile(err, name)
		}
		return s, nil
	}
	if p.profile != "" {
		s, err := of(p.profile)
		if p.keys || err == nil && p.is(s) || p.section == "" {
			return s, err
		}
	}
	return of(p.section)
}

// nowRecord is the JSON of what a shell works as.
type nowRecord struct {
	Profile     *string  `json:"profile"`
	Session     *string  `json:"session"`
	MFA         bool     `json:"mfa"`
	Keys        bool     `json:"keys"`
	AccountID   *string  `json:"account_id"`
	AccountName *string  `json:"account_name"`
	Identity    *string  `json:"identity"`
	Region      *string  `json:"region"`
	State       *string  `json:"state"`
	Expires     *string  `json:"expires"`
	Overriding  []string `json:"overriding"`
}

func newNow(c *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "now",
		Short: lang.T("Say what this shell works as"),
		Long: lang.T(`Say what this shell works as: the profile, the account, who, with an MFA code or
without, the region, and how long the credentials last. The session is called NAME,
and NAME-MFA-STS once a code was given.`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return sayNow(c, cmd, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print an object"))
	return cmd
}

func sayNow(c *cli, cmd *cobra.Command, asJSON bool) error {
	here, now := presentIn(os.LookupEnv), time.Now()
	var s creds.Status
	if here.profile != "" || here.section != "" && !here.keys {
		var err error
		if s, err = here.status(cmd); err != nil {
			return err
		}
	}
	rivals := shell.Rivals(here.section, os.LookupEnv)
	if asJSON {
		return encode(c.stdout, recordOfNow(here, s, rivals, now))
	}
	if err := writeNow(c.stdout, here, s, now); err != nil {
		return err
	}
	for _, rival := range rivals {
		c.warn(rival.What)
		fmt.Fprintln(c.stderr, lang.Sprintf("Take it out with: %s", shell.Unset(shell.Here(runtime.GOOS, os.Getenv), rival.Names)))
	}
	return nil
}

// label is what the session is called.
func (p present) sessionOf(s creds.Status, now time.Time) string {
	switch {
	case p.keys:
		return p.label
	case s.Name == "" || s.Left(now) == 0:
		return ""
	}
	return shell.Label(s.Name, s.MFA)
}

// identityOf is who a profile works as, as far as daypass knows.
func identityOf(s creds.Status) string {
	switch {
	case s.RoleARN != "":
		return s.RoleARN
	case s.LoginSession != "":
		return s.LoginSession
	case s.RoleName != "" && s.Person != "":
		return lang.Sprintf("%s as %s", s.RoleName, s.Person)
	}
	return cmp.Or(s.RoleName, s.UserARN)
}

// withKeys is a profile's status with what is true of the shell's keys, which are not renewed
// with the profile.
func (p present) withKeys(s creds.Status) creds.Status {
	if p.keys {
		s.Phase, s.Err, s.Note, s.Expires = creds.PhaseIdle, nil, "", p.expires
		s.MFA = p.label == shell.Label(s.Name, true)
	}
	return s
}

func recordOfNow(here present, s creds.Status, rivals []shell.Rival, now time.Time) nowRecord {
	r := nowRecord{
		Keys: here.keys, Session: orNull(here.sessionOf(s, now)), Region: orNull(cmp.Or(here.region, s.Region)),
		Overriding: []string{},
	}
	for _, rival := range rivals {
		r.Overriding = append(r.Overriding, words.Sentence(rival.What))
	}
	s = here.withKeys(s)
	r.MFA, r.Expires = s.MFA && s.Left(now) > 0, instant(s.Expires)
	if s.Name == "" {
		return r
	}
	r.Profile, r.State = &s.Name, orNull(string(s.State(now)))
	r.AccountID, r.AccountName, r.Identity = orNull(s.AccountID), orNull(s.AccountName), orNull(identityOf(s))
	return r
}

func writeNow(out io.Writer, here present, s creds.Status, now time.Time) error {
	w := bufio.NewWriter(out)
	session := here.sessionOf(s, now)
	s = here.withKeys(s)
	switch {
	case s.Name == "" && here.keys:
		_, _ = lang.Fprintf(w, "Keys that belong to no profile are set in this shell: %s\n", describe(s, now))
	case s.Name == "":
		fmt.Fprintln(w, lang.T("Nothing is set in this shell. Set a profile with: daypass switch NAME"))
		return w.Flush()
	default:
		fmt.Fprintf(w, "%s: %s\n", printable(s.Name), describe(s, now))
	}
	set := ""
	if here.keys {
		set = lang.T("keys, which end and are not renewed")
	} else {
		set = "AWS_PROFILE=" + here.section
	}
	for _, row := range [][2]string{
		{lang.T("session"), session},
		{lang.T("account"), strings.TrimSpace(s.AccountID + " " + s.AccountName)},
		{lang.T("identity"), identityOf(s)},
		{lang.T("region"), cmp.Or(here.region, s.Region)},
		{lang.T("set"), set},
	} {
		if row[1] != "" {
			_, _ = fmt.Fprintf(w, "  %-11s  %s\n", row[0], printable(row[1]))
		}
	}
	return w.Flush()
}
