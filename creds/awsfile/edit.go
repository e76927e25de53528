package awsfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Set gives a key its value, in a new section at the end if there is none yet.
// Afterwards every AWS reader that finds the section reads this value. A key or section
// that came twice comes once, as botocore would refuse the file. A comment behind the
// old value moves above it, as botocore would read it as part of the value. Nothing that
// follows is taken for a continuation. No other byte changes.
//
// The error wraps [ErrInvalidName], [ErrInvalidValue] or [ErrLongTermKey]; then nothing
// was changed.
func (f *File) Set(sec Section, key, value string) error {
	key = strings.ToLower(key)
	if err := checkKey(key); err != nil {
		return err
	}
	if err := checkValue(value); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if !f.Has(sec) {
		if err := CheckName(f.kind, sec); err != nil {
			return err
		}
		f.create(sec, key, value)
		return nil
	}
	if key == keyToken || key == keyTokenOld {
		// Beside a token the key would stop working, and next time would pass for a
		// temporary one.
		if g := f.guardOf(sec); !f.proved(g) {
			return f.refusal(sec)
		}
	}
	read, hidden := f.groups(sec)
	changes := map[int]block{}
	for _, group := range [][]int{read, hidden} {
		if len(group) == 0 {
			continue
		}
		f.merge(group, changes)
		changes[group[0]] = assign(changes[group[0]], key, value, f.lineEnding(group[0]))
	}
	if err := f.commit(sec, changes); err != nil {
		return err
	}
	for i := range f.all(sec) {
		f.straighten(i)
	}
	return nil
}

// Unset removes a key with its value from the section, wherever it is in
// it. A missing key is no error. The error wraps [ErrLongTermKey]; then
// nothing was changed.
func (f *File) Unset(sec Section, key string) error {
	key = strings.ToLower(key)
	changes := map[int]block{}
	for i := range f.all(sec) {
		changes[i] = rewrite(f.blocks[i], func(b block) string { return without(b, key) }, func(values map[string]string) {
			delete(values, key)
		})
	}
	return f.commit(sec, changes)
}

// Remove removes a section, wherever it is. Comments above its header and behind its
// last key stay, as they may belong to its neighbours. So does every comment that looks
// like a disabled key. A missing section is no error. The error wraps [ErrLongTermKey];
// then nothing was changed.
func (f *File) Remove(sec Section) error {
	changes := map[int]block{}
	for i := range f.all(sec) {
		b := f.blocks[i]
		var kept strings.Builder
		end := b.contentEnd()
		for l := range b.lines() {
			if l.start < end && l.kind == commentLine && namesKey(l.text) {
				kept.WriteString(b.text[l.start:l.end])
			}
		}
		rest := b.text[end:]
		if n := lineEnd(rest, 0); strings.TrimSpace(rest[:n]) == "" {
			rest = rest[n:] // the empty line that set the section off
		}
		changes[i] = block{text: kept.String() + rest}
	}
	if err := f.commit(sec, changes); err != nil {
		return err
	}
	if _, last := changes[len(f.blocks)-1]; last {
		f.trimEnd()
	}
	return nil
}

// trimEnd removes the empty line before a removed section, so that adding and removing
// one leaves the file as it was.
func (f *File) trimEnd() {
	i := len(f.blocks) - 1
	for i > 0 && f.blocks[i].text == "" {
		i--
	}
	b := &f.blocks[i]
	for _, eol := range []string{"\r\n", "\n"} {
		if rest, found := strings.CutSuffix(b.text, eol); found && strings.HasSuffix(rest, eol) && len(rest) >= b.head {
			b.text = rest
			return
		}
	}
}

// commit puts a section's changed blocks in place unless that would lose a key. A block
// without a header is no longer the section's.
func (f *File) commit(sec Section, changes map[int]block) error {
	after := make([]block, 0, len(changes))
	var left []int
	for i := range f.all(sec) {
		b, changed := changes[i]
		if !changed {
			b = f.blocks[i]
		}
		if b.head > 0 {
			after = append(after, b)
			left = append(left, i)
		}
	}
	if err := f.checkLoss(sec, after); err != nil {
		return err
	}
	for i, b := range changes {
		f.blocks[i] = b
	}
	delete(f.first, sec)
	for n, i := range left {
		if n == 0 {
			f.first[sec] = i
		} else {
			f.blocks[left[n-1]].next = i
		}
		f.blocks[i].next = 0
	}
	return nil
}

