package awsfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"daypass/internal/lang"
)

// These edits are for many sections at once: none costs more in a long file than in a
// short one, except [File.Rename].

// ErrExists refuses a new section whose name is taken.
var ErrExists = lang.Error("a section of that name is there already")

// Property is a key with its value.
type Property struct{ Key, Value string }

// Clone returns a copy that may be edited without the other.
func (f *File) Clone() *File {
	return &File{
		kind:   f.kind,
		text:   f.text,
		ends:   f.ends,
		blocks: slices.Clone(f.blocks),
		first:  maps.Clone(f.first),
		proofs: slices.Clone(f.proofs),
		guards: maps.Clone(f.guards),
	}
}

// Append adds a section with its keys at the end of the file, in the order
// given, as [File.Set] would one by one. The error wraps [ErrExists],
// [ErrInvalidName] or [ErrInvalidValue]; then nothing was changed.
func (f *File) Append(sec Section, first Property, more ...Property) error {
	if err := CheckName(f.kind, sec); err != nil {
		return err
	}
	if f.Has(sec) {
		return fmt.Errorf("%s: %w", headerOf(f.kind, sec), ErrExists)
	}
	var text strings.Builder
	seen := map[string]bool{}
	end := f.lineEnding(0)
	for i, p := range slices.Insert(slices.Clone(more), 0, first) {
		key := strings.ToLower(p.Key)
		if err := checkKey(key); err != nil {
			return err
		}
		if seen[key] {
			return lang.Errorf("%w: the key %q comes twice", ErrInvalidName, key)
		}
		seen[key] = true
		if err := checkValue(p.Value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if i > 0 {
			text.WriteString(key + " = " + p.Value + end)
		}
	}
	f.create(sec, strings.ToLower(first.Key), first.Value)
	f.blocks[len(f.blocks)-1].text += text.String()
	return nil
}

// Rename gives sections other names, all at once, so that two may swap theirs. It leaves
// every byte outside the headers' brackets as it is. A section's type cannot change.
// [default], which readers know by that name, can neither gain nor lose it. Missing
// sections are no error. The error wraps [ErrExists] or [ErrInvalidName]; then nothing
// was changed.
func (f *File) Rename(names map[Section]string) error {
	to := make(map[Section]Section, len(names))
	taken := make(map[Section]bool, len(names))
	for old, name := range names {
		sec := Section{old.Type, name}
		if !f.Has(old) || sec == old {
			continue
		}
		if err := CheckName(f.kind, sec); err != nil {
			return err
		}
		if old == Profile("default") || sec == Profile("default") {
			return lang.Errorf("%w: %q is reserved", ErrInvalidName, "default")
		}
		if taken[sec] {
			return fmt.Errorf("%s: %w", headerOf(f.kind, sec), ErrExists)
		}
		to[old], taken[sec] = sec, true
	}
	for sec := range taken {
		if _, leaves := to[sec]; f.Has(sec) && !leaves {
			return fmt.Errorf("%s: %w", headerOf(f.kind, sec), ErrExists)
		}
	}
	if len(to) == 0 {
		return nil
	}
	first, guards := maps.Clone(f.first), maps.Clone(f.guards)
	for old := range to {
		delete(first, old)
		delete(guards, old)
	}
	for old, sec := range to {
		first[sec] = f.first[old]
		if g, ok := f.guards[old]; ok {
			guards[sec] = g
		}
		for i := range f.all(old) {
			f.blocks[i].retitle(headerOf(f.kind, sec))
			f.blocks[i].sec = sec
		}
	}
	f.first, f.guards = first, guards
	return nil
}

// retitle replaces the title between a header's brackets.
func (b *block) retitle(title string) {
	line := b.text[:b.head]
	start := strings.IndexByte(line, '[')
	t, _ := cutComment(strings.TrimSpace(line))
	closing := len(t) - 1
	if t[closing] != ']' {
		closing = strings.IndexByte(t, ']')
	}
	head := line[:start] + title + line[start+closing+1:]
	b.text = head + b.text[b.head:]
	b.head = len(head)
}

// Supersede puts key = value in place of the first of the old keys and removes the
// others, wherever they are in the section. Comments behind the old values stay, as
// lines of their own. The errors are those of [File.Set]; they may leave the section
// half changed.
func (f *File) Supersede(sec Section, key, value string, old ...string) error {
	values := f.Values(sec)
	old = slices.DeleteFunc(slices.Clone(old), func(k string) bool {
		_, there := values[strings.ToLower(k)]
		return !there
	})
	_, there := values[strings.ToLower(key)]
	if there || len(old) == 0 {
		if err := f.Set(sec, key, value); err != nil {
			return err
		}
	} else {
		if err := checkKey(strings.ToLower(key)); err != nil {
			return err
		}
		if err := f.Set(sec, old[0], value); err != nil {
			return err
		}
		f.rekey(sec, strings.ToLower(old[0]), strings.ToLower(key))
		old = old[1:]
	}
	for _, k := range old {
		// Set first, as it saves the comment behind the value.
		if err := f.Set(sec, k, value); err != nil {
			return err
		}
		if err := f.Unset(sec, k); err != nil {
			return err
		}
	}
	return nil
}

// rekey renames a key that was just set, and so is there once and at the
// beginning of its line, but for white space.
func (f *File) rekey(sec Section, old, key string) {
	for i := range f.all(sec) {
		b := &f.blocks[i]
		for l := range b.lines() {
			if l.kind == propertyLine && l.key == old {
				at := l.start + l.indent
				b.text = b.text[:at] + key + b.text[at+len(old):]
				break
			}
		}
	}
}

// Annotated reports whether a section holds more than keys with values of one
// line: comments, lines that no reader understands, nested values, or a second
// header. A comment right below the last key counts, unless the next header
// follows it at once, for then it is about that one.
func (f *File) Annotated(sec Section) bool {
	blocks := slices.Collect(f.all(sec))
	if len(blocks) > 1 {
		return true
	}
	for _, i := range blocks {
		b := f.blocks[i]
		if h, _ := parseHeader(f.kind, b.text[:b.head]); h.comment != "" || h.junk {
			return true
		}
		end, below := b.contentEnd(), 0
		for l := range b.lines() {
			switch {
			case l.start < end:
				if l.comment != "" || l.kind != propertyLine && l.kind != blankLine {
					return true
				}
			case l.kind == commentLine && below >= 0:
				below++
			case l.kind == blankLine:
				if below > 0 {
					return true
				}
				below = -1
			}
		}
		if below > 0 && i == len(f.blocks)-1 {
			return true
		}
	}
	return false
}

// Change says that the bytes from Start to End of a file became New.
type Change struct {
	Start, End int
	New        string
}

// Changes returns what edits made of f since it was a [File.Clone] of old: each
// section that differs, and in the last change all that was added at the end.
func (f *File) Changes(old *File) []Change {
	var (
		out   []Change
		at    int
		added strings.Builder
	)
	for i, b := range f.blocks {
		if i >= len(old.blocks) {
			added.WriteString(b.text)
			continue
		}
		before := old.blocks[i].text
		if b.text != before {
			out = append(out, Change{at, at + len(before), b.text})
		}
		at += len(before)
	}
	if added.Len() > 0 {
		out = append(out, Change{at, at, added.String()})
	}
	return out
}
