package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"daypass/internal/lang"
)

// group is some commands that belong together.
type group struct {
	title lang.Text
	names []string
}

// groups has every command, in the order in which the help shows them.
var groups = []group{
	{"Profiles and credentials:", []string{"list", "status", "explain", "login", "logout", "exec", "export", "credential-process", "role", "add", "import", "rotate", "key", "policy", "rename", "remove", "init", "as"}},
	{"The shell:", []string{"switch", "mfa", "now", "unset", "shell-init", "completion"}},
	{"IAM Identity Center:", []string{"sso"}},
	{"The AWS console:", []string{"console", "bookmarks", "visits", "browsers"}},
	{"daypass itself:", []string{"show", "doctor", "keyring", "settings", "stop", "version", "help"}},
}

// usageOf writes how a command is called, as cobra does it and in the person's
// language, which cobra knows nothing of.
func usageOf(cmd *cobra.Command) error {
	var out strings.Builder
	out.WriteString(lang.T("Usage:"))
	for _, line := range usageLines(cmd) {
		fmt.Fprintf(&out, "\n  %s", line)
	}
	if cmd.HasExample() {
		fmt.Fprintf(&out, "\n\n%s\n%s", lang.T("Examples:"), cmd.Example)
	}
	writeCommands(&out, cmd)
	nameHelpFlag(cmd)
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

// writeCommands lists the commands below one: those of the root in groups, and the topics
// after them.
func writeCommands(out io.Writer, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	if cmd.HasParent() {
		fmt.Fprintf(out, "\n\n%s", lang.T("Available Commands:"))
		for _, sub := range cmd.Commands() {
			if isShown(sub) {
				fmt.Fprintf(out, "\n  %-*s %s", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
		return
	}
	for _, group := range groups {
		fmt.Fprintf(out, "\n\n%s", lang.T(group.title))
		for _, name := range group.names {
			sub, _ := commandAt(cmd, []string{name})
			fmt.Fprintf(out, "\n  %-*s %s", sub.NamePadding(), name, sub.Short)
		}
	}
	fmt.Fprintf(out, "\n\n%s", lang.T("Topics, with \"daypass help TOPIC\":"))
	for _, about := range topics {
		fmt.Fprintf(out, "\n  %-*s %s", cmd.Commands()[0].NamePadding(), about.name, lang.T(about.short))
	}
}
