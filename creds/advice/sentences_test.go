package advice

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden file anew")

// The golden file is made by reading the code: it lists each place that makes a failure,
// with its sentence and its step. Read both when you add one.
func TestEveryFailureSentenceIsListedWithItsAdvice(t *testing.T) {
	s := readSource(t)
	s.walk(t)
	golden := filepath.Join("testdata", "sentences.txt")
	got := s.page(t)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the sentences are others now; read them beside their advice, and run with -update (-want +got):\n%s", diff)
	}
}

// page writes all sentences with their advice, to be read from top to bottom.
func (s *source) page(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString(`What daypass says when something fails, and the step that it gives: read it from top to bottom.
‹…› is filled in. Under a code stands the general step, in a terminal, in a terminal about an
SSO session, and in a window; "-" is where the sentence says it all. A sentence with a step of
its own has it after "→", and the general one is not given then.
`)
	for _, code := range slices.Sorted(maps.Values(s.codesOf())) {
		fmt.Fprintf(&out, "\n%s\n", code)
		row := steps[code]
		writeStep(&out, "terminal", row.terminal.String())
		if row.session != "" {
			writeStep(&out, "session ", row.session.String())
		}
		writeStep(&out, "window  ", row.window.String())
		var mine []place
		for _, p := range s.places {
			if p.code == code {
				mine = append(mine, p)
			}
		}
		slices.SortFunc(mine, func(a, b place) int {
			return cmp.Or(cmp.Compare(a.where, b.where), cmp.Compare(a.sentence, b.sentence), cmp.Compare(a.advice, b.advice))
		})
		mine = slices.Compact(mine)
		if len(mine) == 0 {
			t.Errorf("no place makes a failure of code %q: has it gone, or is it made in another form?", code)
		}
		where := ""
		for _, p := range mine {
			if p.sentence == "" {
				t.Errorf("%s: a failure without a sentence", p.where)
			}
			if p.where != where {
				where = p.where
				fmt.Fprintf(&out, "  %s\n", where)
			}
			fmt.Fprintf(&out, "    %s\n", p.sentence)
			if p.advice != "" {
				fmt.Fprintf(&out, "      → %s\n", p.advice)
			}
		}
	}
	out.WriteString("\nAnswers that are refused, after which the question stays\n")
	for _, text := range slices.Sorted(maps.Keys(s.refusals)) {
		fmt.Fprintf(&out, "    %s\n", text)
	}
	out.WriteString("\nSteps that go by the cause\n")
	for _, where := range slices.Sorted(maps.Keys(s.funcs)) {
		decl := s.funcs[where]
		name := decl.Name.Name
		if !strings.HasSuffix(strings.ToLower(name), "advice") && where != "creds/advice/file.go: File" {
			continue
		}
		fmt.Fprintf(&out, "  %s\n", where)
		in := &function{where: where}
		ast.Inspect(decl, func(n ast.Node) bool {
			if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
				if text := s.text(in, r.Results[0]); text != "" {
					fmt.Fprintf(&out, "      → %s\n", oneLine(text))
				}
			}
			return true
		})
	}
	out.WriteString("\nWrong usage of the command line; exit status 2, and after it: See: COMMAND --help\n")
	var usages []string
	for _, p := range s.usages {
		usages = append(usages, p.sentence)
	}
	slices.Sort(usages)
	for _, u := range slices.Compact(usages) {
		fmt.Fprintf(&out, "    %s\n", u)
	}
	out.WriteString("\nCauses without a code of their own, which sentences above take over, by room\n")
	for _, room := range slices.Sorted(maps.Keys(s.beneath)) {
		fmt.Fprintf(&out, "  %s\n", room)
		slices.Sort(s.beneath[room])
		for _, text := range slices.Compact(s.beneath[room]) {
			fmt.Fprintf(&out, "    %s\n", text)
		}
	}
	return out.String()
}

func writeStep(out *strings.Builder, where, text string) {
	lines := strings.Split(cmp.Or(text, "-"), "\n")
	fmt.Fprintf(out, "  %s  %s\n", where, lines[0])
	for _, line := range lines[1:] {
		fmt.Fprintf(out, "            %s\n", line)
	}
}
