package awsfile

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// Problem is something in a file that AWS's readers do not understand, or not
// all in the same way.
type Problem struct {
	Line int    // counted from 1
	Text string // one sentence, without any value from the file
}

// Problems looks through the whole file and tells what is amiss, by line. An
// empty result means that botocore, the Go SDK and the JavaScript SDK read the
// same from it, as far as this package knows.
func (f *File) Problems() []Problem {
	r := report{kind: f.kind, line: 1, headers: map[string]bool{}}
	for i, b := range f.blocks {
		if i == 0 && b.head > 0 {
			r.add(0, "The file starts with a byte order mark, which not all AWS tools read past.")
		}
		if i > 0 && b.head > 0 {
			r.header(b)
			r.bytes(b.text[:b.head])
			r.line += strings.Count(b.text[:b.head], "\n")
		}
		r.body(b)
	}
	sort.SliceStable(r.out, func(i, j int) bool { return r.out[i].Line < r.out[j].Line })
	return r.out
}

type report struct {
	kind    Kind
	line    int // of what is looked at
	headers map[string]bool
	below   bool // a header stands above
	out     []Problem
}

func (r *report) add(offset int, format string, args ...any) {
	r.out = append(r.out, Problem{r.line + offset, fmt.Sprintf(format, args...)})
}

func (r *report) header(b block) {
	r.below = true
	raw := b.text[:b.head]
	h, _ := parseHeader(r.kind, raw)
	name := strings.TrimSpace(raw)
	if end := strings.IndexByte(name, ']'); end > 0 {
		name = name[:end+1]
	}
	if r.headers[name] {
		r.add(0, "The section %s stands here a second time, which the AWS CLI refuses.", name)
	}
	r.headers[name] = true
	switch {
	case h.sec.Name == "":
		r.add(0, "The section has no name.")
	case h.junk:
		r.add(0, "Other text follows the section's closing bracket.")
	case isBlank(raw[0]):
		r.add(0, "The section's header is indented, which the AWS CLI may take for a continuation.")
	case r.kind == Config && h.sec.Type == TypeOther && !isKnownOther(h.sec.Name):
		r.add(0, "%s is no profile to AWS's tools, because the word profile is missing.", name)
	case r.kind == Credentials && h.sec.Type == TypeOther:
		r.add(0, "%s is no profile to AWS's tools, because this file names profiles without the word profile.", name)
	}
}

// isKnownOther names the sections that the AWS CLI itself keeps in the file.
func isKnownOther(name string) bool { return name == "plugins" || name == "preview" }

func (r *report) body(b block) {
	keys := map[string]bool{}
	for l := range b.lines() {
		switch l.kind {
		case propertyLine:
			r.property(l, keys)
		case junkLine:
			r.add(0, "The line is neither a section, nor key = value, nor a comment, and the AWS CLI refuses it.")
		}
		r.bytes(b.text[l.start:l.end])
		r.line++
	}
}

func (r *report) property(l line, keys map[string]bool) {
	switch {
	case !r.below:
		r.add(0, "The key %q stands before any section.", l.key)
	case keys[l.key]:
		r.add(0, "The key %q stands in this section a second time, which the AWS CLI refuses.", l.key)
	case !l.plain:
		r.add(0, "The key %q is indented so that some AWS tools take it for a part of the value above.", l.key)
	case l.comment != "":
		r.add(0, "The AWS CLI takes the comment behind %q for a part of its value.", l.key)
	}
	keys[l.key] = true
}

func (r *report) bytes(raw string) {
	if !utf8.ValidString(raw) {
		r.add(0, "The line is not UTF-8, which the AWS CLI refuses.")
	}
	if strings.Contains(strings.TrimSuffix(strings.TrimSuffix(raw, "\n"), "\r"), "\r") {
		r.add(0, "A lone carriage return stands in the line, which the AWS CLI takes for the line's end.")
	}
}
