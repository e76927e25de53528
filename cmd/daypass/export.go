package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds/agentapi"
)

// variable is one setting as it goes to a shell.
type variable struct{ name, value string }

// format writes variables in the language of one shell, under the names that
// "aws configure export-credentials --format" has for them.
type format struct {
	name  string
	line  string // with a verb each for name and value
	quote func(string) (string, error)
}

// formats are those of variables; process and ini are written in their own way.
var formats = []format{
	{"env", "export %s=%s\n", quoteSh},
	{"env-no-export", "%s=%s\n", quoteSh},
	{"powershell", "$Env:%s=%s\n", quotePowerShell},
	{"windows-cmd", "set %s=%s\n", quotePlain},
	{"fish", "set -gx %s %s\n", quoteFish},
}

const (
	formatProcess = "process"
	formatINI     = "ini"
)

func formatNames() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return append(names, formatProcess, formatINI)
}

func (c *cli) newExport() *cobra.Command {
	name := formats[0].name
	cmd := &cobra.Command{
		Use:   "export NAME",
		Short: "Print a session's credentials for a shell to evaluate",
		Example: `  eval "$(daypass export NAME)"                                     sh, bash, zsh
  daypass export NAME --format fish | source                       fish
  daypass export NAME --format powershell | Out-String | iex       PowerShell`,
		Args:              oneProfile,
		ValidArgsFunction: c.completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !validFormat(name) {
				return usage(cmd, "there is no format %q; there are %s", printable(name), strings.Join(formatNames(), ", "))
			}
			return c.export(cmd, args[0], name)
		},
	}
	cmd.Flags().StringVar(&name, "format", name, strings.Join(formatNames(), ", "))
	c.completeFlag(cmd, "format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func validFormat(name string) bool {
	for _, known := range formatNames() {
		if name == known {
			return true
		}
	}
	return false
}

func (c *cli) export(cmd *cobra.Command, profile, formatName string) error {
	a, err := c.asker(cmd, "", thisPlace().signIn())
	if err != nil {
		return err
	}
	defer a.client.Close()
	credentials, err := answered(cmd.Context(), a, profile, func(ctx context.Context) (agentapi.Credentials, error) {
		if a.terminal != nil {
			// A person at a terminal may take longer than a program waits.
			if _, err := a.client.Login(ctx, agentapi.LoginRequest{Profile: profile, SignInOptions: a.options}); err != nil {
				return agentapi.Credentials{}, err
			}
		}
		return a.client.Credentials(ctx, profile, personWait)
	})
	if err != nil {
		return about{err, profile}
	}
	// Nothing is printed of what cannot be printed whole: a shell would
	// evaluate the half.
	var out strings.Builder
	if err := writeExport(&out, profile, formatName, credentials); err != nil {
		return err
	}
	_, err = fmt.Fprint(c.stdout, out.String())
	return err
}

// writeExport writes credentials in the named format.
func writeExport(w io.Writer, profile, formatName string, cr agentapi.Credentials) error {
	switch formatName {
	case formatProcess:
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(cr)
	case formatINI:
		return writeINI(w, profile, cr)
	}
	for _, f := range formats {
		if f.name == formatName {
			return writeVariables(w, f, cr)
		}
	}
	return fmt.Errorf("there is no format %q", formatName)
}

func writeVariables(w io.Writer, f format, cr agentapi.Credentials) error {
	for _, v := range []variable{
		{"AWS_ACCESS_KEY_ID", cr.AccessKeyID},
		{"AWS_SECRET_ACCESS_KEY", cr.SecretAccessKey.Reveal()},
		{"AWS_SESSION_TOKEN", cr.SessionToken.Reveal()},
		{"AWS_CREDENTIAL_EXPIRATION", expiration(cr)},
		// Without these the shell would work in the region of another
		// profile. AWS CLI v1 reads only the second.
		{"AWS_REGION", cr.Region},
		{"AWS_DEFAULT_REGION", cr.Region},
	} {
		if v.value == "" {
			continue
		}
		quoted, err := f.quote(v.value)
		if err != nil {
			return fmt.Errorf("%s cannot be written as %s: %w", v.name, f.name, err)
		}
		if _, err := fmt.Fprintf(w, f.line, v.name, quoted); err != nil {
			return err
		}
	}
	return nil
}

func writeINI(w io.Writer, profile string, cr agentapi.Credentials) error {
	if strings.ContainsAny(profile, "]\n\r\x00") {
		return fmt.Errorf("the profile's name cannot be written as ini: %w", errUnquotable)
	}
	if _, err := fmt.Fprintf(w, "[%s]\n", profile); err != nil {
		return err
	}
	for _, v := range []variable{
		{"aws_access_key_id", cr.AccessKeyID},
		{"aws_secret_access_key", cr.SecretAccessKey.Reveal()},
		{"aws_session_token", cr.SessionToken.Reveal()},
		{"aws_credential_expiration", expiration(cr)},
		{"region", cr.Region},
	} {
		if v.value == "" {
			continue
		}
		quoted, err := quoteINI(v.value)
		if err != nil {
			return fmt.Errorf("%s cannot be written as ini: %w", v.name, err)
		}
		if _, err := fmt.Fprintf(w, "%s = %s\n", v.name, quoted); err != nil {
			return err
		}
	}
	return nil
}

func expiration(cr agentapi.Credentials) string {
	if cr.Expires.IsZero() {
		return ""
	}
	return cr.Expires.UTC().Format(time.RFC3339)
}
