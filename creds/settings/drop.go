package settings

import (
	"iter"
	"slices"
	"strings"
)

// drop returns the text without the setting at path. Its comment stays, as a line of
// its own. A header that is then empty is removed too, unless it has a comment.
func (d document) drop(path []string) string {
	for i, sec := range d.sections {
		for k, e := range sec.entries {
			switch {
			case !slices.Equal(e.path, path):
			case i > 0 && len(sec.entries) == 1:
				return d.dropLast(i)
			default:
				return d.dropLine(&sec.entries[k])
			}
		}
	}
	for _, sec := range d.sections {
		for t := range inlines(sec.entries) {
			for k := range t.members {
				if slices.Equal(t.members[k].path, path) {
					return d.dropMember(t, k)
				}
			}
		}
	}
	return d.text
}

// inlines yields all inline tables among entries, the outer ones first.
func inlines(entries []entry) iter.Seq[*inline] {
	return func(yield func(*inline) bool) {
		for _, e := range entries {
			if e.inline == nil {
				continue
			}
			if !yield(e.inline) {
				return
			}
			for t := range inlines(e.inline.members) {
				if !yield(t) {
					return
				}
			}
		}
	}
}

func (d document) dropLine(e *entry) string {
	rest := d.text[e.end:e.next]
	if comment := strings.TrimLeft(rest, " \t"); strings.HasPrefix(comment, "#") {
		return d.splice(e.start, e.next, comment)
	}
	return d.splice(e.line, e.next, "")
}

// dropLast drops the only entry of a section with a header.
func (d document) dropLast(i int) string {
	sec := d.sections[i]
	e := &sec.entries[0]
	above := strings.TrimSuffix(d.text[:sec.start], "\n")
	above = above[strings.LastIndexByte(above, '\n')+1:]
	below := firstLine(d.text[e.next:])
	noted := strings.Contains(d.text[sec.start:sec.end], "#") || // or a name with it: no harm
		strings.HasPrefix(strings.TrimLeft(above, " \t"), "#") ||
		!isBlank(d.text[sec.end:e.line]) ||
		strings.HasPrefix(strings.TrimLeft(d.text[e.end:e.next], " \t"), "#") ||
		strings.HasPrefix(strings.TrimLeft(below, " \t"), "#")
	if noted {
		return d.dropLine(e)
	}
	before, after := d.text[:sec.start], d.text[e.next:]
	if after == "" {
		before = trimBlankLines(before)
	} else if isBlank(firstLine(after)) {
		after = after[len(firstLine(after)):]
	}
	return before + after
}

// dropMember takes one member out of an inline table. It may lose a comment between
// members, which editOne refuses.
func (d document) dropMember(t *inline, k int) string {
	from, to := t.members[k].start, t.members[k].end
	switch {
	case k+1 < len(t.members):
		to = t.members[k+1].start
	case k > 0:
		from = t.members[k-1].end
	default:
		if rest := d.text[to:t.shut]; strings.HasPrefix(strings.TrimLeft(rest, " \t"), ",") {
			to += strings.IndexByte(rest, ',') + 1
		}
	}
	return d.splice(from, to, "")
}
