package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newSSO(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sso",
		Short: lang.T("Sign in to IAM Identity Center, and make profiles of its accounts and roles"),
		Long: lang.T(`Sign in to IAM Identity Center, and make profiles of its accounts and roles.

SESSION is the name of an [sso-session] section in the AWS config file, or the
sso_start_url of profiles that have none. It may be left out where there is only
one.`),
		Example: lang.T(`  daypass sso add corp https://corp.awsapps.com/start --region eu-central-1
  daypass sso login               sign in; all its profiles get credentials
  daypass sso accounts            see the accounts and roles
  daypass sso import              make a profile of each`),
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newSSOAdd(c), newSSOList(c), newSSOLogin(c), newSSOLogout(c), newSSOAccounts(c), newSSOImport(c), newSSOMigrate(c),
	)
	return cmd
}

// anySession and legacySession are the sessions that a command may be about.
func anySession(creds.Session) bool { return true }

func legacySession(s creds.Session) bool { return s.Legacy }

// sessionOf returns the session that a command line is about: the one named, or
// the only one there is.
func sessionOf(
	cmd *cobra.Command, client *agentapi.Client, args []string, which func(creds.Session) bool,
) (creds.Session, error) {
	snapshot, err := client.Noteworthy(cmd.Context())
	if err != nil {
		return creds.Session{}, err
	}
	if len(args) == 1 {
		s, err := namedSession(snapshot.Sessions, args[0])
		if err == nil && !which(s) {
			err = lang.Errorf("%s has an [sso-session] section already: there is nothing to move", printable(s.ID))
		}
		return s, err
	}
	var sessions []creds.Session
	var ids []string
	for _, s := range snapshot.Sessions {
		if which(s) {
			sessions, ids = append(sessions, s), append(ids, printable(s.ID))
		}
	}
	switch len(sessions) {
	case 0:
		return creds.Session{}, &creds.Error{
			Code:    creds.CodeNoSession,
			Message: lang.T("the AWS config file has no session of IAM Identity Center that this could be about"),
		}
	case 1:
		return sessions[0], nil
	}
	return creds.Session{}, usage(cmd, "%s needs the name of a session; there are %s", cmd.Name(), strings.Join(ids, ", "))
}

// namedSession finds a session by its ID; its error names a similar one. A start URL may
// have the slash or the fragment that browsers show at its end.
func namedSession(sessions []creds.Session, name string) (creds.Session, error) {
	var ids []string
	for _, s := range sessions {
		if s.ID == name || s.Legacy && bareURL(s.ID) == bareURL(name) {
			return s, nil
		}
		ids = append(ids, s.ID)
	}
	err := &creds.Error{
		Code:    creds.CodeNoSession,
		Message: lang.Sprintf("there is no session %q in the AWS config file", name),
	}
	if near, ok := nearest(name, ids); ok {
		err.Message += lang.Sprintf("; did you mean %q?", near)
	}
	return creds.Session{}, aboutSession(err, name)
}

func bareURL(url string) string {
	url, _, _ = strings.Cut(url, "#")
	return strings.TrimRight(url, "/")
}

// sessionAsker is the [asker] of a command about one SSO session.
type sessionAsker struct {
	*asker
	cli   *cli
	which creds.Session
}

// withSession reaches the agent, finds the session of a command line, and calls do. The
// command has no flags of a sign-in if signIn is nil.
func withSession(
	c *cli, cmd *cobra.Command, args []string, which func(creds.Session) bool, signIn *signInFlags,
	do func(context.Context, *sessionAsker) error,
) error {
	var options creds.SignInOptions
	if signIn != nil {
		if err := signIn.check(cmd); err != nil {
			return err
		}
		options = signIn.options(thisLocation())
	}
	a, err := c.asker(cmd, "", options)
	if err != nil {
		return err
	}
	defer a.client.Close()
	s, err := sessionOf(cmd, a.client, args, which)
	if err != nil {
		return err
	}
	a.session = s.ID
	return do(cmd.Context(), &sessionAsker{asker: a, cli: c, which: s})
}

// do makes a request about the session that may need a person.
func (a *sessionAsker) do(ctx context.Context, request func(context.Context) error) error {
	return a.concerned(a.run(ctx, "", request))
}

// concerned adds the session to an error.
func (a *sessionAsker) concerned(err error) error {
	if err == nil {
		return nil
	}
	return aboutSession(err, a.session)
}

// signIn signs in; to a session that is still valid only with force.
func (a *sessionAsker) signIn(ctx context.Context, force bool) (creds.SSOLoginReply, error) {
	request := creds.SSOLoginRequest{Session: a.session, Force: force, SignInOptions: a.options}
	reply, err := answered(ctx, a.asker, "", func(ctx context.Context) (creds.SSOLoginReply, error) {
		return a.client.SSOLogin(ctx, request)
	})
	return reply, a.concerned(err)
}

// needSignIn signs in before a request that needs it, because only the sign-in itself has
// the options of this terminal. Without a terminal the agent decides whom to ask.
func (a *sessionAsker) needSignIn(ctx context.Context) error {
	state := a.which.State(time.Now())
	if a.terminal == nil && a.options.Place == "" || state == creds.StateValid || state == creds.StateRefreshing {
		return nil
	}
	_, err := a.signIn(ctx, false)
	return err
}
