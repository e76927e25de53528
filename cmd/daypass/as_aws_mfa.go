package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// awsMFAFlags are the flags of aws-mfa.
type awsMFAFlags struct {
	profile, long, short string
	choice               creds.LayoutChoice
	length               duration
	code                 codeFlag
	force, setup         bool
}

func newAsAWSMFA(c *cli) *cobra.Command {
	f := awsMFAFlags{length: sessionDuration()}
	cmd := &cobra.Command{
		Use:   "aws-mfa",
		Short: lang.T("Get a session from the key in [NAME-long-term] into [NAME]"),
		Long: lang.T(`Get a session from the long-term key in the section [NAME-long-term], or in the
keyring, and write it to [NAME]. One that is still valid is kept. NAME is --profile,
or AWS_PROFILE, or default. MFA_DEVICE, MFA_STS_DURATION and MFA_ASSUME_ROLE are read
where a flag is missing, and then aws_mfa_device, assume_role and role_session_name in
the section of the key.

In daypass's words it is "daypass login NAME", and with --setup "daypass add NAME".`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.complete(cmd, os.Getenv); err != nil {
				return err
			}
			if f.setup {
				return storeKey(c, cmd, creds.AddRequest{Profile: f.profile, MFASerial: f.choice.MFASerial})
			}
			code, err := f.code.value(c)
			if err != nil {
				return err
			}
			return logInAsAWSMFA(c, cmd, f, code)
		},
	}
	set := cmd.Flags()
	set.StringVar(&f.choice.MFASerial, "device", "", lang.T("the MFA device: its ARN, or the serial number of a hardware device"))
	set.Var(&f.length, "duration", lang.T("how long a new session is to last, in seconds"))
	set.StringVar(&f.profile, "profile", "", lang.T("the profile; default if AWS_PROFILE names none"))
	for _, name := range []string{"long-term-suffix", "long-suffix"} {
		set.StringVar(&f.long, name, "", lang.T("the key is in [NAME-SUFFIX], or for none in [NAME]"))
	}
	for _, name := range []string{"short-term-suffix", "short-suffix"} {
		set.StringVar(&f.short, name, "", lang.T("the session goes to [NAME-SUFFIX], or for none to [NAME]"))
	}
	set.StringVar(&f.choice.RoleARN, "assume-role", "", lang.T("the ARN of a role to assume"))
	set.StringVar(&f.choice.SessionName, "role-session-name", "", lang.T("the name of the role's session"))
	set.BoolVar(&f.force, "force", false, lang.T("get a new session though the present one is still valid"))
	set.BoolVar(&f.setup, "setup", false, lang.T("store the profile's access key in the keyring"))
	f.code.addAs(cmd, "token")
	completeFlag(cmd, "profile", completeProfile)
	return cmd
}

// complete reads what the flags leave out from the environment, and checks all.
func (f *awsMFAFlags) complete(cmd *cobra.Command, getenv func(string) string) error {
	for _, name := range []string{"profile", "long-term-suffix", "long-suffix", "short-term-suffix", "short-suffix"} {
		if flag := cmd.Flags().Lookup(name); flag.Changed && strings.TrimSpace(flag.Value.String()) == "" {
			return usage(cmd, "--%s is empty", name)
		}
	}
	f.profile = cmp.Or(f.profile, getenv("AWS_PROFILE"), "default")
	f.choice.Layout = creds.LayoutAWSMFA
	f.choice.LongTermSuffix, f.choice.ShortTermSuffix = hyphened(f.long), hyphened(f.short)
	f.choice.MFASerial = cmp.Or(f.choice.MFASerial, getenv("MFA_DEVICE"))
	f.choice.RoleARN = cmp.Or(f.choice.RoleARN, getenv("MFA_ASSUME_ROLE"))
	if seconds := getenv("MFA_STS_DURATION"); f.length.value == 0 && seconds != "" {
		if err := f.length.Set(seconds); err != nil {
			return usage(cmd, "MFA_STS_DURATION is %q: %v", printable(seconds), err)
		}
	}
	return nil
}

// hyphened returns a suffix as it is put after a profile's name.
func hyphened(suffix string) string {
	if suffix == "" || suffix == creds.NoSuffix {
		return suffix
	}
	return "-" + suffix
}

func logInAsAWSMFA(c *cli, cmd *cobra.Command, f awsMFAFlags, code string) error {
	request := creds.LoginRequest{Profile: f.profile, Duration: f.length.value, Force: f.force, Keep: !f.force, Layout: &f.choice}
	started := time.Now()
	s, _, err := coded(c, cmd, code, request.Profile, func(ctx context.Context, client *agentapi.Client, o creds.SignInOptions) (creds.Status, error) {
		request.SignInOptions = o
		return client.Login(ctx, request)
	})
	if err != nil {
		return aboutProfile(err, request.Profile)
	}
	writeSeconds(c, s, started, time.Now())
	return nil
}

// writeSeconds prints a login's outcome with the seconds that are left, and whether the session
// is the old one.
func writeSeconds(c *cli, s creds.Status, started, now time.Time) {
	name, left, until := printable(s.Name), int64(s.Left(now)/time.Second), s.Expires.UTC().Format("2006-01-02 15:04:05")
	if s.Issued.Before(started.Truncate(time.Second)) {
		_, _ = lang.Fprintf(c.stdout, "%s: still valid for %d seconds, until %s UTC; --force gets a new session\n", name, left, until)
	} else {
		_, _ = lang.Fprintf(c.stdout, "%s: valid for %d seconds, until %s UTC\n", name, left, until)
	}
	if s.RoleARN != "" {
		_, _ = lang.Fprintf(c.stdout, "  with the role %s\n", printable(s.RoleARN))
	}
	if s.Note != "" {
		fmt.Fprintf(c.stdout, "  %s\n", words.Sentence(printable(s.Note)))
	}
	writeUse(c, s)
	c.warn(s.Warning)
	warnOfRivals(c, s)
}
