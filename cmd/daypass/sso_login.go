package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/words"
)

func newSSOLogin(c *cli) *cobra.Command {
	var (
		signIn signInFlags
		force  bool
	)
	cmd := &cobra.Command{
		Use:   "login [SESSION]",
		Short: "Sign in, and refresh all profiles of the session",
		Long: `Sign in to IAM Identity Center in the browser, and refresh all profiles of the
session. A session that still lasts is kept, unless --force asks for another. When
somebody else than before has signed in, you are asked whether the profiles are to
get their credentials.

Over SSH and in a container nothing is opened: an address and a code are shown,
to be compared in a browser on any machine. In WSL a code is compared as well.
--device-code=false and --no-browser=false have it otherwise.

The page opens in the system's browser, or where the setting sso.SESSION.place or
--browser says: "daypass browsers" lists what there is.

Profiles that could not be refreshed are listed on stderr. The exit status is that
of the sign-in.`,
		Args:              oneSession,
		ValidArgsFunction: completeSession(anySession),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := signIn.check(cmd); err != nil {
				return err
			}
			a, err := newSessionAsker(c, cmd, args, anySession, signIn.options(thisPlace()))
			if err != nil {
				return err
			}
			defer a.client.Close()
			reply, err := a.signIn(cmd.Context(), force)
			if err != nil {
				return err
			}
			// Without a terminal it is not known whether anybody was asked.
			before := a.terminal != nil && !a.signedIn
			if err := writeSignedIn(c.stdout, reply, before, time.Now()); err != nil {
				return err
			}
			if err := c.warn(reply.Warning); err != nil {
				return err
			}
			return writeFailures(c.stderr, reply.Failed)
		},
	}
	signIn.add(cmd)
	signIn.addPlace(cmd)
	cmd.Flags().BoolVar(&force, "force", false, "sign in anew though the session lasts")
	return cmd
}

// writeSignedIn says what a sign-in has brought.
func writeSignedIn(w io.Writer, reply creds.SSOLoginReply, before bool, now time.Time) error {
	remark := ""
	if before {
		remark = " (as before; --force signs in anew)"
	}
	var err error
	if reply.Session.Person != "" {
		_, err = fmt.Fprintln(w, signedInAs(reply.Session.ID, reply.Session.Person))
	}
	if err == nil {
		_, err = fmt.Fprintf(w, "%s: %s%s\n", printable(reply.Session.ID), describeSession(reply.Session, now), remark)
	}
	if err == nil && reply.Refreshed > 0 {
		_, err = fmt.Fprintln(w, words.Count(reply.Refreshed, "profile")+" refreshed")
	}
	return err
}

// mostFailures is how many failures are listed one by one: what befalls hundreds
// of profiles tends to be one thing.
const mostFailures = 10

// writeFailures says which profiles have no credentials, and why.
func writeFailures(w io.Writer, failed []creds.ProfileError) error {
	if len(failed) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(w, words.Count(len(failed), "profile")+" could not be refreshed:"); err != nil {
		return err
	}
	for i, f := range failed {
		if i == mostFailures {
			_, err := fmt.Fprintf(w, "  and %d more; see them with: daypass status\n", len(failed)-i)
			return err
		}
		why := "no reason is known"
		if f.Err != nil {
			why = f.Err.Message
		}
		if _, err := fmt.Fprintf(w, "  %s: %s\n", printable(f.Profile), printable(why)); err != nil {
			return err
		}
	}
	return nil
}

// signedInAs says to what a person has signed in, and who that is.
func signedInAs(session, person string) string {
	text := "Signed in to " + printable(session)
	if person != "" {
		text += " as " + printable(person)
	}
	return text + "."
}
