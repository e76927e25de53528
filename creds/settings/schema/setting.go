// Package schema describes each setting in one table: its key in config.toml, the
// values that it may have, its default, and its texts in the window and the documents.
//
// It links neither TOML nor a watcher, so that the command line and the windows use
// it as the agent does.
package schema

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/cmdline"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// Kind is what the value of a setting is.
type Kind int

// The kinds. In a file all but flags are texts; an empty one means the default.
const (
	// Text is one of the Choices.
	Text Kind = iota
	// Flag is true or false.
	Flag
	// Span is a length of time from Min to Max.
	Span
	// Place is where a page opens. Package browsers reads it.
	Place
	// Folders is a list of them, as in PATH.
	Folders
	// Suffix is put after a profile's name, and is never empty.
	Suffix
	// Program is a command line, as package cmdline splits it.
	Program
	// Folder is a path, which may begin with ~ for the home folder, or [creds.NoFolder].
	Folder
	// Account is the number of an AWS account.
	Account
	// Days is a number of days, at most [maxDays].
	Days
)

// maxDays is ten years.
const maxDays = 3650

// String describes the values for people.
func (k Kind) String() string {
	switch k {
	case Flag:
		return lang.T("true or false")
	case Span:
		return lang.T("a time: 12h, 90m")
	case Days:
		return lang.T("a number of days")
	}
	return lang.T("text")
}

// The pages of the settings window.
const (
	Hidden = iota - 1
	General
	SignIn
	Console
	Notices
	Profiles
)

// Setting is one thing that a person may choose.
type Setting struct {
	// key is that of config.toml. NAME in it is any profile's or session's name.
	key  string
	Kind Kind

	Min, Max time.Duration
	Choices  []Choice
	// Default is used where nothing is set. If Filled, it is written into
	// [creds.Settings].
	Default string
	Filled  bool
	// Unset says what is used where nothing is set, if that is no single value.
	Unset string

	// Page of the window, and the texts there. NAME in Label is that of the key.
	Page        int
	Label, Help string
	// Example and Doc are the value and the comment in the documents. Without both
	// the setting is left out there, as another one explains it.
	Example, Doc string

	path []string
}

// Choice is a value that a setting may have. Without a Label the window does not
// offer it.
type Choice struct{ Value, Label string }

const (
	anyName  = "NAME"
	accounts = "accounts"
)

// Key is that of config.toml.
func (s Setting) Key() string { return FormatKey(s.path) }

// Path are the words of the key.
func (s Setting) Path() []string { return s.path }

// Of returns whether the setting is of a profile, of a session (sso) or of an account
// (accounts), and its name;
// both are empty for a setting for all.
func (s Setting) Of() (kind, name string) {
	if !s.isNamed() {
		return "", ""
	}
	return s.path[0], s.path[1]
}

func (s Setting) isNamed() bool { return strings.Contains(s.key+".", "."+anyName+".") }

// For returns the setting of a profile or session; one for all stays as it is.
func (s Setting) For(name string) Setting {
	if s.isNamed() {
		s.path = slices.Clone(s.path)
		s.path[1] = name
	}
	return s
}

// matches reports whether a path is the setting's, with any name.
func (s Setting) matches(path []string) bool { return len(path) == len(s.path) && s.isBelow(path) }

// isBelow reports whether the setting's path begins with another.
func (s Setting) isBelow(path []string) bool {
	if len(path) > len(s.path) {
		return false
	}
	for i, word := range path {
		if word != s.path[i] && (i != 1 || !s.isNamed()) {
			return false
		}
	}
	return true
}

// InFile reports whether the setting is in config.toml, and not kept by the desktop.
func (s Setting) InFile() bool { return s.key != startAtLogin }

// field returns the setting's field. keep puts a changed one of a profile or session
// into its map, which has only those for which anything is set.
func (s Setting) field(in *creds.Settings) (field reflect.Value, keep func()) {
	field, keep = reflect.ValueOf(in).Elem(), func() {}
	for _, name := range s.path {
		if field.Kind() != reflect.Map {
			field = fieldNamed(field, name)
			continue
		}
		all, key, one := field, reflect.ValueOf(name), reflect.New(field.Type().Elem()).Elem()
		if old := all.MapIndex(key); old.IsValid() {
			one.Set(old)
		}
		field, keep = one, func() { keepIn(all, key, one) }
	}
	return field, keep
}

// fieldNamed returns the field of a struct that has a name in JSON.
func fieldNamed(in reflect.Value, name string) reflect.Value {
	for f, field := range in.Fields() {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag == name {
			return field
		}
	}
	panic("no field of the settings is called " + name) // a test looks for all of them
}

func keepIn(all, key, one reflect.Value) {
	switch {
	case one.IsZero() && all.Len() == 1 && all.MapIndex(key).IsValid():
		all.SetZero()
	case one.IsZero():
		all.SetMapIndex(key, reflect.Value{})
	default:
		if all.IsNil() {
			all.Set(reflect.MakeMap(all.Type()))
		}
		all.SetMapIndex(key, one)
	}
}

