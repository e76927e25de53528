package settings_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/settings"
	"daypass/creds/settings/schema"
)

// to makes a change; the names of the path are separated by bars.
func to(path string, value any) creds.SettingChange {
	return creds.SettingChange{Key: schema.FormatKey(strings.Split(path, "|")), Value: value}
}

type edit struct {
	before  string
	changes []creds.SettingChange
	after   string
}

var edits = map[string]edit{
	"a value is replaced and its comment stays": {
		"# top\nsession_duration   =  \"12h\"\t # a day's work\n# end\n",
		[]creds.SettingChange{to("session_duration", "8h")},
		"# top\nsession_duration   =  \"8h\"\t # a day's work\n# end\n",
	},
	"a key goes behind the last of its table": {
		"[console]\n  place = 'firefox' # mine\n  # more to come\n\n# about a\n[profile.a]\nfavourite = true\n",
		[]creds.SettingChange{to("console|colour", "red")},
		"[console]\n  place = 'firefox' # mine\n  colour = \"red\"\n  # more to come\n\n# about a\n[profile.a]\nfavourite = true\n",
	},
	"a key goes below a bare header": {
		"[profile.a] # a\n\n[profile.b]\n",
		[]creds.SettingChange{to("profile|a|favourite", true)},
		"[profile.a] # a\nfavourite = true\n\n[profile.b]\n",
	},
	"a table goes to the end": {
		"[console]\nplace = 'firefox'",
		[]creds.SettingChange{to("profile|dev|favourite", true), to("profile|dev|console|place", "edge:private,profile=Work")},
		"[console]\nplace = 'firefox'\n\n[profile.dev]\nfavourite = true\n\n[profile.dev.console]\nplace = \"edge:private,profile=Work\"\n",
	},
	"an empty file": {
		"",
		[]creds.SettingChange{to("profile|dev|favourite", true), to("derived_suffix", "-x")},
		"derived_suffix = \"-x\"\n\n[profile.dev]\nfavourite = true\n",
	},
	"a file of a byte order mark": {
		"\ufeff",
		[]creds.SettingChange{to("notices|do_not_disturb", true), to("derived_suffix", "-x")},
		"\ufeffderived_suffix = \"-x\"\n\n[notices]\ndo_not_disturb = true\n",
	},
	"a first setting goes between the file's comment and the first header's": {
		"# My settings.\n\n# About a.\n[profile.a]\nfavourite = true\n",
		[]creds.SettingChange{to("session_duration", "1h"), to("keyring_backend", "pass")},
		"# My settings.\n\nsession_duration = \"1h\"\nkeyring_backend = \"pass\"\n\n# About a.\n[profile.a]\nfavourite = true\n",
	},
	"a first setting goes behind comments where there is nothing else": {
		"# My settings.",
		[]creds.SettingChange{to("session_duration", "1h")},
		"# My settings.\nsession_duration = \"1h\"\n",
	},
	"line breaks of Windows": {
		"# top\r\n[profile.a]\r\nfavourite = true\r\n\r\n[console]",
		[]creds.SettingChange{to("profile|a|lease", "1h"), to("console|link", "portal"), to("notices|ending", false), to("derived_suffix", "-x")},
		"derived_suffix = \"-x\"\r\n\r\n# top\r\n[profile.a]\r\nfavourite = true\r\nlease = \"1h\"\r\n\r\n[console]\r\nlink = \"portal\"\r\n\r\n[notices]\r\nending = false\r\n",
	},
	"hostile names": {
		"",
		[]creds.SettingChange{
			to(`profile|my "prod"|favourite`, true), to("profile|a.b|favourite", true), to("profile|🔥 x|favourite", true),
			to("profile|k = v # no|favourite", true), to(`profile|back\slash|favourite`, true), to("profile|[x]|favourite", true),
			to("profile|tab\tnewline\n\x7f|favourite", true), to("profile|'''|favourite", true), to("profile|9|favourite", true),
			to("sso|https://corp.awsapps.com/start#/|sign_in", "browser"),
		},
		`[profile."my \"prod\""]
favourite = true

[profile."a.b"]
favourite = true

[profile."🔥 x"]
favourite = true

[profile."k = v # no"]
favourite = true

[profile."back\\slash"]
favourite = true

[profile."[x]"]
favourite = true

[profile."tab\u0009newline\u000A\u007F"]
favourite = true

[profile."'''"]
favourite = true

[profile.9]
favourite = true

[sso."https://corp.awsapps.com/start#/"]
sign_in = "browser"
`,
	},
	"hostile names are found, however they are written": {
		"[profile.'my \"prod\"']\n\"favourite\" = false\n[ profile . \"a\\u002eb\" ]\nlease = '''1h'''\n",
		[]creds.SettingChange{to(`profile|my "prod"|favourite`, true), to("profile|a.b|lease", "2h")},
		"[profile.'my \"prod\"']\n\"favourite\" = true\n[ profile . \"a\\u002eb\" ]\nlease = \"2h\"\n",
	},
	"a place with quotes and backslashes is easy on the eye": {
		"",
		[]creds.SettingChange{to("console|place", `command "C:\Program Files\b.exe" {url}`)},
		"[console]\nplace = 'command \"C:\\Program Files\\b.exe\" {url}'\n",
	},
	"dotted keys stay dotted": {
		"profile.dev.favourite = true\n\n[console]\ncolour = 'red'\n",
		[]creds.SettingChange{to("profile|dev|console|place", "firefox"), to("profile|dev|lease", "1h"), to("console|record", true)},
		"profile.dev.favourite = true\nprofile.dev.console.place = \"firefox\"\nprofile.dev.lease = \"1h\"\n\n[console]\ncolour = 'red'\nrecord = true\n",
	},
	"dotted keys below a header for all profiles": {
		"[profile]\n# first\n  dev.favourite = true # yes\n  'a b'.lease = '1h'\n\n[profile.c]\nconsole.colour = 'red'\n",
		[]creds.SettingChange{to("profile|dev|sensitive", true), to("profile|c|console|link", "portal"), to("profile|d|favourite", true), to("profile|a b|lease", nil)},
		"[profile]\n# first\n  dev.favourite = true # yes\n  dev.sensitive = true\n\n[profile.c]\nconsole.colour = 'red'\nconsole.link = \"portal\"\n\n[profile.d]\nfavourite = true\n",
	},
	"inline tables": {
		"sso = { corp = { sign_in = \"browser\" }, \"b\" = {} } # two\n[profile]\ndev = {favourite=true,}\nprod = { console.place = 'edge:{}#', lease = \"1h\" }\n",
		[]creds.SettingChange{
			to("sso|corp|sign_in", "device-code"), to("sso|b|sign_in", "browser"), to("sso|c d|sign_in", "browser"),
			to("profile|dev|lease", "2h"), to("profile|prod|console|place", "firefox"), to("profile|prod|console|colour", "red"), to("profile|prod|lease", nil),
		},
		"sso = { corp = { sign_in = \"device-code\" }, \"b\" = { sign_in = \"browser\" }, \"c d\".sign_in = \"browser\" } # two\n[profile]\ndev = {favourite=true, lease = \"2h\",}\nprod = { console.place = \"firefox\", console.colour = \"red\" }\n",
	},
	"members leave inline tables": {
		"console = { place = \"firefox\", link = 'portal', colour = 'red' }\n[profile]\na = { favourite = true }\nb = { favourite = true, }\nc = {\n  favourite = true, # yes\n  lease = '1h'\n}\n",
		[]creds.SettingChange{to("console|link", nil), to("console|colour", nil), to("profile|a|favourite", nil), to("profile|b|favourite", false), to("profile|c|console|link", "portal")},
		"console = { place = \"firefox\" }\n[profile]\na = {  }\nb = {  }\nc = {\n  favourite = true, # yes\n  lease = '1h', console.link = \"portal\"\n}\n",
	},
	"texts of several lines": {
		"[console]\nplace = \"\"\"\nfirefox\\\n  \"\"\" # mine\ncolour = '''\nred'''\n",
		[]creds.SettingChange{to("console|place", "edge"), to("console|colour", nil), to("console|link", "portal")},
		"[console]\nplace = \"edge\" # mine\nlink = \"portal\"\n",
	},
	"a table in two places": {
		"[profile.a.console]\ncolour = 'red'\n[console]\n[profile.a]\nfavourite = true\n[profile]\n",
		[]creds.SettingChange{to("profile|a|console|link", "portal"), to("profile|a|lease", "1h"), to("profile|b|favourite", true)},
		"[profile.a.console]\ncolour = 'red'\nlink = \"portal\"\n[console]\n[profile.a]\nfavourite = true\nlease = \"1h\"\n[profile]\n\n[profile.b]\nfavourite = true\n",
	},
	"a line goes, its comment stays": {
		"session_duration = '1h' # why\n  derived_suffix = '-x'\n[profile.a]\n  favourite = true#dear\n",
		[]creds.SettingChange{to("session_duration", nil), to("derived_suffix", nil), to("profile|a|favourite", nil)},
		"# why\n[profile.a]\n  #dear\n",
	},
	"a header goes with its only line": {
		"[console]\nplace = 'firefox'\n\n[profile.a]\nfavourite = true\n\n[profile.b]\nfavourite = true\n\n[profile.c]\nlease = '1h'\n",
		[]creds.SettingChange{to("profile|a|favourite", false), to("profile|c|lease", "")},
		"[console]\nplace = 'firefox'\n\n[profile.b]\nfavourite = true\n",
	},
	"a header that somebody has written about stays": {
		"[profile.a] # dear\nlease = '1h'\n# dear\n[profile.b]\nlease = '1h'\n[profile.c]\n# dear\nlease = '1h'\n[profile.d]\nlease = '1h'\n# dear\n",
		[]creds.SettingChange{to("profile|a|lease", nil), to("profile|b|lease", nil), to("profile|c|lease", nil), to("profile|d|lease", nil)},
		"[profile.a] # dear\n# dear\n[profile.b]\n[profile.c]\n# dear\n[profile.d]\n# dear\n",
	},
	"what the file says already is not written again": {
		"session_duration = \"720m\"\n[profile.a]\nfavourite = false\n",
		[]creds.SettingChange{to("session_duration", "12h"), to("profile|a|favourite", false), to("profile|b|favourite", false), to("profile|b|lease", nil), to("notices|ending", nil)},
		"session_duration = \"720m\"\n[profile.a]\nfavourite = false\n",
	},
	"false is written where it is not the default": {
		"",
		[]creds.SettingChange{to("profile|a|notices", false), to("console|logout_first", false)},
		"[profile.a]\nnotices = false\n\n[console]\nlogout_first = false\n",
	},
	"names in a path that look like others": {
		"[profile.\"a.b\"]\nfavourite = true\n[profile.a]\nlease = '1h'\n",
		[]creds.SettingChange{to("profile|a|favourite", true), to("profile|a.b|favourite", nil)},
		"[profile.a]\nlease = '1h'\nfavourite = true\n",
	},
}

