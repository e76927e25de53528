package arch_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// harmless are goroutines of the agent that do nothing which could panic, each
// with what it does.
var harmless = map[string]string{
	"creds/agent/agent.go: AfterFunc":            "ends a context",
	"creds/agent/attend.go: go":                  "waits for windows",
	"creds/agent/idle.go: AfterFunc":             "ends a context",
	"creds/browsers/launch.go: go":               "waits for a program",
	"creds/vault/ask.go: go":                     "runs an operation of the keyring, which is kept itself",
	"tray/machine/network_linux.go: AfterFunc":   "closes a socket",
	"creds/core/feed.go: AfterFunc":              "closes a channel",
	"cmd/daypass-tray/window_program.go: go":     "waits for a program",
	"tray/desktop_dbus.go: AfterFunc":            "ends a context",
	"tray/desktop_other.go: go":                  "sends to a channel",
	"tray/menu_clicks.go: go":                    "a relay, which is kept itself",
	"tray/notice_dbus.go: AfterFunc":             "ends a context",
	"tray/machine/machine_windows.go: AfterFunc": "posts a message",
	"creds/core/custody_rotate.go: AfterFunc":    "cancels",
	"creds/browsers/handoff.go: go":              "ends a port",
}

// TestEveryGoroutineOfTheAgentKeepsItsPanics looks at what starts a goroutine in
// the packages that the agent is made of: a panic in any of them would end it.
func TestEveryGoroutineOfTheAgentKeepsItsPanics(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	for _, dir := range []string{"creds", "internal", "sso", "tray", "cmd/daypass-tray"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "awstest" || entry.Name() == "agentapi"):
				return filepath.SkipDir // the stand-in, and the clients' own
			case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			short, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				how := starts(n)
				if how == "" || mentions(n, "safely") {
					return how == ""
				}
				key := fmt.Sprintf("%s: %s", filepath.ToSlash(short), how)
				if _, known := harmless[key]; known {
					seen[key] = true
					return false
				}
				t.Errorf("%s starts a goroutine of which a panic ends the agent: package safely is for that", files.Position(n.Pos()))
				return false
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for key := range harmless {
		if !seen[key] {
			t.Errorf("%s is not there any more", key)
		}
	}
}

// starts says how a node starts a goroutine, or "".
func starts(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "go"
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Go" || f.Sel.Name == "AfterFunc" || f.Sel.Name == "DoChan") {
			return f.Sel.Name
		}
	}
	return ""
}

// mentions reports whether a package is used in a node.
func mentions(n ast.Node, name string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}
