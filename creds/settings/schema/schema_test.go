package schema_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/settings/schema"
)

var update = flag.Bool("update", false, "write the list of settings into the document")

// document has the list of settings, between the marks.
const (
	document = "../../../REFERENCE.md"
	begin    = "<!-- The settings: made by go test ./creds/settings/schema -update -->\n"
	end      = "<!-- The end of the settings -->\n"
)

// keysOf returns the keys of all fields, by their names in JSON.
func keysOf(t reflect.Type, above string) []string {
	var keys []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := f.Type
		if name = above + name; at.Kind() == reflect.Map {
			name, at = name+".NAME", at.Elem()
		}
		if at.Kind() == reflect.Struct {
			keys = append(keys, keysOf(at, name+".")...)
		} else {
			keys = append(keys, name)
		}
	}
	return keys
}

func TestEveryFieldOfTheSettingsIsOneOfTheTable(t *testing.T) {
	var got []string
	for _, s := range schema.All() {
		got = append(got, s.Key())
	}
	want := slices.DeleteFunc(keysOf(reflect.TypeFor[creds.Settings](), ""), func(key string) bool {
		// A profile's console has the type of that for all, and not all of its settings.
		forAll, isProfile := strings.CutPrefix(key, "profile.NAME.console.")
		return isProfile && !slices.Contains(got, key) && slices.Contains(got, "console."+forAll)
	})
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-fields +table):\n%s", diff)
	}
}

// some is a value of a setting that is not the default.
func some(s schema.Setting) string {
	switch s.Kind {
	case schema.Flag:
		return map[string]string{"true": "false"}[s.Default] + map[string]string{"false": "true", "": "true"}[s.Default]
	case schema.Span:
		return creds.Span(s.Min).String()
	case schema.Folders:
		return "/opt/bin"
	case schema.Program:
		return "pass otp \"aws x\""
	case schema.Suffix:
		return "-x"
	case schema.Folder:
		return "/home/me/keys"
	case schema.Account:
		return "012345678901"
	case schema.Place:
		return "firefox:work"
	case schema.Days:
		return "30"
	}
	return s.Choices[len(s.Choices)-1].Value
}

func TestASettingIsWrittenToItsOwnFieldAndReadFromThere(t *testing.T) {
	for _, s := range schema.All() {
		s = s.For("my prod")
		var reply creds.SettingsReply
		if text := s.Text(reply); text != "" && text != s.Default {
			t.Errorf("%s is %q by itself", s.Key(), text)
		}
		if says := s.Put(&reply.Settings, s.Value(some(s))); says != "" {
			t.Errorf("%s %s", s.Key(), says)
		}
		if text := s.Text(reply); text != some(s) {
			t.Errorf("%s is %q, not %q", s.Key(), text, some(s))
		}
		data, err := json.Marshal(reply.Settings)
		if err != nil {
			t.Fatal(err)
		}
		var tree any
		if err := json.Unmarshal(data, &tree); err != nil {
			t.Fatal(err)
		}
		for _, word := range s.Path() {
			tree = tree.(map[string]any)[word]
		}
		if fmt.Sprint(tree) != some(s) {
			t.Errorf("%s is %v in %s", s.Key(), tree, data)
		}
		if says := s.Put(&reply.Settings, nil); says != "" {
			t.Errorf("%s %s", s.Key(), says)
		}
		var want creds.Settings
		s.Put(&want, nil)
		if diff := cmp.Diff(want, reply.Settings); diff != "" || reply.Settings.Profile != nil || reply.Settings.SSO != nil || reply.Settings.Accounts != nil {
			t.Errorf("%s is taken back:\n%s", s.Key(), diff)
		}
	}
}

// pointers returns all pointers and maps in a value.
func pointers(v reflect.Value) []uintptr {
	var found []uintptr
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			found = append(found, v.Pointer())
		}
	case reflect.Map:
		found = append(found, v.Pointer())
		for _, one := range v.Seq2() {
			found = append(found, pointers(one)...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			found = append(found, pointers(v.Field(i))...)
		}
	}
	return found
}

