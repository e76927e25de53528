package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

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
				continue
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
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			flags++
			var out, said bytes.Buffer
			code := run(t.Context(), append(slices.Clone(path), "--"+slip(f.Name)), strings.NewReader(""), &out, &said)
			want := "daypass: there is no flag --" + slip(f.Name) + "; did you mean --" + f.Name + "?\nSee: " + cmd.CommandPath() + " --help\n"
			if code != exitUsage || said.String() != want {
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
				if code != exitUsage || out.Len() > 0 || !strings.HasPrefix(said.String(), "daypass: ") {
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
