package main

import (
	"context"
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
)

func formatNames() []string {
	return append(shell.Formats(), formatProcess, formatINI)
}

func newExport(c *cli) *cobra.Command {
	name := formatNames()[0]
	cmd := &cobra.Command{
		Use:   "export NAME",
		Short: lang.T("Print a session's credentials for a shell to evaluate"),
		Long: lang.T(`Print a session's credentials for a shell to evaluate. This unsets what an earlier
export has set (listed in ` + shell.Mark + `), AWS_PROFILE, and all else that
would give an SDK another identity. A region that you have set yourself stays if the
profile has none. The formats env-no-export, process and ini can only set.`),
		Example: lang.T(`  eval "$(daypass export NAME)"                                     sh, bash, zsh
  daypass export NAME --format fish | source                       fish
  daypass export NAME --format powershell | Out-String | iex       PowerShell`),
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(formatNames(), name) {
				return usage(cmd, "there is no format %q; there are %s", printable(name), strings.Join(formatNames(), ", "))
			}
			return printExport(c, cmd, args[0], name)
		},
	}
	cmd.Flags().StringVar(&name, "format", name, strings.Join(formatNames(), ", "))
	completeFlag(cmd, "format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func printExport(c *cli, cmd *cobra.Command, profile, formatName string) error {
	a, err := c.asker(cmd, "", thisLocation().signIn())
	if err != nil {
		return err
	}
	defer a.client.Close()
	credentials, err := answered(cmd.Context(), a, profile, func(ctx context.Context) (creds.Credentials, error) {
		if a.terminal != nil {
			// A person at a terminal may take longer than a program waits.
			s, err := a.client.Login(ctx, creds.LoginRequest{Profile: profile, SignInOptions: a.options})
			if err != nil {
				return creds.Credentials{}, err
			}
			c.warn(s.Warning)
		}
		return a.client.Credentials(ctx, profile, personWait)
	})
	if err != nil {
		return aboutProfile(err, profile)
	}
	// All or nothing: a shell would evaluate the half.
	text, err := exportText(profile, formatName, credentials, os.LookupEnv)
	if err != nil {
		return err
	}
	fmt.Fprint(c.stdout, text)
	return nil
}

// exportText returns credentials in the named format, for a shell with the environment
// of lookup.
func exportText(profile, formatName string, cr creds.Credentials, lookup func(string) (string, bool)) (string, error) {
	switch formatName {
	case formatProcess:
		var out strings.Builder
		err := encode(&out, cr)
		return out.String(), err
	case formatINI:
		return iniText(profile, cr)
	}
	return shell.Export(formatName, cr, lookup)
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
