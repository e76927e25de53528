package agentapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnAgentInheritsOnlyWhatItNeeds(t *testing.T) {
	files := Files{Config: "/home/me/c", Credentials: "/home/me/k", LoginCache: "/home/me/l"}
	for name, c := range map[string]struct {
		goos    string
		environ []string
		want    []string
	}{
		"not a shell's profile, keys or PATH": {
			goos: "linux",
			environ: []string{
				"HOME=/home/me", "AWS_PROFILE=prod", "AWS_ACCESS_KEY_ID=AKIA", "AWS_SECRET_ACCESS_KEY=s", "AWS_SESSION_TOKEN=t",
				"PATH=/tmp/evil", "LD_PRELOAD=/tmp/evil.so", "SSH_AUTH_SOCK=/s", "LC_ALL=C", "EMPTY=", "LANG=",
				"AWS_ENDPOINT_URL_STS=http://127.0.0.1:1", "https_proxy=http://p", "XDG_RUNTIME_DIR=/run/user/7",
				"DAYPASS_KEYRING_BACKEND=file", "DAYPASS_DEMO_SECRET_ACCESS_KEY=s", "DBUS_SESSION_BUS_ADDRESS=unix:path=/b",
				"DAYPASS_RUNTIME_DIR=run",
			},
			want: []string{
				"HOME=/home/me", "LC_ALL=C", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:1", "https_proxy=http://p",
				"XDG_RUNTIME_DIR=/run/user/7", "DAYPASS_KEYRING_BACKEND=file", "DBUS_SESSION_BUS_ADDRESS=unix:path=/b",
				"PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", "DAYPASS_RUNTIME_DIR=/run/dp",
			},
		},
		"the AWS files as seen from any folder": {
			goos:    "darwin",
			environ: []string{"HOME=/home/me", "AWS_CONFIG_FILE=c", "AWS_SHARED_CREDENTIALS_FILE=k", "AWS_LOGIN_CACHE_DIRECTORY=$HOME/l"},
			want: []string{
				"HOME=/home/me", "PATH=/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin:/usr/sbin:/sbin", "DAYPASS_RUNTIME_DIR=/run/dp",
				"AWS_CONFIG_FILE=/home/me/c", "AWS_SHARED_CREDENTIALS_FILE=/home/me/k",
				"AWS_LOGIN_CACHE_DIRECTORY=/home/me/l",
			},
		},
		"names in any case on Windows": {
			goos:    "windows",
			environ: []string{`SystemRoot=C:\Windows`, `Path=C:\evil`, `LocalAppData=C:\l`, "aws_profile=prod"},
			want: []string{
				`SYSTEMROOT=C:\Windows`, `LOCALAPPDATA=C:\l`,
				`PATH=C:\Windows\System32;C:\Windows`, "DAYPASS_RUNTIME_DIR=/run/dp",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := agentEnviron(c.environ, c.goos, "/run/dp", files)
			slices.Sort(got)
			slices.Sort(c.want)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatAShellHasSetForItselfIsNotTheAgents(t *testing.T) {
	for name, want := range map[string]bool{
		"AWS_PROFILE": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_REGION": true,
		"AWS_CONFIG_FILE": false, "AWS_LOGIN_CACHE_DIRECTORY": false, "AWS_ENDPOINT_URL_STS": false, "AWS_CA_BUNDLE": false, "HOME": false, "EDITOR": false,
	} {
		if got := IsOfOneShell(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestTheLogIsWhereTheAgentHasItsState(t *testing.T) {
	for name, c := range map[string]struct {
		goos string
		env  map[string]string
		want string
	}{
		"Linux":                      {"linux", map[string]string{"HOME": "/home/me"}, "/home/me/.local/state/daypass"},
		"Linux, elsewhere by choice": {"linux", map[string]string{"HOME": "/home/me", "XDG_STATE_HOME": "/s"}, "/s/daypass"},
		"a relative choice is none":  {"linux", map[string]string{"HOME": "/home/me", "XDG_STATE_HOME": "s"}, "/home/me/.local/state/daypass"},
		"macOS":                      {"darwin", map[string]string{"HOME": "/Users/me"}, "/Users/me/Library/Application Support/daypass"},
		"Windows":                    {"windows", map[string]string{"LOCALAPPDATA": "/l"}, "/l/daypass"},
	} {
		got, err := logDir(func(name string) string { return c.env[name] }, c.goos)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	if _, err := logDir(func(string) string { return "" }, "linux"); err == nil || !strings.Contains(err.Error(), "home") {
		t.Errorf("without a home: %v", err)
	}
}
