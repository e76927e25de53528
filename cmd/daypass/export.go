package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/shell"
	"daypass/internal/lang"
)

const (
	formatProcess = "process"
	formatINI     = "ini"
	formatJSON    = "json"
	formatSTS     = "sts"
)

func formatNames() []string {
	return append(shell.Formats(), formatProcess, formatINI, formatJSON, formatSTS)
}

func isFormat(name string) bool { return slices.Contains(formatNames(), name) }

func noSuchFormat(cmd *cobra.Command, name string) error {
	return usage(cmd, "there is no format %q; there are %s", printable(name), strings.Join(formatNames(), ", "))
}

func newExport(c *cli) *cobra.Command {
	name := formatNames()[0]
	wish := newUseFlags()
	var code codeFlag
	cmd := &cobra.Command{
		Use:   "export NAME",
		Short: lang.T("Print a session's credentials for a shell to evaluate"),
		Long: lang.T(`Print a session's credentials for a shell to evaluate. This unsets what an earlier
export has set (listed in ` + shell.Mark + `), AWS_PROFILE, and all else that
would give an SDK another identity. A region that you have set yourself stays if the
profile has none. The formats env-no-export, process, ini, json and sts can only set.

How AWS is reached goes along where the profile says so: the URLs of endpoints, FIPS,
dual stack and the file of CA certificates. Those that you have set yourself stay.

ec2 adds the names that EC2's first command line tools and boto 2 read. json has the
credentials in the names of boto 2, and sts as "aws sts assume-role" prints them.`),
		Example: lang.T(`  eval "$(daypass export NAME)"                                     sh, bash, zsh
  daypass export NAME --format fish | source                       fish
  daypass export NAME --format powershell | Out-String | iex       PowerShell`),
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !isFormat(name) {
				return noSuchFormat(cmd, name)
			}
			digits, err := code.value(c)
			if err != nil {
				return err
			}
			return printExport(c, cmd, name, digits, wish.request(args[0]))
		},
	}
	cmd.Flags().StringVar(&name, "format", name, strings.Join(formatNames(), ", "))
	code.add(cmd)
	completeFlag(cmd, "format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	wish.add(cmd)
	return cmd
}

func printExport(c *cli, cmd *cobra.Command, formatName, code string, wish creds.UseRequest) error {
	got, err := c.use(cmd, code, wish)
	if err != nil {
		return err
	}
	// All or nothing: a shell would evaluate the half.
	values := valuesOf(got)
	values.Profile, values.Session = got.Status.Name, shell.Label(got.Status.Name, got.MFA)
	text, err := exportText(wish.Profile, formatName, values, os.LookupEnv)
	if err != nil {
		return err
	}
	fmt.Fprint(c.stdout, text)
	return nil
}

// valuesOf returns what of an answer goes into an environment.
func valuesOf(got creds.UseReply) shell.Values {
	return shell.Values{Credentials: got.Credentials, Variables: got.Variables}
}

// exportText returns credentials in the named format, for a shell with the environment
// of lookup.
func exportText(profile, formatName string, v shell.Values, lookup func(string) (string, bool)) (string, error) {
	cr := v.Credentials
	var out strings.Builder
	switch formatName {
	case formatProcess:
		err := encode(&out, cr)
		return out.String(), err
	case formatINI:
		return iniText(profile, cr)
	case formatJSON:
		err := encode(&out, struct {
			AccessKey    string `json:"access_key"`
			Expiration   string `json:"expiration,omitempty"`
			SecretKey    string `json:"secret_key"`
			SessionToken string `json:"session_token,omitempty"`
		}{cr.AccessKeyID, shell.Expiration(cr), cr.SecretAccessKey.Reveal(), cr.SessionToken.Reveal()})
		return out.String(), err
	case formatSTS:
		err := encode(&out, stsAnswer(cr))
		return out.String(), err
	}
	return shell.Export(formatName, v, lookup)
}

// stsAnswer is what "aws sts assume-role" prints, without the role's user: who the
// credentials belong to is not known of all of them.
func stsAnswer(cr creds.Credentials) any {
	type credentials struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string `json:",omitempty"`
		Expiration      string `json:",omitempty"`
	}
	return struct{ Credentials credentials }{
		credentials{cr.AccessKeyID, cr.SecretAccessKey.Reveal(), cr.SessionToken.Reveal(), shell.Expiration(cr)},
	}
}

func iniText(profile string, cr creds.Credentials) (string, error) {
	section, err := shell.INISection(profile)
	if err != nil {
		return "", lang.Errorf("the profile's name cannot be written as ini: %w", err)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "[%s]\n", section)
	for _, v := range []struct{ name, value string }{
		{"aws_access_key_id", cr.AccessKeyID},
		{"aws_secret_access_key", cr.SecretAccessKey.Reveal()},
		{"aws_session_token", cr.SessionToken.Reveal()},
		{"aws_credential_expiration", shell.Expiration(cr)},
		{"region", cr.Region},
	} {
		if v.value == "" {
			continue
		}
		quoted, err := shell.INIValue(v.value)
		if err != nil {
			return "", lang.Errorf("%s cannot be written as ini: %w", v.name, err)
		}
		fmt.Fprintf(&out, "%s = %s\n", v.name, quoted)
	}
	return out.String(), nil
}