// Text returns what is set, "" for nothing.
func (s Setting) Text(in creds.SettingsReply) string {
	if !s.InFile() {
		return strconv.FormatBool(in.StartsAtLogin)
	}
	field, _ := s.field(&in.Settings)
	switch value := field.Interface().(type) {
	case bool:
		if s.isNamed() && !value {
			return "" // nobody has set it
		}
		return strconv.FormatBool(value)
	case *bool:
		if value == nil {
			return ""
		}
		return strconv.FormatBool(*value)
	case creds.Span:
		return value.String()
	}
	return field.String()
}

// Literal writes a text of the setting as TOML does.
func (s Setting) Literal(text string) string {
	if s.Kind == Flag {
		return text
	}
	return Quote(text)
}

// Value returns a text of the setting as a [creds.SettingChange] has it.
func (s Setting) Value(text string) any {
	switch {
	case text == "":
		return nil
	case s.Kind == Flag:
		return text == "true"
	}
	return text
}

// Put gives the setting a value, nil for the default, or says what it must be.
func (s Setting) Put(in *creds.Settings, value any) (says string) {
	text, says := s.Check(value)
	if says != "" {
		return says
	}
	if text == "" && s.Filled {
		text = s.Default
	}
	if !s.InFile() {
		return lang.T("is kept by the desktop, and not in config.toml")
	}
	field, keep := s.field(in)
	switch p := field.Addr().Interface().(type) {
	case *bool:
		*p = text == "true"
	case **bool:
		if *p = nil; text != "" {
			*p = new(text == "true")
		}
	case *creds.Span:
		_ = p.UnmarshalText([]byte(text)) // Check has parsed it
	default:
		field.SetString(text)
	}
	keep()
	return ""
}

// Check returns the text of a value, or says what the setting must be.
func (s Setting) Check(value any) (text, says string) {
	if on, ok := value.(bool); ok && s.Kind == Flag {
		return strconv.FormatBool(on), ""
	}
	if n, ok := value.(int64); ok && s.Kind == Days {
		value = strconv.FormatInt(n, 10) // without quotes in the file
	}
	text, isText := value.(string)
	if value == nil || isText && s.isRight(text) {
		return text, ""
	}
	return "", s.MustBe(value)
}

// MustBe says what the setting must be instead of a value.
func (s Setting) MustBe(value any) string { return Must(s.Rule(), value) }

// Must says what something must be instead of a value of a file.
func Must(be string, value any) string {
	shown := fmt.Sprint(value)
	switch value := value.(type) {
	case string:
		shown = strconv.Quote(value)
	case map[string]any:
		shown = "a table"
	case []any, []map[string]any:
		shown = "a list"
	}
	return lang.Sprintf("must be %s, not %s", be, shown)
}

func (s Setting) isRight(text string) bool {
	if text == "" {
		return s.Kind != Suffix && s.Kind != Flag
	}
	plain := words.IsOneLine(text)
	switch s.Kind {
	case Text:
		return slices.ContainsFunc(s.Choices, func(c Choice) bool { return c.Value == text })
	case Span:
		d, err := time.ParseDuration(text)
		return err == nil && s.Min <= d && d <= s.Max
	case Place:
		return true
	case Folders:
		return plain && !slices.ContainsFunc(creds.SplitFolders(text), func(dir string) bool { return !filepath.IsAbs(dir) })
	case Program:
		return plain && isCommandLine(text)
	case Folder:
		return plain && isFolder(text)
	case Account:
		return creds.IsAccount(text)
	case Days:
		return isDays(text)
	case Suffix:
		return plain && !strings.ContainsAny(text, "[]\"'\\ #;")
	}
	return false
}

func isDays(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && 0 <= n && n <= maxDays && text == strconv.Itoa(n)
}

func isFolder(text string) bool {
	return filepath.IsAbs(text) || strings.HasPrefix(text, "~/") || text == creds.NoFolder
}

func isCommandLine(text string) bool {
	argv, err := cmdline.Split(text)
	return err == nil && len(argv) > 0
}

// Rule says what the setting may be.
func (s Setting) Rule() string {
	switch s.Kind {
	case Flag:
		return lang.T("true or false, without quotes")
	case Span:
		return lang.Sprintf("a duration from %s to %s, in quotes", creds.Span(s.Min), creds.Span(s.Max))
	case Place:
		return lang.T(`a place such as "firefox:private"`)
	case Folders:
		return lang.Sprintf("whole paths of folders with %q in between", string(os.PathListSeparator))
	case Program:
		return lang.T("a program with its arguments, with quotes around what has blanks")
	case Folder:
		return lang.Sprintf("the whole path of a folder, which may begin with ~/, or %q", creds.NoFolder)
	case Account:
		return lang.T(`an account's number, twelve digits in quotes: "012345678901"`)
	case Days:
		return lang.Sprintf("a number of days from 0 to %d", maxDays)
	case Suffix:
		return lang.T("a few characters that a profile's name may have")
	}
	var quoted []string
	for _, c := range s.Choices {
		quoted = append(quoted, strconv.Quote(c.Value))
	}
	last := len(quoted) - 1
	return lang.Sprintf("%s or %s", strings.Join(quoted[:last], ", "), quoted[last])
}

