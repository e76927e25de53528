package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"daypass/creds"
	"daypass/creds/awstest"
)

// programs are the names that this test binary is called by in scripts.
func programs() map[string]func() {
	all := map[string]func(){"daypass": main}
	for _, name := range creds.OldWords() {
		all[name] = main
	}
	return all
}

// person is a user of another tool's documentation, with an MFA device.
type person struct {
	key   awstest.Key
	phone *awstest.Device
}

type peopleKey struct{}

// documentedPeople makes the accounts, users and roles that the documentation of other tools has.
func documentedPeople(iam *awstest.IAM) map[string]person {
	all := map[string]person{}
	user := func(account, name string) *awstest.User {
		u := iam.Account(account).User(name)
		one := person{phone: u.MFA(name)}
		one.key.ID, one.key.Secret = u.AccessKey()
		all[name] = one
		return u
	}
	role := func(account, name string, by *awstest.User) *awstest.Role {
		return iam.Account(account).Role(name, awstest.Trust{Principals: []string{by.ARN()}, RequireMFA: true})
	}
	role("123456788990", "some-role", user("123456788990", "dudeman"))
	me := user("111111111111", "me")
	role("222222222222", "Administrator", me)
	role("333333333333", "Administrator", me)
	jondoe := user("123456789011", "jondoe")
	role("123456789011", "my-role", jondoe).MaxSession(12 * time.Hour)
	role("111122223333", "my-role-1", user("111122223333", "my-iam-user"))
	jbrowne := user("987654321012", "jbrowne")
	role("012123456789", "work-temporary-escalation", jbrowne)
	w := iam.Account("012123456789").User("jbrowne")
	work := person{phone: w.MFA("jbrowne")}
	work.key.ID, work.key.Secret = w.AccessKey()
	all["jbrowne-work"] = work
	return all
}

// TestOldWords runs the commands of other tools' documentation as they have them, and again in
// daypass's words.
func TestOldWords(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/oldwords",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			w, stop, err := newWorld(env.WorkDir, nil)
			if err != nil {
				return err
			}
			env.Defer(stop)
			env.Vars = append(env.Vars, w.env...)
			// The socket of gpg's agent has a short address, and the folders of tests are long.
			gpg, err := os.MkdirTemp("", "gpg")
			if err != nil {
				return err
			}
			env.Defer(func() {
				kill := exec.Command("gpgconf", "--homedir", gpg, "--kill", "all")
				_ = kill.Run() // there may be no gpg, and no agent of it
				_ = os.RemoveAll(gpg)
			})
			env.Vars = append(env.Vars,
				"GORACE="+os.Getenv("GORACE"), "USER=jondoe", "AWS_PROFILE=", "GNUPGHOME="+gpg, "PASSWORD_STORE_DIR="+env.WorkDir+"/store")
			env.Values[worldKey{}], env.Values[peopleKey{}] = w, documentedPeople(w.sample.AWS.IAM)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// withkey puts a person's long-term key into a section of the credentials file, with
			// more lines.
			"withkey": func(ts *testscript.TestScript, _ bool, args []string) {
				key := personIn(ts, args[1]).key
				appendTo(ts, filepath.Join(ts.Getenv("HOME"), ".aws", "credentials"), fmt.Sprintf(
					"[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n%s\n", args[0], key.ID, key.Secret, strings.Join(args[2:], "\n")))
			},
			// config appends a file to the config file.
			"config": func(ts *testscript.TestScript, _ bool, args []string) {
				appendTo(ts, filepath.Join(ts.Getenv("HOME"), ".aws", "config"), "\n"+ts.ReadFile(args[0]))
			},
			// keyof sets KEY and SECRET to a person's long-term key.
			"keyof": func(ts *testscript.TestScript, _ bool, args []string) {
				key := personIn(ts, args[0]).key
				ts.Setenv("KEY", key.ID)
				ts.Setenv("SECRET", key.Secret)
			},
			// code sets CODE to a code of a person's device, and writes it to the file "code".
			"code": func(ts *testscript.TestScript, _ bool, args []string) {
				code, _ := personIn(ts, args[0]).phone.UnusedCode(ts.Value(worldKey{}).(*world).sample.AWS.Now())
				ts.Setenv("CODE", code)
				ts.Check(os.WriteFile(ts.MkAbs("code"), []byte(code+"\n"), 0o600))
			},
			// owner checks whom the credentials in a section belong to, and calls whom those of a
			// key belong to.
			"owner": func(ts *testscript.TestScript, _ bool, args []string) {
				if got := ts.Value(worldKey{}).(*world).caller(args[0]); got != args[1] {
					ts.Fatalf("%s is %q's, want %s", args[0], got, args[1])
				}
			},
			"caller": func(ts *testscript.TestScript, _ bool, args []string) {
				id := strings.TrimSpace(ts.ReadFile(args[0]))
				if got := ts.Value(worldKey{}).(*world).sample.AWS.IAM.CallerOf(id); got != args[1] {
					ts.Fatalf("%s is %q's, want %s", id, got, args[1])
				}
			},
			// fails runs a program and checks its exit status, and that it prints nothing to
			// stdout.
			"fails": func(ts *testscript.TestScript, _ bool, args []string) {
				err := ts.Exec(args[1], args[2:]...)
				code, ok := errors.AsType[*exec.ExitError](err)
				if !ok || strconv.Itoa(code.ExitCode()) != args[0] {
					ts.Fatalf("%s ended with %v, want %s", args[1], err, args[0])
				}
				if out := ts.ReadFile("stdout"); out != "" {
					ts.Fatalf("%s failed and printed %q", args[1], out)
				}
			},
		},
	})
}

