package shell_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/creds/shell"
	"daypass/internal/secret"
)

const unquoted = `eval $(cat export)`

// ways are how people evaluate an export, in real shells.
var ways = []struct{ program, format, eval string }{
	{"bash", "env", `eval "$(cat export)"`},
	{"dash", "env", `eval "$(cat export)"`},
	{"zsh", "env", `eval "$(cat export)"`},
	{"fish", "env", `eval "$(cat export)"`},
	{"fish", "fish", `cat export | source`},
	{"bash", "env", unquoted},
	{"dash", "env", unquoted},
	{"zsh", "env", unquoted},
	{"fish", "env", unquoted},
	{"fish", "fish", unquoted},
	{"bash", "ec2", unquoted},
	{"dash", "ec2", unquoted},
	{"zsh", "ec2", unquoted},
	{"fish", "ec2", unquoted},
}

// installed returns a shell's path. On Linux none may be missing:
// "packaging/deps test" installs them.
func installed(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if runtime.GOOS == "linux" {
			t.Fatalf("%v; packaging/deps test installs it", err)
		}
		t.Skip(err)
	}
	return path
}

// evaluated returns the environment of a shell after it has evaluated each of some
// texts.
func evaluated(t testing.TB, program, eval string, environment map[string]string, texts ...string) []map[string]string {
	t.Helper()
	dir := t.TempDir()
	var script strings.Builder
	for i, text := range texts {
		name := fmt.Sprintf("export%d", i)
		credstest.Write(t, filepath.Join(dir, name), text)
		fmt.Fprintf(&script, "%s; env -0 >after%d;", strings.ReplaceAll(eval, "export", name), i)
	}
	cmd := exec.CommandContext(t.Context(), installed(t, program), "-c", script.String())
	cmd.Dir = dir
	cmd.Env = []string{"LC_ALL=C.UTF-8", "HOME=" + dir, "PATH=/usr/bin:/bin"}
	for name, value := range environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%s: %s: %v: %s", program, eval, err, out)
	}
	after := make([]map[string]string, len(texts))
	for i := range texts {
		out, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("after%d", i)))
		if err != nil {
			t.Fatal(err)
		}
		after[i] = map[string]string{}
		for entry := range strings.SplitSeq(string(out), "\x00") {
			name, value, _ := strings.Cut(entry, "=")
			if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "DAYPASS_") {
				after[i][name] = value
			}
		}
	}
	return after
}

func lookupIn(environment map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, there := environment[name]
		return value, there
	}
}

func credentials(id, region string) creds.Credentials {
	return creds.Credentials{
		AccessKeyID: id, SecretAccessKey: secret.New("wJalr/" + id), SessionToken: secret.New("FwoG+/" + id + "=="),
		Expires: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), AccountID: "111122223333", Region: region,
	}
}

// wantedFrom is wanted for one format.
func wantedFrom(format, id, region string, more map[string]string) map[string]string {
	want := wanted(id, region, more)
	if format != "ec2" {
		return want
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY": id, "AWS_SECRET_KEY": "wJalr/" + id, "AWS_DELEGATION_TOKEN": "FwoG+/" + id + "==", "AWS_SECURITY_TOKEN": "FwoG+/" + id + "==",
	} {
		want[name] = value
	}
	const last = "AWS_SESSION_EXPIRATION"
	want["DAYPASS_EXPORTED"] = strings.Replace(want["DAYPASS_EXPORTED"], last,
		last+",AWS_ACCESS_KEY,AWS_SECRET_KEY,AWS_DELEGATION_TOKEN,AWS_SECURITY_TOKEN", 1)
	return want
}

// wanted is the environment of an export.
func wanted(id, region string, more map[string]string) map[string]string {
	want := map[string]string{
		"AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": "wJalr/" + id, "AWS_SESSION_TOKEN": "FwoG+/" + id + "==",
		"AWS_CREDENTIAL_EXPIRATION": "2026-03-01T12:00:00Z", "AWS_SESSION_EXPIRATION": "2026-03-01T12:00:00Z",
		"DAYPASS_EXPORTED": "AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY,AWS_SESSION_TOKEN,AWS_CREDENTIAL_EXPIRATION,AWS_SESSION_EXPIRATION",
	}
	if region != "" {
		want["AWS_REGION"], want["AWS_DEFAULT_REGION"] = region, region
		want["DAYPASS_EXPORTED"] += ",AWS_REGION,AWS_DEFAULT_REGION"
	}
	maps.Copy(want, more)
	return want
}

