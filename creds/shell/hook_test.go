package shell_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/credstest"
	"daypass/creds/shell"
)

// oddName is a profile's name that a shell could take for something else.
const oddName = "it's $(touch x)%n `touch y` \\u"

// program takes the place of daypass: it says how it was called, and prints what a test has written.
const program = `#!/bin/sh
case $1 in
completion) exit 0 ;;
switch)
	[ -n "$DAYPASS_SHELL" ] || exit 9
	cat "$2"
	[ "$2" != bad ] || exit 4
	;;
as)
	echo "# $*"
	cat good
	;;
*)
	echo "ran with $# words, last <$3>, in <$(cat)>, shell <$DAYPASS_SHELL>"
	exit 5
	;;
esac
`

// hooked runs a script in a shell, in a folder with the hook and the program, and returns what
// it prints and its exit status.
func hooked(t *testing.T, name, script string) (string, int) {
	t.Helper()
	dir := t.TempDir()
	text, err := shell.Hook(name, "", []string{"ec2switch"})
	if err != nil {
		t.Fatal(err)
	}
	variables := []shell.Variable{
		{Name: "AWS_PROFILE", Value: oddName}, {Name: "AWS_REGION", Value: "eu-west-1"}, {Name: shell.Profile, Value: oddName},
	}
	good, err := shell.Switch(name, variables, lookupIn(nil))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := shell.Switch(name, shell.Values{Credentials: credentials("ASIA", "")}.Keys(lookupIn(nil)), lookupIn(nil))
	if err != nil {
		t.Fatal(err)
	}
	hide, err := shell.Switch(name, variables, lookupIn(map[string]string{"AWS_DEFAULT_PROFILE": "theirs"}))
	if err != nil {
		t.Fatal(err)
	}
	leave, err := shell.Leave(name, lookupIn(nil))
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"hook": text, "good": good, "keys": keys, "bad": "echo evaluated\n", "hide": hide, "leave": leave,
	} {
		credstest.Write(t, filepath.Join(dir, file), text)
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bin", "daypass"), []byte(program), 0o700); err != nil {
		t.Fatal(err)
	}
	args := map[string][]string{"bash": {"--norc"}, "zsh": {"-f"}, "fish": nil}[name]
	cmd := exec.CommandContext(t.Context(), installed(t, name), append(args, "-c", script)...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader("")
	cmd.Env = []string{"LC_ALL=C.UTF-8", "HOME=" + dir, "PATH=" + dir + "/bin:/usr/bin:/bin"}
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	status := 0
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		status = ended.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"x", "y"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
			t.Errorf("the profile's name was run")
		}
	}
	return string(out) + said.String(), status
}

