package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newAsAWSIAMLogin(c *cli) *cobra.Command {
	var code codeFlag
	cmd := &cobra.Command{
		Use:   "aws-iam-login NAME [init|rotate]",
		Short: lang.T("Get a session from the key in [NAME] into [NAME-sts]"),
		Long: lang.T(`Get a session from the long-term key of a profile, with an MFA code, and write it to
[NAME-sts], which roles have as their source_profile. "init" writes the user's name and
MFA device beside the key. "rotate" replaces the key: the new one goes to the keyring
alone, and the old one is inactive for some days before it is deleted.

In daypass's words it is "daypass login NAME", "daypass init NAME", and "daypass rotate
NAME".`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 && (args[1] == "init" || args[1] == "rotate") {
				args = args[:1]
			}
			if len(args) > 1 {
				return usage(cmd, "%s NAME is followed by init, rotate or nothing, not by %q", cmd.Name(), printable(args[1]))
			}
			return oneProfile(cmd, args)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			switch len(args) {
			case 0:
				return completeProfile(cmd, args, prefix)
			case 1:
				return startingWith(prefix, []string{"init", "rotate"}), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1:
				digits, err := code.value(c)
				if err != nil {
					return err
				}
				return logInAsAWSIAMLogin(c, cmd, args[0], digits)
			case args[1] == "rotate":
				return rotateKey(c, cmd, args[0], rotateFlags{yes: true})
			}
			return initialise(c, cmd, args[0])
		},
	}
	code.addAs(cmd, "mfa-code")
	return cmd
}

func logInAsAWSIAMLogin(c *cli, cmd *cobra.Command, profile, code string) error {
	request := creds.LoginRequest{Profile: profile, Layout: &creds.LayoutChoice{Layout: creds.LayoutAWSIAMLogin}}
	started := time.Now()
	s, a, err := coded(c, cmd, code, profile, func(ctx context.Context, client *agentapi.Client, o creds.SignInOptions) (creds.Status, error) {
		request.SignInOptions = o
		return client.Login(ctx, request)
	})
	if err != nil {
		return aboutProfile(err, profile)
	}
	c.writeLoggedIn(s, a.signedIn, started)
	return nil
}

// initialise writes what AWS says of a profile's key beside it.
func initialise(c *cli, cmd *cobra.Command, profile string) error {
	reply, _, err := coded(c, cmd, "", profile, func(ctx context.Context, client *agentapi.Client, _ creds.SignInOptions) (creds.InitReply, error) {
		return client.Init(ctx, creds.InitRequest{Profile: profile})
	})
	if err != nil {
		return aboutProfile(err, profile)
	}
	writeInit(c, reply)
	return nil
}
