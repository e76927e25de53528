package awsfile

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"daypass/internal/lang"
)

// Tools are readers of the AWS files, one bit each.
type Tools uint8

const (
	// AWSCLI is botocore: the AWS CLI and boto3.
	AWSCLI Tools = 1 << iota
	// GoSDK is the Go SDK, and with it Terraform and daypass itself.
	GoSDK
	// JavaScript is the JavaScript SDK.
	JavaScript

	allTools = AWSCLI | GoSDK | JavaScript
)

// String names them as the subject of a sentence.
func (t Tools) String() string {
	var names []string
	for _, one := range []struct {
		tool Tools
		name string
	}{{AWSCLI, lang.T("the AWS CLI")}, {GoSDK, lang.T("the Go SDK")}, {JavaScript, lang.T("the JavaScript SDK")}} {
		if t&one.tool != 0 {
			names = append(names, one.name)
		}
	}
	switch n := len(names); n {
	case 0:
		return lang.T("no tool")
	case 1:
		return names[0]
	default:
		return lang.Sprintf("%s and %s", strings.Join(names[:n-1], ", "), names[n-1])
	}
}

// verb returns the verb in the singular or plural, by how many tools there are.
func (t Tools) verb(one, several string) string {
	if t&(t-1) == 0 {
		return one
	}
	return several
}

// headerSeen says what the tools make of a header line. find are those that find the
// section by its name. deaf are those that see no header, so that what is below it goes
// to the section above.
func headerSeen(kind Kind, raw string, sec Section) (find, deaf Tools) {
	if isPlain(kind, raw, sec) {
		return allTools, 0
	}
	if title, ok := cliTitle(raw); ok && cliNames(kind, title, sec) {
		find |= AWSCLI
	}
	title, ok := goTitle(raw)
	switch {
	case !ok:
		deaf |= GoSDK
	case title == titleOf(kind, sec), sec == Profile("default") && title == "default":
		find |= GoSDK
	}
	inner, ok := jsTitle(raw)
	switch {
	case !ok:
		deaf |= JavaScript
	case jsNames(kind, inner, sec):
		find |= JavaScript
	}
	return find, deaf
}

// isPlain reports whether a header is written as all tools want it, as almost all are.
func isPlain(kind Kind, raw string, sec Section) bool {
	raw, ok := strings.CutPrefix(strings.TrimRight(raw, "\r\n"), "[")
	if ok && (kind == Config || sec.Type != TypeProfile) {
		raw, ok = strings.CutPrefix(raw, sectionWords[sec.Type])
		ok = ok && strings.HasPrefix(raw, " ")
		raw = strings.TrimPrefix(raw, " ")
	}
	rest, ends := strings.CutSuffix(raw, "]")
	return ok && ends && rest == sec.Name && Portable(rest) && rest != "DEFAULT" && rest != "__proto__"
}

// titleOf returns a section's title in its plainest header.
func titleOf(kind Kind, sec Section) string {
	if sec.Type == TypeProfile && kind == Credentials {
		return sec.Name
	}
	return sectionWords[sec.Type] + " " + sec.Name
}

// cliTitle reads a title as Python does: up to the line's last bracket.
func cliTitle(raw string) (string, bool) {
	t := strings.TrimSpace(raw)
	if !strings.HasPrefix(t, "[") {
		return "", false
	}
	end := strings.LastIndexByte(t, ']')
	if end < 2 {
		return "", false
	}
	return t[1:end], true
}

func cliNames(kind Kind, title string, sec Section) bool {
	if title == "DEFAULT" {
		return false // Python's word for what all sections share
	}
	if sec.Type == TypeProfile && (kind == Credentials || title == "default") {
		return title == sec.Name
	}
	words, ok := shellWords(title)
	return ok && strings.HasPrefix(title, sectionWords[sec.Type]) && len(words) == 2 && words[1] == sec.Name
}

// shellWords splits a title as a shell would, where it is plain enough to be sure.
func shellWords(title string) ([]string, bool) {
	if word, rest, ok := strings.Cut(title, " "); ok {
		rest = strings.Trim(rest, " \t")
		if bare := Unquote(rest); bare != rest && !strings.ContainsAny(bare, "\"'\\") {
			return []string{word, bare}, true
		}
	}
	if strings.ContainsAny(title, "\"'\\") {
		return nil, false
	}
	return strings.FieldsFunc(title, func(r rune) bool { return r == ' ' || r == '\t' }), true
}

// goTitle reads a title as the Go SDK does: # and ; begin a comment anywhere.
func goTitle(raw string) (string, bool) {
	if i := strings.IndexAny(raw, "#;"); i >= 0 {
		raw = raw[:i]
	}
	t := strings.TrimSpace(raw)
	if !strings.HasPrefix(t, "[") || !strings.HasSuffix(t, "]") || len(t) < 2 {
		return "", false
	}
	t = strings.TrimSpace(t[1 : len(t)-1])
	if i := strings.IndexAny(t, " \t"); i >= 0 {
		return t[:i] + " " + strings.TrimLeft(t[i:], " \t"), true
	}
	return t, true
}

