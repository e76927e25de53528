// Package awsfile reads and edits the two files that AWS's tools share,
// ~/.aws/config and ~/.aws/credentials, without disturbing what people wrote
// in them.
//
// A [File] keeps every byte. Its methods read what AWS's own readers accept,
// however odd, and write only what botocore, the Go SDK and the JavaScript SDK
// all read alike. [Load] reads a file; [Update] edits one under a lock and
// replaces it in one step.
//
// Where the three readers differ, reading follows the Go SDK, with one
// exception: how deep a line is indented decides what is nested, as in botocore.
//
// A long-term access key is never overwritten or removed unless [File.Allow]
// was given the same key; see [ErrLongTermKey].
//
// The format is described at
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html.
package awsfile

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Kind says which of the two files is meant: they name profiles differently.
type Kind int

const (
	// Config is ~/.aws/config: [default], [profile x], [sso-session x].
	Config Kind = iota
	// Credentials is ~/.aws/credentials: a section's name is the profile's.
	Credentials
)

// SectionType says what a section describes.
type SectionType int

const (
	// TypeProfile is a profile: [default], [profile x], or [x] in the
	// credentials file.
	TypeProfile SectionType = iota
	// TypeSSOSession is an IAM Identity Center session: [sso-session x].
	TypeSSOSession
	// TypeServices holds endpoints of single services: [services x].
	TypeServices
	// TypeOther is every other section; AWS's SDKs ignore it.
	TypeOther
)

// Section names a section. Sections may be compared with ==.
type Section struct {
	Type SectionType
	Name string
}

// Profile names the profile of that name in either file.
func Profile(name string) Section { return Section{TypeProfile, name} }

// SSOSession names [sso-session name].
func SSOSession(name string) Section { return Section{TypeSSOSession, name} }

// Services names [services name].
func Services(name string) Section { return Section{TypeServices, name} }

// File is the content of one file. Any number of goroutines may read it while
// none edits it.
type File struct {
	kind   Kind
	blocks []block         // in file order; the first holds what comes before any header
	first  map[Section]int // each section's first block
	// text is what was parsed, and ends are where each block of it ended.
	text string
	ends []int

	proofs []keyPair
	guards map[Section]guard // as first met, before any edit of the section
}

// block is one header with what follows it, up to the next header. Edits
// replace the text of single blocks, so that their cost does not grow with
// the file.
type block struct {
	sec      Section
	prefixed bool   // the header says "profile": [profile default] hides [default]
	text     string // header line included
	head     int    // length of the header line; of the byte order mark in the first block
	next     int    // the same section's next block; 0 is none
}

// Parse reads data. It never fails: what it does not understand is kept and
// reported by [File.Problems].
func Parse(kind Kind, data []byte) *File { return parse(kind, string(data)) }

func parse(kind Kind, text string) *File {
	brackets := strings.Count(text, "[") // at least as many as sections
	f := &File{
		kind:   kind,
		blocks: make([]block, 1, 1+brackets),
		text:   text,
		ends:   make([]int, 0, 1+brackets),
		first:  make(map[Section]int, brackets),
		guards: map[Section]guard{},
	}
	if strings.HasPrefix(text, byteOrderMark) {
		f.blocks[0].head = len(byteOrderMark)
	}
	var (
		last = make(map[Section]int) // last block of sections that come twice
		from int                     // where the current block begins
	)
	for at, end := range headerLines(text) {
		h, ok := parseHeader(kind, text[at:end])
		if !ok {
			continue
		}
		f.blocks[len(f.blocks)-1].text = text[from:at]
		f.ends = append(f.ends, at)
		from = at
		here := len(f.blocks)
		f.blocks = append(f.blocks, block{sec: h.sec, prefixed: h.prefixed, head: end - at})
		if first, again := f.first[h.sec]; !again {
			f.first[h.sec] = here
		} else {
			before, found := last[h.sec]
			if !found {
				before = first
			}
			f.blocks[before].next = here
			last[h.sec] = here
		}
	}
	f.blocks[len(f.blocks)-1].text = text[from:]
	f.ends = append(f.ends, len(text))
	return f
}

// Bytes returns the file's content: what was parsed, with the edits made
// since.
func (f *File) Bytes() []byte {
	out := make([]byte, 0, len(f.text))
	for _, text := range f.texts() {
		out = append(out, text...)
	}
	return out
}

