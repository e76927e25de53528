package ssoimport

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"daypass/creds/awsfile"
	"daypass/internal/lang"
)

// DefaultTemplate makes names such as production-eu-AdministratorAccess.
const DefaultTemplate = "{{.Account}}-{{.Role}}"

// Fields are what a name template may use.
type Fields struct {
	// Account is the account's name by [Slug], or its ID if that is empty.
	Account string
	// AccountName is AWS's.
	AccountName string
	AccountID   string
	// Role is the role's name by [fit].
	Role string
	// RoleName is AWS's: letters, digits and _+=,.@-
	// (https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html).
	RoleName string
	Session  string
	Email    string
}

// ErrTemplate says what is wrong with a name template.
var ErrTemplate = lang.Error("name template")

// Slug makes a text fit for a profile's name that all of AWS's tools find: in lower case,
// with ASCII letters for similar ones, and one dash for each run of other characters. The
// result may be empty.
func Slug(text string) string {
	var out strings.Builder
	for _, r := range fold(text) {
		switch {
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			out.WriteRune(unicode.ToLower(r))
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
	}
	return strings.TrimRight(out.String(), "-")
}

// fit replaces each run of characters that are not portable in a profile's name by a
// dash.
func fit(text string) string {
	var out strings.Builder
	dash := false
	for _, r := range fold(text) {
		portable := awsfile.Portable(string(r))
		switch {
		case portable:
			out.WriteRune(r)
		case !dash:
			out.WriteByte('-')
		}
		dash = !portable
	}
	return out.String()
}

// fold replaces letters with marks, ligatures and wide letters by plain ones: é by e, ß by
// ss. Those of other alphabets stay.
func fold(text string) string {
	var out strings.Builder
	for _, r := range norm.NFKD.String(text) {
		switch plain, ok := undecomposed[r]; {
		case ok:
			out.WriteString(plain)
		case !unicode.Is(unicode.Mn, r):
			out.WriteRune(r)
		}
	}
	return out.String()
}

// undecomposed are Latin letters that Unicode does not decompose.
var undecomposed = map[rune]string{
	'ß': "ss", 'ẞ': "SS", 'æ': "ae", 'Æ': "AE", 'œ': "oe", 'Œ': "OE", 'ø': "o", 'Ø': "O",
	'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "TH", 'ł': "l", 'Ł': "L",
	'ħ': "h", 'Ħ': "H", 'ŧ': "t", 'Ŧ': "T", 'ŋ': "n", 'Ŋ': "N", 'ı': "i", 'ə': "e", 'Ə': "E",
}

var functions = template.FuncMap{
	"slug":       Slug,
	"lower":      strings.ToLower,
	"upper":      strings.ToUpper,
	"replace":    replace,
	"trimPrefix": func(prefix, s string) string { return strings.TrimPrefix(s, prefix) },
	"trimSuffix": func(suffix, s string) string { return strings.TrimSuffix(s, suffix) },
}

// replace is bounded, as a chain of calls in a short template could make a text of any
// length.
func replace(old, by, in string) (string, error) {
	const limit = 1000
	if old == "" {
		return "", lang.Error("replace has nothing to look for")
	}
	if len(in)+strings.Count(in, old)*len(by) > limit {
		return "", lang.Error("replace makes too long a text")
	}
	return strings.ReplaceAll(in, old, by), nil
}

// comparisons are of text/template itself.
var comparisons = map[string]bool{"eq": true, "ne": true, "and": true, "or": true, "not": true}

const known = "it knows .Account, .AccountName, .AccountID, .Role, .RoleName, .Session and .Email, and slug, lower, upper, replace, trimPrefix and trimSuffix"

// parseTemplate reads a name template. Loops, other templates and functions that print
// are refused: they could run or grow without end, and names do not need them.
func parseTemplate(text string) (*template.Template, error) {
	if text == "" {
		text = DefaultTemplate
	}
	t, err := template.New("").Option("missingkey=error").Funcs(functions).Parse(text)
	if err != nil {
		return nil, templateError(err)
	}
	if len(t.Templates()) > 1 {
		return nil, lang.Errorf("%w: it cannot define other templates", ErrTemplate)
	}
	if t.Tree == nil {
		return nil, lang.Errorf("%w: it gives no name", ErrTemplate)
	}
	if err := check(t.Root); err != nil {
		return nil, err
	}
	return t, nil
}

func check(node parse.Node) error {
	var below []parse.Node
	switch n := node.(type) {
	case *parse.ListNode:
		if n != nil {
			below = n.Nodes
		}
	case *parse.TextNode, *parse.FieldNode, *parse.StringNode, *parse.CommentNode, *parse.BoolNode, *parse.NumberNode:
	case *parse.ActionNode:
		below = []parse.Node{n.Pipe}
	case *parse.IfNode:
		below = []parse.Node{n.Pipe, n.List, n.ElseList}
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			return lang.Errorf("%w: it cannot have variables", ErrTemplate)
		}
		for _, c := range n.Cmds {
			below = append(below, c.Args...)
		}
	case *parse.IdentifierNode:
		if functions[n.Ident] == nil && !comparisons[n.Ident] {
			return lang.Errorf("%w: it has no function %q; %s", ErrTemplate, n.Ident, lang.T(known))
		}
	default:
		return lang.Errorf("%w: it cannot have %q; %s", ErrTemplate, node, lang.T(known))
	}
	for _, n := range below {
		if err := check(n); err != nil {
			return err
		}
	}
	return nil
}

