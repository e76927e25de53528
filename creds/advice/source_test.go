package advice

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daypass/creds"
)

// A place is where the code makes a failure.
type place struct {
	code     creds.Code
	sentence string
	advice   string
	// where names the file and the function.
	where string
}

// A source is what reading the programs' code finds.
type source struct {
	files  map[string][]*ast.File // by folder
	names  map[*ast.File]string
	fset   *token.FileSet
	places []place
	// beneath are the causes from lower rooms that sentences contain, by room.
	beneath map[string][]string
	usages  []place
	funcs   map[string]*ast.FuncDecl
	makers  map[string][]maker
	// consts are the texts of constants, by folder and name.
	consts   map[string]string
	refusals map[string]bool
	// second is whether makers are known.
	second bool
}

// rooms are the folders of what is shipped.
var rooms = []string{"creds", "internal", "sso", "app", "tray", "cmd/daypass", "cmd/daypass-tray", "cmd/daypass-ui"}

func readSource(t *testing.T) *source {
	t.Helper()
	s := &source{files: map[string][]*ast.File{}, names: map[*ast.File]string{}, fset: token.NewFileSet(), beneath: map[string][]string{}, funcs: map[string]*ast.FuncDecl{}, refusals: map[string]bool{}}
	root := filepath.Join("..", "..")
	for _, room := range rooms {
		err := filepath.WalkDir(filepath.Join(root, room), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "awstest"):
				return filepath.SkipDir
			case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(s.fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			short, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			short = filepath.ToSlash(short)
			s.names[file] = short
			folder := short[:strings.LastIndex(short, "/")]
			s.files[folder] = append(s.files[folder], file)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// codesOf returns the codes by the names of their constants.
func (s *source) codesOf() map[string]creds.Code {
	codes := map[string]creds.Code{}
	for _, file := range s.files["creds"] {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			kind, ok := spec.Type.(*ast.Ident)
			if !ok || kind.Name != "Code" {
				return true
			}
			text, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			codes[spec.Names[0].Name] = creds.Code(text)
			return true
		})
	}
	return codes
}

// text writes the text that an expression makes: its constant words, with the variable
// parts in angles.
func (s *source) text(in *function, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, _ := strconv.Unquote(e.Value)
			return text
		}
	case *ast.ParenExpr:
		return s.text(in, e.X)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return s.text(in, e.X) + s.text(in, e.Y)
		}
	case *ast.CallExpr:
		if format, rest, ok := formatted(e); ok && isOneOf(s.source(e.Fun), "fmt.Sprintf", "fmt.Errorf", "lang.Sprintf", "lang.Errorf") {
			return s.fill(in, s.text(in, format), rest)
		}
		if isOneOf(s.source(e.Fun), "strings.TrimSpace", "words.Sentence", "lang.T", "lang.Error") && len(e.Args) == 1 {
			return s.text(in, e.Args[0])
		}
	case *ast.Ident:
		if found := in.strings[e.Name]; len(found) > 0 {
			in.depth++
			defer func() { in.depth-- }()
			if in.depth < 4 {
				var all []string
				for _, one := range found {
					if text := s.text(in, one); !slices.Contains(all, text) {
						all = append(all, text)
					}
				}
				if len(all) == 1 {
					return all[0]
				}
				return "‹" + strings.Join(all, " / ") + "›"
			}
		}
		if value, ok := s.consts[in.folder()+" "+e.Name]; ok {
			return value
		}
		return "‹" + e.Name + "›"
	}
	return "‹" + s.source(e) + "›"
}

// formatted returns the format and the arguments of a call of the kind of
// fmt.Sprintf.
func formatted(call *ast.CallExpr) (format ast.Expr, rest []ast.Expr, ok bool) {
	for i, arg := range call.Args {
		if i > 2 {
			break
		}
		if isText(arg) {
			return arg, call.Args[i+1:], true
		}
	}
	return nil, nil, false
}

var verb = regexp.MustCompile(`%[-+#]*[.\d]*(\[\d+\])?[vsdqwxtoc]|%%`)

