package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/settings/schema"
)

// built makes the program, and its pages in a folder.
func built(t *testing.T) (program, folder string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "daypass")
	if out, err := exec.Command("go", "build", "-o", program, "daypass/cmd/daypass").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1796083200") // 2026-12-01
	folder = filepath.Join(t.TempDir(), "man")
	if err := write(program, folder); err != nil {
		t.Fatal(err)
	}
	return program, folder
}

func treeOf(t *testing.T, program string) tree {
	t.Helper()
	out, err := exec.Command(program, "__tree").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all tree
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Commands) < 40 {
		t.Fatalf("only %d commands", len(all.Commands))
	}
	return all
}

// shown is a page as man shows it, in lines that are not broken.
func shown(t *testing.T, page string) string {
	t.Helper()
	cmd := exec.Command("man", "--nh", "--nj", "-l", page)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=1000", "MANPAGER=cat", "MANROFFOPT=-ww")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil || complaint.Len() > 0 {
		t.Errorf("man -l %s: %v, %s", filepath.Base(page), err, &complaint)
	}
	return string(out)
}

var option = regexp.MustCompile(`(?m)^  (?:(-.), |    )(--[a-z-]+)`)

func TestEveryCommandHasAPageThatShowsEachFlagOfItsHelp(t *testing.T) {
	program, folder := built(t)
	for _, c := range treeOf(t, program).Commands {
		help, err := exec.Command(program, append(strings.Fields(c.Path)[1:], "--help")...).Output()
		if err != nil {
			t.Fatal(err)
		}
		text := shown(t, filepath.Join(folder, pageOf(c.Path)+".1"))
		_, flags, _ := strings.Cut(string(help), "\nFlags:\n")
		found := option.FindAllStringSubmatch(flags, -1)
		if len(found) == 0 {
			t.Errorf("%s shows no flag:\n%s", c.Path, help)
		}
		for _, m := range found {
			want := "       " + m[2]
			if m[1] != "" {
				want = "       " + m[1] + ", " + m[2]
			}
			if !strings.Contains(text, "\n"+want+"\n") && !strings.Contains(text, "\n"+want+" ") {
				t.Errorf("the page of %s has no %q:\n%s", c.Path, want, text)
			}
		}
		// What help says before its usage is there, word for word.
		long, _, _ := strings.Cut(string(help), "\nUsage:")
		if flat(long) != "" && !strings.Contains(flat(text), flat(long)) {
			t.Errorf("the page of %s does not say %q:\n%s", c.Path, long, text)
		}
		if example := flat(c.Example); !strings.Contains(flat(text), example) {
			t.Errorf("the page of %s has no example %q:\n%s", c.Path, example, text)
		}
	}
}

// flat is a text without its lines.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestEveryTopicStatusAndSettingIsInAPage(t *testing.T) {
	program, folder := built(t)
	for _, about := range treeOf(t, program).Topics {
		if about.Name == "config" {
			continue
		}
		if text := shown(t, filepath.Join(folder, "daypass-"+about.Name+".7")); !strings.Contains(flat(text), flat(about.Text)) {
			t.Errorf("the page of %s is:\n%s", about.Name, text)
		}
	}
	statuses := treeOf(t, program).Statuses
	main := flat(shown(t, filepath.Join(folder, "daypass.1")))
	for _, s := range statuses {
		if want := flat(fmt.Sprint(s.Status, " ", s.Text)); !strings.Contains(main, want) {
			t.Errorf("daypass.1 does not say %q", want)
		}
	}
	if len(statuses) < 5 {
		t.Errorf("%d exit statuses", len(statuses))
	}
	config := shown(t, filepath.Join(folder, "daypass-config.5"))
	for _, s := range append(schema.All(), schema.StartAtLogin()) {
		_, says, ok := strings.Cut(config, "\n       "+s.Key()+"\n")
		if len(s.Key()) < 7 { // its text is on the same line
			_, says, ok = strings.Cut(config, "\n       "+s.Key()+" ")
		}
		says, _, _ = strings.Cut(says, "\n\n")
		if !ok || len(flat(says)) < 20 || s.Default != "" && !strings.Contains(says, s.Literal(s.Default)) {
			t.Errorf("of %s daypass-config.5 says %q", s.Key(), says)
		}
	}
}

