package settings

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/settings/schema"
	"daypass/internal/lang"
)

// Rename gives the settings of a profile to another name, which must have none. In the file
// only the names change. Without settings of the old name nothing is written. The errors are
// those of [Store.Change].
func (s *Store) Rename(ctx context.Context, from, to string) error {
	return s.edit(ctx, func(text string) (string, creds.Settings, error) { return renameProfile(s.path, text, from, to) })
}

// Forget takes all settings of a profile out of the file. Comments stay. The errors are those
// of [Store.Change].
func (s *Store) Forget(ctx context.Context, profile string) error {
	return s.edit(ctx, func(text string) (string, creds.Settings, error) { return forgetProfile(s.path, text, profile) })
}

// Names reports whether the file has anything for a profile, even a header without settings.
// The error is an [*creds.Error] if the file has a fault, so that it cannot be changed.
func (s *Store) Names(profile string) (bool, error) {
	text, _, err := load(s.path)
	if err != nil {
		return false, &creds.Error{Code: creds.CodeBadFile, Message: err.Error()}
	}
	d, err := scan(text)
	return err == nil && len(d.keysOf([]string{"profile", profile})) > 0, nil
}

func renameProfile(file, text, from, to string) (string, creds.Settings, error) {
	return editProfile(file, text, from, func(want *creds.Settings) error {
		if _, taken := want.Profile[to]; taken {
			return &creds.Error{
				Code:    creds.CodeBadRequest,
				Message: lang.Sprintf("%s has settings for a profile %q already", file, to),
				Advice:  lang.T("Take them out of the file first, or choose another name."),
			}
		}
		if one, has := want.Profile[from]; has {
			want.Profile[to] = one
		}
		return nil
	}, func(d document, path []string) (string, error) {
		for _, k := range slices.Backward(d.keysOf(path)) {
			renamed := slices.Clone(k.path)
			renamed[1] = to
			d.text = d.splice(k.start, k.end, schema.FormatKey(renamed[k.depth:]))
		}
		return d.text, nil
	})
}

func forgetProfile(file, text, name string) (string, creds.Settings, error) {
	return editProfile(file, text, name, func(*creds.Settings) error { return nil }, func(d document, path []string) (string, error) {
		for {
			keys := d.keysOf(path)
			if len(keys) == 0 {
				return d.text, nil
			}
			next := ""
			if i := slices.IndexFunc(keys, func(k keyAt) bool { return !k.header }); i >= 0 {
				next = d.drop(keys[i].path)
			} else {
				next = d.dropHeader(keys[0].path)
			}
			if next == d.text {
				return "", errForm
			}
			lineBreak := d.lineBreak
			var err error
			if d, err = scan(next); err != nil {
				return "", err
			}
			d.lineBreak = lineBreak
		}
	})
}

// editProfile changes what the file has for a profile. want makes the change in the settings
// that are expected then, where the profile itself is left out. As with [change], the real
// decoder checks the result.
func editProfile(
	file, text, name string, want func(*creds.Settings) error, edit func(d document, path []string) (string, error),
) (string, creds.Settings, error) {
	before, err := parse(file, text)
	if err != nil {
		return "", before, &creds.Error{Code: creds.CodeBadFile, Message: err.Error()}
	}
	path := []string{"profile", name}
	old, err := scan(text)
	if err == nil && len(old.keysOf(path)) == 0 {
		return text, before, nil
	}
	after := before.Clone()
	if refused := want(&after); refused != nil {
		return "", before, refused
	}
	delete(after.Profile, name)
	if len(after.Profile) == 0 {
		after.Profile = nil
	}
	edited := ""
	if err == nil {
		old.lineBreak = lineBreakOf(text)
		edited, err = edit(old, path)
	}
	if err == nil {
		var got creds.Settings
		var now document
		if got, err = parse(file, edited); len(got.Profile) == 0 {
			got.Profile = nil
		}
		if err == nil {
			now, err = scan(edited)
		}
		if err == nil && (!reflect.DeepEqual(got, after) || !slices.Equal(old.comments, now.comments)) {
			err = errForm
		}
	}
	if err != nil {
		return "", before, &creds.Error{
			Code:    creds.CodeBadFile,
			Message: lang.Sprintf("the settings of profile %q cannot be changed in %s as they are written; please do that there with an editor", name, file),
		}
	}
	return edited, after, nil
}

// keyAt is where a key or a header is whose path leads through a table.
type keyAt struct {
	path       []string
	depth      int // how many names of path are not written there
	start, end int
	header     bool
}

// keysOf returns the keys and headers that name a table, a setting in it or a table in it,
// where the last name of the table's own path is written there. They are in file order.
func (d document) keysOf(table []string) (all []keyAt) {
	take := func(e entry) {
		if hasPrefix(e.path, table) && e.depth < len(table) {
			all = append(all, keyAt{path: e.path, depth: e.depth, start: e.start, end: e.start + keyLength(d.text[e.start:])})
		}
	}
	for _, sec := range d.sections {
		if hasPrefix(sec.path, table) {
			start := sec.start + strings.IndexByte(d.text[sec.start:sec.end], '[') + 1
			start += len(d.text[start:]) - len(strings.TrimLeft(d.text[start:], " \t"))
			all = append(all, keyAt{path: sec.path, start: start, end: start + keyLength(d.text[start:]), header: true})
			for _, e := range sec.entries {
				all = append(all, keyAt{path: e.path, depth: len(e.path), start: e.start, end: e.start})
			}
			continue
		}
		for _, e := range sec.entries {
			take(e)
		}
		for t := range inlines(sec.entries) {
			for _, e := range t.members {
				take(e)
			}
		}
	}
	slices.SortFunc(all, func(a, b keyAt) int { return a.start - b.start })
	return all
}

// keyLength returns the length of the key that a text begins with, without the blanks behind.
func keyLength(text string) int {
	_, rest, err := schema.CutKey(text)
	if err != nil {
		return 0
	}
	return len(strings.TrimRight(text[:len(text)-len(rest)], " \t"))
}

// dropHeader drops the header of a section without entries. Its comment stays.
func (d document) dropHeader(path []string) string {
	for i, sec := range d.sections {
		if i == 0 || !slices.Equal(sec.path, path) || len(sec.entries) > 0 {
			continue
		}
		line := d.text[sec.start:sec.end]
		rest := line[strings.IndexByte(line, '[')+1:]
		_, rest, err := schema.CutKey(rest)
		if err != nil {
			return d.text
		}
		comment := strings.TrimLeft(strings.TrimPrefix(rest, "]"), " \t")
		if !strings.HasPrefix(comment, "#") {
			comment = ""
		}
		return d.splice(sec.start, sec.end, comment)
	}
	return d.text
}
