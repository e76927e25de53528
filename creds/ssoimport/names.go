package ssoimport

import (
	"cmp"
	"errors"
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
)

// DefaultTemplate makes names such as production-eu-AdministratorAccess.
const DefaultTemplate = "{{.Account}}-{{.Role}}"

// Fields are what a name template may use.
type Fields struct {
	// Account is the account's name as [Slug] makes it, or its ID if that
	// leaves nothing.
	Account string
	// AccountName is as AWS has it.
	AccountName string
	AccountID   string
	// Role is the role's name as [fit] makes it.
	Role string
	// RoleName is as AWS has it: letters, digits and _+=,.@-
	// (https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html).
	RoleName string
	Session  string
	Email    string
}

// ErrTemplate says what is wrong with a name template.
var ErrTemplate = errors.New("name template")

// Slug makes text fit for a profile's name that all of AWS's tools find: in lower
// case, with letters of ASCII where others resemble them, and each run of what is
// neither letter nor digit of ASCII one dash. It may leave nothing.
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

// fit replaces each run of what is not portable in a profile's name by a dash, and
// leaves the rest as it is.
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

// fold writes letters with marks, ligatures and wide letters by the plain ones that
// they are known by: é by e, ß by ss. Those of other alphabets stay.
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

// undecomposed are Latin letters that Unicode does not make of others.
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

// replace is bounded, as a chain of calls could make any amount of text of a
// short template.
func replace(old, by, in string) (string, error) {
	const limit = 1000
	if old == "" {
		return "", errors.New("replace has nothing to look for")
	}
	if len(in)+strings.Count(in, old)*len(by) > limit {
		return "", errors.New("replace makes too long a text")
	}
	return strings.ReplaceAll(in, old, by), nil
}

// comparisons are of text/template itself.
var comparisons = map[string]bool{"eq": true, "ne": true, "and": true, "or": true, "not": true}

const known = "it knows .Account, .AccountName, .AccountID, .Role, .RoleName, .Session and .Email, and slug, lower, upper, replace, trimPrefix and trimSuffix"

// parseTemplate reads a name template. Loops, other templates and functions
// that print are refused: they could run or grow without an end, and a name
// needs none of them.
func parseTemplate(text string) (*template.Template, error) {
	if text == "" {
		text = DefaultTemplate
	}
	t, err := template.New("").Option("missingkey=error").Funcs(functions).Parse(text)
	if err != nil {
		return nil, templateError(err)
	}
	if len(t.Templates()) > 1 {
		return nil, fmt.Errorf("%w: it cannot define other templates", ErrTemplate)
	}
	if t.Tree == nil {
		return nil, fmt.Errorf("%w: it gives no name", ErrTemplate)
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
			return fmt.Errorf("%w: it cannot have variables", ErrTemplate)
		}
		for _, c := range n.Cmds {
			below = append(below, c.Args...)
		}
	case *parse.IdentifierNode:
		if functions[n.Ident] == nil && !comparisons[n.Ident] {
			return fmt.Errorf("%w: it has no function %q; %s", ErrTemplate, n.Ident, known)
		}
	default:
		return fmt.Errorf("%w: it cannot have %q; %s", ErrTemplate, node, known)
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

// templateError says what text/template found in the words of this package.
func templateError(err error) error {
	if m := noFunction.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("%w: it has no function %q; %s", ErrTemplate, m[1], known)
	}
	if m := noField.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("%w: it has no field %q; %s", ErrTemplate, "."+m[1], known)
	}
	return fmt.Errorf("%w: %s", ErrTemplate, place.ReplaceAllString(err.Error(), ""))
}

// checkName says why a name that a template made cannot be a profile's, in
// words that follow the template. It must do for both files, as credentials may
// be written under it.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("makes an empty name")
	case strings.EqualFold(name, "default"):
		// [DEFAULT] in the credentials file is every profile's to Python.
		return fmt.Errorf("makes %q, which is the name of the default profile", name)
	}
	for _, kind := range []awsfile.Kind{awsfile.Config, awsfile.Credentials} {
		if err := awsfile.CheckName(kind, awsfile.Profile(name)); err != nil {
			why := strings.TrimPrefix(err.Error(), awsfile.ErrInvalidName.Error()+": ")
			return fmt.Errorf("makes a name that not all AWS tools would find: %s", why)
		}
	}
	return nil
}

// naming knows the two names that a pair can have: what the template makes, or
// that with the account's ID behind it. Both depend on what AWS lists and on
// the template, never on which pairs were chosen or in what order they come, so
// that a second run finds what the first one decided.
type naming struct {
	first, second map[Key]string
	bad           map[Key]error // pairs that the template makes no name for
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
		return nil, fmt.Errorf("%w: it %w", ErrTemplate, n.bad[pairs[0].Key()])
	}
	return n, nil
}

// fits reports whether a profile's name is one of the two that its pair can
// have.
func (n *naming) fits(key Key, name string) bool {
	return name == n.first[key] || name == n.second[key]
}

// choose returns the name that the pair gets where others are taken, or "".
func (n *naming) choose(key Key, taken, config map[string]bool) string {
	free := func(name string) bool {
		// The names that daypass derives from others are not given, nor
		// one whose derived name is a profile of its own.
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

// warnings says of what the plan would write what not all of AWS's tools read.
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
		is, others = "are", fmt.Sprintf(" and %d more", more)
	}
	return []string{fmt.Sprintf(
		"%q%s %s not found by all of AWS's SDKs, which want a profile's name of ASCII letters, digits and _-@+.%%:/ alone: {{.Account}} and {{.Role}} make such names, and so does slug",
		slices.Min(odd), others, is)}
}