// fill puts the arguments into a format.
func (s *source) fill(in *function, format string, args []ast.Expr) string {
	next := 0
	return verb.ReplaceAllStringFunc(format, func(v string) string {
		if v == "%%" {
			return "%"
		}
		if i := strings.Index(v, "["); i >= 0 {
			n, _ := strconv.Atoi(v[i+1 : strings.Index(v, "]")])
			next = n - 1
		}
		if next >= len(args) {
			return "‹…›"
		}
		text := s.text(in, args[next])
		next++
		if strings.HasSuffix(v, "q") {
			return `"` + text + `"`
		}
		return text
	})
}

func (s *source) source(n ast.Node) string {
	var out strings.Builder
	if err := printer.Fprint(&out, s.fset, n); err != nil {
		return "…"
	}
	return fromCatalogue.ReplaceAllString(strings.Join(strings.Fields(out.String()), " "), "$1")
}

var fromCatalogue = regexp.MustCompile(`lang\.T\(("[^"]*")\)`)

// A function is what text looks local names up in.
type function struct {
	where string
	// strings are the expressions that are given to a local name, and codes
	// the codes.
	strings map[string][]ast.Expr
	codes   map[string][]creds.Code
	depth   int
}

// look reads one function, or the values of a package.
func (s *source) look(where string, body ast.Node, codes map[string]creds.Code, kinds map[string]creds.Code) {
	in := &function{where: where, strings: map[string][]ast.Expr{}, codes: map[string][]creds.Code{}}
	code := func(e ast.Expr) (creds.Code, bool) {
		switch e := e.(type) {
		case *ast.SelectorExpr:
			if x, ok := e.X.(*ast.Ident); ok && x.Name == "creds" {
				c, ok := codes[e.Sel.Name]
				return c, ok
			}
		case *ast.Ident:
			if path.Dir(where) == "creds" {
				c, ok := codes[e.Name]
				return c, ok
			}
			if strings.HasPrefix(where, "sso/") {
				c, ok := kinds[e.Name]
				return c, ok
			}
		}
		return "", false
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.ADD_ASSIGN {
				return true // a part of the text, not distinguished here
			}
			for i, left := range n.Lhs {
				name, ok := left.(*ast.Ident)
				if !ok || i >= len(n.Rhs) || len(n.Lhs) != len(n.Rhs) {
					continue
				}
				if c, ok := code(n.Rhs[i]); ok {
					in.codes[name.Name] = append(in.codes[name.Name], c)
				}
				if isText(n.Rhs[i]) {
					in.strings[name.Name] = append(in.strings[name.Name], n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if i < len(n.Values) && isText(n.Values[i]) {
					in.strings[name.Name] = append(in.strings[name.Name], n.Values[i])
				}
			}
		}
		return true
	})
	add := func(c creds.Code, sentence, advice string) {
		s.places = append(s.places, place{c, oneLine(sentence), oneLine(advice), where})
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			fields := map[string]ast.Expr{}
			for _, elt := range n.Elts {
				if kv, ok := elt.(*ast.KeyValueExpr); ok {
					if key, ok := kv.Key.(*ast.Ident); ok {
						fields[key.Name] = kv.Value
					}
				}
			}
			if name := s.source(n.Type); (name == "Refusal" || name == "creds.Refusal") && fields["Message"] != nil {
				s.refusals[oneLine(s.text(in, fields["Message"]))] = true
			}
			kind := cmpOr(fields["Code"], fields["Kind"])
			if kind == nil || fields["Message"] == nil {
				return true
			}
			advice := ""
			if fields["Advice"] != nil {
				advice = s.text(in, fields["Advice"])
			}
			if c, ok := code(kind); ok {
				add(c, s.text(in, fields["Message"]), advice)
				return true
			}
			if name, ok := kind.(*ast.Ident); ok {
				for _, c := range in.codes[name.Name] {
					add(c, s.text(in, fields["Message"]), advice)
				}
			}
		case *ast.CallExpr:
			s.call(in, n, code, add)
		}
		return true
	})
}

