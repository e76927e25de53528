package settings

import (
	"slices"
	"strings"

	"daypass/creds/settings/schema"
	"daypass/internal/lang"
)

// errForm says that a file has a form in which single values cannot be changed,
// or that the scanner is wrong about it, which is no different.
var errForm = lang.Error("the file has a form that is not understood")

// document says where things are in a text of TOML. It is made only of texts that a
// real decoder has read, so it need not find their mistakes.
type document struct {
	text     string
	sections []section // in file order; the first is what is before any header
	comments []string
	// lineBreak is that of the file's first line.
	lineBreak string
}

// section is a header with what follows it, up to the next header.
type section struct {
	path       []string
	start, end int // of the header's line; both 0 (or behind a byte order mark) in the first
	entries    []entry
}

// entry is one key with its value, in a section or in an inline table.
type entry struct {
	path  []string // all of it, with the section's
	depth int      // how many names of path are those of what it is in

	start, value, end int // of the key, of the value, and behind that
	// line and next are where the entry's first line begins and where its
	// last one ends, behind the line break. Not in inline tables.
	line, next int
	inline     *inline // the value, if it is an inline table
}

// inline is where a value's braces are, and what is between them.
type inline struct {
	open, shut int
	members    []entry
}

const byteOrderMark = "\ufeff"

func scan(text string) (document, error) {
	s := scanner{text: text}
	if strings.HasPrefix(text, byteOrderMark) {
		s.at = len(byteOrderMark)
	}
	s.doc = document{text: text, sections: []section{{start: s.at, end: s.at}}}
	for s.at < len(text) && !s.failed {
		s.statement()
	}
	if s.failed {
		return document{}, errForm
	}
	return s.doc, nil
}

type scanner struct {
	text   string
	at     int
	failed bool
	doc    document
}

// statement reads one header or entry with all of its lines, or one line with
// neither.
func (s *scanner) statement() {
	line := s.at
	s.blanks()
	switch {
	case s.looks("\n"), s.looks("\r\n"), s.looks("#"), s.at == len(s.text):
		s.restOfLine()
	case s.looks("[["):
		s.failed = true // no setting is a list
	case s.take("["):
		path := s.key()
		s.expect("]")
		s.restOfLine()
		s.doc.sections = append(s.doc.sections, section{path: path, start: line, end: s.at})
	default:
		sec := &s.doc.sections[len(s.doc.sections)-1]
		e := s.entry(sec.path)
		s.restOfLine()
		e.line, e.next = line, s.at
		sec.entries = append(sec.entries, e)
	}
}

func (s *scanner) entry(within []string) entry {
	e := entry{start: s.at, depth: len(within)}
	e.path = slices.Concat(within, s.key())
	s.expect("=")
	s.blanks()
	e.value = s.at
	if s.looks("{") {
		e.inline = s.inlineTable(e.path)
	} else {
		s.scalar()
	}
	e.end = s.at
	return e
}

func (s *scanner) inlineTable(path []string) *inline {
	t := &inline{open: s.at}
	s.at++
	for !s.failed {
		s.space()
		if s.looks("}") {
			t.shut = s.at
			s.at++
			break
		}
		t.members = append(t.members, s.entry(path))
		s.space()
		if !s.looks("}") {
			s.expect(",")
		}
	}
	return t
}

// key reads a key and the blanks behind it.
func (s *scanner) key() []string {
	path, rest, err := schema.CutKey(s.text[s.at:])
	s.at, s.failed = len(s.text)-len(rest), s.failed || err != nil
	return path
}

// scalar reads a value that is neither table nor list.
func (s *scanner) scalar() {
	for _, quote := range []string{`"""`, `'''`, `"`, `'`} {
		if s.take(quote) {
			s.closing(quote)
			return
		}
	}
	start := s.at
	s.until(",}]#\r\n")
	s.at = start + len(strings.TrimRight(s.text[start:s.at], " \t"))
	s.failed = s.failed || s.at == start || s.text[start] == '['
}

// closing goes behind the end of a text that began with a quote.
func (s *scanner) closing(quote string) {
	for s.at < len(s.text) {
		switch {
		case quote[0] == '"' && s.looks(`\`):
			s.at += 2
		case s.take(quote):
			// One or two more quotes belong to the text.
			for more := 0; len(quote) == 3 && more < 2 && s.take(quote[:1]); more++ {
			}
			return
		default:
			s.at++
		}
	}
	s.failed = true
}

// space skips blanks, line breaks and comments between the braces of a table.
func (s *scanner) space() {
	for s.at < len(s.text) {
		switch {
		case s.looks("#"):
			s.restOfLine()
		case strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0:
			s.at++
		default:
			return
		}
	}
	s.failed = true
}

// restOfLine goes behind the line break, if nothing but a comment is before it.
func (s *scanner) restOfLine() {
	s.blanks()
	if s.looks("#") {
		start := s.at
		s.until("\n")
		s.doc.comments = append(s.doc.comments, strings.TrimSuffix(s.text[start:s.at], "\r"))
	}
	if s.at < len(s.text) && !s.take("\n") && !s.take("\r\n") {
		s.failed = true
	}
}

func (s *scanner) blanks() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
}

// until goes to the first of the characters, or to the end.
func (s *scanner) until(stop string) {
	if i := strings.IndexAny(s.text[s.at:], stop); i >= 0 {
		s.at += i
	} else {
		s.at = len(s.text)
	}
}

func (s *scanner) looks(at string) bool {
	return strings.HasPrefix(s.text[min(s.at, len(s.text)):], at)
}

func (s *scanner) take(what string) bool {
	if !s.looks(what) {
		return false
	}
	s.at += len(what)
	return true
}

func (s *scanner) expect(what string) {
	s.failed = s.failed || !s.take(what)
}
