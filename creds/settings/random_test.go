package settings_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/settings"
	"daypass/creds/settings/schema"
)

// author writes settings files as people may: every form of TOML, with comments
// wherever one can be.
type author struct {
	*rand.Rand
	comments int
	nl       string
}

var names = []string{"dev", "prod", `my "prod"`, "a.b", "🔥", "k = v", "x # y", "it's", `C:\x`, "[p]", "profile", "console", "1", " ", "a\tb", "place", "{", "'''", `"""`}

// values are those that each setting may have.
var values = map[string][]any{
	"derived_suffix":   {"-temporary", "-x", "é"},
	"session_duration": {"12h", "90m", "1h30m0s"},
	"keyring_backend":  {"", "file"},
	"path":             {"", "/opt/gnupg/bin:/srv/a b"},
	"sso|*|sign_in":    {"browser", "device-code"},
	"sso|*|place":      {"system", "firefox:Work", "private", ""},

	"console|place":        {"system", "", "firefox:container", "edge:private,profile=A ' B", `command "C:\b.exe" --x='y' {url}`, `chrome:"#{}[]=`},
	"console|duration":     {"1h", "12h"},
	"console|link":         {"federation", "portal"},
	"console|logout_first": {true, false},
	"console|colour":       {"red", "blue"},
	"console|record":       {true, false},

	"mfa_of_source":           {true, false},
	"profile|*|mfa_of_source": {true, false},
	"mfa_process":             {"pass otp aws", `a "b c"`, ""},
	"profile|*|mfa_process":   {"op read x", ""},

	"notices|ending":         {true, false},
	"notices|do_not_disturb": {true, false},

	"profile|*|favourite":            {true, false},
	"profile|*|notices":              {true, false},
	"profile|*|sensitive":            {true, false},
	"profile|*|lease":                {"30m", "1h", ""},
	"profile|*|programs":             {"ask", "always", "never"},
	"profile|*|console|place":        {"firefox", "edge:private", `command "x y" '{url}'`, ""},
	"profile|*|console|duration":     {"2h"},
	"profile|*|console|link":         {"portal", "federation"},
	"profile|*|console|logout_first": {true, false},
	"profile|*|console|colour":       {"green"},
}

func pick[T any](a *author, of ...T) T { return of[a.IntN(len(of))] }

// chance is true in one of n cases.
func (a *author) chance(n int) bool { return a.IntN(n) == 0 }

// setting makes up a setting with a value.
func (a *author) setting() creds.SettingChange {
	var keys []string
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	key := pick(a, keys...)
	path := strings.Split(key, "|")
	if i := slices.Index(path, "*"); i >= 0 {
		path[i] = pick(a, names...)
	}
	return creds.SettingChange{Key: a.key(path), Value: pick(a, values[key]...)}
}

// pathOf returns the words of a change's key.
func pathOf(c creds.SettingChange) []string {
	path, err := schema.ParseKey(c.Key)
	if err != nil {
		panic(err)
	}
	return path
}

func (a *author) space() string { return pick(a, "", " ", " ", "  ", "\t") }

func (a *author) comment() string {
	a.comments++
	return fmt.Sprintf("# comment %d %s", a.comments, pick(a, "", "x = 1", "[a]", `"`, "'''", "#"))
}

// between returns blank lines and comments.
func (a *author) between() string {
	switch a.IntN(6) {
	case 0:
		return a.nl
	case 1:
		return a.space() + a.comment() + a.nl
	case 2:
		return a.nl + a.comment() + a.nl
	}
	return ""
}

// behind returns the end of a line.
func (a *author) behind() string {
	if a.chance(4) {
		return a.space() + a.comment() + a.nl
	}
	return a.space() + a.nl
}

