package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// snippets returns what a Markdown text has as code: between backquotes, and in
// indented blocks, by line.
func snippets(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if block, ok := strings.CutPrefix(line, "    "); ok {
			code, _, _ := strings.Cut(block, "   #")
			found = append(found, strings.TrimSpace(code))
			continue
		}
		for i, part := range strings.Split(line, "`") {
			if i%2 == 1 {
				found = append(found, part)
			}
		}
	}
	return found
}

var (
	commandLine = regexp.MustCompile(`(?:^|\$\()daypass ([^)]*)`)
	longFlag    = regexp.MustCompile(`--([a-z][a-z-]*)`)
)

// shows reports whether a command has a flag.
func shows(cmd *cobra.Command, flag string) bool {
	cmd.InitDefaultHelpFlag()
	return cmd.Flags().Lookup(flag) != nil || cmd.InheritedFlags().Lookup(flag) != nil
}

func TestEveryCommandOfTheReadmeIsThereWithItsFlags(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	root := (&cli{}).newRoot(nil)
	commands, flags := 0, 0
	look := func(line string) *cobra.Command {
		words := strings.Fields(line)
		cmd, _ := commandAt(root, words)
		if cmd == root {
			if !strings.HasPrefix(line, "-") {
				t.Errorf("the README has a command that is none: daypass %s", line)
			}
			return cmd
		}
		commands++
		for _, flag := range longFlag.FindAllStringSubmatch(line, -1) {
			flags++
			if !shows(cmd, flag[1]) {
				t.Errorf("the README has a flag that is none: daypass %s", line)
			}
		}
		return cmd
	}
	for _, code := range snippets(string(data)) {
		for _, line := range commandLine.FindAllStringSubmatch(code, -1) {
			look(line[1])
		}
	}
	// A row of the table of commands: what follows the first one has no "daypass"
	// before it, and flags stand beside what they do.
	for row := range strings.Lines(string(data)) {
		if !strings.HasPrefix(row, "| `daypass ") {
			continue
		}
		cells := strings.Split(row, "|")
		var of []*cobra.Command
		for _, code := range snippets(cells[1]) {
			code = strings.TrimPrefix(code, "daypass ")
			if !strings.HasPrefix(code, "-") {
				of = append(of, look(code))
				continue
			}
			cells[2] += " `" + code + "`"
		}
		for _, code := range snippets(cells[2]) {
			flag := longFlag.FindStringSubmatch(code)
			if flag == nil || !strings.HasPrefix(code, "--") {
				continue
			}
			flags++
			if !slices.ContainsFunc(append(of, root), func(cmd *cobra.Command) bool { return shows(cmd, flag[1]) }) {
				t.Errorf("no command of this row has the flag --%s: %s", flag[1], row)
			}
		}
	}
	if commands < 30 || flags < 25 {
		t.Errorf("only %d commands and %d flags were found in the README", commands, flags)
	}
	// And every command that is not one of a group is in the README.
	for _, cmd := range root.Commands() {
		if !strings.Contains(string(data), "`daypass "+cmd.Name()) && !strings.Contains(string(data), "`"+cmd.Name()+"`") &&
			!strings.Contains(string(data), "`"+cmd.Name()+" ") {
			t.Errorf("the README says nothing of daypass %s", cmd.Name())
		}
	}
}