func TestEditsChangeTheirOwnLinesOnly(t *testing.T) {
	for name, one := range edits {
		t.Run(name, func(t *testing.T) {
			got, _, err := settings.Edit("FILE", one.before, one.changes)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(one.after, got); diff != "" {
				t.Error(diff)
			}
			again, _, err := settings.Edit("FILE", got, one.changes)
			if err != nil || again != got {
				t.Errorf("made again, the changes give\n%s\n%v", again, err)
			}
		})
	}
}

// TestChangesSurviveTheSocket sends the values through JSON.
func TestChangesSurviveTheSocket(t *testing.T) {
	var changes []creds.SettingChange
	if err := json.Unmarshal([]byte(`[{"key":"console.record","value":true},{"key":"console.'link'","value":"portal"},{"key":"profile . \"\\u0061\" . lease","value":null}]`), &changes); err != nil {
		t.Fatal(err)
	}
	got, _, err := settings.Edit("FILE", "[profile.a]\nlease = '1h'\n", changes)
	if want := "[console]\nrecord = true\nlink = \"portal\"\n"; err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestARefusedChangeIsExplained(t *testing.T) {
	for name, one := range map[string]struct {
		text   string
		change creds.SettingChange
		code   creds.Code
		want   string
	}{
		"no such setting":     {"", to("profile|a|favorite", true), creds.CodeBadRequest, `there is no setting profile.a.favorite; known there are favourite,`},
		"a table":             {"", to("profile|a", nil), creds.CodeBadRequest, "profile.a has several settings: profile.a.favourite, profile.a.notices, "},
		"no key":              {"", creds.SettingChange{}, creds.CodeBadRequest, `"" is no key: it is written as console.place`},
		"more than a key":     {"", creds.SettingChange{Key: "console.record = true #"}, creds.CodeBadRequest, `"console.record = true #" is no key: it is written as console.place`},
		"too long a path":     {"", to("console|place|x", "y"), creds.CodeBadRequest, `there is no setting console.place.x; known there are place, duration,`},
		"the desktop's":       {"", to("start_at_login", true), creds.CodeBadRequest, `start_at_login is kept by the desktop`},
		"one for all":         {"", to("profile|a|console|record", true), creds.CodeBadRequest, `profile.a.console.record is for all profiles and must be in the table [console]`},
		"dots in a name":      {"", to("profile|a|b|favourite", true), creds.CodeBadRequest, `there is no setting profile.a.b.favourite; a name with dots goes in quotes: profile."a.b".favourite`},
		"no name":             {"", to("profile||favourite", true), creds.CodeBadRequest, `profile."".favourite names nothing that it is for`},
		"no text":             {"", creds.SettingChange{Key: "profile.'\xff'.favourite", Value: true}, creds.CodeBadRequest, `is no key: it is not UTF-8`},
		"no text in a value":  {"", to("console|place", "firefox:\xff"), creds.CodeBadRequest, `is no text`},
		"a bad value":         {"", to("profile|a|programs", "yes"), creds.CodeBadRequest, `profile.a.programs must be "ask", "always" or "never", not "yes"`},
		"a number":            {"", to("session_duration", 3600.0), creds.CodeBadRequest, `session_duration must be a duration from 15m to 36h, in quotes, not 3600`},
		"a list":              {"", to("console|place", []any{"x"}), creds.CodeBadRequest, `console.place must be a place such as "firefox:private", not a list`},
		"a suffix of nothing": {"", to("derived_suffix", ""), creds.CodeBadRequest, `derived_suffix must be a few`},
		"a file in UTF-16":    {"\xff\xfe[\x00", to("derived_suffix", "-x"), creds.CodeBadFile, "the settings in FILE cannot be read: it is written in UTF-16"},
		"a broken file":       {"x = [", to("derived_suffix", "-x"), creds.CodeBadFile, "the settings in FILE cannot be read: "},
		"a file with a fault": {"[console]\nlink = 'x'", to("derived_suffix", "-x"), creds.CodeBadFile, "console.link in FILE must be"},
		"a comment would go": {
			"profile.a = {\n  favourite = true, # dear\n  lease = '1h'\n}\n", to("profile|a|favourite", nil), creds.CodeBadFile,
			"profile.a.favourite cannot be changed in FILE as that is written; please change it there with an editor",
		},
	} {
		// A valid change before it is not made either.
		changes := []creds.SettingChange{to("notices|do_not_disturb", true), one.change}
		text, _, err := settings.Edit("FILE", one.text, changes)
		var failure *creds.Error
		if !errors.As(err, &failure) || failure.Code != one.code || !strings.Contains(failure.Message, one.want) || text != "" {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}