func TestACopySharesNothing(t *testing.T) {
	var s creds.Settings
	for _, one := range schema.All() {
		one = one.For("x")
		one.Put(&s, one.Value(some(one)))
	}
	before, after := pointers(reflect.ValueOf(s)), pointers(reflect.ValueOf(s.Clone()))
	if len(before) < 5 || len(before) != len(after) || slices.ContainsFunc(before, func(p uintptr) bool { return slices.Contains(after, p) }) {
		t.Errorf("of %x in the copy are %x", before, after)
	}
	if diff := cmp.Diff(s, s.Clone()); diff != "" {
		t.Error(diff)
	}
}

func TestEverySettingIsDescribed(t *testing.T) {
	table := schema.All()
	for _, s := range append(slices.Clone(table), schema.StartAtLogin()) {
		if s.Page != schema.Hidden && (s.Label == "" || s.Help == "") {
			t.Errorf("the window has no words for %s", s.Key())
		}
		if s.Default == "" && s.Unset == "" {
			t.Errorf("nothing says what %s is by itself", s.Key())
		}
		for _, text := range []string{s.Default, s.Example} {
			if _, says := s.Check(s.Value(text)); says != "" {
				t.Errorf("%s %s", s.Key(), says)
			}
		}
		asAnother := false
		if kind, _ := s.Of(); kind != "" {
			_, asAnother = table.Find(s.Path()[2:])
		}
		if s.Example == "" && s.Doc == "" && !asAnother && s.InFile() {
			t.Errorf("the documents say nothing of %s", s.Key())
		}
	}
}

func TestTheDocumentListsTheSettings(t *testing.T) {
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no %q with %q", document, begin, end)
	}
	want := before + begin + "\n" + list() + "\n" + end + after
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("go test ./creds/settings/schema -update mends (-want +got):\n%s", diff)
	}
}

// tables are the comments on tables in the list, with the names of these.
var tables = []struct{ key, header, comment string }{
	{"", "", ""},
	{"accounts", "[accounts]", ""},
	{"sso.NAME", "[sso.corp]", "a session's name, or a start URL in quotes"},
	{"console", "[console]", ""},
	{"notices", "[notices]", ""},
	{"profile.NAME", "[profile.prod]", ""},
	{"profile.NAME.console", "[profile.prod.console]", "as above, without record"},
}

// list writes an example of config.toml with all settings.
func list() string {
	var out strings.Builder
	line := func(text, comment string) {
		if comment != "" {
			text = fmt.Sprintf("%-31s # %s", text, comment)
		}
		out.WriteString("    " + text + "\n")
	}
	for _, table := range tables {
		if table.header != "" {
			out.WriteString("\n")
			line(table.header, table.comment)
		}
		for _, s := range schema.All() {
			path := s.Path()
			if schema.FormatKey(path[:len(path)-1]) == table.key && (s.Example != "" || s.Doc != "") {
				line(strings.Replace(path[len(path)-1], "NAME", "work", 1)+" = "+s.Literal(s.Example), comment(s))
			}
		}
	}
	return out.String()
}

func comment(s schema.Setting) string {
	says := []string{s.Doc}
	if s.Kind == schema.Span {
		says = append(says, fmt.Sprintf("%s to %s", creds.Span(s.Min), creds.Span(s.Max)))
	}
	if s.Kind == schema.Text {
		var choices []string
		for _, c := range s.Choices {
			choices = append(choices, c.Value)
		}
		says[0] = strings.TrimPrefix(s.Doc+": "+strings.Join(choices, ", "), ": ")
	}
	if s.Kind != schema.Flag && s.Kind != schema.Folders && s.Kind != schema.Account && s.Kind != schema.Suffix && s.Default == "" && s.Unset != "as for all" {
		says = append(says, `"" is `+s.Unset)
	}
	says = slices.DeleteFunc(says, func(text string) bool { return text == "" })
	return strings.ReplaceAll(strings.Join(says, "; "), "’", "'")
}