// create appends a section with one key, after an empty line.
func (f *File) create(sec Section, key, value string) {
	end := f.lineEnding(0)
	if !isEmpty(f) {
		last := len(f.blocks) - 1
		for f.blocks[last].text == "" {
			last--
		}
		text := &f.blocks[last].text
		if !strings.HasSuffix(*text, "\n") {
			*text += end
		}
		if bare := strings.TrimRight(*text, " \t\r\n"); strings.Count((*text)[len(bare):], "\n") < 2 && bare != "" {
			*text += end
		}
	}
	title := headerOf(f.kind, sec) + end
	f.first[sec] = len(f.blocks)
	f.blocks = append(f.blocks, block{
		sec: sec, prefixed: f.kind == Config && strings.HasPrefix(title, "[profile "),
		text: title + key + " = " + value + end, head: len(title),
	})
	if _, guarded := f.guards[sec]; !guarded {
		f.guards[sec] = guard{}
	}
}

// isEmpty reports whether the file holds nothing, or only a byte order mark. It stops at
// the first block with text, as measuring the whole file for each of thousands of
// sections would take long.
func isEmpty(f *File) bool {
	if len(f.blocks[0].text) > f.blocks[0].head {
		return false
	}
	return !slices.ContainsFunc(f.blocks[1:], func(b block) bool { return b.text != "" })
}

// lineEnding returns the line ending for new lines in a block: its header's, else the
// file's first.
func (f *File) lineEnding(i int) string {
	if e := eol(f.blocks[i].text); e != "" {
		return e
	}
	for _, b := range f.blocks {
		if e := eol(b.text); e != "" {
			return e
		}
	}
	return "\n"
}

// merge gathers a section's blocks in the first of them.
func (f *File) merge(group []int, changes map[int]block) {
	first := f.blocks[group[0]]
	end := f.lineEnding(group[0])
	for _, i := range group[1:] {
		b := flatten(f.blocks[i])
		cut := b.contentEnd()
		moved := b.text[b.head:cut]
		if h, ok := parseHeader(f.kind, b.text[:b.head]); ok && h.comment != "" {
			moved = h.comment + end + moved
		}
		if moved != "" && !strings.HasSuffix(moved, "\n") {
			moved += end
		}
		first.insert(first.contentEnd(), moved, end)
		changes[i] = block{text: b.text[cut:]}
	}
	if len(group) > 1 {
		first.text = dedupe(first)
	}
	changes[group[0]] = first
}

// straighten moves a section's header, and the header after it, to the margin:
// botocore would take an indented one for a continuation.
func (f *File) straighten(i int) {
	for n := i; n < len(f.blocks); n++ {
		b := &f.blocks[n]
		if n > i && b.head == 0 {
			continue
		}
		bare := strings.TrimLeft(b.text, " \t")
		b.head -= len(b.text) - len(bare)
		b.text = bare
		if n > i {
			return
		}
	}
}

// contentEnd returns the offset behind the last line that is not blank or a comment.
func (b block) contentEnd() int {
	end := b.head
	for l := range b.lines() {
		if l.kind != blankLine && l.kind != commentLine {
			end = l.end
		}
	}
	return end
}

// insert puts whole lines at an offset where a line begins.
func (b *block) insert(at int, lines, eol string) {
	if lines == "" {
		return
	}
	before := b.text[:at]
	if !strings.HasSuffix(before, "\n") {
		if at == b.head {
			b.head += len(eol)
		}
		before += eol
	}
	b.text = before + lines + b.text[at:]
}

func (b block) values() map[string]string { return maps.Collect(b.entries()) }

// rewrite applies an edit and checks the result. If indented lines would now be read as
// part of another key, it first moves all keys to the margin, where their meaning does
// not depend on the lines above.
func rewrite(b block, edit func(block) string, want func(map[string]string), also ...func(block) bool) block {
	wanted := b.values()
	want(wanted)
	next := b
	next.text = edit(b)
	good := maps.Equal(next.values(), wanted)
	for _, check := range also {
		good = good && check(next)
	}
	if !good {
		next = flatten(b)
		next.text = edit(next)
	}
	return next
}