func TestTheReadersOfManualPagesFindNothingWrong(t *testing.T) {
	_, folder := built(t)
	pages, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(pages) < 50 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, reader := range [][]string{{"mandoc", "-T", "lint", "-W", "warning"}, {"groff", "-ww", "-man", "-T", "utf8", "-z"}} {
		for _, page := range pages {
			if out, err := exec.Command(reader[0], append(slices.Clone(reader[1:]), page)...).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s: %v\n%s", strings.Join(reader, " "), err, out)
			}
		}
	}
}

func TestTheSameProgramMakesTheSamePages(t *testing.T) {
	program, folder := built(t)
	again := t.TempDir()
	if err := os.WriteFile(filepath.Join(again, "daypass-of-yesterday.1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(program, again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(contents(t, folder), contents(t, again)); diff != "" {
		t.Error(diff)
	}
	if page := contents(t, again)["daypass.1"]; !strings.HasPrefix(page, `.TH "DAYPASS" "1" "2026-12-01" "daypass`) {
		t.Errorf("it begins with %.80s", page)
	}
}

func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[entry.Name()] = string(data)
	}
	return all
}

func TestADateThatIsNoneIsRefused(t *testing.T) {
	for epoch, want := range map[string]string{"": "", "0": "1970-01-01", "1796083200": "2026-12-01"} {
		if date, err := dateOf(epoch); err != nil || date != want {
			t.Errorf("%q is %q, %v", epoch, date, err)
		}
	}
	if date, err := dateOf("yesterday"); err == nil {
		t.Errorf("yesterday is %q", date)
	}
}

// A plain hyphen is typography to groff, unless a system's macros say otherwise: what is
// copied from the page is no flag.
func TestNoHyphenOfAPageIsTypography(t *testing.T) {
	_, folder := built(t)
	for name, page := range contents(t, folder) {
		_, text, _ := strings.Cut(page, "\n") // after the title, which has a date
		if found := regexp.MustCompile(`[^\\]-.*`).FindString(text); found != "" {
			t.Errorf("%s has %q", name, found)
		}
	}
}

// What a reader of the page would take for its language is text.
func TestEveryTextIsShownAsItIs(t *testing.T) {
	lines := []string{
		".dots in front", "'an apostrophe in front", `back\slash \n \fB \(aq \\`, "--flag -x", `"quoted" 'so' and "`, "`daypass help`",
		"a^b ~/.aws $HOME %APPDATA% {region} <x> #1", "naïve “quotes” … → 日本", "...", ".", "'", "  indented . 'and' .dots", "  .SH in front",
	}
	p := begin("sample", 1, "2026-12-01", "v1.2.3", "it's .a \"sample\"")
	p.section("DESCRIPTION")
	for _, line := range lines {
		p.text(line)
		p.raw(".PP\n")
	}
	p.text("  one\n  two\n\nA line before\n  three\n\tfour\nand one after.")
	p.section("OPTIONS")
	p.item(bold("--it's-long"))
	p.line(escape(".a \\ 'b'"))
	page := filepath.Join(t.TempDir(), "sample.1")
	if err := os.WriteFile(page, []byte(p.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	mandoc, err := exec.Command("mandoc", "-T", "utf8", "-O", "width=1000", page).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	for reader, text := range map[string]string{"man": shown(t, page), "mandoc": regexp.MustCompile(`.\x08`).ReplaceAllString(string(mandoc), "")} {
		for _, line := range append(lines, `sample - it's .a "sample"`, "--it's-long", `.a \ 'b'`, "  one", "  two", "A line before", "  three", "  four", "and one after.") {
			if !slices.ContainsFunc(strings.Split(text, "\n"), func(got string) bool { return strings.TrimSpace(got) == strings.TrimSpace(line) }) {
				t.Errorf("%s does not show %q:\n%s", reader, line, text)
			}
		}
	}
}
