package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"daypass/internal/lang"
)

// usageOf writes how a command is called, as cobra does it and in the person's
// language, which cobra knows nothing of.
func usageOf(cmd *cobra.Command) error {
	var out strings.Builder
	out.WriteString(lang.T("Usage:"))
	if cmd.Runnable() {
		fmt.Fprintf(&out, "\n  %s", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		_, _ = lang.Fprintf(&out, "\n  %s [command]", cmd.CommandPath())
	}
	if cmd.HasExample() {
		fmt.Fprintf(&out, "\n\n%s\n%s", lang.T("Examples:"), cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		out.WriteString("\n\n" + lang.T("Available Commands:"))
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(&out, "\n  %-*s %s", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if help := cmd.Flags().Lookup("help"); help != nil {
		help.Usage = lang.Sprintf("help for %s", cmd.DisplayName())
	}
	if cmd.HasAvailableLocalFlags() {
		fmt.Fprintf(&out, "\n\n%s\n%s", lang.T("Flags:"), strings.TrimRight(cmd.LocalFlags().FlagUsages(), "\n"))
	}
	if cmd.HasAvailableInheritedFlags() {
		fmt.Fprintf(&out, "\n\n%s\n%s", lang.T("Global Flags:"), strings.TrimRight(cmd.InheritedFlags().FlagUsages(), "\n"))
	}
	if cmd.HasAvailableSubCommands() {
		out.WriteString("\n\n")
		_, _ = lang.Fprintf(&out, "Use \"%s [command] --help\" for more information about a command.", cmd.CommandPath())
	}
	_, err := fmt.Fprintln(cmd.OutOrStderr(), out.String())
	return err
}
