package awsfile

import (
	"slices"
	"strings"

	"daypass/internal/lang"
)

// Replace changes a key's values in a section where they are, as with returns them: without
// white space around them, but with quotes. Every occurrence of the key counts, and no other
// byte changes. The error wraps [ErrInvalidValue]; then nothing was changed.
func (f *File) Replace(sec Section, key string, with func(value string) string) error {
	type edit struct{ block, from, to int }
	var edits []edit
	var values []string
	for i := range f.all(sec) {
		b := f.blocks[i]
		for l := range b.lines() {
			if l.kind != propertyLine || l.key != strings.ToLower(key) || l.value == "" {
				continue
			}
			value := with(l.value)
			if value == l.value {
				continue
			}
			if value == "" || strings.TrimSpace(value) != value || strings.ContainsFunc(value, isControl) {
				return lang.Errorf("%s: %w", key, ErrInvalidValue)
			}
			text := b.text[l.start:l.end]
			sign := firstOf(text, '=', ':')
			at := l.start + sign + 1 + strings.Index(text[sign+1:], l.value)
			edits, values = append(edits, edit{i, at, at + len(l.value)}), append(values, value)
		}
	}
	for n, e := range slices.Backward(edits) {
		b := &f.blocks[e.block]
		b.text = b.text[:e.from] + values[n] + b.text[e.to:]
	}
	return nil
}
