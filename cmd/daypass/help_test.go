package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand returns all commands but the one that cobra hides.
func everyCommand(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		all = append(all, everyCommand(sub)...)
	}
	return all
}

// slip swaps two letters of a name that are not the same.
func slip(name string) string {
	for i := len(name) - 2; i > 0; i-- {
		if name[i] != name[i+1] {
			return name[:i] + string(name[i+1]) + string(name[i]) + name[i+2:]
		}
	}
	return name + "x"
}

func TestAMistypedCommandOfAnyGroupIsRefusedWithTheOneThatWasMeant(t *testing.T) {
	groups := 0
	for _, group := range everyCommand((&cli{}).newRoot(nil)) {
		if !group.HasSubCommands() {
			continue
		}
		groups++
		path := strings.Fields(group.CommandPath())[1:]
		for _, sub := range group.Commands() {
			if sub.Hidden {
				continue // nobody types it
			}
			wrong := append(slices.Clone(path), slip(sub.Name()))
			want := "daypass: there is no command \"" + slip(sub.Name()) + "\"; did you mean \"" + sub.Name() + "\"?\n" +
				"See: " + group.CommandPath() + " --help\n"
			for _, line := range [][]string{
				wrong, append(slices.Clone(wrong), "--help"), append(slices.Clone(wrong), "-h"),
				append(slices.Clone(wrong), "--anything"), append([]string{"help"}, wrong...),
			} {
				var out, said bytes.Buffer
				code := run(t.Context(), line, strings.NewReader(""), &out, &said)
				if code != exitUsage || out.Len() > 0 || said.String() != want {
					t.Errorf("daypass %s: exit status %d, %q and %q, want %q", strings.Join(line, " "), code, out.String(), said.String(), want)
				}
			}
		}
	}
	if groups < 6 {
		t.Errorf("only %d groups of commands", groups)
	}
}

func TestAMistypedFlagOfAnyCommandIsRefusedWithTheOneThatWasMeant(t *testing.T) {
	flags := 0
	for _, cmd := range everyCommand((&cli{}).newRoot(nil)) {
		path := strings.Fields(cmd.CommandPath())[1:]
		cmd.InitDefaultHelpFlag()
		status := exitUsage
		if cmd.Name() == "exec" {
			status = exitNotRun // the others are for the command that it runs
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden {
				return
			}
			flags++
			var out, said bytes.Buffer
			code := run(t.Context(), append(slices.Clone(path), "--"+slip(f.Name)), strings.NewReader(""), &out, &said)
			want := "daypass: there is no flag --" + slip(f.Name) + "; did you mean --" + f.Name + "?\nSee: " + cmd.CommandPath() + " --help\n"
			if code != status || said.String() != want {
				t.Errorf("%s: exit status %d, %q, want %q", cmd.CommandPath(), code, said.String(), want)
			}
		})
	}
	if flags < 50 {
		t.Errorf("only %d flags", flags)
	}
}

func TestACommandAloneInItsTreeIsTheSameAsAmongAllOthers(t *testing.T) {
	for _, command := range commands {
		if name := command.make(&cli{}).Name(); name != command.name {
			t.Errorf("%s is listed as %s", name, command.name)
		}
	}
	for _, cmd := range everyCommand((&cli{}).newRoot(nil)) {
		path := strings.Fields(cmd.CommandPath())[1:]
		for _, line := range [][]string{append(slices.Clone(path), "--help"), append(slices.Clone(path), "--no-such-flag"), append(slices.Clone(path), "a", "b", "c")} {
			if cmd.Name() == "order" && len(path) == 2 && line[len(line)-1] == "c" {
				continue // takes any number of names, and would ask the agent
			}
			var out, said, allOut, allSaid bytes.Buffer
			code := run(t.Context(), line, strings.NewReader(""), &out, &said)
			c := &cli{stdin: strings.NewReader(""), stdout: &output{to: &allOut}, stderr: &output{to: &allSaid}}
			root := c.newRoot(nil)
			root.SetArgs(line)
			err := root.ExecuteContext(t.Context())
			if allCode := c.report(t.Context(), cmp.Or(err, c.helpErr)); code != allCode || out.String() != allOut.String() || said.String() != allSaid.String() {
				t.Errorf("daypass %s: exit status %d, %q and %q; among all commands %d, %q and %q",
					strings.Join(line, " "), code, out.String(), said.String(), allCode, allOut.String(), allSaid.String())
			}
		}
	}
}

func TestTheHelpOfAllCommandsReadsWell(t *testing.T) {
	var all bytes.Buffer
	for _, cmd := range everyCommand((&cli{}).newRoot(nil)) {
		path := strings.Fields(cmd.CommandPath())
		if len(path) < 2 || path[1] != "completion" { // whose texts are cobra's
			fmt.Fprintf(&all, "$ %s --help\n", cmd.CommandPath())
			run(t.Context(), append(path[1:], "--help"), strings.NewReader(""), &all, &all)
		}
	}
	golden(t, "help", all.Bytes())
}

