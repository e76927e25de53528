package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

func newAsEC2Switch(c *cli) *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:   "ec2switch [ACCOUNT]",
		Short: lang.T("Set a profile's session keys in this shell; without ACCOUNT list them"),
		Long: lang.T(`Set a profile's session keys in this shell, also under the names that EC2's first
command line tools and boto 2 read. Nobody is asked: without an MFA code at hand these
are what the long-term key is given by itself, and "ec2mfa" gets others. The
long-term key itself is not set.

It takes functions of the shell, which "daypass shell-init SHELL --old-words" prints.
In daypass's words it is "daypass switch NAME --keys".`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneProfile(cmd, args)
		},
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			accounts, err := readAccounts(config)
			switch {
			case err != nil:
				return err
			case len(args) == 0 && accounts != nil:
				for _, name := range slices.Sorted(maps.Keys(accounts)) {
					fmt.Fprintf(c.stdout, "%s  %s\n", printable(name), accounts[name])
				}
				return nil
			case len(args) == 0:
				return listToSwitch(c, cmd)
			case c.caller == nil:
				return needsFunction("ec2switch", "--old-words")
			}
			return switchTo(c, cmd, switching{profile: args[0], account: accounts[args[0]], keys: true, legacy: true})
		},
	}
	addAccounts(cmd, &config)
	return cmd
}

func addAccounts(cmd *cobra.Command, config *string) {
	cmd.Flags().StringVar(config, "config", "", lang.T("a JSON file of accounts by their names, besides those of the settings"))
}

// readAccounts returns the numbers of accounts by name that a JSON file has, as ARNs or as
// numbers; nil without a file.
func readAccounts(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, lang.Errorf("the accounts cannot be read: %w", err)
	}
	var all map[string]string
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, lang.Errorf("%s is no JSON of names and accounts: %w", path, err)
	}
	for name, value := range all {
		number := value
		if parts := strings.Split(value, ":"); parts[0] == "arn" && len(parts) > 4 {
			number = parts[4]
		}
		if !creds.IsAccount(number) {
			return nil, lang.Errorf("%s has %q for %q, which is no account: that has twelve digits", path, printable(value), printable(name))
		}
		all[name] = number
	}
	return all, nil
}

func newAsEC2Now(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "ec2now",
		Short: lang.T("Say whose keys are set in this shell, and the region"),
		Long:  lang.T(`Say whose keys are set in this shell, and the region: "daypass now" is the same.`),
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return sayNow(c, cmd, false) },
	}
}

func newAsEC2MFA(c *cli) *cobra.Command {
	var code codeFlag
	var config string
	cmd := &cobra.Command{
		Use:   "ec2mfa",
		Short: lang.T("Replace the session keys in this shell by such as an MFA code was given for"),
		Long: lang.T(`Replace the session keys in this shell by such as an MFA code was given for.

It takes functions of the shell, which "daypass shell-init SHELL --old-words" prints.
In daypass's words it is "daypass mfa".`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.caller == nil {
				return needsFunction("ec2mfa", "--old-words")
			}
			digits, err := code.value(c)
			if err != nil {
				return err
			}
			accounts, err := readAccounts(config)
			if err != nil {
				return err
			}
			here := presentIn(os.LookupEnv)
			profile := cmp.Or(here.profile, here.section)
			if profile == "" {
				return lang.Error("no profile is set in this shell: ec2switch ACCOUNT sets one")
			}
			return switchTo(c, cmd, switching{
				profile: profile, account: accounts[profile], mfa: true, keys: true, legacy: true, code: cmp.Or(digits, c.codeSource()),
			})
		},
	}
	code.addAs(cmd, "mfa-code")
	addAccounts(cmd, &config)
	return cmd
}
