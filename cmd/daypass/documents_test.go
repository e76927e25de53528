package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// documents returns the documents at the top, by their names.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../../*.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(path)] = string(data)
	}
	return all
}

// snippets returns what a Markdown text has as code: between backquotes, and in
// indented blocks, by line.
func snippets(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if block, ok := strings.CutPrefix(line, "    "); ok {
			code, _, _ := strings.Cut(block, "  #")
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

// reader looks up the commands and flags that a document names.
type reader struct {
	*testing.T

	root            *cobra.Command
	document        string
	commands, flags int
}

// look returns the command of a line, whose flags must be there.
func (r *reader) look(line string) *cobra.Command {
	r.Helper()
	words := strings.Fields(line)
	cmd, rest := commandAt(r.root, words)
	if cmd == r.root {
		if len(words) > 0 && !strings.HasPrefix(line, "-") {
			r.Errorf("%s has a command that is none: daypass %s", r.document, line)
			return cmd
		}
	} else {
		r.commands++
		if cmd.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
			r.Errorf("%s has a command that is none: daypass %s", r.document, line)
		}
	}
	for _, flag := range longFlag.FindAllStringSubmatch(line, -1) {
		r.flags++
		if !shows(cmd, flag[1]) {
			r.Errorf("%s has a flag that is none: daypass %s", r.document, line)
		}
	}
	return cmd
}

// row looks at a row of the table of commands: what follows the first one has no
// "daypass" before it, and flags are beside what they do.
func (r *reader) row(row string) {
	r.Helper()
	cells := strings.Split(row, "|")
	var of []*cobra.Command
	for _, code := range snippets(cells[1]) {
		code = strings.TrimPrefix(code, "daypass ")
		if !strings.HasPrefix(code, "-") {
			of = append(of, r.look(code))
			continue
		}
		cells[2] += " `" + code + "`"
	}
	for _, code := range snippets(cells[2]) {
		flag := longFlag.FindStringSubmatch(code)
		if flag == nil || !strings.HasPrefix(code, "--") {
			continue
		}
		r.flags++
		if !slices.ContainsFunc(append(of, r.root), func(cmd *cobra.Command) bool { return shows(cmd, flag[1]) }) {
			r.Errorf("no command of this row of %s has the flag --%s: %s", r.document, flag[1], row)
		}
	}
}

func TestEveryCommandOfTheDocumentsIsThereWithItsFlags(t *testing.T) {
	r := reader{T: t, root: (&cli{}).newRoot(nil)}
	for name, text := range documents(t) {
		r.document = name
		for _, code := range snippets(text) {
			for _, line := range commandLine.FindAllStringSubmatch(code, -1) {
				r.look(line[1])
			}
		}
		for row := range strings.Lines(text) {
			if strings.HasPrefix(row, "| `daypass ") {
				r.row(row)
			}
		}
	}
	if r.commands < 90 || r.flags < 60 {
		t.Errorf("only %d commands and %d flags were found in the documents", r.commands, r.flags)
	}
}

// Who comes from another program types what is written there.
func TestEveryCommandOfTheMigrationsIsOneThatDaypassTakes(t *testing.T) {
	lines := 0
	for _, code := range snippets(documents(t)["MIGRATING.md"]) {
		for _, m := range commandLine.FindAllStringSubmatch(code, -1) {
			lines++
			cmd, args := commandAt((&cli{}).newRoot(nil), strings.Fields(m[1]))
			if err := cmd.ParseFlags(args); err != nil {
				t.Errorf("%s: %v", code, err)
			}
			if cmd.DisableFlagParsing {
				continue
			}
			if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
				t.Errorf("%s: %v", code, err)
			}
		}
	}
	if lines < 60 {
		t.Errorf("only %d commands were found", lines)
	}
}

// described returns the first column of the rows that begin with a command, as one text.
func described(reference string) string {
	var cells strings.Builder
	for row := range strings.Lines(reference) {
		if strings.HasPrefix(row, "| `daypass ") {
			cells.WriteString(strings.ReplaceAll(strings.Split(row, "|")[1], "daypass ", ""))
		}
	}
	return cells.String()
}

func TestEveryCommandIsInTheReferenceWithItsFlags(t *testing.T) {
	reference := documents(t)["REFERENCE.md"]
	commands := described(reference)
	elsewhere := map[string]bool{"list": true} // of a group that lists without it, too
	look := func(of *cobra.Command, before string) {
		for _, cmd := range of.Commands() {
			path := before + cmd.Name()
			if cmd.Hidden || before != "" && elsewhere[cmd.Name()] || before == "completion " || cmd.HasSubCommands() && strings.Contains(commands, "`"+path+" ") {
				continue
			}
			if !strings.Contains(commands, "`"+path+"`") && !strings.Contains(commands, "`"+path+" ") {
				t.Errorf("REFERENCE.md says nothing of daypass %s", path)
			}
		}
	}
	root := (&cli{}).newRoot(nil)
	look(root, "")
	for _, group := range root.Commands() {
		if group.HasSubCommands() {
			look(group, group.Name()+" ")
		}
	}
}

// keys returns the names that a type's fields have in JSON.
func keys[T any]() []string {
	var names []string
	for field := range reflect.TypeFor[T]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// recordKeys returns the names that a profile's record has in JSON.
func recordKeys(t *testing.T) []string {
	t.Helper()
	var records []map[string]any
	if err := json.Unmarshal(agentapi.AppendRecords(nil, []creds.Status{{}}, time.Now()), &records); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(records[0]))
}

var backquoted = regexp.MustCompile("`([^`]+)`")

func TestTheReferenceHasEveryKeyOfTheJSON(t *testing.T) {
	want := map[string][]string{
		"`daypass list --json`, `daypass status --json`": recordKeys(t),
		"`daypass now --json`":                           keys[nowRecord](),
		"`daypass explain --json`":                       keys[linkRecord](),
		"`daypass remove --json`":                        keys[removalRecord](),
		"`daypass rename --json`":                        keys[renameRecord](),
		"`daypass sso list --json`":                      keys[sessionRecord](),
		"`daypass sso accounts --json`":                  keys[pairRecord](),
		"`daypass bookmarks --json`":                     keys[bookmarkRecord](),
		"`daypass keyring --json`":                       keys[creds.KeyringReply](),
		"`daypass import --json`":                        keys[importRecord](),
		"`daypass visits --json`":                        keys[visitRecord](),
		"`daypass browsers --json`":                      keys[creds.ConsolePlace](),
		"`daypass settings --json`":                      keys[creds.SettingsReply](),
		"`daypass doctor --json`":                        keys[creds.Finding](),
	}
	got := map[string][]string{}
	for section := range strings.SplitSeq(documents(t)["REFERENCE.md"], "\n#### ") {
		title, text, _ := strings.Cut(section, "\n")
		if !strings.Contains(title, "--json") {
			continue
		}
		text, _, _ = strings.Cut(text, "\n#") // the next section of another level
		got[title] = []string{}
		for row := range strings.Lines(text) {
			if !strings.HasPrefix(row, "| `") {
				continue
			}
			for _, key := range backquoted.FindAllStringSubmatch(strings.Split(row, "|")[1], -1) {
				got[title] = append(got[title], key[1])
			}
		}
		slices.Sort(got[title])
	}
	if len(got) < len(want) {
		t.Errorf("these sections were found: %q", slices.Sorted(maps.Keys(got)))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-code +REFERENCE.md):\n%s", diff)
	}
}