// call finds the failure that a call makes from a code and a text, or from a text for a
// known maker.
func (s *source) call(in *function, n *ast.CallExpr, code func(ast.Expr) (creds.Code, bool), add func(c creds.Code, sentence, advice string)) {
	if name, ok := n.Fun.(*ast.Ident); ok && s.second {
		for _, w := range s.makers[in.folder()+" "+name.Name] {
			if w.argument >= len(n.Args) {
				continue
			}
			sentence := s.fill(in, s.text(in, n.Args[w.argument]), n.Args[w.argument+1:])
			step := w.advice
			if w.step >= 0 && w.step < len(n.Args) {
				step = s.text(in, n.Args[w.step])
			}
			add(w.code, strings.ReplaceAll(w.sentence, w.marker, sentence), step)
		}
	}
	for i, arg := range n.Args {
		var codes []creds.Code
		if c, ok := code(arg); ok {
			codes = append(codes, c)
		} else if name, ok := arg.(*ast.Ident); ok {
			codes = in.codes[name.Name]
		}
		if len(codes) > 0 {
			if at, step, ok := s.parameters(in, n.Fun); ok && at < len(n.Args) {
				for _, c := range codes {
					advice := ""
					if step >= 0 {
						advice = s.text(in, n.Args[step])
					}
					add(c, s.fill(in, s.text(in, n.Args[at]), n.Args[at+1:]), advice)
				}
				continue
			}
		}
		for _, c := range codes {
			if at := slices.IndexFunc(n.Args[i+1:], isText); at >= 0 && !strings.HasPrefix(s.source(n.Fun), "errors.") {
				at += i + 1
				add(c, s.fill(in, s.text(in, n.Args[at]), n.Args[at+1:]), "")
			}
		}
	}
}

// parameters returns the numbers of a function's parameters "format" and "advice",
// the latter -1 if it is missing.
func (s *source) parameters(in *function, fun ast.Expr) (format, advice int, ok bool) {
	name := ""
	switch fun := fun.(type) {
	case *ast.Ident:
		name = fun.Name
	case *ast.SelectorExpr:
		name = fun.Sel.Name
	}
	format, advice = -1, -1
	for where, decl := range s.funcs {
		if decl.Name.Name != name || (&function{where: where}).folder() != in.folder() {
			continue
		}
		n := 0
		for _, field := range decl.Type.Params.List {
			for _, p := range field.Names {
				switch p.Name {
				case "format":
					format = n
				case "advice":
					advice = n
				}
				n++
			}
		}
	}
	return format, advice, format >= 0
}

// A maker is a function that makes a failure from the given text.
type maker struct {
	place
	// argument is the number of the text among its parameters, and marker its
	// placeholder in the sentence.
	argument int
	marker   string
	// step is the number of the parameter that holds the advice, or -1.
	step int
}

// findMakers removes the places that only pass a text on.
func (s *source) findMakers() {
	s.makers = map[string][]maker{}
	s.places = slices.DeleteFunc(s.places, func(p place) bool {
		decl := s.funcs[p.where]
		if decl == nil {
			return false
		}
		n, step := 0, -1
		for _, field := range decl.Type.Params.List {
			for _, name := range field.Names {
				if p.advice == "‹"+name.Name+"›" {
					step = n
				}
				n++
			}
		}
		n = 0
		for _, field := range decl.Type.Params.List {
			kind := s.source(field.Type)
			for _, name := range field.Names {
				marker := "‹" + name.Name + "›"
				if name.Name == "format" {
					marker = "‹lang.Sprintf(format, args...)›"
				}
				if isOneOf(kind, "string", "lang.Text") && strings.Contains(p.sentence, marker) && (strings.HasPrefix(p.sentence, marker) || name.Name == "format") {
					in := function{where: p.where}
					key := in.folder() + " " + decl.Name.Name
					s.makers[key] = append(s.makers[key], maker{p, n, marker, step})
					return true
				}
				n++
			}
		}
		return false
	})
}

// folder returns the folder of the function's file.
func (f *function) folder() string {
	file, _, _ := strings.Cut(f.where, ": ")
	return file[:strings.LastIndex(file, "/")]
}

func cmpOr(all ...ast.Expr) ast.Expr {
	for _, one := range all {
		if one != nil {
			return one
		}
	}
	return nil
}

// isText reports whether an expression makes a text.
func isText(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (isText(e.X) || isText(e.Y))
	case *ast.CallExpr:
		sel, ok := e.Fun.(*ast.SelectorExpr)
		return ok && (sel.Sel.Name == "Sprintf" || sel.Sel.Name == "T" && isText(e.Args[0]))
	}
	return false
}