// jsTitle reads a title as the JavaScript SDK does: white space in the brackets stays.
func jsTitle(raw string) (string, bool) {
	for i := range raw {
		if (raw[i] == '#' || raw[i] == ';') && (i == 0 || unicode.IsSpace(rune(raw[i-1]))) {
			raw = raw[:i]
			break
		}
	}
	t := strings.TrimFunc(raw, isSpace)
	if !strings.HasPrefix(t, "[") || !strings.HasSuffix(t, "]") || len(t) < 2 {
		return "", false
	}
	return t[1 : len(t)-1], true
}

func jsNames(kind Kind, inner string, sec Section) bool {
	if sec.Name == "__proto__" {
		return false
	}
	word, name, typed := jsTyped(inner)
	switch {
	case sec.Type == TypeProfile && kind == Credentials:
		return !typed && inner == sec.Name
	case !typed:
		return sec == Profile("default") && inner == "default"
	}
	return word == sectionWords[sec.Type] && name == sec.Name
}

// jsTyped splits what the JavaScript SDK takes for a type and a name: words with one
// white space between them, the second perhaps in quotes.
func jsTyped(inner string) (word, name string, ok bool) {
	i := strings.IndexFunc(inner, unicode.IsSpace)
	if i < 1 || strings.ContainsFunc(inner[:i], func(r rune) bool { return r != '-' && r != '_' && !isASCIIWord(r) }) {
		return "", "", false
	}
	name = Unquote(strings.TrimPrefix(inner[i:], string([]rune(inner[i:])[0])))
	return inner[:i], name, Portable(name)
}

func isNoSpace(r rune) bool { return !unicode.IsSpace(r) }

func isASCIIWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// cliReader follows Python's configparser line by line, as botocore sets it up. One
// wrong line makes it refuse the whole file.
type cliReader struct {
	sections map[string]bool
	// options are those of the present section, once inside is set by a header. shared
	// are those of [DEFAULT], which may come twice.
	options, shared names
	inDefault       bool
	inside          bool
	// option is the one that deeper lines continue, or "", and indent is where it is.
	// nests is set while its value is empty: lines that continue it must then be key =
	// value.
	option string
	nests  bool
	indent int
}

// cliSees is what the AWS CLI takes a line for.
type cliSees int

const (
	cliNothing cliSees = iota // blank, or a comment
	cliHeader
	cliOption
	cliMore
)

// cliFault is why the AWS CLI refuses a file.
type cliFault int

const (
	cliFine cliFault = iota
	cliNoSection
	cliSectionTwice
	cliOptionTwice
	cliNoKey
	cliNoSign
	cliBadNested
)

// read takes the next line.
func (c *cliReader) read(line string) (cliSees, cliFault) {
	value := strings.TrimSpace(line)
	if value == "" || value[0] == '#' || value[0] == ';' {
		return cliNothing, cliFine
	}
	indent := 0
	if line[0] != value[0] {
		indent = utf8.RuneCountInString(line[:strings.IndexFunc(line, isNoSpace)])
	}
	if c.option != "" && indent > c.indent {
		if c.nests && !strings.Contains(value, "=") {
			return cliMore, cliBadNested
		}
		return cliMore, cliFine
	}
	c.indent = indent
	if title, ok := cliTitle(value); ok {
		return cliHeader, c.header(title)
	}
	if !c.inside {
		return cliOption, cliNoSection
	}
	i := firstOf(value, '=', ':')
	switch {
	case i < 0:
		return cliOption, cliNoSign
	case i == 0:
		return cliOption, cliNoKey
	}
	c.option = strings.ToLower(strings.TrimSpace(value[:i]))
	c.nests = i+1 == len(value) // a value has no white space at its end
	options := &c.options
	if c.inDefault {
		options = &c.shared
	}
	if !options.add(c.option) {
		return cliOption, cliOptionTwice
	}
	return cliOption, cliFine
}

// maxFew is how many names are few.
const maxFew = 32

// names is a set of few names, mostly.
type names struct {
	few  []string
	many map[string]bool
}

// add reports whether the name is new.
func (n *names) add(name string) bool {
	if n.many[name] || slices.Contains(n.few, name) {
		return false
	}
	if len(n.few) < maxFew {
		n.few = append(n.few, name)
		return true
	}
	if n.many == nil {
		n.many = map[string]bool{}
	}
	n.many[name] = true
	return true
}

func (n *names) clear() { n.few, n.many = n.few[:0], nil }

func (c *cliReader) header(title string) cliFault {
	c.inside, c.inDefault, c.option = true, title == "DEFAULT", ""
	if c.inDefault {
		return cliFine
	}
	c.options.clear()
	if c.sections[title] {
		return cliSectionTwice
	}
	c.sections[title] = true
	return cliFine
}
