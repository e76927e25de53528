package main

import (
	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newSSOAdd(c *cli) *cobra.Command {
	var region string
	cmd := &cobra.Command{
		Use:   "add SESSION START_URL",
		Short: lang.T("Write a session of IAM Identity Center to the AWS config file"),
		Long: lang.T(`Write an [sso-session] section to the AWS config file, as "aws configure sso"
does, or correct the one of that name. START_URL is the address of your access
portal, and --region the region that IAM Identity Center is in: both are on the
portal, under "Access keys".`),
		Example:           lang.T(`  daypass sso add corp https://corp.awsapps.com/start --region eu-central-1`),
		Args:              twoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if region == "" {
				return usage(cmd, "give the region that IAM Identity Center is in: --region eu-central-1")
			}
			client, err := connect(cmd, c.surface(creds.SurfaceTerminal))
			if err != nil {
				return err
			}
			defer client.Close()
			before, had := helpedBy(cmd.Context(), (*agentapi.Client).Snapshot).Session(args[0])
			if err := client.AddSession(cmd.Context(), creds.AddSessionRequest{Name: args[0], StartURL: args[1], Region: region}); err != nil {
				return err
			}
			after, has := helpedBy(cmd.Context(), (*agentapi.Client).Snapshot).Session(args[0])
			if had && has && (before.StartURL != after.StartURL || before.Region != after.Region) {
				_, _ = lang.Fprintf(c.stdout, "It had the start URL %s in %s before.\n", printable(before.StartURL), printable(before.Region))
			}
			_, _ = lang.Fprintf(c.stdout, "[sso-session %[1]s] is in the AWS config file. Make profiles of its accounts and roles: daypass sso import %[1]s\n", printable(args[0]))
			return nil
		},
	}
	cmd.Flags().StringVar(&region, "region", "", lang.T("the region that IAM Identity Center is in"))
	completeFlag(cmd, "region", cobra.NoFileCompletions)
	return cmd
}

func twoArguments(cmd *cobra.Command, args []string) error {
	if len(args) != 2 {
		return usage(cmd, "%s takes a name and a start URL", cmd.Name())
	}
	return nil
}