// assign returns the block with key = value in it.
func assign(b block, key, value, eol string) block {
	if b.values()[key] == value && agreed(b, key) {
		return b
	}
	if _, there := b.values()[key]; !there && !strings.HasSuffix(b.text[:b.head], "\n") {
		b.text += eol
		b.head += len(eol)
	}
	return rewrite(b,
		func(b block) string { return replace(b, key, value, eol) },
		func(values map[string]string) { values[key] = value },
		func(b block) bool { return agreed(b, key) })
}

// agreed reports whether all readers read the key alike: it is there once, on one line,
// spelled and set off as all of them want, and botocore does not take the next line for
// its continuation.
func agreed(b block, key string) bool {
	count, after := 0, false
	for l := range b.lines() {
		switch {
		case l.kind == moreLine && after:
			return false
		case l.kind != propertyLine:
		case l.key == key:
			count++
			after = true
			if !l.plain || !l.spelled() || l.comment != "" {
				return false
			}
		case after:
			if !l.plain {
				return false
			}
			after = false
		}
	}
	return count == 1
}

// replace writes key = value in place of the key's last line, else below the block's
// last key, and removes the key's other lines.
func replace(b block, key, value, eol string) string {
	lines := slices.Collect(b.lines())
	last := -1
	for i, l := range lines {
		if l.kind == propertyLine && l.key == key {
			last = i
		}
	}
	if last < 0 {
		b.insert(b.contentEnd(), key+" = "+value+eol, eol)
		return b.text
	}
	l := lines[last]
	old := b.text[l.start:l.end]
	indent := ""
	if l.plain {
		indent = old[:l.indent]
	}
	// Keep the signs and spaces around "=", unless only some readers know the key by
	// them.
	set := " = "
	if rest, ok := strings.CutPrefix(l.text, key); ok && strings.HasPrefix(strings.TrimLeft(rest, " \t"), "=") && l.value != "" {
		before, _ := cutComment(l.text)
		set = strings.TrimSuffix(before[len(key):], l.value)
	}
	ending := old[len(strings.TrimRight(old, "\r\n")):]
	if l.comment != "" {
		indent += l.comment + eol + indent
	}
	return drop(b, lines, key, last, indent+key+set+value+ending)
}

// without returns the block's text without a key.
func without(b block, key string) string {
	return drop(b, slices.Collect(b.lines()), key, -1, "")
}

// drop removes a key's lines, but puts text in place of lines[keep].
func drop(b block, lines []line, key string, keep int, text string) string {
	var out strings.Builder
	out.WriteString(b.text[:b.head])
	inside := false
	for i, l := range lines {
		if l.kind == propertyLine {
			inside = l.key == key
		}
		switch {
		case i == keep:
			out.WriteString(text)
		case inside && (l.kind == propertyLine || l.kind == moreLine):
		default:
			out.WriteString(b.text[l.start:l.end])
		}
	}
	return out.String()
}

// dedupe keeps only the last of repeated keys.
func dedupe(b block) string {
	b = flatten(b)
	last := map[string]int{}
	for l := range b.lines() {
		if l.kind == propertyLine {
			last[l.key] = l.start
		}
	}
	var out strings.Builder
	out.WriteString(b.text[:b.head])
	dropping := false
	for l := range b.lines() {
		if l.kind == propertyLine {
			dropping = last[l.key] != l.start
		}
		if !dropping || l.kind == blankLine || l.kind == commentLine || l.kind == junkLine {
			out.WriteString(b.text[l.start:l.end])
		}
	}
	return out.String()
}

// flatten moves the block's keys, but not their nested lines, to the margin.
func flatten(b block) block {
	var out strings.Builder
	out.WriteString(b.text[:b.head])
	for l := range b.lines() {
		from := l.start
		if l.kind == propertyLine || l.kind == junkLine {
			from += l.indent
		}
		out.WriteString(b.text[from:l.end])
	}
	b.text = out.String()
	return b
}
