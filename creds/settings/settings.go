// Package settings keeps the settings in config.toml.
//
// The file is the person's: a [Store] says in a sentence what is wrong with it,
// changes single values in it and leaves every comment, the order and the spacing as
// they are, and reports when the person has changed it.
package settings

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/browsers"
	"daypass/creds/settings/schema"
	"daypass/internal/lang"
	"daypass/internal/tomlfile"
)

// Defaults are the settings of an empty file.
func Defaults() creds.Settings {
	var s creds.Settings
	for _, one := range schema.All() {
		if one.Filled {
			_ = one.Put(&s, nil) // every default is right
		}
	}
	return s
}

// load reads config.toml at path, and returns its text too. A missing file gives the
// [Defaults], and so does "" for any value but a suffix. The error is a sentence
// that names the file and, where the file can be read, the key and what it may be. An
// unknown key is an error, as it is most often misspelt. With an error the settings
// are the defaults.
func load(path string) (text string, s creds.Settings, err error) {
	data, err := tomlfile.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", Defaults(), lang.Errorf("reading the settings: %w", err)
	}
	s, err = parse(path, string(data))
	if key, says := clash(s); err == nil && says != "" {
		return string(data), Defaults(), lang.Errorf("%s in %s %s", key, path, says)
	}
	return string(data), s, err
}

// parse reads the text of the file named.
func parse(file, text string) (creds.Settings, error) {
	var tree map[string]any
	if _, err := tomlfile.Decode(text, &tree); err != nil {
		if n := bareAccount(text); n > 0 && strings.Contains(err.Error(), "leading zero") {
			return Defaults(), lang.Errorf("the settings in %s cannot be read: line %d: the number of an account is written in quotes, as numbers have no zeros in front", file, n)
		}
		return Defaults(), lang.Errorf("the settings in %s cannot be read: %w", file, err)
	}
	s := Defaults()
	if wrong := take(schema.All(), &s, nil, tree); wrong != nil {
		return Defaults(), wrong.in(file)
	}
	return s, nil
}

// bareAccounts are assignments of twelve digits without quotes, whose first is 0.
var bareAccounts = regexp.MustCompile(`^[^#]*=\s*0\d{11}\s*(#.*)?$`)

// bareAccount returns the first line with the number of an account that is not in quotes and
// that TOML takes for no number; 0 if there is none.
func bareAccount(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if n++; bareAccounts.MatchString(strings.TrimRight(line, "\r\n")) {
			return n
		}
	}
	return 0
}

// clash says what is wrong with settings that are each right: by which key, and what that
// must be.
func clash(s creds.Settings) (key, says string) {
	if s.LongTermSuffix == "" && s.DerivedSuffix == "" {
		return "", ""
	}
	long, short := creds.LayoutSuffixes(s.Layout, s.LongTermSuffix, s.DerivedSuffix)
	if long != short {
		return "", ""
	}
	key, other := "derived_suffix", "long_term_suffix"
	if s.DerivedSuffix == "" {
		key, other = other, key
	}
	return key, lang.Sprintf("must be another suffix than %s, which is %q in the layout %q: a long-term key and what is made with it would be in one section",
		other, cmp.Or(long, creds.NoSuffix), cmp.Or(s.Layout, creds.LayoutTemporary))
}

// mistake is what is wrong with a setting, as the second half of a sentence whose first
// half says where it is. For an unknown key, known lists those that there are instead.
type mistake struct {
	path  []string
	says  string
	known []string
}

// in returns the sentence on a mistake in a file.
func (m *mistake) in(file string) error {
	key := schema.FormatKey(m.path)
	if m.says == "" {
		return lang.Errorf("the settings in %s have the unknown key \"%s\"; known there are %s", file, key, strings.Join(m.known, ", "))
	}
	return lang.Errorf("%s in %s %s", key, file, m.says)
}

// take puts what is right in a table into the settings, and returns the first mistake.
// The keys are sorted, so that the same mistake is always reported first.
func take(table schema.Table, s *creds.Settings, path []string, tree map[string]any) (first *mistake) {
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		at := slices.Concat(path, []string{key})
		first = cmp.Or(first, takeOne(table, s, at, tree[key]))
	}
	return first
}

func takeOne(table schema.Table, s *creds.Settings, path []string, value any) *mistake {
	if table.IsTable(path) {
		below, ok := value.(map[string]any)
		if !ok {
			return &mistake{path: path, says: schema.Must("a table", value)}
		}
		return take(table, s, path, below)
	}
	one, ok := table.Find(path)
	if !ok {
		return &mistake{path, table.Misplaced(path), table.Known(path)}
	}
	if says := put(s, one, value); says != "" {
		return &mistake{path: path, says: says}
	}
	return nil
}

// put gives a setting a value, nil for the default, or says what it must be.
func put(s *creds.Settings, one schema.Setting, value any) (says string) {
	if text, ok := value.(string); ok && one.Kind == schema.Place {
		if _, err := browsers.ParsePlace(text); err != nil {
			return fmt.Sprintf("%s: %v", one.MustBe(text), err)
		}
	}
	return one.Put(s, value)
}

// ConsoleFor returns how the console is opened for a profile: what is set for
// it, and else what is set for all. Record is what is set for all.
func ConsoleFor(s creds.Settings, profile string) creds.ConsoleSettings {
	s = s.Clone()
	table := schema.All()
	for _, one := range table {
		own, ok := table.Find(slices.Concat([]string{"profile", profile}, one.Path()))
		if !ok {
			continue
		}
		if text := own.Text(creds.SettingsReply{Settings: s}); text != "" {
			_ = one.Put(&s, one.Value(text)) // right for a profile is right for all
		}
	}
	s.Console.Link = cmp.Or(s.Console.Link, creds.LinkFederation)
	return s.Console
}
