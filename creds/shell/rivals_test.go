package shell_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/shell"
)

func TestVariablesThatOverrideAWSPROFILEAreNamed(t *testing.T) {
	const (
		key     = "AWS_ACCESS_KEY_ID is set"
		web     = "AWS_WEB_IDENTITY_TOKEN_FILE is set"
		another = "AWS_DEFAULT_PROFILE names another profile"
	)
	for name, tc := range map[string]struct {
		env  map[string]string
		want map[string]string
	}{
		"nothing":                {nil, nil},
		"a key":                  {map[string]string{"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s"}, map[string]string{key: "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"}},
		"a session":              {map[string]string{"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}, map[string]string{key: "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"}},
		"an old name of a token": {map[string]string{"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SECURITY_TOKEN": "t"}, map[string]string{key: "AWS_ACCESS_KEY_ID AWS_SECURITY_TOKEN"}},
		"an empty key":           {map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SESSION_TOKEN": "t"}, nil},
		"a token alone":          {map[string]string{"AWS_SESSION_TOKEN": "t"}, nil},
		"an export's key":        {map[string]string{"AWS_ACCESS_KEY_ID": "ASIA", "DAYPASS_EXPORTED": "AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY"}, nil},
		"an export of something else": {
			map[string]string{"AWS_ACCESS_KEY_ID": "AKIA", "DAYPASS_EXPORTED": "AWS_REGION"}, map[string]string{key: "AWS_ACCESS_KEY_ID"},
		},
		"another default profile": {map[string]string{"AWS_DEFAULT_PROFILE": "staging", "AWS_PROFILE": "staging"}, map[string]string{another: "AWS_DEFAULT_PROFILE"}},
		"this default profile":    {map[string]string{"AWS_DEFAULT_PROFILE": "work"}, nil},
		"a web identity": {
			map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "/f", "AWS_ROLE_ARN": "arn"}, map[string]string{web: "AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN"},
		},
		"half a web identity":       {map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "/f"}, nil},
		"a container's credentials": {map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23"}, nil},
		"all": {
			map[string]string{"AWS_ACCESS_KEY_ID": "AKIA", "AWS_WEB_IDENTITY_TOKEN_FILE": "/f", "AWS_ROLE_ARN": "arn", "AWS_DEFAULT_PROFILE": "staging"},
			map[string]string{key: "AWS_ACCESS_KEY_ID", web: "AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN", another: "AWS_DEFAULT_PROFILE"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got map[string]string
			for _, r := range shell.Rivals("work", func(name string) (string, bool) {
				value, there := tc.env[name]
				return value, there
			}) {
				if got == nil {
					got = map[string]string{}
				}
				what, _, _ := strings.Cut(r.What, " in this shell")
				got[what] = strings.Join(r.Names, " ")
				for _, value := range tc.env {
					if len(value) > 3 && strings.Contains(r.What, value) {
						t.Errorf("%q holds a value", r.What)
					}
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("rivals (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEachShellHasItsOwnWayToUnset(t *testing.T) {
	names := []string{"A", "B"}
	for name, tc := range map[string]struct {
		goos string
		env  map[string]string
		want string
	}{
		"bash":                  {"linux", map[string]string{"SHELL": "/bin/bash"}, "unset A B"},
		"fish":                  {"darwin", map[string]string{"SHELL": "/opt/homebrew/bin/fish"}, "set -e A B"},
		"PowerShell":            {"windows", nil, "Remove-Item Env:A, Env:B"},
		"PowerShell on Linux":   {"linux", map[string]string{"SHELL": "/usr/bin/pwsh"}, "Remove-Item Env:A, Env:B"},
		"cmd":                   {"windows", map[string]string{"PROMPT": "$P$G"}, `set "A=" & set "B="`},
		"Git's bash":            {"windows", map[string]string{"MSYSTEM": "MINGW64", "PROMPT": "x"}, "unset A B"},
		"nothing that is known": {"linux", nil, "unset A B"},
	} {
		here := shell.Here(tc.goos, func(name string) string { return tc.env[name] })
		if got := shell.Unset(here, names); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestAShellLoadsAnExportInItsOwnWay(t *testing.T) {
	for format, want := range map[string]string{
		"env": `eval "$(daypass export 'a b')"`, "fish": "daypass export 'a b' --format fish | source",
		"powershell": "daypass export 'a b' --format powershell | Out-String | iex", "windows-cmd": "",
	} {
		if got := shell.Load(format, "a b"); got != want {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
}

func TestAProfileIsChosenInEachShellsSyntax(t *testing.T) {
	for name, tc := range map[string]struct{ format, profile, want string }{
		"sh":                     {"env", "prod", "AWS_PROFILE=prod "},
		"sh, with a blank":       {"env", "my prod", "AWS_PROFILE='my prod' "},
		"fish":                   {"fish", "my prod", "AWS_PROFILE='my prod' "},
		"PowerShell":             {"powershell", "prod", `$Env:AWS_PROFILE="prod"; `},
		"cmd.exe":                {"windows-cmd", "prod", "set AWS_PROFILE=prod& "},
		"cmd.exe, which expands": {"windows-cmd", "%prod%", ""},
	} {
		if got, err := shell.Use(tc.format, tc.profile); got != tc.want || (err != nil) != (tc.want == "") {
			t.Errorf("%s: %q, %v; want %q", name, got, err, tc.want)
		}
	}
}
