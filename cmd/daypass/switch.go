package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/shell"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// switching is what a shell is to be switched to.
type switching struct {
	profile string
	// mfa asks a person for what is missing, with code as the answer unless that is "".
	mfa  bool
	code string
	// keys puts session keys into the shell, not the name of a profile; legacy, too, under the
	// names that EC2's first tools and boto 2 read.
	keys, legacy bool
	// account is the number of the profile's account where the settings do not have it, or "".
	account string
	// duration is that of the session; zero leaves it to daypass.
	duration time.Duration
}

func newSwitch(c *cli) *cobra.Command {
	var to switching
	cmd := &cobra.Command{
		Use:   "switch [NAME]",
		Short: lang.T("Switch this shell to a profile; without NAME list them"),
		Long: lang.T(`Switch this shell to a profile: set AWS_PROFILE, the region and ` + shell.Profile + `, and
unset all else that would give AWS's tools another identity. No secret enters the
shell, and nobody is asked: "daypass mfa" gets what is missing, and so does --mfa.
"daypass unset" takes out again what was set.

--keys sets session keys instead, for programs that read no AWS files. Without an
MFA code these are what the long-term key is given by itself.

Without NAME it lists the profiles, and marks the present one.

It takes a function of the shell, which "daypass shell-init" prints.`),
		Example: lang.T(`  daypass switch prod
  daypass switch prod --mfa
  daypass switch prod --keys`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && (to.mfa || to.keys) {
				return oneProfile(cmd, args)
			}
			if len(args) == 0 {
				return nil
			}
			return oneProfile(cmd, args)
		},
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listToSwitch(c, cmd)
			}
			if c.caller == nil {
				return needsFunction(cmd.CommandPath(), "")
			}
			to.profile = args[0]
			return switchTo(c, cmd, to)
		},
	}
	cmd.Flags().BoolVar(&to.mfa, "mfa", false, lang.T("ask for an MFA code or a sign-in, if one is missing"))
	cmd.Flags().BoolVar(&to.keys, "keys", false, lang.T("set session keys, for programs that read no AWS files"))
	return cmd
}

// listToSwitch lists the profiles and marks the present one.
func listToSwitch(c *cli, cmd *cobra.Command) error {
	table, err := asked(cmd, (*agentapi.Client).List)
	if err != nil {
		return err
	}
	here := presentIn(os.LookupEnv)
	now := time.Now()
	rows := [][]string{}
	for _, l := range table.Profiles {
		s, mark := l.Status(), " "
		if here.is(s) {
			mark = "*"
		}
		rows = append(rows, []string{mark, printable(s.Name), describe(s, now), printable(s.AccountID)})
	}
	if len(rows) == 0 {
		fmt.Fprintln(c.stdout, lang.T("There are no profiles yet. Make one with: daypass add NAME"))
		return nil
	}
	for _, line := range aligned(rows, c.look().width, nil, 1) {
		fmt.Fprintln(c.stdout, line)
	}
	return nil
}

// switchTo has the calling shell evaluate a switch.
func switchTo(c *cli, cmd *cobra.Command, to switching) error {
	var err error
	if to.keys {
		err = switchToKeys(c, cmd, to)
	} else {
		err = switchToProfile(c, cmd, to)
	}
	if err != nil {
		return aboutProfile(err, to.profile)
	}
	return nil
}

func switchToProfile(c *cli, cmd *cobra.Command, to switching) error {
	s, missing, err := ready(c, cmd, to)
	if err != nil {
		return err
	}
	if err := c.enter(s); err != nil {
		return err
	}
	now := time.Now()
	fmt.Fprintf(c.stderr, "%s: %s\n", printable(s.Name), describe(s, now))
	if missing != nil {
		fmt.Fprintln(c.stderr, lang.Sprintf("%s Get it with: daypass mfa", words.Sentence(printable(missing.Error()))))
	}
	c.warn(s.Warning)
	if s.Note != "" {
		fmt.Fprintf(c.stderr, "  %s\n", words.Sentence(printable(s.Note)))
	}
	return nil
}

// enter has the calling shell work as a profile.
func (c *cli) enter(s creds.Status) error {
	section := s.Section
	if section == "" {
		section = s.Name // it gets its credentials in another way
	}
	return c.set(segmentOf(s, time.Now()), []shell.Variable{
		{Name: "AWS_PROFILE", Value: section},
		{Name: "AWS_REGION", Value: s.Region},
		{Name: "AWS_DEFAULT_REGION", Value: s.Region},
		{Name: shell.Profile, Value: s.Name},
	})
}

// set has the calling shell evaluate a switch to variables, and the segment of its prompt.
func (c *cli) set(segment shell.Segment, variables []shell.Variable) error {
	if err := c.evaluate(shell.Switch(c.caller.name, variables, os.LookupEnv)); err != nil {
		return err
	}
	return c.evaluate(segment.Statements(c.caller.name, func(name string) (string, bool) {
		for _, v := range variables {
			if v.Name == name {
				return v.Value, true
			}
		}
		return "", false
	}))
}

// ready gets credentials for a profile, as far as that needs nobody, or a person may be asked.
// missing is what a person would have to give.
func ready(c *cli, cmd *cobra.Command, to switching) (s creds.Status, missing, err error) {
	if to.mfa {
		_, err = raise(c, cmd, to.profile, to.code, to.duration, false)
	} else {
		missing, err = getSilently(cmd, to.profile)
	}
	if err != nil {
		return s, nil, err
	}
	s, err = asked(cmd, func(client *agentapi.Client, ctx context.Context) (creds.Status, error) {
		return client.Status(ctx, to.profile)
	})
	return s, missing, err
}