func personIn(ts *testscript.TestScript, name string) person {
	one, ok := ts.Value(peopleKey{}).(map[string]person)[name]
	if !ok {
		ts.Fatalf("there is no %s", name)
	}
	return one
}

func appendTo(ts *testscript.TestScript, path, text string) {
	before, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		ts.Fatalf("%v", err)
	}
	ts.Check(os.WriteFile(path, append(before, text...), 0o600))
}

func TestTheOldWordsAreTheNamesThatDaypassMayBeCalledBy(t *testing.T) {
	var made []string
	for _, one := range oldWords {
		made = append(made, one.name)
		if name := one.make(&cli{}).Name(); name != one.name {
			t.Errorf("the command of %s is called %s", one.name, name)
		}
	}
	want := creds.OldWords()
	slices.Sort(want)
	if diff := cmp.Diff(want, made); diff != "" {
		t.Error(diff)
	}
}

func TestTheNameOfALinkChoosesTheWordsAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct{ argv, want []string }{
		"by its own name":                     {[]string{"daypass", "list"}, []string{"list"}},
		"by a link with a folder":             {[]string{"/home/me/bin/aws-mfa", "--force"}, []string{"as", "aws-mfa", "--force"}},
		"by a copy on Windows":                {[]string{`C:\tools\aws-vault.exe`, "list"}, []string{"as", "aws-vault", "list"}},
		"by a name that only resembles one":   {[]string{"aws-mfa2", "list"}, []string{"list"}},
		"by a name in another case":           {[]string{"AWS-MFA", "list"}, []string{"list"}},
		"by a name with an older one in it":   {[]string{"/opt/aws-vault/daypass", "list"}, []string{"list"}},
		"by nothing, as exec allows":          {nil, nil},
		"by an old word with no argument":     {[]string{"ec2now"}, []string{"as", "ec2now"}},
		"by an old word that is given --help": {[]string{"ec2now", "--help"}, []string{"as", "ec2now", "--help"}},
	} {
		if diff := cmp.Diff(c.want, arguments(c.argv)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestALongDashBeforeAFlagOfAWSMFAIsTwoHyphens(t *testing.T) {
	for name, c := range map[string]struct{ args, want []string }{
		"an em dash, as the documentation has it": {[]string{"as", "aws-mfa", "—profile", "x"}, []string{"as", "aws-mfa", "--profile", "x"}},
		"an en dash":                       {[]string{"as", "aws-mfa", "–force"}, []string{"as", "aws-mfa", "--force"}},
		"a dash that is a value":           {[]string{"as", "aws-mfa", "--profile", "—"}, []string{"as", "aws-mfa", "--profile", "—"}},
		"after the end of the flags":       {[]string{"as", "aws-mfa", "--", "—profile"}, []string{"as", "aws-mfa", "--", "—profile"}},
		"of another command":               {[]string{"login", "—force"}, []string{"login", "—force"}},
		"of the command of another tool's": {[]string{"as", "aws-vault", "exec", "x", "—a"}, []string{"as", "aws-vault", "exec", "x", "—a"}},
	} {
		if diff := cmp.Diff(c.want, spelled(c.args)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