// Table is a list of settings.
type Table []Setting

// Find returns the setting of a path, with the name in it.
func (t Table) Find(path []string) (Setting, bool) {
	for _, s := range t {
		if s.matches(path) && (len(path) == 1 || path[1] != "") {
			s.path = path
			return s, true
		}
	}
	return Setting{}, false
}

// Parse finds the setting of a key as a person types it. The error is a sentence, and
// an [*UnknownError] if the key is well formed but no setting has it.
func (t Table) Parse(key string) (Setting, error) {
	path, err := ParseKey(key)
	if err != nil {
		return Setting{}, lang.Errorf("%q is no key: %w", key, err)
	}
	if start := StartAtLogin(); start.matches(path) {
		return start, nil
	}
	if s, ok := t.Find(path); ok {
		return s, nil
	}
	return Setting{}, &UnknownError{path, t}
}

// IsTable reports whether there are settings below a path.
func (t Table) IsTable(path []string) bool { return len(t.below(path)) > 0 }

// below returns the settings below a path, with its name.
func (t Table) below(path []string) Table {
	var out Table
	for _, s := range t {
		if len(path) < len(s.path) && s.isBelow(path) {
			if len(path) > 1 {
				s = s.For(path[1])
			}
			out = append(out, s)
		}
	}
	return out
}

// In returns the settings for all, and those of profiles and sessions that are set, in
// the order of the table.
func (t Table) In(s creds.Settings) Table {
	var out Table
	for rest := t; len(rest) > 0; {
		kind, _ := rest[0].Of()
		n := slices.IndexFunc(rest, func(one Setting) bool { other, _ := one.Of(); return other != kind })
		if n < 0 {
			n = len(rest)
		}
		var names []string
		switch kind {
		case "sso":
			names = slices.Sorted(maps.Keys(s.SSO))
		case "profile":
			names = slices.Sorted(maps.Keys(s.Profile))
		case accounts:
			names = slices.Sorted(maps.Keys(s.Accounts))
		default:
			out = append(out, rest[:n]...)
		}
		for _, name := range names {
			for _, one := range rest[:n] {
				if one = one.For(name); one.Text(creds.SettingsReply{Settings: s}) != "" {
					out = append(out, one)
				}
			}
		}
		rest = rest[n:]
	}
	return out
}

// UnknownError is about a key that no setting has.
type UnknownError struct {
	Path []string
	in   Table
}

// Error says what may have been meant.
func (e *UnknownError) Error() string {
	there := lang.Sprintf("there is no setting %s", FormatKey(e.Path))
	if hint := e.Hint(); hint != "" {
		return hint
	}
	if known := e.in.Known(e.Path); len(known) > 0 {
		return lang.Sprintf("%s; known there are %s", there, strings.Join(known, ", "))
	}
	return there
}

// Hint is a sentence on a key that is nearly right; "" for another.
func (e *UnknownError) Hint() string {
	key := FormatKey(e.Path)
	if says := e.in.Misplaced(e.Path); says != "" {
		return key + " " + says
	}
	if below := e.in.below(e.Path); len(below) > 0 {
		var keys []string
		for _, s := range below {
			keys = append(keys, s.Key())
		}
		return lang.Sprintf("%s has several settings: %s", key, strings.Join(keys, ", "))
	}
	for _, s := range e.in {
		// What the path would be if the name in it had dots.
		if extra := len(e.Path) - len(s.path); extra > 0 && s.isNamed() {
			dotted := slices.Concat(e.Path[:1], []string{strings.Join(e.Path[1:2+extra], ".")}, e.Path[2+extra:])
			if s.matches(dotted) {
				return lang.Sprintf("there is no setting %s; a name with dots goes in quotes: %s", key, FormatKey(dotted))
			}
		}
	}
	return ""
}

// Keys returns those of all settings, with the name that is in the path.
func (e *UnknownError) Keys() []string {
	var keys []string
	for _, s := range e.in {
		if len(e.Path) > 1 && e.Path[1] != "" {
			s = s.For(e.Path[1])
		}
		keys = append(keys, s.Key())
	}
	return keys
}

// Misplaced says where the setting of a path belongs, "" if there is no such setting.
func (t Table) Misplaced(path []string) string {
	switch {
	case len(path) > 2 && path[1] == "" && t.IsTable(path[:2]):
		return lang.T("names nothing that it is for")
	case len(path) > 3 && path[0] == "profile":
		if _, ok := t.Find(path[2:]); ok {
			return lang.Sprintf("is for all profiles and must be in the table [%s]", FormatKey(path[2:len(path)-1]))
		}
	}
	return ""
}

// Known lists the keys that there are in the innermost table of a path.
func (t Table) Known(path []string) []string {
	for n := len(path) - 1; n >= 0; n-- {
		var keys []string
		for _, s := range t.below(path[:n]) {
			if !slices.Contains(keys, s.path[n]) {
				keys = append(keys, s.path[n])
			}
		}
		if len(keys) > 0 {
			return keys
		}
	}
	return nil
}
