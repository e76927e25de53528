package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

func newSSOLogin(c *cli) *cobra.Command {
	var (
		signIn signInFlags
		force  bool
	)
	cmd := &cobra.Command{
		Use:   "login [SESSION]",
		Short: lang.T("Sign in, and refresh all profiles of the session"),
		Long: lang.T(`Sign in to IAM Identity Center in the browser, and refresh all profiles of the
session. A session that is still valid is kept, unless --force asks for another. If
another person than before has signed in, you are asked whether the profiles should
get that person's credentials.

Over SSH and in a container nothing is opened: an address and a code are shown,
to be compared in a browser on any machine. In WSL a code is compared as well.
--device-code=false and --no-browser=false override this.

The page opens in the system's browser, or where the setting sso.SESSION.place or
--browser says: "daypass browsers" lists the choices.

Profiles that could not be refreshed are listed on stderr. The exit status is that
of the sign-in.`),
		Args:              oneSession,
		ValidArgsFunction: completeSession(anySession),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSession(c, cmd, args, anySession, &signIn, func(ctx context.Context, a *sessionAsker) error {
				reply, err := a.signIn(ctx, force)
				if err != nil {
					return err
				}
				// Without a terminal it is not known whether anybody was asked.
				before := a.terminal != nil && !a.signedIn
				writeSignedIn(c.stdout, reply, before, time.Now())
				c.warn(reply.Warning)
				writeFailures(c.stderr, reply.Failed)
				return nil
			})
		},
	}
	signIn.add(cmd)
	signIn.addPlace(cmd)
	cmd.Flags().BoolVar(&force, "force", false, lang.T("sign in again though the session is still valid"))
	return cmd
}

// writeSignedIn prints the result of a sign-in.
func writeSignedIn(w io.Writer, reply creds.SSOLoginReply, before bool, now time.Time) {
	remark := ""
	if before {
		remark = lang.T(" (as before; --force signs in again)")
	}
	if reply.Session.Person != "" {
		fmt.Fprintln(w, signedInAs(reply.Session.ID, reply.Session.Person))
	}
	fmt.Fprintf(w, "%s: %s%s\n", printable(reply.Session.ID), describeSession(reply.Session, now), remark)
	if reply.Refreshed > 0 {
		fmt.Fprintln(w, lang.Sprintf("%s refreshed", lang.Count(reply.Refreshed, "%d profile", "%d profiles")))
	}
}

// mostFailures is how many failures are listed one by one: hundreds of profiles usually
// fail for the same reason.
const mostFailures = 10

// writeFailures lists the profiles that could not be refreshed, and why.
func writeFailures(w io.Writer, failed []creds.ProfileError) {
	if len(failed) == 0 {
		return
	}
	fmt.Fprintln(w, lang.Sprintf("%s could not be refreshed:", lang.Count(len(failed), "%d profile", "%d profiles")))
	for i, f := range failed {
		if i == mostFailures {
			_, _ = lang.Fprintf(w, "  and %d more; see them with: daypass status\n", len(failed)-i)
			return
		}
		why := lang.T("no reason is known")
		if f.Err != nil {
			why = f.Err.Message
		}
		fmt.Fprintf(w, "  %s: %s\n", printable(f.Profile), printable(why))
	}
}

// signedInAs names the session and the person of a sign-in.
func signedInAs(session, person string) string {
	text := lang.Sprintf("Signed in to %s", printable(session))
	if person != "" {
		text += lang.Sprintf(" as %s", printable(person))
	}
	return text + "."
}
