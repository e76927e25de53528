package main

import (
	"context"
	"fmt"
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

func newLogin(c *cli) *cobra.Command {
	var (
		code   codeFlag
		force  bool
		signIn signInFlags
		layout layoutFlags
		length = sessionDuration()
	)
	cmd := &cobra.Command{
		Use:   "login NAME",
		Short: lang.T("Get a session, with an MFA code or a sign-in if it needs one"),
		Long: lang.T(`Get temporary credentials for a profile and write them to the AWS credentials
file. A session that is still valid is kept, unless --force or --duration asks for
another. A code is asked for in the terminal, or else in daypass's window.

For a profile of IAM Identity Center you sign in in the browser, once for all
profiles of its session. Over SSH, in a container and in WSL a code is compared
instead, in a browser on any machine. For a profile of a sign-in to AWS's console
you sign in there, and bring back a code from the other browser.

For an IAM user, other sections of the AWS files, another role or another device than
the files name may be chosen. They are saved as a profile of the section's name, which
daypass logout removes.`),
		Example: lang.T(`  daypass login prod
  daypass login corp --assume-role arn:aws:iam::222222222222:role/Admin --short-term-suffix production`),
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := signIn.check(cmd); err != nil {
				return err
			}
			digits, err := code.value(c)
			if err != nil {
				return err
			}
			choice, err := layout.choice(cmd)
			if err != nil {
				return err
			}
			return logIn(c, cmd, digits, creds.LoginRequest{
				Profile: args[0], Duration: length.value, Force: force, Layout: choice,
				SignInOptions: signIn.options(thisLocation()),
			})
		},
	}
	code.add(cmd)
	cmd.Flags().Var(&length, "duration", lang.T("how long the session is to last: 12h, 90m, or seconds"))
	cmd.Flags().BoolVar(&force, "force", false, lang.T("get a new session though the present one is still valid"))
	signIn.add(cmd)
	signIn.addPlace(cmd)
	layout.add(cmd)
	return cmd
}

func logIn(c *cli, cmd *cobra.Command, code string, request creds.LoginRequest) error {
	a, err := c.asker(cmd, code, request.SignInOptions)
	if err != nil {
		return err
	}
	defer a.client.Close()
	request.SignInOptions = a.options
	started := time.Now()
	s, err := answered(cmd.Context(), a, request.Profile, func(ctx context.Context) (creds.Status, error) {
		return a.client.Login(ctx, request)
	})
	if err != nil {
		return aboutProfile(err, request.Profile)
	}
	c.writeLoggedIn(s, a.signedIn, started)
	return nil
}

// writeLoggedIn prints the outcome of a login, which a person has signed in for or not.
func (c *cli) writeLoggedIn(s creds.Status, signedIn bool, started time.Time) {
	switch {
	case signedIn && s.LoginSession != "":
		fmt.Fprintln(c.stdout, lang.Sprintf("Signed in as %s.", printable(words.Identity(s.LoginSession))))
	case signedIn && s.Session != "":
		fmt.Fprintln(c.stdout, signedInAs(s.Session, s.Person))
	}
	writeLogin(c, s, started, time.Now())
	c.warn(s.Warning)
	warnOfRivals(c, s)
}

// warnOfRivals warns of what in this shell takes precedence over the profile.
func warnOfRivals(c *cli, s creds.Status) {
	if s.WrittenAs == "" {
		return
	}
	here := shell.Here(runtime.GOOS, os.Getenv)
	for _, rival := range shell.Rivals(s.WrittenAs, os.LookupEnv) {
		c.warn(rival.What)
		fmt.Fprintln(c.stderr, lang.Sprintf("Take it out with: %s", shell.Unset(here, rival.Names)))
	}
}

// use is the command that makes a shell's programs use a profile. In a shell with the
// key of an export, which takes precedence over AWS_PROFILE, it is another export.
func use(s creds.Status) string {
	here := shell.Here(runtime.GOOS, os.Getenv)
	if shell.Exports(os.LookupEnv) {
		if load := shell.Load(here, s.Name); load != "" {
			return load
		}
	}
	return assignment(here, s.WrittenAs)
}

// assignment is the statement that chooses a profile in a shell.
func assignment(formatName, profile string) string {
	text, err := shell.Use(formatName, profile)
	if err != nil {
		return "AWS_PROFILE=" + profile
	}
	return strings.TrimRight(text, "&; ")
}

// writeLogin prints the profile's session, and whether it is the old one.
func writeLogin(c *cli, s creds.Status, started, now time.Time) {
	remark := ""
	if s.Issued.Before(started.Truncate(time.Second)) {
		remark = lang.T(" (as before; --force gets a new one)")
	}
	fmt.Fprintf(c.stdout, "%s: %s%s\n", printable(s.Name), describe(s, now), remark)
	if until := signInLasts(s, now); until != "" {
		_, _ = lang.Fprintf(c.stdout, "  The sign-in %s.\n", until)
	}
	if s.Note != "" {
		fmt.Fprintf(c.stdout, "  %s\n", words.Sentence(printable(s.Note)))
	}
	writeUse(c, s)
}

// writeUse says how a profile's session is used.
func writeUse(c *cli, s creds.Status) {
	if s.WrittenAs != "" && s.Unfound {
		_, _ = lang.Fprintf(c.stdout, "Use it with: %s, once this is corrected:\n", printable(use(s)))
		writeIndented(c.stdout, agentapi.Sentences(s.Flaws), 0)
		return
	}
	if s.WrittenAs != "" {
		_, _ = lang.Fprintf(c.stdout, "Use it with: %s\n", printable(use(s)))
	}
	for _, flaw := range agentapi.Sentences(s.Flaws) {
		c.warn(flaw)
	}
}
