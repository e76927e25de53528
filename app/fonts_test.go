package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// For one character that its own fonts lack Fyne loads fonts of the system until
// one has it: for an arrow that took 200 MB. These are in Noto Sans, which is
// Fyne's font.
const inTheFont = "“”’‘‚‛…·—"

func TestWhatTheWindowsSayIsInTheirFont(t *testing.T) {
	files, err := filepath.Glob("*.go")
	widgets, err2 := filepath.Glob("kit/*.go")
	if err != nil || err2 != nil || len(files) == 0 || len(widgets) == 0 {
		t.Fatalf("%d files, %v; %d widgets, %v", len(files), err, len(widgets), err2)
	}
	files = append(files, widgets...)
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			text, ok := n.(*ast.BasicLit)
			if !ok || text.Kind != token.STRING && text.Kind != token.CHAR {
				return true
			}
			for _, r := range text.Value {
				// What macOS calls its keys is in the fonts of macOS.
				if r > 0x7e && !strings.ContainsRune(inTheFont+"⌘⇧", r) {
					t.Errorf("%s: the font may lack %q", set.Position(text.Pos()), r)
				}
			}
			return true
		})
	}
}