func TestAnExportRemovesEarlierIdentities(t *testing.T) {
	type environment = map[string]string
	for name, test := range map[string]struct {
		before      environment
		first       string // region
		second      string
		want, after environment
	}{
		"in an empty shell": {nil, "eu-west-1", "us-east-1", nil, nil},
		"where a profile is chosen": {
			environment{"AWS_PROFILE": "x", "AWS_DEFAULT_PROFILE": ""},
			"eu-west-1", "us-east-1", nil, nil,
		},
		"the region of an earlier export":                 {nil, "eu-west-1", "", nil, nil},
		"but a person's region, where profiles have none": {environment{"AWS_REGION": "sa-east-1"}, "", "", environment{"AWS_REGION": "sa-east-1"}, environment{"AWS_REGION": "sa-east-1"}},
		"nor what else SDKs prefer to keys or read with them": {
			environment{
				"AWS_ACCESS_KEY": "old", "AWS_SECRET_KEY": "old", "AWS_DELEGATION_TOKEN": "old", "AWS_SESSION_EXPIRATION": "old",
				"AWS_SECURITY_TOKEN": "old", "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
				"AWS_ACCOUNT_ID": "999999999999", "AWS_CREDENTIAL_SCOPE": "old", "AWS_CA_BUNDLE": "/ca", "AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00Z",
			},
			"eu-west-1", "",
			environment{"AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_CA_BUNDLE": "/ca"},
			environment{"AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_CA_BUNDLE": "/ca"},
		},
		"but the account's own number": {
			environment{"AWS_ACCOUNT_ID": "111122223333"},
			"", "",
			environment{"AWS_ACCOUNT_ID": "111122223333"},
			environment{"AWS_ACCOUNT_ID": "111122223333"},
		},
		"a mark that somebody else has written": {
			environment{"DAYPASS_EXPORTED": "AWS_X,HOME,$(touch pwned),AWS_Y;touch pwned", "AWS_X": "1"},
			"", "", nil, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, way := range ways {
				want := []environment{wantedFrom(way.format, "ASIAFIRST", test.first, test.want), wantedFrom(way.format, "ASIASECOND", test.second, test.after)}
				first, err := shell.Export(way.format, shell.Values{Credentials: credentials("ASIAFIRST", test.first)}, lookupIn(test.before))
				if err != nil {
					t.Fatal(err)
				}
				second, err := shell.Export(way.format, shell.Values{Credentials: credentials("ASIASECOND", test.second)}, lookupIn(want[0]))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, evaluated(t, way.program, way.eval, test.before, first, second)); diff != "" {
					t.Errorf("%s: %s (-want +got)\n%s", way.program, way.eval, diff)
				}
			}
		})
	}
}

func TestAPastedExportRemovesAnEarlierIdentityInAnyShell(t *testing.T) {
	var texts []string
	var want []map[string]string
	for _, region := range []string{"eu-west-1", "", ""} {
		text, err := shell.Paste(credentials("ASIA", region), "linux")
		if err != nil {
			t.Fatal(err)
		}
		texts, want = append(texts, text), append(want, wanted("ASIA", region, nil))
	}
	// A person chooses a region between the last two.
	texts[2] = "export AWS_REGION=sa-east-1\n" + texts[2]
	want[2]["AWS_REGION"] = "sa-east-1"
	for _, program := range []string{"bash", "dash", "zsh", "fish"} {
		got := evaluated(t, program, ". ./export", map[string]string{"AWS_PROFILE": "x"}, texts...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", program, diff)
		}
	}
}

func TestOnlyNamesThatAnExportSetsAreReadFromAMark(t *testing.T) {
	for name, want := range map[string]bool{
		"AWS_X": true, "AWS_REGION_2": true, "AWS_" + strings.Repeat("X", 64): true,
		"AWS_": false, "AWS_" + strings.Repeat("X", 65): false, "AWS_x": false, "AWS_É": false, "AWS_X\n": false, "AWS_X-Y": false,
		"aws_X": false, "XAWS_X": false, "HOME": false, "": false, "AWS_$(touch x)": false,
	} {
		text, err := shell.Export("fish", shell.Values{Credentials: credentials("ASIA", "")}, lookupIn(map[string]string{shell.Mark: name, name: "1"}))
		if got := strings.Contains(text, "set -e "+name+";"); err != nil || got != want {
			t.Errorf("%q is unset: %t, want %t (%v)", name, got, want, err)
		}
	}
}

