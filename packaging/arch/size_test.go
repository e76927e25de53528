package arch_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The bounds that keep the parts small.
const (
	mostMethods = 40
	mostFields  = 15
	mostLines   = 200 // of the README
	mostTurns   = 0   // of the dialect, in comments
)

// goFile is a parsed file of the module.
type goFile struct {
	*ast.File

	path   string // from the root, with slashes
	dir    string
	isTest bool
}

// goFiles returns all Go files of the module.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	root := filepath.Join("..", "..")
	var files []goFile
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "bin" || entry.Name() == ".git"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		short = filepath.ToSlash(short)
		files = append(files, goFile{file, short, filepath.ToSlash(filepath.Dir(short)), strings.HasSuffix(path, "_test.go")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("only %d Go files were found", len(files))
	}
	return files
}

// size is how large a type is.
type size struct {
	// methods has the names: a method may be in several files, one for each system.
	methods map[string]bool
	fields  int
	// changes is set where a method has a pointer as its receiver, and a shape where
	// tags say how the type is written to a file or to the socket.
	changes, shape bool
}

// sizes returns the size of each type, by folder and name.
func sizes(t *testing.T) map[string]*size {
	t.Helper()
	all := map[string]*size{}
	of := func(f goFile, name string) *size {
		key := f.dir + "." + name
		if all[key] == nil {
			all[key] = &size{methods: map[string]bool{}}
		}
		return all[key]
	}
	for _, f := range goFiles(t) {
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if name, pointer := receiver(d); name != "" && !f.isTest {
					s := of(f, name)
					s.methods[d.Name.Name] = true
					s.changes = s.changes || pointer
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok {
						if shape, ok := spec.Type.(*ast.StructType); ok {
							of(f, spec.Name.Name).look(shape)
						}
					}
				}
			}
		}
	}
	return all
}

// receiver returns the type that a function is a method of, or "".
func receiver(d *ast.FuncDecl) (name string, pointer bool) {
	if d.Recv == nil || len(d.Recv.List) != 1 {
		return "", false
	}
	of := d.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of, pointer = star.X, true
	}
	switch generic := of.(type) {
	case *ast.IndexExpr:
		of = generic.X
	case *ast.IndexListExpr:
		of = generic.X
	}
	if id, ok := of.(*ast.Ident); ok {
		return id.Name, pointer
	}
	return "", false
}

func (s *size) look(shape *ast.StructType) {
	n := 0
	for _, field := range shape.Fields.List {
		n += max(1, len(field.Names))
		if field.Tag != nil && (strings.Contains(field.Tag.Value, "json:") || strings.Contains(field.Tag.Value, "toml:")) {
			s.shape = true
		}
	}
	s.fields = max(s.fields, n)
}

func TestNoTypeHasTooManyMethods(t *testing.T) {
	within(t, mostMethods, "methods", func(s *size) int { return len(s.methods) })
}

// Shapes of the wire and of files, which have tags, hold what they hold.
func TestNoTypeThatHoldsStateHasTooManyFields(t *testing.T) {
	within(t, mostFields, "fields", func(s *size) int {
		if !s.changes || s.shape {
			return 0
		}
		return s.fields
	})
}

// within fails for types that have more of something than they may.
func within(t *testing.T, most int, what string, count func(*size) int) {
	t.Helper()
	for name, s := range sizes(t) {
		if n := count(s); n > most {
			t.Errorf("%s has %d %s; a type has %d at most", name, n, what, most)
		}
	}
}

// dialect are turns that nobody outside of this house understands, or that stand for
// something plainer.
var dialect = regexp.MustCompile(`(?i)\b(told|tells|stands|lent|of\s+no\s+account|hangs\s+on)\b`)

func TestCommentsAreInPlainWords(t *testing.T) {
	found := map[string]int{}
	sum := 0
	for _, f := range goFiles(t) {
		for _, group := range f.Comments {
			// Not Text, which leaves out the first column of what it takes for code.
			text := ""
			for _, comment := range group.List {
				text += strings.Trim(comment.Text, "/* ") + " "
			}
			n := len(dialect.FindAllString(text, -1))
			found[f.path] += n
			sum += n
		}
	}
	if sum <= mostTurns {
		return
	}
	files := make([]string, 0, len(found))
	for path, n := range found {
		if n > 0 {
			files = append(files, fmt.Sprintf("%3d %s", n, path))
		}
	}
	slices.Sort(files)
	t.Errorf("comments have %d turns like %s, and may have %d:\n%s", sum, dialect, mostTurns, strings.Join(files, "\n"))
}

func TestTheReadmeIsShort(t *testing.T) {
	if n := strings.Count(read(t, "../../README.md"), "\n"); n > mostLines {
		t.Errorf("the README has %d lines, and may have %d: what is not for everybody has a document of its own", n, mostLines)
	}
}

func TestDocumentsAtTheTopHaveOneWordInCapitals(t *testing.T) {
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	capitals := regexp.MustCompile(`^[A-Z]+\.md$`)
	documents := 0
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !slices.Contains([]string{".md", ".txt", ".rst", ".adoc"}, strings.ToLower(filepath.Ext(name))) {
			continue
		}
		documents++
		if !capitals.MatchString(name) {
			t.Errorf("%s is not one word in capitals; other documents are below packaging", name)
		}
	}
	if documents == 0 {
		t.Error("there is no document at the top")
	}
}
