package awsfile

import (
	"iter"
	"strings"
)

const byteOrderMark = "\ufeff"

// headerLines yields the start and end of every line whose first visible
// character is a bracket. It looks for brackets, not for lines, because in
// files of many profiles most lines are not headers.
func headerLines(text string) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for from := 0; ; {
			i := strings.IndexByte(text[from:], '[')
			if i < 0 {
				return
			}
			i += from
			start := i
			for start > from && isBlank(text[start-1]) {
				start--
			}
			end := lineEnd(text, i)
			atStart := start == 0 || text[start-1] == '\n' ||
				start == len(byteOrderMark) && strings.HasPrefix(text, byteOrderMark)
			if atStart && !yield(start, end) {
				return
			}
			from = end
		}
	}
}

// lineEnd returns the offset behind the line that holds offset at, its line
// ending included.
func lineEnd(text string, at int) int {
	if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(text)
}

// eol returns the line ending of the first line of text, "" if it has none.
func eol(text string) string {
	n := strings.IndexByte(text, '\n')
	switch {
	case n < 0:
		return ""
	case n > 0 && text[n-1] == '\r':
		return "\r\n"
	}
	return "\n"
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// header is a parsed header line.
type header struct {
	sec      Section
	prefixed bool
	comment  string // behind the bracket, with its mark
	junk     bool   // other text behind the bracket
}

// parseHeader reads a header line. Go and JavaScript want the bracket closed at the
// line's end. botocore accepts whatever follows it, and so does this; [File.Problems]
// reports it.
func parseHeader(kind Kind, line string) (header, bool) {
	var h header
	t, comment := cutComment(strings.TrimSpace(line))
	h.comment = comment
	if !strings.HasPrefix(t, "[") {
		return h, false
	}
	closing := len(t) - 1
	if closing == 0 || t[closing] != ']' {
		if closing = strings.IndexByte(t, ']'); closing < 0 {
			return h, false
		}
		rest := strings.TrimSpace(t[closing+1:])
		if strings.HasPrefix(rest, "#") || strings.HasPrefix(rest, ";") {
			h.comment = strings.TrimSpace(rest + " " + comment)
		} else {
			h.junk = true
		}
	}
	h.sec, h.prefixed = parseName(kind, strings.TrimSpace(t[1:closing]))
	return h, true
}

// parseName reads what is between the brackets.
func parseName(kind Kind, inner string) (sec Section, prefixed bool) {
	word, rest := inner, ""
	if i := firstOf(inner, ' ', '\t'); i >= 0 {
		word, rest = inner[:i], strings.TrimLeft(inner[i:], " \t")
	}
	switch {
	case rest == "":
		if kind == Credentials || inner == "default" {
			return Profile(inner), false
		}
		return Section{TypeOther, inner}, false
	case word == "profile" && kind == Config:
		return Profile(Unquote(rest)), true
	case word == "sso-session":
		return SSOSession(Unquote(rest)), true
	case word == "services":
		return Services(Unquote(rest)), true
	}
	name := inner
	if inner[len(word)+1:] != rest {
		name = word + " " + rest
	}
	if kind == Credentials && word != "profile" {
		return Profile(name), false
	}
	return Section{TypeOther, name}, false
}

// Unquote removes one pair of quotes around a value, as the Go SDK does; the other
// readers keep them.
func Unquote(s string) string {
	if n := len(s); n >= 2 && (s[0] == '"' || s[0] == '\'') && s[0] == s[n-1] {
		return s[1 : n-1]
	}
	return s
}

// cutComment separates a comment from the text before it: # or ; after white space, as
// in the SDKs. botocore has no such comments and takes them for part of the value.
func cutComment(s string) (before, comment string) {
	if strings.IndexByte(s, '#') < 0 && strings.IndexByte(s, ';') < 0 {
		return s, "" // almost all lines
	}
	for i := 1; i < len(s); i++ {
		if (s[i] == '#' || s[i] == ';') && isBlank(s[i-1]) {
			return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i:])
		}
	}
	return s, ""
}

// splitProperty cuts a line at its first "=" or ":".
func splitProperty(s string) (key, value string, ok bool) {
	i := firstOf(s, '=', ':')
	if i < 0 {
		return "", "", false
	}
	key = strings.TrimSpace(s[:i])
	return key, strings.TrimSpace(s[i+1:]), key != ""
}

// firstOf returns the offset of the first of two bytes, or -1. The text is mostly short,
// for which strings.IndexAny is slow.
func firstOf(s string, one, other byte) int {
	for i := range len(s) {
		if s[i] == one || s[i] == other {
			return i
		}
	}
	return -1
}

type lineKind int

const (
	blankLine    lineKind = iota
	commentLine           // nothing but a comment
	propertyLine          // key = value
	moreLine              // continues or nests in the property above it
	junkLine              // nothing that any reader understands
)

// line is one line below a header.
type line struct {
	kind       lineKind
	start, end int // in the block's text, line ending included
	indent     int
	text       string // without white space around it

	// Of a property only.
	key, value string // key in lower case
	comment    string // behind the value, with its mark
	plain      bool   // every reader takes it for a property of the section
}

// lines yields the lines below the block's header.
func (b block) lines() iter.Seq[line] {
	return func(yield func(line) bool) {
		var s scanner
		for at := b.head; at < len(b.text); {
			end := lineEnd(b.text, at)
			if !yield(s.read(b.text, at, end)) {
				return
			}
			at = end
		}
	}
}

// scanner carries what the meaning of an indented line depends on.
type scanner struct {
	inside bool // a property is above
	opens  bool // its value is empty, so that deeper lines nest in it
	indent int  // where it begins

	// botocore takes every line deeper than the last option for part of its value. The
	// Go SDK nests every indented line below a key without a value.
	pyInside bool
	pyIndent int
	goOpens  bool
}

func (s *scanner) read(text string, start, end int) line {
	raw := text[start:end]
	l := line{start: start, end: end, text: strings.TrimSpace(raw)}
	if l.text == "" {
		return l
	}
	if l.text[0] == '#' || l.text[0] == ';' {
		l.kind = commentLine
		return l
	}
	for l.indent < len(raw) && isBlank(raw[l.indent]) {
		l.indent++
	}
	before, comment := cutComment(l.text)
	key, value, isProperty := splitProperty(before)
	switch {
	case l.indent > 0 && s.inside && s.opens && l.indent > s.indent,
		l.indent > 0 && s.inside && !s.opens && !isProperty:
		l.kind = moreLine
		return l
	case !isProperty:
		l.kind = junkLine
		return l
	}
	l.kind = propertyLine
	l.key, l.value, l.comment = strings.ToLower(key), value, comment
	s.property(&l)
	return l
}

// property notes a property and whether all readers see it as one.
func (s *scanner) property(l *line) {
	pyOption := !s.pyInside || l.indent <= s.pyIndent
	l.plain = l.indent == 0 || pyOption && !s.goOpens
	if pyOption {
		s.pyInside, s.pyIndent = true, l.indent
	}
	if l.indent == 0 || !s.goOpens {
		s.goOpens = Unquote(l.value) == ""
	}
	s.inside, s.opens, s.indent = true, l.value == "", l.indent
}

// entries yields the block's keys and values in order; a key that comes twice
// is yielded twice.
func (b block) entries() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		var (
			key, value string
			pending    bool
		)
		for l := range b.lines() {
			switch l.kind {
			case propertyLine:
				if pending && !yield(key, value) {
					return
				}
				key, value, pending = l.key, l.value, true
			case moreLine:
				value += "\n" + l.text
			}
		}
		if pending {
			yield(key, value)
		}
	}
}
