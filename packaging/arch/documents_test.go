package arch_test

import (
	"flag"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the figure of the rooms into the document")

// documents returns the documents at the top, by their names.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../../*.md")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%q, %v", paths, err)
	}
	all := map[string]string{}
	for _, one := range paths {
		all[filepath.Base(one)] = read(t, one)
	}
	return all
}

// isThere reports whether a path from the top is one of the repository's.
func isThere(name string) bool {
	_, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(name)))
	return err == nil
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	quoted  = regexp.MustCompile("`([^`\n]+)`")
)

// anchors returns what the headings of a document can be linked by, as GitHub makes
// it: in small letters, with hyphens for spaces, and without what is neither a letter
// nor a digit nor one of both.
func anchors(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', r >= '0' && r <= '9', r >= 'a' && r <= 'z':
				return r
			}
			return -1
		}, strings.ToLower(m[1])))
	}
	return all
}

func TestEveryLinkOfTheDocumentsLeadsSomewhere(t *testing.T) {
	all := documents(t)
	links := 0
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, anchored := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue // on the web
			}
			links++
			if target != "" && !isThere(target) {
				t.Errorf("%s links %s, which is not there", name, target)
			}
			of := text
			if target != "" {
				of = all[target]
			}
			if anchored && !slices.Contains(anchors(of), anchor) {
				t.Errorf("%s links %s, which is no heading", name, m[1])
			}
		}
	}
	if links < 40 {
		t.Errorf("only %d links were found", links)
	}
}

// A path begins with a folder of the top, or is that of a Go file.
func TestEveryPathInTheDocumentsIsThere(t *testing.T) {
	paths := 0
	for name, text := range documents(t) {
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			word := m[1]
			first, _, below := strings.Cut(word, "/")
			isPath := below && first != "bin" && first != "" && first != "." && isThere(first)
			if !isPath && !strings.HasSuffix(word, ".go") || strings.ContainsAny(word, " …*") {
				continue
			}
			paths++
			if !isThere(word) {
				t.Errorf("%s names %s, which is not there", name, word)
			}
		}
	}
	if paths < 150 {
		t.Errorf("only %d paths were found", paths)
	}
}

// A function follows its file: both between backquotes, with nothing but a bar
// in between.
func TestEveryFunctionInTheDocumentsIsInItsFile(t *testing.T) {
	declared := map[string]map[string]bool{}
	for _, f := range goFiles(t) {
		names := map[string]bool{}
		for _, decl := range f.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok {
				names[d.Name.Name] = true
			}
		}
		declared[f.path] = names
	}
	beside := regexp.MustCompile("`([a-z_/-]+\\.go)`(?: \\|)? `([A-Za-z]+)`")
	functions := 0
	for name, text := range documents(t) {
		for _, m := range beside.FindAllStringSubmatch(text, -1) {
			functions++
			if !declared[m[1]][m[2]] {
				t.Errorf("%s says that %s has the function %s", name, m[1], m[2])
			}
		}
	}
	if functions < 40 {
		t.Errorf("only %d functions were found", functions)
	}
}

// rooms returns the packages of this module, as paths from the top.
func rooms(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, p := range list(t, nil, "daypass/...") {
		all = append(all, strings.TrimPrefix(p.ImportPath, "daypass/"))
	}
	return all
}

func TestEveryRoomHasALineInTheArchitecture(t *testing.T) {
	_, section, _ := strings.Cut(documents(t)["ARCHITECTURE.md"], "| room |")
	section, _, _ = strings.Cut(section, "\n#")
	var described []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		described = append(described, m[1])
	}
	slices.Sort(described)
	if diff := cmp.Diff(slices.Sorted(slices.Values(rooms(t))), described); diff != "" {
		t.Errorf("(-packages +ARCHITECTURE.md):\n%s", diff)
	}
}

// drawn are the rooms of the figure, each with the name that it has there.
var drawn = map[string]string{
	"daypass/cmd/daypass": "cli", "daypass/cmd/daypass-tray": "agentprogram", "daypass/cmd/daypass-ui": "ui",
	"daypass/app": "app", "daypass/tray": "tray", "daypass/creds/agentapi": "agentapi", "daypass/creds/prompts": "prompts",
	"daypass/creds/agent": "agent", "daypass/creds/core": "core", "daypass/creds/settings": "settings", "daypass/creds/settings/schema": "schema",
	"daypass/creds/console": "console", "daypass/creds/browsers": "browsers", "daypass/creds/ssoimport": "ssoimport", "daypass/creds/awscall": "awscall",
	"daypass/creds/vault": "vault", "daypass/creds/profile": "profile", "daypass/creds/awsfile": "awsfile", "daypass/sso": "sso",
}

