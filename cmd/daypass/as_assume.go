package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds/shell"
	"daypass/internal/lang"
)

// assumeFlags are the flags of assume.
type assumeFlags struct {
	console, url, unset, active bool
	service, region             string
	length                      duration
}

// notAssumed are the flags of assume that are not carried over, by what daypass has instead.
var notAssumed = []struct {
	name, short string
	// alone is set if the flag takes no value.
	alone   bool
	instead lang.Text
}{
	{"env", "e", true, "daypass writes no .env file: daypass export NAME --format env-no-export prints the lines of one"},
	{"export", "x", true, "daypass login NAME writes the credentials of a profile to the credentials file, and renews them"},
	{"export-all-env-vars", "", true, "AWS_PROFILE and the region are all that assume sets: daypass switch NAME --keys sets session keys"},
	{"exec", "", false, "daypass exec NAME -- COMMAND runs a command with a profile's credentials"},
	{"terminal", "t", true, "assume sets the shell that it is called in without -t, too"},
	{"sso", "", true, "daypass sso add and daypass sso import make profiles of Identity Center"},
	{"browser-profile", "", false, "daypass console NAME --browser chooses a profile of a browser"},
	{"chain", "", false, "daypass role ROLE --profile NAME assumes a role with a profile's credentials"},
}

func newAsAssume(c *cli) *cobra.Command {
	f := assumeFlags{length: sessionDuration()}
	cmd := &cobra.Command{
		Use:   "assume [NAME]",
		Short: lang.T("Switch this shell to a profile with credentials, or open its console"),
		Long: lang.T(`Get credentials for a profile, with an MFA code or a sign-in if it needs one, and set
AWS_PROFILE and the region in this shell. No secret enters the shell. Without NAME the
profiles are listed.

It takes functions of the shell, which "daypass shell-init SHELL --old-words" prints.
In daypass's words it is "daypass switch NAME --mfa", and with -c "daypass console NAME".`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneProfile(cmd, args)
		},
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, one := range notAssumed {
				if cmd.Flags().Changed(one.name) {
					return notCarriedOver(one.instead)
				}
			}
			return f.assume(c, cmd, args)
		},
	}
	set := cmd.Flags()
	set.BoolVarP(&f.console, "console", "c", false, lang.T("open the AWS console"))
	set.BoolVarP(&f.url, "url", "u", false, lang.T("print the link to the AWS console, a secret"))
	set.StringVarP(&f.service, "service", "s", "", lang.T("open the AWS console at a service, such as s3"))
	set.StringVarP(&f.region, "region", "r", "", lang.T("the region of the console"))
	set.VarP(&f.length, "duration", "d", lang.T("how long the session is to last: 12h, 90m, or seconds"))
	set.BoolVar(&f.active, "active-role", false, lang.T("the profile that is set in this shell"))
	set.BoolVar(&f.unset, "unset", false, lang.T("take out of this shell what was set"))
	for _, name := range []struct {
		alias string
		of    *bool
	}{{"ar", &f.active}, {"active", &f.active}, {"un", &f.unset}} {
		set.BoolVar(name.of, name.alias, false, "")
		_ = set.MarkHidden(name.alias) // it fails only for an unknown flag
	}
	for _, one := range notAssumed {
		set.StringP(one.name, one.short, "", "")
		if one.alone {
			set.Lookup(one.name).NoOptDefVal = "true"
		}
		_ = set.MarkHidden(one.name)
	}
	completeFlag(cmd, "service", completeWords(servicesToOffer...))
	return cmd
}

func (f *assumeFlags) assume(c *cli, cmd *cobra.Command, args []string) error {
	opens := f.console || f.url || f.service != ""
	if f.active && len(args) == 0 {
		here := presentIn(os.LookupEnv)
		switch {
		case here.profile != "":
			args = []string{here.profile}
		case here.section != "":
			args = []string{here.section}
		default:
			return lang.Error("no profile is set in this shell: assume NAME sets one")
		}
	}
	switch {
	case f.unset && c.caller != nil:
		return c.evaluate(shell.Leave(c.caller.name, os.LookupEnv))
	case f.unset:
		return needsFunction("assume", "--old-words")
	case opens && len(args) == 0:
		return oneProfile(cmd, args)
	case opens:
		return f.open(c, cmd, args)
	case len(args) == 0:
		return listToSwitch(c, cmd)
	case c.caller == nil:
		return needsFunction("assume", "--old-words")
	case f.region != "":
		return notCarriedOver("a shell gets the region of its profile: set another with AWS_REGION, or open the console there with -c -r REGION")
	}
	return switchTo(c, cmd, switching{profile: args[0], mfa: true, duration: f.length.value, code: c.codeSource()})
}

// open opens the console, or prints the link to it.
func (f *assumeFlags) open(c *cli, cmd *cobra.Command, args []string) error {
	options := thisLocation().signIn()
	asked := consoleFlags{service: f.service, region: f.region, duration: consoleDuration(), print: f.url}
	if err := asked.check(cmd, options); err != nil {
		return err
	}
	return openConsole(c, cmd, args, c.codeSource(), asked.request(options))
}

// withTwoHyphens spells a flag of several letters with two hyphens, which assume takes with
// one, too.
func withTwoHyphens(arg string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
	if len(name) < 2 || name[0] == '-' || !strings.HasPrefix(arg, "-") {
		return arg
	}
	return "-" + arg
}
