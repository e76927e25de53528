package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

func newAsAWSAuth(c *cli) *cobra.Command {
	var (
		serial, role string
		code         codeFlag
		length       = sessionDuration()
	)
	cmd := &cobra.Command{
		Use:   "aws-auth",
		Short: lang.T("Print a session for a shell, or one of a role, by the key in the environment"),
		Long: lang.T(`Print a session, or one of a role, for a shell to evaluate. It starts from the key in
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which serves this call alone and is stored
nowhere, or else from the profile of the shell.

In daypass's words it is "daypass export NAME", and "daypass role ROLE" for a role.`),
		Example: lang.T(`  eval "$(daypass as aws-auth --serial-number ARN --token-code 123456)"`),
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			digits, err := code.value(c)
			if err != nil {
				return err
			}
			request := startOf(os.Getenv)
			request.MFASerial, request.Duration = serial, length.value
			if role != "" {
				request.Role = &creds.OneOffRole{Role: role, SessionName: sessionName(os.Getenv("USER"))}
			}
			return printOneOff(c, cmd, digits, request, formatNames()[0])
		},
	}
	set := cmd.Flags()
	set.StringVar(&serial, "serial-number", "", lang.T("the MFA device: its ARN, or the serial number of a hardware device"))
	for _, name := range []string{"role-arn", "iam-role"} {
		set.StringVar(&role, name, "", lang.T("the ARN of a role to assume"))
	}
	set.Var(&length, "role-duration-seconds", lang.T("how long the session is to last, in seconds"))
	code.addAs(cmd, "token-code")
	return cmd
}

// startOf returns a request for what is had with the credentials in the environment, or else
// with the profile of the shell. A session's token that is left from before does not go with a
// long-term key.
func startOf(getenv func(string) string) creds.OneOffRequest {
	r := creds.OneOffRequest{Keeps: true, Region: cmp.Or(getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"))}
	key, token, err := keyOfEnvironment(getenv)
	if err != nil {
		r.Profile, r.FromBase = presentProfile(getenv), true
		return r
	}
	r.Key = &key
	if !strings.HasPrefix(key.ID, "AKIA") {
		r.SessionToken = token
	}
	return r
}

// sessionName returns a person's name as AWS takes it in the name of a session; "" leaves the
// name to daypass.
func sessionName(user string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("_+=,.@-", r)) {
			return r
		}
		return -1
	}, user)
	if len(name) < 2 {
		return ""
	}
	return name[:min(len(name), 64)]
}

// printOneOff prints credentials that no profile is for.
func printOneOff(c *cli, cmd *cobra.Command, code string, request creds.OneOffRequest, formatName string) error {
	request.SignInOptions = thisLocation().signIn()
	got, err := c.oneOff(cmd, cmp.Or(code, c.codeSource()), request)
	if err != nil {
		return err
	}
	values := valuesOf(got)
	values.Profile = request.Profile
	text, err := exportText(request.Profile, formatName, values, os.LookupEnv)
	if err != nil {
		return err
	}
	fmt.Fprint(c.stdout, text)
	return nil
}
