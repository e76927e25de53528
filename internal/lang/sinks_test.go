package lang_test

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// apartFiles have words that are not for people: drawings, templates of files and
// pages, and what other programs read or are called.
var apartFiles = []string{
	"app/kit/glyph.go", "creds/browsers/known.go", "creds/browsers/sqlite.go", "creds/shell/export.go", "creds/shell/hook.go", "creds/shell/quote.go",
	"creds/ssoimport/diff.go", "internal/localpage/localpage.go",
	"creds/shell/prompt.go", // what shells are to run
	"tray/desktop_darwin.go", "tray/login/entry.go", "tray/login/launchd.go",
}

// apartTexts are the same, elsewhere: their constant words, without what is filled in.
var apartTexts = []string{
	// What the state of the agent is kept under.
	"7 token ", "7 login ", "8b removal ", "console sign-in ", "session  ", "person ", "sign-in ", "profile  ", "2 open to others", "8a path",
	// Sections of the AWS files, and what the AWS CLI names its cache by.
	"profile ", "[profile ]", "sso-session ", "services ", `"DurationSeconds": `,
	// What a shell is to run.
	`eval "$(daypass export )"`, "daypass export  --format fish | source", "daypass export  --format powershell | Out-String | iex",
	`set "="`, "set -e ", "unset ", "Remove-Item Env:", "set AWS_PROFILE=& ",
	// How daypass-ui is called.
	"prompt ID", "key PROFILE", "rotate PROFILE", "sso-import SESSION", "sso-migrate START_URL",
	// What others call it.
	"EC PRIVATE KEY",
	"exit status 0", "locked collection", "locked object", "locked item", "Granted Containers", "Open external links in a container", "no access",
}

// fields are those of others' types, and those that are for documents.
var apartFields = []string{"Use", "Doc"}

// apartCalls are functions whose words are for the log, for comparison or for the
// system.
var apartCalls = regexp.MustCompile(`(?i)^(slog|os|exec|filepath|path|regexp|http|url|net|time|bytes|sort|slices|json|tabwriter|template|strings)\.|\blog\.(Debug|Info|Warn|Error|Log)$|^panic$|` +
	`^safely\.|\bback\.start$|^(a\.)?keep$|^w\.follow$|^readFirst$|\.home$|Header\(\)\.Set$|^h\.Set$`)

// passing are those of them that give back what they are given.
var passing = regexp.MustCompile(`^strings\.TrimSpace$`)

// words are two that follow each other.
var words = regexp.MustCompile(`\pL{2,}[\pL'’,;:.)"”…?!]*\s+[\pL\d\x01(“"‘'&—·-]|\x01['’"”):,;]* +\pL|\pL+ \x01`)

func TestNoWordsComePastTheCatalogue(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	everything(t, func(room *room, file *ast.File) {
		if name, _ := room.at(file); slices.Contains(apartFiles, name) {
			return
		}
		var above []ast.Node
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil {
				above = above[:len(above)-1]
				return true
			}
			if e, ok := n.(ast.Expr); ok && room.isPast(e, above) {
				name, line := room.at(e)
				if at := name + ":" + strconv.Itoa(line); !seen[at] {
					seen[at] = true
					t.Errorf("%s: %q is not of the catalogue: give it to a lang.Text, to lang.T or to lang.Sprintf", at, room.constants(e))
				}
			}
			above = append(above, n)
			return true
		})
	})
}

// constants returns the constant parts of an expression, with \x01 for the others.
func (r *room) constants(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, _ := strconv.Unquote(e.Value)
			return text
		}
	case *ast.ParenExpr:
		return r.constants(e.X)
	case *ast.BinaryExpr:
		return r.constants(e.X) + r.constants(e.Y)
	case *ast.SelectorExpr:
		return r.constants(e.Sel)
	case *ast.Ident:
		if c, ok := r.info.Uses[e].(*types.Const); ok && isString(c.Type()) && c.Val().Kind() == constant.String {
			return constant.StringVal(c.Val())
		}
	}
	return "\x01"
}

func isString(t types.Type) bool {
	basic, ok := t.(*types.Basic)
	return ok && basic.Info()&types.IsString != 0
}

// isPast reports whether an expression has words that people see, and is no text.
func (r *room) isPast(e ast.Expr, above []ast.Node) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return false
		}
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return false
		}
	case *ast.Ident:
		if _, named := above[len(above)-1].(*ast.SelectorExpr); named {
			return false // that is looked at
		}
		if _, ok := r.info.Uses[e].(*types.Const); !ok {
			return false
		}
	case *ast.SelectorExpr:
		if _, ok := r.info.Uses[e.Sel].(*types.Const); !ok {
			return false
		}
	default:
		return false
	}
	if known := r.info.TypeOf(e); known == nil || !isString(known) {
		return false // a text, or what has a type of its own as names of states have
	}
	said := verb.ReplaceAllString(r.constants(e), "\x01")
	switch {
	case !words.MatchString(said), slices.Contains(apartTexts, strings.ReplaceAll(said, "\x01", "")):
		return false
	case strings.Contains(said, "HTTP/1.1\r"), strings.HasPrefix(said, "Content-Type"), strings.HasPrefix(said, `{"`):
		return false // what crosses a socket, and JSON
	}
	return r.isForPeople(e, above)
}

// isForPeople looks at where an expression is.
func (r *room) isForPeople(e ast.Node, above []ast.Node) bool {
	direct := true // whether nothing but operators lies between e and what is looked at
	for i := len(above) - 1; i >= 0; i-- {
		switch up := above[i].(type) {
		case *ast.BinaryExpr:
			if direct && up.Op != token.ADD {
				return false
			}
			if direct && i == len(above)-1 {
				return false // its whole is looked at
			}
		case *ast.ParenExpr:
		case *ast.ImportSpec, *ast.Field:
			return false
		case *ast.GenDecl:
			if up.Tok == token.CONST {
				return false // where it is used counts
			}
		case *ast.CaseClause:
			if direct {
				return false
			}
		case *ast.IndexExpr:
			if direct {
				return false
			}
		case *ast.KeyValueExpr:
			name, _ := up.Key.(*ast.Ident)
			if up.Key == e || direct && name != nil && slices.Contains(apartFields, name.Name) {
				return false
			}
		case *ast.CompositeLit:
			if of := types.ExprString(cmpType(up)); direct && regexp.MustCompile(`^&?(exec|os|http|url|keyring|slog|dbus)\.`).MatchString(of) {
				return false
			}
		case *ast.CallExpr:
			fun := types.ExprString(up.Fun)
			if strings.HasPrefix(fun, "[]") || apartCalls.MatchString(fun) && !passing.MatchString(fun) && (direct || strings.Contains(strings.ToLower(fun), "log.")) {
				return false
			}
		}
		switch above[i].(type) {
		case *ast.BinaryExpr, *ast.ParenExpr:
		case *ast.KeyValueExpr: // with the type of what it is in
		default:
			direct = false
		}
		e = above[i]
	}
	return true
}

func cmpType(c *ast.CompositeLit) ast.Expr {
	if c.Type == nil {
		return ast.NewIdent("_")
	}
	return c.Type
}
