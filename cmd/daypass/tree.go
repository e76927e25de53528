package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"daypass/internal/lang"
	"daypass/internal/words"
)

// treeName is the command that prints the tree of all commands. It is not part of the
// tree; package packaging/man calls it to write the manual pages.
const treeName = "__tree"

// tree is all that help says.
type tree struct {
	Version  string        `json:"version"`
	Commands []treeCommand `json:"commands"` // each after the one that it is below
	Groups   []treeGroup   `json:"groups"`
	Topics   []treeTopic   `json:"topics"`
	Statuses []treeStatus  `json:"statuses"`
}

type treeCommand struct {
	Path    string     `json:"path"` // "daypass sso login"
	Usage   []string   `json:"usage"`
	Short   string     `json:"short"`
	Long    string     `json:"long"`
	Example string     `json:"example"`
	Flags   []treeFlag `json:"flags"`
	Global  []treeFlag `json:"global"`
	Below   []string   `json:"below"` // the names of its commands
}

type treeFlag struct {
	Name    string `json:"name"`
	Letter  string `json:"letter"`
	Value   string `json:"value"` // what its value is called; "" for a switch
	Default string `json:"default"`
	Text    string `json:"text"`
}

type treeGroup struct {
	Title string   `json:"title"`
	Names []string `json:"names"`
}

type treeStatus struct {
	Status int    `json:"status"`
	Text   string `json:"text"`
}

type treeTopic struct {
	Name  string `json:"name"`
	Short string `json:"short"`
	Text  string `json:"text"`
}

func (c *cli) newTree() *cobra.Command {
	return &cobra.Command{
		Use:    treeName,
		Hidden: true,
		Args:   noArguments,
		RunE:   func(cmd *cobra.Command, _ []string) error { return encode(c.stdout, treeOf(cmd.Root())) },
	}
}

func treeOf(root *cobra.Command) tree {
	t := tree{Version: words.Version()}
	t.add(root)
	for _, g := range groups {
		t.Groups = append(t.Groups, treeGroup{lang.T(g.title), g.names})
	}
	for _, about := range topics {
		t.Topics = append(t.Topics, treeTopic{about.name, lang.T(about.short), about.text()})
	}
	for _, s := range statuses {
		t.Statuses = append(t.Statuses, treeStatus{s.status, lang.T(s.means)})
	}
	return t
}

func (t *tree) add(cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	nameHelpFlag(cmd)
	one := treeCommand{
		Path: cmd.CommandPath(), Usage: usageLines(cmd), Short: cmd.Short, Long: cmd.Long, Example: cmd.Example,
		Flags: flagsOf(cmd.LocalFlags()), Global: flagsOf(cmd.InheritedFlags()),
	}
	below := slices.DeleteFunc(slices.Clone(cmd.Commands()), func(sub *cobra.Command) bool { return !isShown(sub) })
	for _, sub := range below {
		one.Below = append(one.Below, sub.Name())
	}
	t.Commands = append(t.Commands, one)
	for _, sub := range below {
		t.add(sub)
	}
}

func flagsOf(set *pflag.FlagSet) []treeFlag {
	var all []treeFlag
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		one := treeFlag{Name: f.Name, Letter: f.Shorthand, Value: value, Text: text}
		if !slices.Contains([]string{"", "false", "0", "0s", "[]"}, f.DefValue) {
			one.Default = f.DefValue
		}
		all = append(all, one)
	})
	return all
}

// isShown reports whether help lists a command.
func isShown(cmd *cobra.Command) bool { return cmd.IsAvailableCommand() || cmd.Name() == "help" }

// usageLines are the ways to call a command.
func usageLines(cmd *cobra.Command) []string {
	var lines []string
	if cmd.Runnable() {
		lines = append(lines, strings.TrimSpace(cmd.UseLine()))
	}
	if cmd.HasAvailableSubCommands() {
		lines = append(lines, lang.Sprintf("%s [command]", cmd.CommandPath()))
	}
	return lines
}

func nameHelpFlag(cmd *cobra.Command) {
	if help := cmd.Flags().Lookup("help"); help != nil {
		help.Usage = lang.Sprintf("help for %s", cmd.DisplayName())
	}
}
