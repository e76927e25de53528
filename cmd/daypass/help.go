package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"daypass/internal/lang"
)

// newHelp is the help command. cobra's own succeeds for an unknown command.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | TOPIC]",
		Short: lang.T("Show what a command does and takes, or what there is to know of a topic"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			about, rest := commandAt(cmd.Root(), args)
			if len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var out []string
			for _, sub := range about.Commands() {
				if sub.IsAvailableCommand() && fits(prefix, sub.Name()) {
					out = append(out, cobra.CompletionWithDesc(sub.Name(), sub.Short))
				}
			}
			if about != cmd.Root() {
				return out, cobra.ShellCompDirectiveNoFileComp
			}
			of, directive := offered(prefix, topics, func(t topic) (word, meaning string) { return t.name, lang.T(t.short) })
			return append(out, of...), directive
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest := commandAt(cmd.Root(), args)
			if about == cmd.Root() && len(rest) > 0 {
				return helpTopic(cmd, rest)
			}
			if err := knownCommand(about, rest); err != nil {
				return err
			}
			about.InitDefaultHelpFlag() // which is made for a command that runs
			return about.Help()
		},
	}
}

// helpTopic shows a topic. Of an unknown name it says what it may mean.
func helpTopic(cmd *cobra.Command, args []string) error {
	if about, ok := topicNamed(args[0]); ok && len(args) == 1 {
		return writeText(cmd.OutOrStdout(), strings.TrimRight(about.text(), "\n")+"\n")
	} else if ok {
		return usage(cmd, "help takes one topic, and %q is too many", printable(args[1]))
	}
	names := commandNames(cmd.Root())
	near, ok := nearest(args[0], append(names, topicNames()...))
	switch {
	case !ok:
		return usage(cmd.Root(), "there is no command and no topic %q", args[0])
	case slices.Contains(names, near):
		return knownCommand(cmd.Root(), args)
	}
	return usage(cmd.Root(), "there is no topic %q; did you mean %q?", args[0], near)
}

// commandAt follows names from one command to its subcommands, and returns the names that
// are no commands.
func commandAt(cmd *cobra.Command, names []string) (*cobra.Command, []string) {
	for i, name := range names {
		below := cmd
		for _, sub := range cmd.Commands() {
			if sub.Name() == name || sub.HasAlias(name) {
				below = sub
			}
		}
		if below == cmd {
			return cmd, names[i:]
		}
		cmd = below
	}
	return cmd, nil
}

// surplus refuses, beside --help, what no command line of the command can have: an unknown
// subcommand, or an argument too many. One that is too few is no mistake there.
func surplus(cmd *cobra.Command, args []string) error {
	if cmd.HasSubCommands() {
		return knownCommand(cmd, args)
	}
	if cmd.Args == nil || len(args) == 0 {
		return nil
	}
	err := cmd.Args(cmd, args)
	for more := args; err != nil && len(more) < len(args)+mostArguments; {
		if more = append(slices.Clone(more), "x"); cmd.Args(cmd, more) == nil {
			return nil
		}
	}
	return err
}

// mostArguments is more than any command needs.
const mostArguments = 4

// helpOf shows the help of a command with --help. For a wrong command line it keeps an
// error for run, because cobra takes none from here.
func (c *cli) helpOf(show func(*cobra.Command, []string)) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, args []string) {
		if c.helpErr = surplus(cmd, cmd.Flags().Args()); c.helpErr != nil {
			return
		}
		show(cmd, args)
	}
}

// knownCommand refuses unknown commands.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if about, ok := topicNamed(args[0]); ok && !cmd.HasParent() {
		return usage(cmd, "%q is no command, but a topic: daypass help %s", about.name, about.name)
	}
	if name, ok := nearest(args[0], commandNames(cmd)); ok {
		return usage(cmd, "there is no command %q; did you mean %q?", args[0], name)
	}
	return usage(cmd, "there is no command %q", args[0])
}

// commandNames are those of the commands below one.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	return names
}

// flagError explains an error of the flags.
func flagError(cmd *cobra.Command, err error) error {
	// A mistyped command has other flags.
	if cmd.HasSubCommands() {
		if err := knownCommand(cmd, cmd.Flags().Args()); err != nil {
			return err
		}
	}
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usage(cmd, "%v", err)
	}
	name, shown := unknown.GetSpecifiedName(), "--"+unknown.GetSpecifiedName()
	if letters := unknown.GetSpecifiedShortnames(); letters != "" {
		// "-json" is read as -j, -s, -o and -n.
		name, shown = letters, "-"+letters
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if near, ok := nearest(name, names); ok {
		return usage(cmd, "there is no flag %s; did you mean --%s?", shown, near)
	}
	return usage(cmd, "there is no flag %s", shown)
}