// figure draws which of the rooms depend on which, without what follows from others.
func figure(t *testing.T) string {
	t.Helper()
	below := map[string][]string{}
	for _, p := range list(t, nil, slices.Sorted(maps.Keys(drawn))...) {
		for _, dep := range p.Deps {
			if drawn[dep] != "" {
				below[p.ImportPath] = append(below[p.ImportPath], dep)
			}
		}
	}
	var out strings.Builder
	out.WriteString("\n```mermaid\nflowchart TD\n")
	for _, room := range slices.Sorted(maps.Keys(drawn)) {
		fmt.Fprintf(&out, "    %s[\"%s\"]\n", drawn[room], strings.TrimPrefix(room, "daypass/"))
	}
	for _, room := range slices.Sorted(maps.Keys(drawn)) {
		for _, dep := range slices.Sorted(slices.Values(below[room])) {
			if !slices.ContainsFunc(below[room], func(between string) bool { return slices.Contains(below[between], dep) }) {
				fmt.Fprintf(&out, "    %s --> %s\n", drawn[room], drawn[dep])
			}
		}
	}
	out.WriteString("```\n\n")
	return out.String()
}

func TestTheFigureOfTheRoomsIsThatOfTheImports(t *testing.T) {
	const (
		document = "../../ARCHITECTURE.md"
		begin    = "<!-- The rooms: made by go test ./packaging/arch -run Figure -update -->\n"
		end      = "<!-- The end of the rooms -->\n"
	)
	text := read(t, document)
	before, rest, found := strings.Cut(text, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no %q with %q", document, begin, end)
	}
	want := before + begin + figure(t) + end + after
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(text, "\n")); diff != "" {
		t.Errorf("run with -update (-imports +%s):\n%s", path.Base(document), diff)
	}
}

// section returns the text below a heading of the reference.
func section(t *testing.T, title string) string {
	t.Helper()
	_, rest, found := strings.Cut(read(t, "../../REFERENCE.md"), "\n"+title+"\n")
	if !found {
		t.Fatalf("REFERENCE.md has no %q", title)
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// firstCells returns what is between backquotes in the first cells of a text's tables.
func firstCells(text string) []string {
	var all []string
	for row := range strings.Lines(text) {
		if cells := strings.Split(row, "|"); strings.HasPrefix(row, "| `") && len(cells) > 2 {
			for _, m := range quoted.FindAllStringSubmatch(cells[1], -1) {
				all = append(all, m[1])
			}
		}
	}
	slices.Sort(all)
	return all
}

// constants returns the texts of a type's constants in a file.
func constants(t *testing.T, file, of string) []string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^\s+\w+\s+`+of+`\s+= "([^"]+)"`).FindAllStringSubmatch(read(t, file), -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	if len(all) == 0 {
		t.Fatalf("%s has no constants of %s", file, of)
	}
	return all
}

func TestTheReferenceHasEveryCodeAndEveryState(t *testing.T) {
	if diff := cmp.Diff(constants(t, "../../creds/errors.go", "Code"), firstCells(section(t, "### Error codes"))); diff != "" {
		t.Errorf("codes (-code +REFERENCE.md):\n%s", diff)
	}
	if diff := cmp.Diff(constants(t, "../../creds/status.go", "State"), firstCells(section(t, "## States"))); diff != "" {
		t.Errorf("states (-code +REFERENCE.md):\n%s", diff)
	}
}

func TestTheReferenceHasEveryVariableOfOurs(t *testing.T) {
	got := map[string]bool{}
	for _, name := range firstCells(section(t, "## Environment")) {
		if strings.HasPrefix(name, "DAYPASS_") {
			got[name] = true
		}
	}
	want := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.isTest || !isUnder(f.dir, []string{"app", "cmd/daypass", "cmd/daypass-tray", "cmd/daypass-ui", "creds", "internal", "sso", "tray"}) ||
			isUnder(f.dir, []string{"creds/awstest", "creds/credstest", "creds/vault/keyringtest"}) {
			continue
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && regexp.MustCompile(`^"DAYPASS_[A-Z_]+[A-Z]"$`).MatchString(lit.Value) {
				want[strings.Trim(lit.Value, `"`)] = true
			}
			return true
		})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-code +REFERENCE.md):\n%s", diff)
	}
}

// The list of settings speaks of sections by their names.
func TestEverySectionThatTheSettingsNameIsThere(t *testing.T) {
	names := regexp.MustCompile(`see "([^"]+)"`).FindAllStringSubmatch(section(t, "## Settings"), -1)
	for _, m := range names {
		section(t, "## "+m[1])
	}
	if len(names) == 0 {
		t.Error("the settings name no section")
	}
}