var (
	noFunction = regexp.MustCompile(`function "(.*)" not defined`)
	noField    = regexp.MustCompile(`can't evaluate field (\S+) `)
	place      = regexp.MustCompile(`^template: :\d+(:\d+)?: (executing "" at )?`)
)

// templateError explains an error of text/template.
func templateError(err error) error {
	if m := noFunction.FindStringSubmatch(err.Error()); m != nil {
		return lang.Errorf("%w: it has no function %q; %s", ErrTemplate, m[1], lang.T(known))
	}
	if m := noField.FindStringSubmatch(err.Error()); m != nil {
		return lang.Errorf("%w: it has no field %q; %s", ErrTemplate, "."+m[1], lang.T(known))
	}
	return fmt.Errorf("%w: %s", ErrTemplate, place.ReplaceAllString(err.Error(), ""))
}

// checkName says why a name that a template made cannot be a profile's, as a text that
// follows "the template". It must be valid in both files, as credentials may be written
// under it.
func checkName(name string) error {
	switch {
	case name == "":
		return lang.Error("makes an empty name")
	case strings.EqualFold(name, "default"):
		// Python applies [DEFAULT] in the credentials file to every profile.
		return lang.Errorf("makes %q, which is the name of the default profile", name)
	}
	for _, kind := range []awsfile.Kind{awsfile.Config, awsfile.Credentials} {
		if err := awsfile.CheckName(kind, awsfile.Profile(name)); err != nil {
			why := strings.TrimPrefix(err.Error(), awsfile.ErrInvalidName.Error()+": ")
			return lang.Errorf("makes a name that not all AWS tools would find: %s", why)
		}
	}
	return nil
}

// naming knows the two names that a pair can have: what the template makes, or that with
// the account's ID appended. Both depend on what AWS lists and on the template, never on
// the chosen pairs or their order, so that a second run gives the same names.
type naming struct {
	first, second map[Key]string
	bad           map[Key]error // pairs for which the template makes no valid name
	firsts        map[string]int
	seconds       map[string]int
	suffix        string
}

func newNaming(r Request, pairs []Pair) (*naming, error) {
	t, err := parseTemplate(r.Template)
	if err != nil {
		return nil, err
	}
	n := &naming{
		first: make(map[Key]string, len(pairs)), second: make(map[Key]string, len(pairs)), bad: map[Key]error{},
		firsts: make(map[string]int, len(pairs)), seconds: make(map[string]int, len(pairs)), suffix: r.DerivedSuffix,
	}
	if n.suffix == "" {
		n.suffix = "-temporary"
	}
	var out strings.Builder
	for _, p := range pairs {
		f := Fields{
			Account: cmp.Or(Slug(p.AccountName), p.AccountID), AccountName: p.AccountName, AccountID: p.AccountID,
			Role: fit(p.Role), RoleName: p.Role, Session: r.Session, Email: p.Email,
		}
		out.Reset()
		if err := t.Execute(&out, f); err != nil {
			return nil, templateError(err)
		}
		key, name := p.Key(), out.String()
		if err := checkName(name); err != nil {
			n.bad[key] = err
			continue
		}
		n.first[key], n.second[key] = name, name+"-"+p.AccountID
		n.firsts[name]++
		n.seconds[name+"-"+p.AccountID]++
	}
	if len(pairs) > 0 && len(n.bad) == len(pairs) {
		return nil, lang.Errorf("%w: it %w", ErrTemplate, n.bad[pairs[0].Key()])
	}
	return n, nil
}

// fits reports whether a profile's name is one of the two that its pair can
// have.
func (n *naming) fits(key Key, name string) bool {
	return name == n.first[key] || name == n.second[key]
}

// choose returns the name that the pair gets if others are taken, or "".
func (n *naming) choose(key Key, taken, config map[string]bool) string {
	free := func(name string) bool {
		// A name must not look derived from another, and its own derived name must
		// not be another profile's.
		return !taken[name] && !strings.HasSuffix(name, n.suffix) && !config[name+n.suffix]
	}
	if name := n.first[key]; n.firsts[name] == 1 && free(name) {
		return name
	}
	if name := n.second[key]; n.firsts[name] == 0 && n.seconds[name] == 1 && free(name) {
		return name
	}
	return ""
}

// warnings names profiles of the plan that not all of AWS's tools find.
func (n *naming) warnings(made ...[]Entry) []string {
	var odd []string
	for _, list := range made {
		for _, e := range list {
			if !awsfile.Portable(e.Profile) {
				odd = append(odd, e.Profile)
			}
		}
	}
	if len(odd) == 0 {
		return nil
	}
	is, others := "is", ""
	if more := len(odd) - 1; more > 0 {
		is, others = "are", lang.Sprintf(" and %d more", more)
	}
	return []string{lang.Sprintf(
		"%q%s %s not found by all of AWS's SDKs, which want a profile's name of ASCII letters, digits and _-@+.%%:/ alone: {{.Account}} and {{.Role}} make such names, and so does slug",
		slices.Min(odd), others, is)}
}