func TestAnUnknownKeyIsAnsweredWithAHint(t *testing.T) {
	for key, want := range map[string]string{
		"consol.place":                   "there is no setting consol.place; known there are layout, long_term_suffix, derived_suffix, ",
		"console.color":                  "there is no setting console.color; known there are place, ",
		"profile.'my prod'.favorite":     `there is no setting profile."my prod".favorite; known there are favourite, `,
		"profile.prod.eu.west.favourite": `there is no setting profile.prod.eu.west.favourite; a name with dots goes in quotes: profile."prod.eu.west".favourite`,
		"profile.prod.eu.console.place":  `there is no setting profile.prod.eu.console.place; a name with dots goes in quotes: profile."prod.eu".console.place`,
		"notices":                        "notices has several settings: notices.ending, notices.do_not_disturb",
		"sso.corp":                       "sso.corp has several settings: sso.corp.sign_in, sso.corp.place",
		`sso."".place`:                   `sso."".place names nothing that it is for`,
		"profile.prod.console.record":    "profile.prod.console.record is for all profiles and must be in the table [console]",
		`"\q41"`:                         `"\"\\q41\"" is no key: \q is no escape that TOML knows`,
		`"\ud800"`:                       `"\"\\ud800\"" is no key: \u is no escape that TOML knows`,
	} {
		if s, err := schema.All().Parse(key); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s is %s, %v\nwant %s", key, s.Key(), err, want)
		}
	}
	for key, want := range map[string]string{
		" console . 'record' ":                 "console.record",
		`profile."my \u0070rod".console.place`: `profile."my prod".console.place`,
		"profile.NAME.lease":                   "profile.NAME.lease",
		`"start_at_login"`:                     "start_at_login",
	} {
		if s, err := schema.All().Parse(key); err != nil || s.Key() != want {
			t.Errorf("%s is %s, %v", key, s.Key(), err)
		}
	}
}

func FuzzKeysAreReadAsTOMLReadsThem(f *testing.F) {
	const hostile = "a b&#+%\"'=,:;$(x)`\\.é😀\x1b[2J\n-\u00a0"
	for _, seed := range []string{
		"a", "a.b", `profile."my prod".favourite`, "'a.b' . c", `"\u00e9\U0001F600\t\\\""`, `""`, "''", "a..b", ".a", "a b", "é", `"\e"`, `"\'"`, `"\a"`, `"\101"`,
		`"\x41"`, `"\xe9"`, `"\ud800"`, `"\x4"`, "a\tb", "a #", "a = 1 #", "a\n", `"""a"""`, "'''a'''", schema.FormatKey([]string{hostile, "", "a"}),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := schema.ParseKey(text)
		if err == nil {
			again, err := schema.ParseKey(schema.FormatKey(path))
			if err != nil || !cmp.Equal(path, again) {
				t.Fatalf("%q is %q, written %s, read %q, %v", text, path, schema.FormatKey(path), again, err)
			}
		}
		// What TOML would read as several lines, or as more than a key.
		if strings.ContainsAny(text, "\n\r") || !utf8.ValidString(text) {
			return
		}
		var value map[string]any
		meta, tomlErr := toml.Decode(text+" = 1", &value)
		if tomlErr == nil && strings.ContainsAny(text, "=#[") && err != nil {
			return
		}
		if (err == nil) != (tomlErr == nil) {
			t.Fatalf("%q: %v, and TOML: %v", text, err, tomlErr)
		}
		if err != nil {
			return
		}
		keys := meta.Keys()
		if want := []string(keys[len(keys)-1]); !cmp.Equal(path, want) {
			t.Fatalf("%q is %q, and to TOML %q", text, path, want)
		}
	})
}
