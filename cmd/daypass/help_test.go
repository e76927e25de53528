package main

import (
	"bytes"
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
	for _, group := range everyCommand((&cli{}).newRoot()) {
		if !group.HasSubCommands() {
			continue
		}
		groups++
		path := strings.Fields(group.CommandPath())[1:]
		for _, sub := range group.Commands() {
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
					t.Errorf("daypass %s: exit code %d, %q and %q, want %q", strings.Join(line, " "), code, out.String(), said.String(), want)
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
	for _, cmd := range everyCommand((&cli{}).newRoot()) {
		path := strings.Fields(cmd.CommandPath())[1:]
		cmd.InitDefaultHelpFlag()
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			flags++
			var out, said bytes.Buffer
			code := run(t.Context(), append(slices.Clone(path), "--"+slip(f.Name)), strings.NewReader(""), &out, &said)
			want := "daypass: there is no flag --" + slip(f.Name) + "; did you mean --" + f.Name + "?\nSee: " + cmd.CommandPath() + " --help\n"
			if code != exitUsage || said.String() != want {
				t.Errorf("%s: exit code %d, %q, want %q", cmd.CommandPath(), code, said.String(), want)
			}
		})
	}
	if flags < 50 {
		t.Errorf("only %d flags", flags)
	}
}

func TestEveryCommandShowsItsHelp(t *testing.T) {
	for _, cmd := range everyCommand((&cli{}).newRoot()) {
		path := strings.Fields(cmd.CommandPath())[1:]
		for _, line := range [][]string{append(slices.Clone(path), "--help"), append([]string{"help"}, path...)} {
			var out, said bytes.Buffer
			code := run(t.Context(), line, strings.NewReader(""), &out, &said)
			if code != exitOK || said.Len() > 0 || !strings.Contains(out.String(), "Usage:\n  "+cmd.CommandPath()) {
				t.Errorf("daypass %s: exit code %d, %q and %q", strings.Join(line, " "), code, out.String(), said.String())
			}
		}
	}
}
