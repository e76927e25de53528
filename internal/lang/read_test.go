package lang_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const root = "../.."

// rooms are the folders of what is shipped, and apart are those in them that are not.
var (
	rooms = []string{"app", "cmd/daypass", "cmd/daypass-tray", "cmd/daypass-ui", "creds", "internal", "sso", "tray"}
	apart = []string{"creds/awstest", "creds/credstest", "creds/vault/keyringtest", "internal/lang"}
)

// A room is a package of what is shipped, with its types.
type room struct {
	fset  *token.FileSet
	files []*ast.File
	types *types.Package
	info  *types.Info
}

// name of the file that a node is in, and its line.
func (r *room) at(n ast.Node) (file string, line int) {
	pos := r.fset.Position(n.Pos())
	short, err := filepath.Rel(root, pos.Filename)
	if err != nil {
		return pos.Filename, pos.Line
	}
	return filepath.ToSlash(short), pos.Line
}

// A reader knows the types of what daypass declares. All that it imports is empty to
// it, so that nothing has to be compiled, for any system: what follows from that are
// errors that nobody needs.
type reader struct {
	fset  *token.FileSet
	rooms map[string]*room
}

// systems are those for which the code is read.
var systems = []string{"linux", "windows", "darwin"}

// read is what is shipped for all systems, which takes a second for each.
var read = sync.OnceValues(func() (all []*room, err error) {
	for _, system := range systems {
		rooms, err := readRooms(system)
		if err != nil {
			return nil, err
		}
		all = append(all, rooms...)
	}
	return all, nil
})

// everything calls do for each file of what is shipped.
func everything(t *testing.T, do func(*room, *ast.File)) {
	t.Helper()
	all, err := read()
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range all {
		for _, file := range room.files {
			do(room, file)
		}
	}
}

// readRooms reads what is shipped for a system.
func readRooms(system string) ([]*room, error) {
	r := &reader{fset: token.NewFileSet(), rooms: map[string]*room{}}
	context := build.Default
	context.GOOS, context.CgoEnabled = system, true
	for _, folder := range append(slices.Clone(rooms), "internal/lang") {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			short, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			short = filepath.ToSlash(short)
			if entry.IsDir() {
				if entry.Name() == "testdata" || short != folder && slices.Contains(apart, short) {
					return filepath.SkipDir
				}
				return nil
			}
			if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return nil
			}
			if fits, err := context.MatchFile(filepath.Dir(name), entry.Name()); err != nil || !fits {
				return err
			}
			file, err := parser.ParseFile(r.fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			where := "daypass/" + path.Dir(short)
			if r.rooms[where] == nil {
				r.rooms[where] = &room{fset: r.fset}
			}
			r.rooms[where].files = append(r.rooms[where].files, file)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var all []*room
	for _, where := range slices.Sorted(maps.Keys(r.rooms)) {
		if _, err := r.Import(where); err != nil {
			return nil, err
		}
		if where != "daypass/internal/lang" {
			all = append(all, r.rooms[where])
		}
	}
	return all, nil
}

// Import is that of [types.Importer].
func (r *reader) Import(where string) (*types.Package, error) {
	room, ours := r.rooms[where]
	switch {
	case !ours && strings.HasPrefix(where, "daypass/"):
		return nil, fmt.Errorf("%s is not among what is shipped", where)
	case !ours:
		empty := types.NewPackage(where, path.Base(where))
		empty.MarkComplete()
		return empty, nil
	case room.types != nil:
		return room.types, nil
	}
	room.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: r, FakeImportC: true, Error: func(error) {}}
	room.types, _ = config.Check(where, r.fset, room.files, room.info)
	if room.types == nil {
		return nil, errors.New("no types of " + where)
	}
	return room.types, nil
}

// isText reports whether a type is lang.Text.
func isText(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "Text" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "daypass/internal/lang"
}

// text returns the text that an expression is, if it is a constant one.
func (r *room) text(e ast.Expr) (string, bool) {
	known, ok := r.info.Types[e]
	if !ok || known.Value == nil || known.Value.Kind() != constant.String || !isText(known.Type) {
		return "", false
	}
	return constant.StringVal(known.Value), true
}
