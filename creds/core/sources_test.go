package core

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"daypass/creds"
)

// TestEachKindThatDaypassServesHasASource would find a kind that is read from the files
// and then treated as an IAM user. A role is no source of its own.
func TestEachKindThatDaypassServesHasASource(t *testing.T) {
	for _, kind := range kinds(t) {
		_, has := sources[kind]
		if wanted := !kind.Foreign() && kind != creds.KindRole; has != wanted {
			t.Errorf("kind %q has a source: %v, want %v", kind, has, wanted)
		}
	}
}

// kinds returns the constants of type [creds.Kind].
func kinds(t *testing.T) []creds.Kind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../status.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var all []creds.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Kind" {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, creds.Kind(value))
			}
		}
		return true
	})
	if len(all) < 4 {
		t.Fatalf("only %q were found", all)
	}
	return all
}