func TestEveryCommandShowsItsHelp(t *testing.T) {
	for _, cmd := range everyCommand((&cli{}).newRoot(nil)) {
		path := strings.Fields(cmd.CommandPath())[1:]
		for _, line := range [][]string{append(slices.Clone(path), "--help"), append([]string{"help"}, path...)} {
			var out, said bytes.Buffer
			code := run(t.Context(), line, strings.NewReader(""), &out, &said)
			if code != exitOK || said.Len() > 0 || !strings.Contains(out.String(), "Usage:\n  "+cmd.CommandPath()) {
				t.Errorf("daypass %s: exit status %d, %q and %q", strings.Join(line, " "), code, out.String(), said.String())
			}
		}
	}
}

func TestWhatNoCommandTakesIsRefusedBesideHelpToo(t *testing.T) {
	checked := 0
	for _, cmd := range everyCommand((&cli{}).newRoot(nil)) {
		path := strings.Fields(cmd.CommandPath())[1:]
		lines := [][]string{append(slices.Clone(path), "--nosuch")}
		if many := strings.Fields(strings.Repeat("nosuch ", 9)); cmd.HasSubCommands() || cmd.Args != nil && cmd.Args(cmd, many) != nil {
			lines = append(lines, append(slices.Clone(path), many...))
		}
		for _, line := range lines {
			for _, more := range [][]string{nil, {"--help"}, {"-h"}} {
				if cmd.Name() == "help" && more != nil {
					continue // "help NAME --help" is about help
				}
				checked++
				var out, said bytes.Buffer
				whole := append(slices.Clone(line), more...)
				code := run(t.Context(), whole, strings.NewReader(""), &out, &said)
				want := exitUsage
				if cmd.Name() == "exec" {
					want = exitNotRun
				}
				if code != want || out.Len() > 0 || !strings.HasPrefix(said.String(), "daypass: ") {
					t.Errorf("daypass %s: exit status %d, %q and %q", strings.Join(whole, " "), code, out.String(), said.String())
				}
			}
		}
		// One argument too few is no mistake beside --help.
		var out, said bytes.Buffer
		if code := run(t.Context(), append(slices.Clone(path), "--help"), strings.NewReader(""), &out, &said); code != exitOK || said.Len() > 0 || out.Len() == 0 {
			t.Errorf("daypass %s --help: exit status %d, %q", strings.Join(path, " "), code, said.String())
		}
	}
	if checked < 150 {
		t.Errorf("only %d command lines", checked)
	}
}

func TestEveryCommandIsInOneGroupOfTheHelp(t *testing.T) {
	var grouped []string
	for _, group := range groups {
		grouped = append(grouped, group.names...)
	}
	slices.Sort(grouped)
	var want []string
	for _, cmd := range (&cli{}).newRoot(nil).Commands() {
		if isShown(cmd) {
			want = append(want, cmd.Name())
		}
	}
	slices.Sort(want)
	if diff := gocmp.Diff(want, grouped); diff != "" {
		t.Errorf("(-commands +groups):\n%s", diff)
	}
}

func TestEveryTopicIsShownByItsName(t *testing.T) {
	var all bytes.Buffer
	for _, about := range topics {
		fmt.Fprintf(&all, "$ daypass help %s\n", about.name)
		if code := run(t.Context(), []string{"help", about.name}, strings.NewReader(""), &all, &all); code != exitOK {
			t.Errorf("daypass help %s: exit status %d", about.name, code)
		}
	}
	golden(t, "topics", all.Bytes())
}

// A screen has 80 columns, and a topic is a screenful or two.
func TestATopicFitsTheScreen(t *testing.T) {
	for _, about := range topics {
		text := about.text()
		if n := strings.Count(text, "\n"); n > 60 && about.name != "config" { // which lists all settings
			t.Errorf("%s has %d lines", about.name, n)
		}
		for line := range strings.Lines(text) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
				t.Errorf("%s: %d columns: %s", about.name, n, line)
			}
		}
	}
}

func TestATopicHasTheNameOfNoCommand(t *testing.T) {
	root := (&cli{}).newRoot(nil)
	for _, about := range topics {
		if cmd, _ := commandAt(root, []string{about.name}); cmd != root {
			t.Errorf("%s is a command", about.name)
		}
	}
}