func TestTheFunctionOfAShellEvaluatesOnlyWhatASuccessfulProgramHasPrinted(t *testing.T) {
	const load = "eval \"$(cat hook)\"\n"
	const aliases = `alias daypass='echo alias' command='echo alias' eval='echo alias' local='echo alias' return='echo alias'
alias builtin='echo alias' set='echo alias' export='echo alias' unset='echo alias'
`
	const unaliased = "\\builtin eval \"$(cat hook)\"\n"
	type outcome struct {
		out    string
		status int
	}
	good := oddName + "\n"
	for name, c := range map[string]struct {
		shell, script string
		want          outcome
	}{
		"bash: a switch":                   {"bash", load + `daypass switch good; echo "$AWS_PROFILE"`, outcome{good, 0}},
		"zsh: a switch":                    {"zsh", load + `daypass switch good; echo -E "$AWS_PROFILE"`, outcome{good, 0}},
		"fish: a switch":                   {"fish", `cat hook | source; daypass switch good; echo "$AWS_PROFILE"; echo $status`, outcome{good + "0\n", 0}},
		"bash: with set -eu":               {"bash", "set -eu\n" + load + `daypass switch good; echo "$AWS_PROFILE"`, outcome{good, 0}},
		"zsh: with set -eu":                {"zsh", "set -eu\n" + load + `daypass switch good; echo -E "$AWS_PROFILE"`, outcome{good, 0}},
		"bash: set -e ends at a failure":   {"bash", "set -e\n" + load + "daypass switch bad; echo on", outcome{"", 4}},
		"zsh: set -e ends at a failure":    {"zsh", "set -e\n" + load + "daypass switch bad; echo on", outcome{"", 4}},
		"bash: a failure":                  {"bash", load + `daypass switch bad || echo "$? ${AWS_PROFILE-unset}"`, outcome{"4 unset\n", 0}},
		"zsh: a failure":                   {"zsh", load + `daypass switch bad || echo "$? ${AWS_PROFILE-unset}"`, outcome{"4 unset\n", 0}},
		"fish: a failure":                  {"fish", `cat hook | source; daypass switch bad; echo $status; set -q AWS_PROFILE; or echo unset`, outcome{"4\nunset\n", 0}},
		"bash: another command":            {"bash", load + `echo 'a  b' | daypass x y 'z  z'; echo $?`, outcome{"ran with 3 words, last <z  z>, in <a  b>, shell <>\n5\n", 0}},
		"zsh: another command":             {"zsh", load + `echo 'a  b' | daypass x y 'z  z'; echo $?`, outcome{"ran with 3 words, last <z  z>, in <a  b>, shell <>\n5\n", 0}},
		"fish: another command":            {"fish", `cat hook | source; echo 'a  b' | daypass x y 'z  z'; echo $status`, outcome{"ran with 3 words, last <z  z>, in <a  b>, shell <>\n5\n", 0}},
		"bash: in POSIX mode":              {"bash", "set -o posix\n" + load + `daypass switch good; echo "$AWS_PROFILE"`, outcome{good, 0}},
		"bash: no word is split":           {"bash", "IFS=aei; set -f\n" + load + `daypass switch good; echo "$AWS_PROFILE"`, outcome{good, 0}},
		"zsh: with other options":          {"zsh", "setopt sh_word_split ksh_arrays no_glob glob_subst no_unset err_exit ksh_glob\n" + load + `daypass switch good; echo -E "$AWS_PROFILE"; [[ -o ksh_arrays ]] && echo kept`, outcome{good + "kept\n", 0}},
		"bash: with aliases":               {"bash", "shopt -s expand_aliases\n" + aliases + unaliased + "daypass switch good\necho \"$AWS_PROFILE\"\ndaypass switch bad\n\\builtin test $? = 4 && echo fails", outcome{good + "fails\n", 0}},
		"zsh: with aliases":                {"zsh", aliases + unaliased + "daypass switch good\necho -E \"$AWS_PROFILE\"\ndaypass switch bad\n[[ $? = 4 ]] && echo fails", outcome{good + "fails\n", 0}},
		"bash: traced":                     {"bash", load + "exec 2>trace; set -xv\ndaypass switch keys\ncase $- in *v*x*) echo on;; esac\nset +xv; echo $AWS_ACCESS_KEY_ID; grep wJal[r]/ trace", outcome{"on\nASIA\n", 1}},
		"zsh: traced":                      {"zsh", load + "exec 2>trace; set -xv\ndaypass switch keys\n[[ -o xtrace && -o verbose ]] && echo on\nset +xv; echo $AWS_ACCESS_KEY_ID; grep wJal[r]/ trace", outcome{"on\nASIA\n", 1}},
		"fish: traced":                     {"fish", "fish -c 'cat hook | source; set -g fish_trace 1; daypass switch keys; set -q fish_trace; and echo on; echo $AWS_ACCESS_KEY_ID' 2>trace; grep 'wJalr/' trace; grep -c 'daypass switch keys' trace", outcome{"on\nASIA\n1\n", 0}},
		"bash: an old word":                {"bash", load + `ec2switch x 'y  z'; echo "$AWS_PROFILE"`, outcome{good, 0}},
		"zsh: an old word":                 {"zsh", load + `ec2switch x 'y  z'; echo -E "$AWS_PROFILE"`, outcome{good, 0}},
		"fish: an old word":                {"fish", `cat hook | source; ec2switch x 'y  z'; echo "$AWS_PROFILE"`, outcome{good, 0}},
		"bash: the status before a prompt": {"bash", load + `(exit 3); daypass_prompt; echo $?`, outcome{"3\n", 0}},
		"zsh: the status before a prompt":  {"zsh", load + `(exit 3); daypass_prompt; echo $?`, outcome{"3\n", 0}},
		"fish: the status before a prompt": {"fish", `cat hook | source; sh -c 'exit 3'; daypass_prompt; echo $status`, outcome{"3\n", 0}},
		"fish: a universal variable is hidden, and seen again": {
			"fish",
			`cat hook | source; set -Ux AWS_DEFAULT_PROFILE theirs; daypass switch hide; env | grep AWS_DEFAULT_PROFILE; daypass switch leave; env | grep AWS_DEFAULT_PROFILE`,
			outcome{"AWS_DEFAULT_PROFILE=\nAWS_DEFAULT_PROFILE=theirs\n", 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, status := hooked(t, c.shell, c.script)
			if diff := cmp.Diff(c.want, outcome{out, status}, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestASwitchTakesOutEveryOtherIdentityAndIsTakenOutItself(t *testing.T) {
	before := map[string]string{"HOME_OF": "x"}
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ACCESS_KEY", "AWS_SECRET_KEY",
		"AWS_DELEGATION_TOKEN", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION", "AWS_ACCOUNT_ID",
		"AWS_CREDENTIAL_SCOPE", "AWS_CA_BUNDLE", "DAYPASS_SESSION",
	} {
		before[name] = "old"
	}
	before["AWS_PAGER"] = "less"
	before[shell.Mark] = "AWS_CA_BUNDLE"
	variables := []shell.Variable{
		{Name: "AWS_PROFILE", Value: oddName},
		{Name: "AWS_REGION", Value: "eu-west-1"},
		{Name: "AWS_DEFAULT_REGION", Value: "eu-west-1"},
		{Name: shell.Profile, Value: oddName},
	}
	switched := map[string]string{
		"AWS_PROFILE": oddName, "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_PAGER": "less",
		shell.Profile: oddName, shell.Mark: "AWS_PROFILE,AWS_REGION,AWS_DEFAULT_REGION",
	}
	for _, name := range []string{"bash", "zsh", "fish"} {
		text, err := shell.Switch(name, variables, lookupIn(before))
		if err != nil {
			t.Fatal(err)
		}
		leave, err := shell.Leave(name, lookupIn(switched))
		if err != nil {
			t.Fatal(err)
		}
		eval := `eval "$(cat export)"`
		got := evaluated(t, name, eval, before, text, leave)
		if diff := cmp.Diff([]map[string]string{switched, {"AWS_PAGER": "less"}}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestARegionOfOnesOwnStaysIfTheProfileHasNone(t *testing.T) {
	own := map[string]string{"AWS_REGION": "sa-east-1", "AWS_DEFAULT_REGION": "sa-east-1"}
	variables := []shell.Variable{{Name: "AWS_PROFILE", Value: "x"}, {Name: "AWS_REGION"}, {Name: shell.Profile, Value: "x"}}
	text, err := shell.Switch("bash", variables, lookupIn(own))
	if err != nil || strings.Contains(text, "REGION") {
		t.Errorf("got %q, %v", text, err)
	}
	own[shell.Mark] = "AWS_PROFILE,AWS_REGION,AWS_DEFAULT_REGION" // not of one's own
	text, err = shell.Switch("bash", variables, lookupIn(own))
	if err != nil || !strings.Contains(text, "unset AWS_REGION\n") || !strings.Contains(text, "unset AWS_DEFAULT_REGION\n") {
		t.Errorf("got %q, %v", text, err)
	}
}

// PowerShell is not at hand: what it would evaluate was compared with its documentation, and
// not tried.
func TestTheStatementsForPowerShellAreAsItsDocumentationHasThem(t *testing.T) {
	before := map[string]string{"AWS_ACCESS_KEY_ID": "old", "AWS_DEFAULT_PROFILE": "old"}
	text, err := shell.Switch("powershell", []shell.Variable{{Name: "AWS_PROFILE", Value: oddName}, {Name: shell.Profile, Value: "x"}}, lookupIn(before))
	want := `$Env:AWS_ACCESS_KEY_ID=$null;
$Env:AWS_DEFAULT_PROFILE=$null;
$Env:AWS_PROFILE='it''s $(touch x)%n ` + "`touch y`" + ` \u';
$Env:DAYPASS_PROFILE="x";
$Env:DAYPASS_EXPORTED="AWS_PROFILE";
`
	if diff := cmp.Diff(want, text); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	text, err = shell.Segment{Text: "a b", State: "ended", Until: 5}.Statements("powershell", lookupIn(map[string]string{"AWS_PROFILE": "x"}))
	want = `$global:_daypass_text='a b ended';
$global:_daypass_until="5";
$global:_daypass_again="0";
$global:_daypass_for='x   ';
`
	if diff := cmp.Diff(want, text); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	text, err = shell.Hook("powershell", `C:\a b\daypass.exe`, []string{"ec2mfa"})
	for _, line := range []string{
		"Remove-Item Alias:daypass -ErrorAction Ignore",
		`  try { $daypassOut = & ('C:\a b\daypass.exe') @args | Out-String } finally { $Env:DAYPASS_SHELL = $null }`,
		"  if ($LASTEXITCODE -eq 0 -and $daypassOut.Trim() -ne '') { Invoke-Expression $daypassOut }",
		"function global:ec2mfa { _daypass_set as ec2mfa @args }",
		`& ('C:\a b\daypass.exe') completion powershell | Out-String | Invoke-Expression`,
	} {
		if err != nil || !strings.Contains(text, line+"\n") {
			t.Errorf("there is no line %q (%v) in\n%s", line, err, text)
		}
	}
}