// raise gets credentials for a profile, and asks a person.
func raise(c *cli, cmd *cobra.Command, profile, code string, length time.Duration, force bool) (creds.Status, error) {
	a, err := c.asker(cmd, code, thisLocation().signIn())
	if err != nil {
		return creds.Status{}, err
	}
	defer a.client.Close()
	return answered(cmd.Context(), a, profile, func(ctx context.Context) (creds.Status, error) {
		return a.client.Login(ctx, creds.LoginRequest{Profile: profile, Duration: length, Force: force, SignInOptions: a.options})
	})
}

// getSilently gets what needs nobody, and returns what a person would have to give.
func getSilently(cmd *cobra.Command, profile string) (missing, err error) {
	client, err := connect(cmd, creds.SurfaceUnattended)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	_, err = client.Login(cmd.Context(), creds.LoginRequest{Profile: profile, SignInOptions: thisLocation().signIn()})
	switch creds.CodeOf(err) {
	case creds.CodeNobodyToAsk, creds.CodeSignInNeeded, creds.CodeWaiting, creds.CodeDeclined, creds.CodeKeyringLocked:
		return err, nil
	case creds.CodeUnsupported:
		return nil, nil // others give it credentials
	default:
		return nil, err
	}
}

// errSensitive refuses the keys of a sensitive profile.
var errSensitive = lang.Error("it is sensitive, and keys in a shell would outlast the time for which it is unlocked; switch to it without --keys")

func switchToKeys(c *cli, cmd *cobra.Command, to switching) error {
	s, err := asked(cmd, func(client *agentapi.Client, ctx context.Context) (creds.Status, error) {
		return client.Status(ctx, to.profile)
	})
	if err != nil {
		return err
	}
	if s.Sensitive {
		return lang.Errorf("profile %q gives no keys: %w", printable(s.Name), errSensitive)
	}
	got, err := keysFor(c, cmd, to)
	if err != nil {
		return err
	}
	return c.enterKeys(s, got, to.legacy)
}

// keysFor gets session keys: with a code if a person may be asked, or else what is there or
// needs nobody.
func keysFor(c *cli, cmd *cobra.Command, to switching) (creds.UseReply, error) {
	options := thisLocation().signIn()
	if to.account != "" {
		got, err := keysInAccount(c, cmd, to)
		if to.mfa || creds.CodeOf(err) != creds.CodeNobodyToAsk {
			return got, err
		}
	}
	request := creds.UseRequest{Profile: to.profile, WithoutMFA: !to.mfa, Keeps: true, SignInOptions: options}
	if !to.mfa {
		client, err := connect(cmd, creds.SurfaceUnattended)
		if err != nil {
			return creds.UseReply{}, err
		}
		defer client.Close()
		return client.Use(cmd.Context(), request)
	}
	a, err := c.asker(cmd, to.code, options)
	if err != nil {
		return creds.UseReply{}, err
	}
	defer a.client.Close()
	request.SignInOptions = a.options
	return answered(cmd.Context(), a, to.profile, func(ctx context.Context) (creds.UseReply, error) {
		return a.client.Use(ctx, request)
	})
}

// keysInAccount gets session keys with the code of the device of a key in the folder of keys.
func keysInAccount(c *cli, cmd *cobra.Command, to switching) (creds.UseReply, error) {
	request := creds.OneOffRequest{Profile: to.profile, Account: to.account, Keeps: true, SignInOptions: thisLocation().signIn()}
	if to.mfa {
		return c.oneOff(cmd, to.code, request)
	}
	client, err := connect(cmd, creds.SurfaceUnattended)
	if err != nil {
		return creds.UseReply{}, err
	}
	defer client.Close()
	return client.OneOff(cmd.Context(), request)
}

// errNoSession is what is said if an agent answers with a long-term key. None does.
var errNoSession = lang.Error("the agent gave a key without a session token")

// enterKeys has the calling shell work with keys.
func (c *cli) enterKeys(s creds.Status, got creds.UseReply, legacy bool) error {
	cr := got.Credentials
	if cr.SessionToken.IsZero() {
		return errNoSession
	}
	label := shell.Label(s.Name, got.MFA)
	values := shell.Values{Credentials: cr, Variables: got.Variables}
	variables := append(values.Keys(os.LookupEnv),
		shell.Variable{Name: shell.Profile, Value: s.Name}, shell.Variable{Name: shell.Session, Value: label})
	if legacy {
		for name, value := range shell.Legacy(cr) {
			variables = append(variables, shell.Variable{Name: name, Value: value})
		}
	}
	if err := c.set(segmentOfKeys(label, cr.Expires, time.Now()), variables); err != nil {
		return err
	}
	fmt.Fprintln(c.stderr, lang.Sprintf("Keys of %s, valid %s, until %s", printable(label),
		words.Span(time.Until(cr.Expires)), words.Clock(cr.Expires, time.Now())))
	if !got.MFA && s.Kind == creds.KindUser {
		fmt.Fprintln(c.stderr, lang.T("  No MFA code was given: IAM refuses these keys, and STS takes them for AssumeRole and GetCallerIdentity only."))
		if s.MFASerial != "" {
			fmt.Fprintln(c.stderr, lang.T("  Raise them with: daypass mfa"))
		}
	}
	return nil
}