func TestHelpForWhatIsNeitherCommandNorTopicNamesTheNearest(t *testing.T) {
	for line, want := range map[string]string{
		"help codez":         "daypass: there is no topic \"codez\"; did you mean \"codes\"?\nSee: daypass --help\n",
		"help layuots":       "daypass: there is no topic \"layuots\"; did you mean \"layouts\"?\nSee: daypass --help\n",
		"help lgoin":         "daypass: there is no command \"lgoin\"; did you mean \"login\"?\nSee: daypass --help\n",
		"help zzzzzz":        "daypass: there is no command and no topic \"zzzzzz\"\nSee: daypass --help\n",
		"zzzzzz --help":      "daypass: there is no command \"zzzzzz\"\nSee: daypass --help\n",
		"help codes login":   "daypass: help takes one topic, and \"login\" is too many\nSee: daypass help --help\n",
		"codes":              "daypass: \"codes\" is no command, but a topic: daypass help codes\nSee: daypass --help\n",
		"shell bash":         "daypass: \"shell\" is no command, but a topic: daypass help shell\nSee: daypass --help\n",
		"help sso codes":     "daypass: there is no command \"codes\"\nSee: daypass sso --help\n",
		"help login nothing": "daypass: there is no command \"nothing\"\nSee: daypass login --help\n",
	} {
		var out, said bytes.Buffer
		code := run(t.Context(), strings.Fields(line), strings.NewReader(""), &out, &said)
		if code != exitUsage || out.Len() > 0 || said.String() != want {
			t.Errorf("daypass %s: exit status %d, %q and %q, want %q", line, code, out.String(), said.String(), want)
		}
	}
}

func TestCompletionOffersTheTopicsOfHelp(t *testing.T) {
	for line, want := range map[string][]string{
		"help ":      append(offeredCommands(), topicNames()...),
		"help con":   {"console", "config"},
		"help sso l": {"list", "login", "logout"},
		"help codes": {"codes"},
		"help foo ":  nil,
	} {
		words := strings.Split(line, " ")
		var out, said bytes.Buffer
		run(t.Context(), append([]string{"__complete"}, words...), strings.NewReader(""), &out, &said)
		var got []string
		for offer := range strings.Lines(out.String()) {
			if word, _, _ := strings.Cut(strings.TrimSpace(offer), "\t"); !strings.HasPrefix(word, ":") {
				got = append(got, word)
			}
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("daypass %s (-want +offered):\n%s", line, diff)
		}
	}
}

func offeredCommands() []string {
	var names []string
	for _, cmd := range (&cli{}).newRoot(nil).Commands() {
		if cmd.IsAvailableCommand() {
			names = append(names, cmd.Name())
		}
	}
	return names
}

func TestTheTreeHasEveryCommandAndEveryFlagThatHelpShows(t *testing.T) {
	var out, said bytes.Buffer
	if code := run(t.Context(), []string{treeName}, strings.NewReader(""), &out, &said); code != exitOK {
		t.Fatalf("exit status %d, %s", code, said.String())
	}
	var got tree
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	flags := map[string][]string{}
	for _, cmd := range got.Commands {
		for _, f := range slices.Concat(cmd.Flags, cmd.Global) {
			flags[cmd.Path] = append(flags[cmd.Path], f.Name)
		}
	}
	want := map[string][]string{}
	for _, cmd := range everyCommand((&cli{}).newRoot(nil)) {
		if !isShown(cmd) && cmd.HasParent() {
			continue
		}
		var help bytes.Buffer
		run(t.Context(), append(strings.Fields(cmd.CommandPath())[1:], "--help"), strings.NewReader(""), &help, &said)
		_, options, _ := strings.Cut(help.String(), "\nFlags:\n")
		for _, m := range regexp.MustCompile(`(?m)^  (?:-., |    )--([a-z-]+)`).FindAllStringSubmatch(options, -1) {
			want[cmd.CommandPath()] = append(want[cmd.CommandPath()], m[1])
		}
	}
	if diff := gocmp.Diff(want, flags); diff != "" {
		t.Errorf("(-help +tree):\n%s", diff)
	}
	if len(got.Topics) != len(topics) || len(got.Groups) != len(groups) || strings.Contains(out.String(), `"`+treeName) {
		t.Errorf("%d topics, %d groups, %s", len(got.Topics), len(got.Groups), out.String())
	}
}

func TestTheTopicOfTheEnvironmentHasEveryVariableOfTheReference(t *testing.T) {
	_, section, _ := strings.Cut(documents(t)["REFERENCE.md"], "\n## Environment\n")
	section, _, _ = strings.Cut(section, "\n## ")
	about, _ := topicNamed("environment")
	has := strings.FieldsFunc(about.text(), func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') })
	variables := 0
	for row := range strings.Lines(section) {
		if !strings.HasPrefix(row, "| `") {
			continue
		}
		for _, m := range regexp.MustCompile("`([A-Z][A-Z_]+)`").FindAllStringSubmatch(strings.Split(row, "|")[1], -1) {
			variables++
			if !slices.Contains(has, m[1]) {
				t.Errorf("the topic has no %s", m[1])
			}
		}
	}
	if variables < 20 {
		t.Errorf("only %d variables were found", variables)
	}
}
