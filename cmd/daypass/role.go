package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/shell"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// roleFlags are those of a role that no profile has.
type roleFlags struct {
	role         creds.OneOffRole
	profile      string
	code, serial string
	region       string
	fromEnv      bool
	format       string
	length       duration
	signIn       signInFlags
}

func newRole(c *cli) *cobra.Command {
	f := roleFlags{format: formatNames()[0], length: sessionDuration()}
	cmd := &cobra.Command{
		Use:   "role ROLE",
		Short: lang.T("Print the credentials of a role that no profile is for"),
		Long: lang.T(`Print the credentials of a role that needs no profile of its own, for a shell to
evaluate, as "daypass export" does. ROLE is an ARN, or a name together with --account:
the account's number, or its name in daypass's settings (accounts.NAME).

With --profile the role is assumed with that profile's own credentials, as a
source_profile means it. Without, it is assumed with what the present profile of the
shell starts from, its user or its sign-in: from one account straight to the next.

With --env-key the access key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is used for
this one call, and stored nowhere; --mfa-serial names the device whose code it needs.
Without ROLE that prints the session of the key's user.`),
		Example: lang.T(`  eval "$(daypass role Admin --account work)"
  eval "$(daypass role arn:aws:iam::123456789012:role/Admin --profile me --duration 12h)"
  daypass role Audit --account 123456789012 --format json`),
		Args:              f.arguments,
		ValidArgsFunction: once(completeRole),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				f.role.Role = args[0]
			}
			return f.run(c, cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.profile, "profile", "", lang.T("the profile whose credentials the role is assumed with"))
	flags.StringVar(&f.role.Account, "account", "", lang.T("the role's account: its number, or its name in the settings"))
	flags.StringVar(&f.role.ExternalID, "external-id", "", lang.T("the external ID that the role's trust policy asks for"))
	flags.StringVar(&f.role.SessionName, "session-name", "", lang.T("what CloudTrail calls the session, instead of your login name"))
	flags.StringArrayVar(&f.role.PolicyARNs, "policy-arn", nil, lang.T("a managed policy that bounds the session; may be given ten times"))
	flags.Var(&f.length, "duration", lang.T("how long the session is to last: 12h, 90m, or seconds"))
	flags.StringVar(&f.code, "mfa-code", "", lang.T("the code of the MFA device, instead of being asked for it"))
	flags.StringVar(&f.serial, "mfa-serial", "", lang.T("the MFA device whose code is needed, instead of the profile's"))
	flags.StringVar(&f.region, "region", "", lang.T("the region, instead of the profile's"))
	flags.BoolVar(&f.fromEnv, "env-key", false, lang.T("use the access key in the environment, and store it nowhere"))
	flags.StringVar(&f.format, "format", f.format, strings.Join(formatNames(), ", "))
	f.signIn.add(cmd)
	completeFlag(cmd, "format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "profile", completeProfile)
	completeFlag(cmd, "account", completeAccount)
	return cmd
}

func (f *roleFlags) arguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0 && !f.fromEnv:
		return usage(cmd, "role needs the ARN of a role, or its name")
	case len(args) > 1:
		return usage(cmd, "role takes one role, not %d", len(args))
	case len(args) == 1 && args[0] == "":
		return usage(cmd, "the name of the role is empty")
	}
	return nil
}

func (f *roleFlags) run(c *cli, cmd *cobra.Command) error {
	if err := f.check(cmd); err != nil {
		return err
	}
	request, err := f.request()
	if err != nil {
		return err
	}
	reply, err := c.oneOff(cmd, f.code, request)
	if err != nil {
		return err
	}
	values := valuesOf(reply)
	// What the next role starts from: the credentials themselves are those of this one.
	values.Profile = request.Profile
	section := f.role.Role[strings.LastIndexByte(f.role.Role, '/')+1:]
	text, err := exportText(cmp.Or(section, "default"), f.format, values, os.LookupEnv)
	if err != nil {
		return err
	}
	fmt.Fprint(c.stdout, text)
	return nil
}