func isOneOf(name string, names ...string) bool { return slices.Contains(names, name) }

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// walk finds all places.
func (s *source) walk(t *testing.T) {
	t.Helper()
	codes := s.codesOf()
	kinds := s.kindsOf(codes)
	if len(codes) < 20 || len(kinds) < 8 {
		t.Fatalf("%d codes and %d kinds of package sso were found: has their form changed?", len(codes), len(kinds))
	}
	s.findConstants()
	s.walkOnce(codes, kinds)
	s.findMakers()
	s.second, s.places, s.usages, s.beneath = true, nil, nil, map[string][]string{}
	s.walkOnce(codes, kinds)
	s.places = slices.DeleteFunc(s.places, func(p place) bool {
		_, name, _ := strings.Cut(p.where, ": ")
		in := function{where: p.where}
		return slices.ContainsFunc(s.makers[in.folder()+" "+name], func(m maker) bool { return m.sentence == p.sentence })
	})
}

// findConstants finds texts that are used in more than one place.
func (s *source) findConstants() {
	s.consts = map[string]string{}
	for folder, files := range s.files {
		for _, file := range files {
			for _, decl := range file.Decls {
				values, ok := decl.(*ast.GenDecl)
				if !ok || values.Tok != token.CONST {
					continue
				}
				for _, spec := range values.Specs {
					spec := spec.(*ast.ValueSpec)
					for i, name := range spec.Names {
						if i < len(spec.Values) && isText(spec.Values[i]) {
							s.consts[folder+" "+name.Name] = s.text(&function{where: folder + "/"}, spec.Values[i])
						}
					}
				}
			}
		}
	}
}

// passing are functions that pass on failures of other functions, with their code.
var passing = []string{"Explain"}

func (s *source) walkOnce(codes, kinds map[string]creds.Code) {
	for _, folder := range slices.Sorted(maps.Keys(s.files)) {
		if folder == "creds/advice" {
			for _, file := range s.files[folder] {
				for _, decl := range file.Decls {
					if f, ok := decl.(*ast.FuncDecl); ok {
						s.funcs[s.names[file]+": "+f.Name.Name] = f
					}
				}
			}
			continue
		}
		for _, file := range s.files[folder] {
			for _, decl := range file.Decls {
				name := s.names[file]
				if f, ok := decl.(*ast.FuncDecl); ok {
					if f.Body == nil || slices.Contains(passing, f.Name.Name) {
						continue
					}
					name += ": " + f.Name.Name
					s.funcs[name] = f
					s.look(name, f.Body, codes, kinds)
				} else {
					s.look(name, decl, codes, kinds)
				}
				s.lookBeneath(folder, name, decl)
			}
		}
	}
}

// kindsOf returns the codes for the kinds of package sso's errors.
func (s *source) kindsOf(codes map[string]creds.Code) map[string]creds.Code {
	kinds := map[string]creds.Code{}
	for _, file := range s.files["sso"] {
		ast.Inspect(file, func(n ast.Node) bool {
			kv, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, ok := kv.Key.(*ast.Ident)
			value, is := kv.Value.(*ast.SelectorExpr)
			if !ok || !is {
				return true
			}
			if c, ok := codes[value.Sel.Name]; ok && strings.HasPrefix(key.Name, "Err") {
				kinds[key.Name] = c
			}
			return true
		})
	}
	kinds["ErrAWS"] = creds.CodeAWS
	return kinds
}

// lookBeneath finds the errors without a code: causes that others wrap, and the command
// line's errors about its use.
func (s *source) lookBeneath(folder, where string, decl ast.Node) {
	in := &function{where: where, strings: map[string][]ast.Expr{}}
	ast.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fun := s.source(call.Fun)
		switch {
		case isOneOf(fun, "errors.New", "fmt.Errorf", "lang.Error", "lang.Errorf") && len(call.Args) > 0:
			text := oneLine(s.fill(in, s.text(in, call.Args[0]), call.Args[1:]))
			if strings.Trim(text, "‹›: ") != "" && strings.ContainsAny(strings.Join(constant.FindAllString(text, -1), ""), "abcdefghijklmnopqrstuvwxyz") {
				s.beneath[folder] = append(s.beneath[folder], text)
			}
		case fun == "usage" && len(call.Args) > 1:
			s.usages = append(s.usages, place{sentence: oneLine(s.fill(in, s.text(in, call.Args[1]), call.Args[2:])), where: where})
		}
		return true
	})
}

// constant is the text outside the angles.
var constant = regexp.MustCompile(`(^|›)[^‹]*`)
