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
	"daypass/creds/shell"
	"daypass/internal/words"
)

func newLogin(c *cli) *cobra.Command {
	var (
		code   string
		force  bool
		signIn signInFlags
		length = sessionDuration()
	)
	cmd := &cobra.Command{
		Use:   "login NAME",
		Short: "Get a session, with an MFA code or a sign-in if it needs one",
		Long: `Get temporary credentials for a profile and write them to the AWS credentials
file. A session that still lasts is kept, unless --force or --duration asks for
another. A code is asked for in the terminal, or else in daypass's window.

A profile of IAM Identity Center has its sign-in in the browser: once for all
profiles of its session. Over SSH, in a container and in WSL a code is compared
instead, in a browser on any machine.`,
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("mfa-code") {
				digits, ok := creds.MFACode(code)
				if !ok {
					return usage(cmd, "an MFA code has six digits")
				}
				code = digits
			}
			if err := signIn.check(cmd); err != nil {
				return err
			}
			return logIn(c, cmd, code, creds.LoginRequest{
				Profile: args[0], Duration: length.value, Force: force,
				SignInOptions: signIn.options(thisPlace()),
			})
		},
	}
	cmd.Flags().StringVar(&code, "mfa-code", "", "the code of the MFA device, instead of being asked for it")
	cmd.Flags().Var(&length, "duration", "how long the session is to last: 12h, 90m, or seconds")
	cmd.Flags().BoolVar(&force, "force", false, "get a new session though the present one lasts")
	signIn.add(cmd)
	signIn.addPlace(cmd)
	return cmd
}

func logIn(c *cli, cmd *cobra.Command, code string, request creds.LoginRequest) error {
	a, err := c.asker(cmd, code, request.SignInOptions)
	if err != nil {
		return err
	}
	defer a.client.Close()
	started := time.Now()
	s, err := answered(cmd.Context(), a, request.Profile, func(ctx context.Context) (creds.Status, error) {
		return a.client.Login(ctx, request)
	})
	if err != nil {
		return about{err, request.Profile}
	}
	if a.signedIn {
		if _, err := fmt.Fprintln(c.stdout, signedInAs(s.Session, s.Person)); err != nil {
			return err
		}
	}
	if err := writeLogin(c, s, started, time.Now()); err != nil {
		return err
	}
	if err := c.warn(s.Warning); err != nil {
		return err
	}
	return warnOfRivals(c, s)
}

// warnOfRivals says what in this shell comes before the profile that was logged in.
func warnOfRivals(c *cli, s creds.Status) error {
	if s.WrittenAs == "" {
		return nil
	}
	here := shell.Here(runtime.GOOS, os.Getenv)
	for _, rival := range shell.Rivals(s.WrittenAs, os.LookupEnv) {
		if err := c.warn(rival.What); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(c.stderr, "Take it out with: "+shell.Unset(here, rival.Names)); err != nil {
			return err
		}
	}
	return nil
}

// use is the command that has a shell's programs work with a profile. Where an export
// has put a key into the shell, which comes before AWS_PROFILE, it is the next export.
func use(s creds.Status) string {
	here := shell.Here(runtime.GOOS, os.Getenv)
	if shell.Exports(os.LookupEnv) {
		if load := shell.Load(here, s.Name); load != "" {
			return load
		}
	}
	return assignment(here, s.WrittenAs)
}

// assignment is what chooses a profile in a shell.
func assignment(formatName, profile string) string {
	text, err := shell.Use(formatName, profile)
	if err != nil {
		return "AWS_PROFILE=" + profile
	}
	return strings.TrimRight(text, "&; ")
}

// writeLogin says what there is now. A session that was there before is said to
// be the old one.
func writeLogin(c *cli, s creds.Status, started, now time.Time) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s", printable(s.Name), describe(s, now))
	if s.Issued.Before(started.Truncate(time.Second)) {
		out.WriteString(" (as before; --force gets a new one)")
	}
	out.WriteByte('\n')
	if s.Note != "" {
		fmt.Fprintf(&out, "  %s\n", words.Sentence(printable(s.Note)))
	}
	switch {
	case s.WrittenAs == "":
	case s.Unfound:
		fmt.Fprintf(&out, "Use it with: %s, once this is corrected:\n", printable(use(s)))
		writeIndented(&out, sentences(s.Flaws), 0)
	default:
		fmt.Fprintf(&out, "Use it with: %s\n", printable(use(s)))
	}
	if _, err := fmt.Fprint(c.stdout, out.String()); err != nil {
		return err
	}
	if s.WrittenAs != "" && s.Unfound {
		return nil
	}
	for _, said := range sentences(s.Flaws) {
		if err := c.warn(said); err != nil {
			return err
		}
	}
	return nil
}