// check refuses flags that contradict one another, or are wrong by themselves.
func (f *roleFlags) check(cmd *cobra.Command) error {
	if !slices.Contains(formatNames(), f.format) {
		return usage(cmd, "there is no format %q; there are %s", printable(f.format), strings.Join(formatNames(), ", "))
	}
	if cmd.Flags().Changed("mfa-code") {
		digits, ok := creds.MFACode(f.code)
		if !ok {
			return usage(cmd, "an MFA code has six digits")
		}
		f.code = digits
	}
	for _, flag := range []string{"profile", "account", "external-id", "session-name", "mfa-serial", "region", "policy-arn"} {
		if given := cmd.Flags().Lookup(flag); given.Changed && (given.Value.String() == "" || given.Value.String() == "[]") {
			return usage(cmd, "--%s is empty", flag)
		}
	}
	switch {
	case f.fromEnv && f.profile != "":
		return usage(cmd, "--env-key takes the key of the environment, and --profile that of a profile: give one of them")
	case f.code != "" && f.fromEnv && f.serial == "":
		return usage(cmd, "--mfa-code needs --mfa-serial beside it, as the key of the environment names no device")
	}
	return nil
}

// request makes the agent's request of the flags and the environment.
func (f *roleFlags) request() (creds.OneOffRequest, error) {
	r := creds.OneOffRequest{
		Profile: f.profile, MFASerial: f.serial, Duration: f.length.value, Region: f.region, Keeps: true,
		SignInOptions: f.signIn.options(thisLocation()),
	}
	if f.role.Role != "" {
		r.Role = &f.role
	}
	switch {
	case f.fromEnv:
		key, token, err := keyOfEnvironment(os.Getenv)
		if err != nil {
			return r, err
		}
		r.Key, r.SessionToken = &key, token
		r.Region = cmp.Or(r.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	case f.profile == "":
		r.Profile, r.FromBase = presentProfile(os.Getenv), true
	}
	return r, nil
}

// presentProfile is the profile of this shell: that of AWS_PROFILE, which a switch sets and
// a person may have changed since, or else the one whose keys daypass has put there.
func presentProfile(getenv func(string) string) string {
	return cmp.Or(getenv("AWS_PROFILE"), getenv(shell.Profile), getenv("AWS_DEFAULT_PROFILE"), "default")
}

// keyOfEnvironment returns the access key in the environment, and the session token beside
// it, if there is one. The agent checks them.
func keyOfEnvironment(getenv func(string) string) (key creds.LongTermKey, token secret.Text, err error) {
	key = creds.LongTermKey{ID: getenv("AWS_ACCESS_KEY_ID"), Secret: secret.New(getenv("AWS_SECRET_ACCESS_KEY"))}
	if key.ID == "" || key.Secret.IsZero() {
		return key, token, lang.Error("there is no access key in the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY have to be set")
	}
	return key, secret.New(cmp.Or(getenv("AWS_SESSION_TOKEN"), getenv("AWS_SECURITY_TOKEN"))), nil
}

// oneOff gets credentials that no profile has. code is that of --mfa-code, or "".
func (c *cli) oneOff(cmd *cobra.Command, code string, request creds.OneOffRequest) (creds.UseReply, error) {
	a, err := c.asker(cmd, code, request.SignInOptions)
	if err != nil {
		return creds.UseReply{}, err
	}
	defer a.client.Close()
	a.device, request.SignInOptions = request.MFASerial, a.options
	reply, err := answered(cmd.Context(), a, request.Profile, func(ctx context.Context) (creds.UseReply, error) {
		return a.client.OneOff(ctx, request)
	})
	if err != nil {
		return creds.UseReply{}, aboutProfile(err, request.Profile)
	}
	c.warn(reply.Note)
	c.warn(reply.Status.Warning)
	return reply, nil
}

// completeAccount offers the accounts of the settings.
func completeAccount(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	accounts := helpedBy(cmd.Context(), (*agentapi.Client).Settings).Settings.Accounts
	names := make([]string, 0, len(accounts))
	for name := range accounts {
		names = append(names, name)
	}
	slices.Sort(names)
	return offered(prefix, names, func(name string) (word, meaning string) { return name, accounts[name] })
}

// completeRole offers the roles that profiles name, by their ARNs, or by their names where
// --account says in which account.
func completeRole(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	byName := cmd.Flags().Changed("account")
	var words []string
	of := map[string]string{}
	for _, s := range lookUp(cmd.Context()).Profiles {
		if s.RoleARN == "" {
			continue
		}
		word := s.RoleARN
		if byName {
			_, word, _ = strings.Cut(word, ":role/")
		}
		if _, known := of[word]; !known {
			words = append(words, word)
		}
		of[word] = s.Name
	}
	return offered(prefix, words, func(word string) (string, string) { return word, printable(of[word]) })
}
