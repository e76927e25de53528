package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/settings"
)

// write makes a config.toml in a folder of its own.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const full = `# My settings.
derived_suffix = "-mfa"
session_duration = "90m"
keyring_backend = "pass"
path = "/opt/gnupg/bin:/srv/tools"
mfa_of_source = false
mfa_process = "pass otp aws"

[sso.corp]
sign_in = "device-code"
place = "firefox:Work"

[sso."https://corp.awsapps.com/start"]
sign_in = "browser"

[console]
place = "firefox:container"
duration = "1h"
link = "portal"
logout_first = true
colour = "turquoise"
record = true

[notices]
ending = true
do_not_disturb = true

[profile."my \"prod\""]
favourite = true
notices = false
sensitive = true
lease = "45m"
programs = "never"
mfa_of_source = true
mfa_process = "ykman oath accounts code --single 'my prod'"

[profile."my \"prod\"".console]
place = 'command open -a "Arc" {url}'
logout_first = false
`

func fullSettings() creds.Settings {
	return creds.Settings{
		DerivedSuffix: "-mfa", SessionDuration: creds.Span(90 * time.Minute), KeyringBackend: "pass", Path: "/opt/gnupg/bin:/srv/tools", MFAOfSource: new(false), MFAProcess: "pass otp aws",
		SSO: map[string]creds.SSOSettings{
			"corp":                           {SignIn: creds.SignInDeviceCode, Place: "firefox:Work"},
			"https://corp.awsapps.com/start": {SignIn: creds.SignInBrowser},
		},
		Console: creds.ConsoleSettings{
			Place: "firefox:container", Duration: creds.Span(time.Hour), Link: creds.LinkPortal,
			LogoutFirst: new(true), Colour: "turquoise", Record: new(true),
		},
		Notices: creds.NoticeSettings{Ending: new(true), DoNotDisturb: true},
		Profile: map[string]creds.ProfileSettings{`my "prod"`: {
			Favourite: true, Notices: new(false), Sensitive: true, Lease: creds.Span(45 * time.Minute),
			Programs: creds.ProgramsNever, MFAOfSource: new(true), MFAProcess: "ykman oath accounts code --single 'my prod'",
			Console: creds.ConsoleSettings{Place: `command open -a "Arc" {url}`, LogoutFirst: new(false)},
		}},
	}
}

func TestSettingsAreRead(t *testing.T) {
	for name, one := range map[string]struct {
		text string
		want creds.Settings
	}{
		"all there are":                {full, fullSettings()},
		"an empty file":                {"", settings.Defaults()},
		"comments only, and CRLF":      {"\ufeff# nothing\r\n\r\n[console]\r\n", settings.Defaults()},
		"tables that say nothing":      {"[profile.a]\nfavourite = false\n[sso.b]\n[profile.c.console]\n", settings.Defaults()},
		`"" is the default everywhere`: {"session_duration = ''\nkeyring_backend = ''\nsso.a.sign_in = ''\n[console]\nplace = ''\nduration = ''\nlink = ''\ncolour = ''\n[profile.a]\nlease = ''\nprograms = ''\n", settings.Defaults()},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := settings.Load(write(t, one.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(one.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	got, err := settings.Load(filepath.Join(t.TempDir(), "no", "config.toml"))
	if diff := cmp.Diff(settings.Defaults(), got); err != nil || diff != "" {
		t.Errorf("a missing file: %v\n%s", err, diff)
	}
}

func TestAMistakeInTheFileIsReportedInASentence(t *testing.T) {
	for text, want := range map[string]string{
		"colour = 'red'":                                `the settings in FILE have the unknown key "colour"; known there are layout, long_term_suffix, derived_suffix, session_duration, keyring_backend, path, mfa_of_source, mfa_process, keys_folder, rotation_reminder, old_key_kept, accounts, sso, console, notices, profile`,
		"[profile.dev]\nfavorite = true":                `the settings in FILE have the unknown key "profile.dev.favorite"; known there are favourite, notices, sensitive, lease, programs, mfa_of_source, mfa_process, console`,
		"[profile.\"a b\"]\nFavourite = true":           `the settings in FILE have the unknown key "profile."a b".Favourite"; known`,
		"[sso.corp.more]\nx = 1":                        `the settings in FILE have the unknown key "sso.corp.more"; known there are sign_in, place`,
		"console.place.x = 1":                           `console.place in FILE must be a place such as "firefox:private", not a table`,
		"derived_suffix = 'none'":                       `derived_suffix in FILE must be another suffix than long_term_suffix, which is "none" in the layout "temporary": a long-term key and what is made with it would be in one section`,
		"layout = 'aws-mfa'\nlong_term_suffix = 'none'": `long_term_suffix in FILE must be another suffix than derived_suffix, which is "none" in the layout "aws-mfa"`,
		"layout = 'aws'":                                `layout in FILE must be "temporary", "aws-mfa" or "aws-iam-login", not "aws"`,
		"derived_suffix = ''":                           `derived_suffix in FILE must be a few characters that a profile's name may have, not ""`,
		"derived_suffix = ' x'":                         `derived_suffix in FILE must be`,
		"derived_suffix = \"a\\u0007\"":                 `derived_suffix in FILE must be`,
		"session_duration = '14m'":                      `session_duration in FILE must be a duration from 15m to 36h, in quotes, not "14m"`,
		"session_duration = 3600":                       `session_duration in FILE must be a duration from 15m to 36h, in quotes, not 3600`,
		"keyring_backend = 'kwalet'":                    `keyring_backend in FILE must be "secret-service", "kwallet", "pass", "keychain", "wincred" or "file", not "kwalet"`,
		"path = '/opt/gnupg/bin:tools'":                 `path in FILE must be whole paths of folders with ":" in between, not "/opt/gnupg/bin:tools"`,
		"path = '~/bin'":                                `path in FILE must be whole paths of folders with ":" in between, not "~/bin"`,
		"path = ['/opt/gnupg/bin']":                     `path in FILE must be whole paths of folders with ":" in between, not a list`,
		"sso.corp.place = 'netscape'":                   `sso.corp.place in FILE must be a place such as "firefox:private", not "netscape": "netscape" is no browser that daypass knows`,
		"sso.corp.sign_in = 'telnet'":                   `sso.corp.sign_in in FILE must be "browser" or "device-code", not "telnet"`,
		"[sso]\ncorp = 'browser'":                       `sso.corp in FILE must be a table, not "browser"`,
		"[[profile]]\n":                                 `profile in FILE must be a table, not a list`,
		"[console]\nplace = 'netscape'":                 `console.place in FILE must be a place such as "firefox:private", not "netscape": "netscape" is no browser that daypass knows`,
		"[console]\nplace = ['firefox']":                `console.place in FILE must be a place such as "firefox:private", not a list`,
		"[console]\nduration = '13h'":                   `console.duration in FILE must be a duration from 15m to 12h, in quotes, not "13h"`,
		"[console]\nlink = 'sso'":                       `console.link in FILE must be "federation" or "portal", not "sso"`,
		"[console]\ncolour = 'toolbar'":                 `console.colour in FILE must be "blue", "turquoise", "green", "yellow", "orange", "red", "pink" or "purple", not "toolbar"`,
		"[console]\nrecord = 'yes'":                     `console.record in FILE must be true or false, without quotes, not "yes"`,
		"[profile.x.console]\nrecord = true":            `profile.x.console.record in FILE is for all profiles and must be in the table [console]`,
		"[profile.x]\nlease = '4m'":                     `profile.x.lease in FILE must be a duration from 5m to 12h, in quotes, not "4m"`,
		"[profile.x]\nprograms = 'sometimes'":           `profile.x.programs in FILE must be "ask", "always" or "never", not "sometimes"`,
		"[profile.x]\nfavourite = 1":                    `profile.x.favourite in FILE must be true or false, without quotes, not 1`,
		"[profile.x]\nnotices = 2020-01-01":             `profile.x.notices in FILE must be true or false`,
		"[profile.\"\"]\nfavourite = true":              `profile."".favourite in FILE names nothing that it is for`,
		"[profile.x]\n[profile.y]\n[profile.x]":         `the settings in FILE cannot be read: toml: line 3`,
		"[accounts]\nwork = 112345678901":               `accounts.work in FILE must be an account's number, twelve digits in quotes: "012345678901", not 112345678901`,
		"[accounts]\nwork = 012345678901":               `the settings in FILE cannot be read: line 2: the number of an account is written in quotes, as numbers have no zeros in front`,
		"[accounts]\nwork = '12345678901'":              `accounts.work in FILE must be an account's number, twelve digits in quotes: "012345678901", not "12345678901"`,
		"accounts = '012345678901'":                     `accounts in FILE must be a table, not "012345678901"`,
		"keys_folder = 'keys'":                          `keys_folder in FILE must be the whole path of a folder, which may begin with ~/, or "none", not "keys"`,
		"x = \xff":                                      `the settings in FILE cannot be read`,
		"\xff\xfe[\x00":                                 `the settings in FILE cannot be read: it is written in UTF-16, as Windows PowerShell does it, and has to be in UTF-8; save it again`,
		"# x\x00":                                       `the settings in FILE cannot be read: it holds NUL bytes`,
	} {
		path := write(t, text)
		got, err := settings.Load(path)
		if err == nil {
			t.Errorf("%q is taken", text)
			continue
		}
		if said := strings.ReplaceAll(err.Error(), path, "FILE"); !strings.HasPrefix(said, want) {
			t.Errorf("of %q is said:\n%s\nwant\n%s", text, said, want)
		}
		if diff := cmp.Diff(settings.Defaults(), got); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := settings.Load(t.TempDir()); err == nil {
		t.Error("a folder is read")
	}
}

func TestAProfilesSettingsComeBeforeThoseForAll(t *testing.T) {
	s := fullSettings()
	name := `my "prod"`
	want := s.Console
	want.Place, want.LogoutFirst = s.Profile[name].Console.Place, new(false)
	if diff := cmp.Diff(want, settings.ConsoleFor(s, name)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(s.Console, settings.ConsoleFor(s, "other")); diff != "" {
		t.Error(diff)
	}
	*settings.ConsoleFor(s, name).Record = false
	if !*s.Console.Record {
		t.Error("what ConsoleFor returns is not a copy")
	}
	if got := settings.ConsoleFor(settings.Defaults(), "x").Link; got != creds.LinkFederation {
		t.Errorf("the link by itself is %q", got)
	}
}
