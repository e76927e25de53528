package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/settings/schema"
)

func sampleSettings() creds.SettingsReply {
	no := false
	return creds.SettingsReply{
		Path: "/home/alice/.config/daypass/config\x1b.toml",
		Settings: creds.Settings{
			DerivedSuffix: "-temporary", SessionDuration: creds.Span(12 * time.Hour),
			SSO: map[string]creds.SSOSettings{"https://old.awsapps.com/start": {SignIn: creds.SignInDeviceCode}},
			Console: creds.ConsoleSettings{
				Place: `command "C:\Program Files\x.exe" {url}`, Duration: creds.Span(90 * time.Minute), Record: &no,
			},
			Notices: creds.NoticeSettings{DoNotDisturb: true},
			Profile: map[string]creds.ProfileSettings{
				hostile: {Favourite: true, Notices: &no, Console: creds.ConsoleSettings{Place: hostile}},
				"prod":  {Sensitive: true, Lease: creds.Span(20 * time.Minute), Programs: creds.ProgramsNever},
			},
		},
		Backends: []string{"secret-service", "file"},
	}
}

func TestSettingsAreListedAsTheLinesOfTheirFile(t *testing.T) {
	var b bytes.Buffer
	if err := writeSettings(&b, sampleSettings()); err != nil {
		t.Fatal(err)
	}
	golden(t, "settings", b.Bytes())
	if text := b.String(); printable(strings.ReplaceAll(text, "\n", "")) != strings.ReplaceAll(text, "\n", "") {
		t.Errorf("it is not safe to show: %q", text)
	}
	var read map[string]any
	if _, err := toml.Decode(b.String(), &read); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	var same creds.Settings // its JSON has the names of the file
	if err := json.Unmarshal(data, &same); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sampleSettings().Settings, same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSettingsAreGotSetAndUnset(t *testing.T) {
	agent := (&standIn{settings: sampleSettings(), profiles: []creds.Status{{Name: "prod"}, {Name: hostile}}}).begin(t)
	odd := schema.FormatKey([]string{"profile", hostile})
	for line, want := range map[string]string{
		"console.place":                               `command "C:\Program Files\x.exe" {url}`,
		" console . 'record' ":                        "false",
		"console.colour":                              "",
		"notices.do_not_disturb":                      "true",
		"console.duration":                            "90m",
		"profile.prod.lease":                          "20m",
		"profile.prod.favourite":                      "",
		"profile.nobody.favourite":                    "",
		odd + ".console.place":                        hostile,
		odd + ".notices":                              "false",
		"start_at_login":                              "false",
		`sso."https://old.awsapps.com/start".sign_in`: string(creds.SignInDeviceCode),
	} {
		agent.runs(t, "", "settings", "get", line).is(t, outcomeOf{Out: want + "\n"})
	}
	written := "Written to " + printable(sampleSettings().Path) + "\n"
	change := func(value any, key string) *creds.SettingsRequest {
		return &creds.SettingsRequest{Changes: []creds.SettingChange{{Key: key, Value: value}}}
	}
	for name, c := range map[string]struct {
		args  []string
		want  *creds.SettingsRequest
		after string
	}{
		"a text":                 {[]string{"set", "console.place", hostile}, change(hostile, "console.place"), written},
		"a text that says true":  {[]string{"set", "console.place", "true"}, change("true", "console.place"), written},
		"what looks like a flag": {[]string{"set", "derived_suffix", "-temporary"}, change("-temporary", "derived_suffix"), written},
		"a truth":                {[]string{"set", odd + ".favourite", "false"}, change(false, odd+".favourite"), written},
		"a time":                 {[]string{"set", "session_duration", "1h30m"}, change("1h30m", "session_duration"), written},
		"a key as it is typed":   {[]string{"set", " profile.'prod' . favourite ", "true"}, change(true, " profile.'prod' . favourite "), written},
		"a default":              {[]string{"unset", "profile.prod.console.logout_first"}, change(nil, "profile.prod.console.logout_first"), written},
		"of a misspelt profile":  {[]string{"set", "profile.prdo.favourite", "true"}, change(true, "profile.prdo.favourite"), written + "daypass: there is no profile \"prdo\" at present; did you mean \"prod\"?\n"},
		"with the desktop":       {[]string{"set", "start_at_login", "true"}, change(true, "start_at_login"), "daypass starts with the desktop\n"},
		"without it":             {[]string{"unset", "start_at_login"}, change(nil, "start_at_login"), "daypass does not start with the desktop\n"},
	} {
		t.Run(name, func(t *testing.T) {
			agent.runs(t, "", append([]string{"settings"}, c.args...)...).is(t, outcomeOf{Err: c.after, Asked: []any{c.want}})
		})
	}
	var reply creds.SettingsReply
	if err := json.Unmarshal([]byte(agent.runs(t, "", "settings", "--json").Out), &reply); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(agent.settings, reply); diff != "" {
		t.Error(diff)
	}
}

func TestASettingThatIsNoneIsHelpedWith(t *testing.T) {
	agent := (&standIn{}).begin(t)
	const keys = `it is written as console.place, or profile."my prod".favourite: names with other characters than a-z, 0-9, - and _ go in quotes`
	for line, want := range map[string]string{
		"get|consol.place":                   "there is no setting consol.place; did you mean console.place?",
		"get|console.color":                  "there is no setting console.color; did you mean console.colour?",
		"get|profile.prod.favorite":          "there is no setting profile.prod.favorite; did you mean profile.prod.favourite?",
		`get|profile."my prod".favorite`:     `there is no setting profile."my prod".favorite; did you mean profile."my prod".favourite?`,
		"get|profile.prod.eu.west.favourite": `there is no setting profile.prod.eu.west.favourite; a name with dots goes in quotes: profile."prod.eu.west".favourite`,
		"get|profile.prod.eu.console.place":  `there is no setting profile.prod.eu.console.place; a name with dots goes in quotes: profile."prod.eu".console.place`,
		"get|profile.x.console.record":       "profile.x.console.record is for all profiles and must be in the table [console]",
		"get|notices":                        "notices has several settings: notices.ending, notices.do_not_disturb",
		"get|sso.corp":                       "sso.corp has several settings: sso.corp.sign_in, sso.corp.place",
		"get|nothing.of.the.kind":            "there is no setting nothing.of.the.kind; see those there are with: daypass settings --help",
		"get|profile.my prod.favourite":      `"profile.my prod.favourite" is no key: ` + keys,
		"get|":                               `"" is no key: ` + keys,
		"get|console.":                       `"console." is no key: ` + keys,
		`get|"console`:                       `"\"console" is no key: ` + keys,
		`get|"\q41"`:                         `"\"\\q41\"" is no key: \q is no escape that TOML knows`,
		"get|\xff":                           `"\xff" is no key: it is not UTF-8`,
		"get|console.place|x":                "get takes KEY, and got 2 arguments",
		"set|console.place":                  "set takes KEY and VALUE, and got 1 argument",
		"set|console.place|":                 `console.place: the value is empty; "daypass settings unset" goes back to the default`,
		"set|console.place|\xff":             "console.place: the value is not UTF-8",
		"set|console.record|yes":             `console.record: it is true or false, and not "yes"`,
		"set|console.duration|soon":          `console.duration: "soon" is no duration; write it as 90m or 12h`,
		"set|console.duration|-1h":           `console.duration: "-1h" is no length of time`,
		"set|--consol":                       "there is no flag --consol",
		"set|start_at_login|on":              `start_at_login: it is true or false, and not "on"`,
	} {
		command, _, _ := strings.Cut(line, "|")
		agent.runs(t, "", append([]string{"settings"}, strings.Split(line, "|")...)...).says(t, exitUsage,
			"daypass: "+printable(want)+"\nSee: daypass settings "+command+" --help\n")
	}
	agent.refusal = &creds.Error{Code: creds.CodeBadRequest, Message: "\"chroem\" is no browser that daypass knows"}
	got := agent.runs(t, "", "settings", "set", "console.place", "chroem")
	got.Asked = nil
	got.says(t, exitFailed, "daypass: \"chroem\" is no browser that daypass knows\n")
}

func TestEveryKeyOfATableIsOffered(t *testing.T) {
	agent := (&standIn{profiles: []creds.Status{{Name: "prod"}}}).begin(t)
	for _, table := range []string{"console.", "notices.", "profile.prod."} {
		var want []string
		for _, s := range schema.All() {
			if key := s.For("prod").Key(); strings.HasPrefix(key, table) {
				want = append(want, key)
			}
		}
		slices.Sort(want)
		if got := agent.runs(t, "", "__complete", "settings", "get", table).Out; got != strings.Join(append(want, ":4\n"), "\n") {
			t.Errorf("for %s got %q, want %q", table, got, want)
		}
	}
}

func TestTheHelpNamesEverySetting(t *testing.T) {
	for _, s := range append(schema.All(), schema.StartAtLogin()) {
		if !strings.Contains(settingsHelp(), "  "+s.Key()+" ") {
			t.Errorf("the help says nothing of %s", s.Key())
		}
	}
}