func (a *author) quote(text string) string {
	if !strings.ContainsAny(text, "'\t") && a.chance(2) {
		return "'" + text + "'"
	}
	b := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`).Replace(text)
	return `"` + b + `"`
}

func (a *author) key(path []string) string {
	var parts []string
	for _, name := range path {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_1") != "" || a.chance(6) {
			name = a.quote(name)
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, pick(a, ".", ".", " . "))
}

func (a *author) value(v any) string {
	text, ok := v.(string)
	switch {
	case !ok:
		return fmt.Sprint(v)
	case strings.Contains(text, "'") || !a.chance(4):
		return a.quote(text)
	case a.chance(2):
		return "'''" + pick(a, "", a.nl) + text + "'''"
	}
	return `"""` + pick(a, "", a.nl) + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + pick(a, "", `\`+a.nl+"  ") + `"""`
}

func (a *author) line(path []string, v any) string {
	return a.between() + a.space() + a.key(path) + a.space() + "=" + a.space() + a.value(v) + a.behind()
}

// inline writes settings as one table; its lines are those of all.
func (a *author) inline(all []creds.SettingChange, depth int) string {
	var b strings.Builder
	b.WriteString("{" + a.space())
	for i, c := range all {
		if i > 0 {
			b.WriteString("," + a.space())
		}
		b.WriteString(a.key(pathOf(c)[depth:]) + a.space() + "=" + a.space() + a.value(c.Value) + a.space())
	}
	b.WriteString("}")
	return b.String()
}

// file writes settings in tables of random forms.
func (a *author) file(all []creds.SettingChange) string {
	tables := map[string][]creds.SettingChange{}
	var order []string
	for _, c := range all {
		table := strings.Join(pathOf(c)[:len(pathOf(c))-1], "|")
		if a.chance(8) && len(pathOf(c)) == 4 {
			table = strings.Join(pathOf(c)[:2], "|") // with a dotted key
		}
		if tables[table] == nil {
			order = append(order, table)
		}
		tables[table] = append(tables[table], c)
	}
	var root, headers strings.Builder
	for _, table := range order {
		lines := tables[table]
		path := pathOf(lines[0])[:strings.Count(table, "|")+1]
		if table == "" {
			path = nil
		}
		form := a.IntN(6)
		switch {
		case path == nil || form == 0:
			for _, c := range lines {
				root.WriteString(a.line(pathOf(c), c.Value))
			}
		case form == 1:
			root.WriteString(a.between() + a.key(path) + " = " + a.inline(lines, len(path)) + a.behind())
		default:
			headers.WriteString(a.between() + a.space() + "[" + a.space() + a.key(path) + a.space() + "]" + a.behind())
			for _, c := range lines {
				headers.WriteString(a.line(pathOf(c)[len(path):], c.Value))
			}
		}
	}
	text := pick(a, "", "", "\ufeff") + a.between() + root.String() + headers.String() + a.between()
	if a.chance(4) {
		text = strings.TrimSuffix(text, a.nl)
	}
	return text
}

// TestRandomChangesOfRandomFiles checks edits against a model without TOML: the settings
// that were written, and those that were then changed.
func TestRandomChangesOfRandomFiles(t *testing.T) {
	const rounds = 3000
	var valid, refused int
	for seed := range uint64(rounds) {
		a := &author{Rand: rand.New(rand.NewPCG(seed, 4)), nl: "\n"}
		a.nl = pick(a, "\n", "\n", "\r\n")
		var all []creds.SettingChange
		same := func(path []string) func(creds.SettingChange) bool {
			return func(c creds.SettingChange) bool { return slices.Equal(pathOf(c), path) }
		}
		for range a.IntN(10) {
			if c := a.setting(); !slices.ContainsFunc(all, same(pathOf(c))) {
				all = append(all, c)
			}
		}
		before := a.file(all)
		var tree map[string]any
		if _, err := toml.Decode(before, &tree); err != nil {
			continue // a table in two forms, say
		}
		valid++
		changes := []creds.SettingChange{a.setting()}
		if len(all) > 0 && a.chance(2) {
			changes = append(changes, creds.SettingChange{Key: pick(a, all...).Key})
		}
		if a.chance(2) {
			changes = append(changes, a.setting())
		}
		want := settings.Defaults()
		for _, c := range slices.Concat(all, changes) {
			if err := settings.Assign(&want, c); err != nil {
				t.Fatal(err)
			}
		}
		after, said, err := settings.Edit("FILE", before, changes)
		if err != nil {
			refused++
			t.Logf("seed %d: %v\n%s\n%v", seed, err, before, changes)
			continue
		}
		got, err := settings.Parse("FILE", after)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("seed %d, %v: %v\n%s\nbefore\n%s\nafter\n%s", seed, changes, err, diff, before, after)
		}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Fatalf("seed %d: what is said of the file is not what it says\n%s", seed, diff)
		}
		if why := disturbed(before, after, len(changes)); why != "" {
			t.Fatalf("seed %d, %v: %s\nbefore\n%s\nafter\n%s", seed, changes, why, before, after)
		}
	}
	if valid < rounds/2 {
		t.Errorf("only %d of %d files were valid", valid, rounds)
	}
	// The decoder takes a few files that TOML forbids, with a header for a table that
	// dotted keys have made; refusing these is right.
	if refused*500 > valid {
		t.Errorf("%d changes of %d were refused", refused, valid)
	}
}

// disturbed returns what an edit changed without need.
func disturbed(before, after string, changes int) string {
	var n int
	for line := range strings.Lines(before) {
		_, comment, found := strings.Cut(line, "# comment ")
		if found && !strings.Contains(after, "# comment "+strings.TrimRight(comment, "\r\n")) {
			return "a comment is lost: " + comment
		}
		if !strings.Contains(after, strings.TrimRight(line, " \t\r\n")) {
			n++
		}
	}
	// A change touches its own line, of which a text may take three, and a
	// header.
	if n > 4*changes {
		return fmt.Sprintf("%d lines are changed", n)
	}
	if strings.Contains(before, "\r\n") && strings.Count(after, "\n") != strings.Count(after, "\r\n") {
		return "a line break is another"
	}
	return ""
}

// FuzzEdit changes files that no person would write.
func FuzzEdit(f *testing.F) {
	f.Add(full, uint64(1))
	for _, one := range edits {
		f.Add(one.before, uint64(len(one.after)))
	}
	for seed := range uint64(50) {
		a := &author{Rand: rand.New(rand.NewPCG(seed, 5)), nl: "\n"}
		f.Add(a.file([]creds.SettingChange{a.setting()}), seed)
	}
	f.Fuzz(func(t *testing.T, before string, seed uint64) {
		a := &author{Rand: rand.New(rand.NewPCG(seed, 6))}
		c := a.setting()
		if a.chance(3) {
			c.Value = nil
		}
		want, err := settings.Parse("FILE", before)
		if err != nil {
			return
		}
		if err := settings.Assign(&want, c); err != nil {
			t.Fatal(err)
		}
		after, _, err := settings.Edit("FILE", before, []creds.SettingChange{c})
		if err != nil {
			if strings.Contains(before, "{") {
				return // the one form in which a comment may be in the way
			}
			t.Fatalf("%v\n%s\n%v", err, before, c)
		}
		got, err := settings.Parse("FILE", after)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
		if strings.Contains(before, `"""`) || strings.Contains(before, "'''") {
			return // what looks like a comment may be a text's
		}
		for line := range strings.Lines(before) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") && !strings.Contains(after, line) {
				t.Fatalf("%q is lost from\n%s\n%v gives\n%s", line, before, c, after)
			}
		}
	})
}