func TestOnlyVariablesThatAreSetAreUnset(t *testing.T) {
	for name, test := range map[string]struct {
		format      string
		environment map[string]string
		want        []string // the lines before those that set
	}{
		"nothing in an empty environment": {"env", nil, nil},
		"in sh": {
			"env",
			map[string]string{"AWS_PROFILE": "x", "DAYPASS_EXPORTED": "AWS_ACCESS_KEY_ID,AWS_REGION", "AWS_REGION": "r", "AWS_ACCESS_KEY_ID": "k"},
			[]string{"type unset >/dev/null 2>&1 || alias unset 'set --erase';", "unset AWS_PROFILE;", "unset AWS_REGION;"},
		},
		"in fish":        {"fish", map[string]string{"AWS_PROFILE": "x"}, []string{"set -e AWS_PROFILE;"}},
		"in PowerShell":  {"powershell", map[string]string{"AWS_PROFILE": "x"}, []string{"$Env:AWS_PROFILE=$null;"}},
		"in cmd.exe":     {"windows-cmd", map[string]string{"AWS_PROFILE": "x"}, []string{"set AWS_PROFILE="}},
		"not in a file":  {"env-no-export", map[string]string{"AWS_PROFILE": "x"}, nil},
		"a missing name": {"fish", map[string]string{"DAYPASS_EXPORTED": "AWS_REGION"}, nil},
	} {
		text, err := shell.Export(test.format, shell.Values{Credentials: credentials("ASIA", "")}, lookupIn(test.environment))
		if err != nil {
			t.Fatal(err)
		}
		var before []string
		for line := range strings.Lines(text) {
			if strings.Contains(line, "AWS_ACCESS_KEY_ID") {
				break
			}
			before = append(before, strings.TrimSuffix(line, "\n"))
		}
		if diff := cmp.Diff(test.want, before); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestWhatTheEC2FormatSetsIsTakenOutByTheNextExport(t *testing.T) {
	for _, way := range ways {
		first, err := shell.Export("ec2", shell.Values{Credentials: credentials("ASIAFIRST", "eu-west-1")}, lookupIn(nil))
		if err != nil {
			t.Fatal(err)
		}
		set := wantedFrom("ec2", "ASIAFIRST", "eu-west-1", nil)
		second, err := shell.Export(way.format, shell.Values{Credentials: credentials("ASIASECOND", "")}, lookupIn(set))
		if err != nil {
			t.Fatal(err)
		}
		eval := way.eval
		if way.format == "fish" {
			eval = `eval "$(cat export)"` // ec2 is in sh's words
		}
		got := evaluated(t, way.program, eval, nil, first, second)
		if diff := cmp.Diff([]map[string]string{set, wantedFrom(way.format, "ASIASECOND", "", nil)}, got); diff != "" {
			t.Errorf("%s, %s (-want +got)\n%s", way.program, way.format, diff)
		}
	}
}

func TestAnExportCarriesHowAWSIsReachedUnlessTheShellSaysSo(t *testing.T) {
	of := map[string]string{
		"AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_S3": "http://s3:1", "AWS_USE_FIPS_ENDPOINT": "true",
		"AWS_CA_BUNDLE": "/tmp/a b'\"$(touch x)\n%n/ca.pem",
	}
	type environment = map[string]string
	for name, test := range map[string]struct{ before, want environment }{
		"an empty shell": {nil, of},
		"a person's own bundle and URL of one service": {
			environment{"AWS_CA_BUNDLE": "/mine", "AWS_ENDPOINT_URL_S3": "http://mine:1"},
			environment{"AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_S3": "http://mine:1", "AWS_USE_FIPS_ENDPOINT": "true", "AWS_CA_BUNDLE": "/mine"},
		},
		"a person's own URL of all services": {
			environment{"AWS_ENDPOINT_URL": "http://mine:1"},
			environment{"AWS_ENDPOINT_URL": "http://mine:1", "AWS_USE_FIPS_ENDPOINT": "true", "AWS_CA_BUNDLE": of["AWS_CA_BUNDLE"]},
		},
		"no URLs wanted": {
			environment{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
			environment{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_USE_FIPS_ENDPOINT": "true", "AWS_CA_BUNDLE": of["AWS_CA_BUNDLE"]},
		},
		"those of an earlier export": {
			environment{"DAYPASS_EXPORTED": "AWS_ENDPOINT_URL,AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL": "http://old:1", "AWS_ENDPOINT_URL_EC2": "http://old:1"},
			of,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, way := range ways {
				text, err := shell.Export(way.format, shell.Values{Credentials: credentials("ASIA", ""), Variables: of}, lookupIn(test.before))
				if err != nil {
					t.Fatal(err)
				}
				got := evaluated(t, way.program, way.eval, test.before, text)[0]
				for _, known := range append(slices.Sorted(maps.Keys(wantedFrom(way.format, "ASIA", "", nil))), "DAYPASS_EXPORTED") {
					delete(got, known)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("%s: %s (-want +got)\n%s", way.program, way.eval, diff)
				}
			}
		})
	}
}

// PowerShell is not on the machines that this is tested on: its quoting follows its manual.
func TestAnExportForPowerShellHasTheseLines(t *testing.T) {
	for value, want := range map[string]string{
		"eu-west-1": `"eu-west-1"`, "a b": `'a b'`, "it's": `'it''s'`, "‘x’": `'‘‘x’’'`, "$HOME `n": "'$HOME `n'", `"q"`: `'"q"'`,
		"%PATH%!": `'%PATH%!'`, "=x": `'=x'`, "~": `'~'`, "a\nb": "'a\nb'", "é": `'é'`,
	} {
		text, err := shell.Export("powershell", shell.Values{Credentials: credentials("ASIA", value)}, lookupIn(map[string]string{"AWS_PROFILE": "x"}))
		if err != nil {
			t.Fatal(err)
		}
		lines := []string{
			`$Env:AWS_PROFILE=$null;`, `$Env:AWS_ACCESS_KEY_ID="ASIA";`, `$Env:AWS_SECRET_ACCESS_KEY="wJalr/ASIA";`, `$Env:AWS_SESSION_TOKEN="FwoG+/ASIA==";`,
			`$Env:AWS_CREDENTIAL_EXPIRATION="2026-03-01T12:00:00Z";`, `$Env:AWS_SESSION_EXPIRATION="2026-03-01T12:00:00Z";`,
			`$Env:AWS_REGION=` + want + `;`, `$Env:AWS_DEFAULT_REGION=` + want + `;`,
			`$Env:DAYPASS_EXPORTED="` + wanted("ASIA", "x", nil)["DAYPASS_EXPORTED"] + `";`, "",
		}
		if diff := cmp.Diff(strings.Join(lines, "\n"), text); diff != "" {
			t.Errorf("%q (-want +got)\n%s", value, diff)
		}
	}
}

// FuzzShellsReadBackWhatWasQuoted evaluates the output with real shells: no
// value may be changed or run by one.
func FuzzShellsReadBackWhatWasQuoted(f *testing.F) {
	for _, seed := range []string{
		"eu-west-1", "a b", "a  b", "it's", `"$HOME"`, "$(touch x)", "`id`", "=ls", "~", "*", "?xport", "[e]xport", "a\nb", "\na\rb\n\n'c", "~root/x", "=", "%PATH%!!", `\`, `\\'`, "é", "-n", "a;b", "!x", "%s", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, way := range ways {
			if way.eval != unquoted && way.program != "bash" {
				continue // Quotes keep what comes through without them.
			}
			text, err := shell.Export(way.format, shell.Values{Credentials: credentials("ASIA", value)}, lookupIn(nil))
			if err != nil {
				if strings.Contains(value, "\x00") || way.format != "fish" && strings.HasSuffix(value, "\n") {
					continue
				}
				t.Fatalf("%q: %v", value, err)
			}
			if diff := cmp.Diff(wantedFrom(way.format, "ASIA", value, nil), evaluated(t, way.program, way.eval, nil, text)[0]); diff != "" {
				t.Errorf("%s: %s: %q: %s", way.program, way.eval, value, diff)
			}
		}
	})
}