// texts returns [File.Bytes] in pieces: each edited block, and the unchanged text
// between two of them, which shares the memory of what was parsed.
func (f *File) texts() []string {
	var texts []string
	from, at := 0, 0 // all up to from is among the pieces
	for i, b := range f.blocks {
		was := ""
		if i < len(f.ends) {
			was = f.text[at:f.ends[i]]
		}
		if b.text != was {
			texts = append(texts, f.text[from:at], b.text)
			from = at + len(was)
		}
		at += len(was)
	}
	return append(texts, f.text[from:])
}

// Sections returns every section once, in file order.
func (f *File) Sections() []Section {
	out := make([]Section, 0, len(f.first))
	for i, b := range f.blocks {
		if first, ok := f.first[b.sec]; ok && first == i {
			out = append(out, b.sec)
		}
	}
	return out
}

// Profiles returns the names of the profiles, in file order.
func (f *File) Profiles() []string {
	var out []string
	for _, s := range f.Sections() {
		if s.Type == TypeProfile {
			out = append(out, s.Name)
		}
	}
	return out
}

// Has reports whether the file has the section, even an empty one.
func (f *File) Has(sec Section) bool {
	_, ok := f.first[sec]
	return ok
}

// Get returns the value of a key as AWS's SDKs read it, without surrounding white space
// and without the comment behind it. Keys are not case-sensitive. Of keys that come
// twice the last counts; of [default] and [profile default] only the latter. Each
// continuation line follows after a "\n", so a value that begins with "\n" is nested;
// see [File.Nested].
func (f *File) Get(sec Section, key string) (string, bool) {
	var (
		value string
		found bool
	)
	key = strings.ToLower(key)
	for b := range f.effective(sec) {
		for k, v := range b.entries() {
			if k == key {
				value, found = v, true
			}
		}
	}
	return value, found
}

// Values returns all keys, in lower case, with their values as [File.Get]
// returns them.
func (f *File) Values(sec Section) map[string]string {
	return maps.Collect(f.Entries(sec))
}

// Entries yields the keys and values of [File.Values] in order; of a repeated key the
// last value counts.
func (f *File) Entries(sec Section) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for b := range f.effective(sec) {
			for k, v := range b.entries() {
				if !yield(k, v) {
					return
				}
			}
		}
	}
}

// Texts yields the text that [File.Entries] reads of a section, headers included.
func (f *File) Texts(sec Section) iter.Seq[string] {
	return func(yield func(string) bool) {
		for b := range f.effective(sec) {
			if !yield(b.text) {
				return
			}
		}
	}
}

// HasSecrets reports whether a secret key or a session token is anywhere in the file.
func (f *File) HasSecrets() bool {
	for i := range f.blocks {
		for key, value := range f.blocks[i].entries() {
			switch key {
			case "aws_secret_access_key", "aws_session_token", "aws_security_token":
				if value != "" {
					return true
				}
			}
		}
	}
	return false
}

// Nested returns the value of sub in a nested value such as
//
//	sts =
//	  endpoint_url = http://localhost:4566
func (f *File) Nested(sec Section, key, sub string) (string, bool) {
	value, _ := f.Get(sec, key)
	if !strings.HasPrefix(value, "\n") {
		return "", false
	}
	var (
		out   string
		found bool
	)
	for l := range strings.Lines(value) {
		if k, v, ok := splitProperty(l); ok && strings.EqualFold(k, sub) {
			out, found = v, true
		}
	}
	return out, found
}

// all yields the indexes of the section's blocks, in file order.
func (f *File) all(sec Section) iter.Seq[int] {
	return func(yield func(int) bool) {
		i, ok := f.first[sec]
		for ok && yield(i) {
			i = f.blocks[i].next
			ok = i != 0
		}
	}
}

// groups returns the indexes of the section's blocks: those that readers take values
// from, and those that another header hides from some readers.
func (f *File) groups(sec Section) (read, hidden []int) {
	if f.kind == Config && sec == Profile("default") {
		for i := range f.all(sec) {
			if f.blocks[i].prefixed {
				read = append(read, i)
			} else {
				hidden = append(hidden, i)
			}
		}
		if read == nil {
			read, hidden = hidden, nil
		}
		return read, hidden
	}
	return slices.Collect(f.all(sec)), nil
}

func (f *File) effective(sec Section) iter.Seq[block] {
	return func(yield func(block) bool) {
		if i, ok := f.first[sec]; ok && f.blocks[i].next == 0 {
			yield(f.blocks[i]) // almost all sections
			return
		}
		read, _ := f.groups(sec)
		for _, i := range read {
			if !yield(f.blocks[i]) {
				return
			}
		}
	}
}
