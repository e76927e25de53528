package settings

import (
	"slices"
	"strings"

	"daypass/creds/settings/schema"
)

// put returns the text with the setting at path given a value, which is TOML
// already. The setting goes where it is; else into its table, in the manner
// in which that is written there; else into a new table at the end.
func (d document) put(path []string, value string) string {
	if e := d.find(path); e != nil {
		return d.splice(e.value, e.end, value)
	}
	parent := path[:len(path)-1]
	if t, depth := d.inlineFor(parent); t != nil {
		return d.putInline(t, schema.FormatKey(path[depth:])+" = "+value)
	}
	for i, sec := range d.sections {
		if slices.Equal(sec.path, parent) {
			return d.putInSection(i, path, value)
		}
	}
	if e := d.dottedFor(parent); e != nil {
		return d.putBehind(e, schema.FormatKey(path[e.depth:])+" = "+value)
	}
	nl := d.lineBreak
	text := trimBlankLines(d.text)
	if text != "" && text != byteOrderMark {
		if !strings.HasSuffix(text, "\n") {
			text += nl
		}
		text += nl
	}
	return text + "[" + schema.FormatKey(parent) + "]" + nl + schema.FormatKey(path[len(parent):]) + " = " + value + nl
}

func (d document) splice(from, to int, what string) string {
	return d.text[:from] + what + d.text[to:]
}

// lineBreakOf returns the line break of a file's first line.
func lineBreakOf(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// find returns the entry of a setting, nil if it is nowhere.
func (d document) find(path []string) *entry {
	for _, sec := range d.sections {
		if e := findIn(sec.entries, path); e != nil {
			return e
		}
	}
	return nil
}

func findIn(entries []entry, path []string) *entry {
	for i := range entries {
		e := &entries[i]
		if slices.Equal(e.path, path) {
			return e
		}
		if e.inline != nil && hasPrefix(path, e.path) {
			if found := findIn(e.inline.members, path); found != nil {
				return found
			}
		}
	}
	return nil
}

func hasPrefix(path, prefix []string) bool {
	return len(path) >= len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}

// inlineFor returns the innermost inline table that a table is or is in,
// with the number of names in its path. No header may add to one.
func (d document) inlineFor(table []string) (found *inline, depth int) {
	for _, sec := range d.sections {
		entries := sec.entries
		for i := 0; i < len(entries); i++ {
			if e := entries[i]; e.inline != nil && hasPrefix(table, e.path) {
				found, depth = e.inline, len(e.path)
				entries, i = e.inline.members, -1
			}
		}
	}
	return found, depth
}

// dottedFor returns the last entry whose dotted key defines a table, or one that
// it is in; nil if there is none. No header may name such a table again.
func (d document) dottedFor(table []string) *entry {
	var (
		best   *entry
		shared int
	)
	for _, sec := range d.sections {
		for i := range sec.entries {
			e := &sec.entries[i]
			n := 0
			for n < len(table) && n < len(e.path)-1 && table[n] == e.path[n] {
				n++
			}
			if n > e.depth && n >= shared {
				best, shared = e, n
			}
		}
	}
	return best
}

func (d document) putInline(t *inline, entry string) string {
	if n := len(t.members); n > 0 {
		end := t.members[n-1].end
		return d.splice(end, end, ", "+entry)
	}
	if strings.Trim(d.text[t.open+1:t.shut], " \t") == "" {
		return d.splice(t.open+1, t.shut, " "+entry+" ")
	}
	return d.splice(t.open+1, t.open+1, " "+entry) // a comment is in there
}

func (d document) putInSection(i int, path []string, value string) string {
	sec := d.sections[i]
	entry := schema.FormatKey(path[len(sec.path):]) + " = " + value
	switch n := len(sec.entries); {
	case n > 0:
		return d.putBehind(&sec.entries[n-1], entry)
	case i > 0:
		return d.putAt(sec.end, entry)
	}
	at := d.top()
	rest := d.text[at:]
	if rest != "" && !isBlank(firstLine(rest)) {
		entry += d.lineBreak
	}
	return d.putAt(at, entry)
}

// top is where the first setting goes if there is none before the first header: behind
// a comment on the file, which ends with a blank line, and before one on the first
// header.
func (d document) top() int {
	at := d.sections[0].end
	limit := len(d.text)
	if len(d.sections) > 1 {
		limit = d.sections[1].start
	}
	top := at
	if limit == len(d.text) {
		return limit
	}
	for at < limit {
		line := firstLine(d.text[at:])
		at += len(line)
		if isBlank(line) {
			top = at
		}
	}
	return top
}

func firstLine(text string) string {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return text[:i+1]
	}
	return text
}

// trimBlankLines takes off blank lines at the end.
func trimBlankLines(text string) string {
	for {
		above := strings.TrimSuffix(text, "\n")
		last := strings.LastIndexByte(above, '\n') + 1
		if text[last:] == "" || !isBlank(text[last:]) {
			return text
		}
		text = text[:last]
	}
}

func isBlank(line string) bool { return strings.Trim(line, " \t\r\n") == "" }

func (d document) putBehind(e *entry, entry string) string {
	return d.putAt(e.next, d.text[e.line:e.start]+entry)
}

// putAt puts a line where another begins, or at the end.
func (d document) putAt(at int, line string) string {
	if before := d.text[:at]; before != "" && before != byteOrderMark && !strings.HasSuffix(before, "\n") {
		line = d.lineBreak + line
	}
	return d.splice(at, at, line+d.lineBreak)
}
