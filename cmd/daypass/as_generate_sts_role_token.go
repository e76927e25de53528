package main

import (
	"cmp"
	"os"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

func newAsRoleToken(c *cli) *cobra.Command {
	var (
		role   creds.OneOffRole
		config string
		token  string
	)
	formatName := formatJSON
	cmd := &cobra.Command{
		Use:   "generate-sts-role-token",
		Short: lang.T("Print the credentials of a role as JSON, by the keys in this shell"),
		Long: lang.T(`Print the credentials of a role, as JSON or as statements for a shell. It is assumed by
the session keys in this shell, or else with the profile of the shell.

In daypass's words it is "daypass role ROLE --account ACCOUNT --format json".`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case role.Role == "":
				return usage(cmd, "%s needs --role, the name or the ARN of a role", cmd.Name())
			case !isFormat(formatName):
				return noSuchFormat(cmd, formatName)
			}
			accounts, err := readAccounts(config)
			if err != nil {
				return err
			}
			role.Account = cmp.Or(accounts[role.Account], role.Account)
			request := startOf(os.Getenv)
			if request.Key != nil && token != "" {
				request.SessionToken = secret.New(token)
			}
			role.SessionName = sessionName(os.Getenv("USER"))
			request.Role = &role
			return printOneOff(c, cmd, "", request, formatName)
		},
	}
	set := cmd.Flags()
	set.StringVar(&role.Account, "account", "", lang.T("the role's account: a name, or its twelve digits"))
	set.StringVar(&role.Role, "role", "", lang.T("the name of the role, or its ARN"))
	set.StringVar(&token, "token", "", lang.T("the token of the session keys in this shell; it is not needed"))
	set.StringVar(&formatName, "format", formatName, lang.T("json, or one of the formats of daypass export"))
	addAccounts(cmd, &config)
	completeFlag(cmd, "format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
