package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds/shell"
	"daypass/internal/lang"
)

// oldShellWords are the old words that set the shell, and the command under "as" of each.
var oldShellWords = []string{"assume", "ec2mfa", "ec2switch"}

func newShellInit(_ *cli) *cobra.Command {
	var old bool
	names := strings.Join(shell.Shells(), "|")
	cmd := &cobra.Command{
		Use:   "shell-init " + names,
		Short: lang.T("Print the function that lets daypass switch a shell"),
		Long: lang.T(`Print the function that lets "daypass switch", "daypass mfa" and "daypass unset"
change the shell that they are called in, completion for it, and a function for a
prompt. Put the line of your shell into the file that it starts with:

  eval "$(daypass shell-init bash)"                                        ~/.bashrc
  eval "$(daypass shell-init zsh)"                                         ~/.zshrc, after compinit
  daypass shell-init fish | source                                         ~/.config/fish/config.fish
  daypass shell-init powershell | Out-String | Invoke-Expression           $PROFILE

The prompt shows the profile, and how long its credentials last, with one more
line below that one. It starts no process unless something has changed.

  PROMPT_COMMAND="daypass_prompt;$PROMPT_COMMAND" PS1='$DAYPASS_SEGMENT'"$PS1"    bash
  precmd_functions+=(daypass_prompt) PROMPT="%9v$PROMPT"                          zsh
  function fish_right_prompt; daypass_prompt; end                                 fish
  function prompt { "$(daypass_prompt)PS $PWD> " }                                PowerShell`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(shell.Shells(), args[0]) {
				return usage(cmd, "shell-init needs the name of one shell: %s", strings.Join(shell.Shells(), ", "))
			}
			return nil
		},
		ValidArgsFunction: once(completeWords(shell.Shells()...)),
		RunE: func(cmd *cobra.Command, args []string) error {
			var words []string
			if old {
				words = oldShellWords
			}
			program, err := calledAs(os.Args[0], os.Executable)
			if err != nil {
				return err
			}
			text, err := shell.Hook(args[0], program, words)
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.OutOrStdout(), text)
			return nil
		},
	}
	cmd.Flags().BoolVar(&old, "old-words", false, lang.Sprintf("define %s, too", strings.Join(oldShellWords, ", ")))
	return cmd
}

// calledAs returns the path by which a shell reaches this program, or "" if it finds it by its
// name. A name with a folder before it is one that may be found nowhere else.
func calledAs(arg string, executable func() (string, error)) (string, error) {
	switch name := strings.TrimSuffix(filepath.Base(arg), ".exe"); {
	case filepath.Base(arg) == arg && name == "daypass":
		return "", nil
	case filepath.Base(arg) == arg:
		return executable()
	}
	return filepath.Abs(arg)
}
