package main

import (
	"io"

	"github.com/spf13/cobra"

	"daypass/internal/lang"
)

// cli is one run of the command line.
type cli struct {
	stdin          io.Reader
	stdout, stderr *output
	helpErr        error // why no help was shown that was asked for
	// caller is the shell that evaluates the output; nil if none does.
	caller  *callingShell
	noInput bool // nobody is to be asked
}

// commands has every command by its name.
var commands = []struct {
	name string
	make func(*cli) *cobra.Command
}{
	{"add", newAdd},
	{"as", newAs},
	{"bookmarks", newBookmarks},
	{"browsers", newBrowsers},
	{"console", newConsole},
	{"credential-process", (*cli).newCredentialProcess},
	{"doctor", newDoctor},
	{"exec", newExec},
	{"explain", newExplain},
	{"export", newExport},
	{"import", newImport},
	{"init", newInit},
	{"key", newKey},
	{"keyring", newKeyring},
	{"list", newList},
	{"login", newLogin},
	{"logout", newLogout},
	{"mfa", newMFA},
	{"now", newNow},
	{"policy", newPolicy},
	{"prompt", newPrompt},
	{"remove", newRemove},
	{"rename", newRename},
	{"role", newRole},
	{"rotate", newRotate},
	{"settings", newSettings},
	{"shell-init", newShellInit},
	{"show", newShow},
	{"sso", newSSO},
	{"status", newStatus},
	{"stop", newStop},
	{"switch", newSwitch},
	{"unset", newUnset},
	{"version", newVersion},
	{"visits", newVisits},
}

// newRoot returns the tree of commands for some arguments. If they begin with the name of a
// command, it has only that one: making all takes a third of a millisecond, of the three
// or four that a command takes.
func (c *cli) newRoot(args []string) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "daypass",
		Short: lang.T("Temporary AWS credentials from keys that stay in the keyring"),
		Long: lang.T(`daypass keeps long-term AWS keys in the keyring of the desktop, asks for MFA
codes, signs in to IAM Identity Center, and writes temporary credentials to the
AWS files, where every AWS tool finds them.`),
		Example: lang.T(`  daypass add prod                store the access key of the profile prod
  daypass login prod              get a session, with an MFA code if it needs one
  daypass sso login               sign in to IAM Identity Center
  daypass console prod            open the AWS console, in the right account
  AWS_PROFILE=prod aws s3 ls      use it
  eval "$(daypass export prod)"   or have it in the environment`),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return writeVersions(cmd.Context(), c.stdout)
			}
			return cmd.Help()
		},
	}
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.Flags().BoolVarP(&showVersion, "version", "v", false, lang.T("show the versions of daypass and of its agent"))
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(usageOf)
	root.SetHelpFunc(c.helpOf(root.HelpFunc()))
	c.addLogLevel(root)
	c.addNoInput(root)
	for _, command := range commands {
		if len(args) > 0 && args[0] == command.name {
			root.AddCommand(command.make(c))
			root.CompletionOptions.DisableDefaultCmd = true
			return root
		}
	}
	for _, command := range commands {
		root.AddCommand(command.make(c))
	}
	if len(args) > 0 && args[0] == treeName {
		root.AddCommand(c.newTree())
	}
	root.SetHelpCommand(newHelp())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	completion, _ := commandAt(root, []string{"completion"})
	completion.Short = lang.T("Generate the autocompletion script for the specified shell")
	for _, shell := range completion.Commands() {
		shell.Args = noArguments
	}
	return root
}
