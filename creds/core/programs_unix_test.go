//go:build !windows

package core_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/creds/vault/keyringtest"
)

var terraform = creds.Requester{Program: "terraform", Surface: creds.SurfaceProgram}

// tool is a script that a profile names, in the world's home.
type tool struct {
	w          *world
	path, runs string
}

// newTool makes one that notes each run and then does as the script says.
func (w *world) newTool(name, script string) tool {
	w.t.Helper()
	t := tool{w, filepath.Join(w.home, name), filepath.Join(w.home, name+".runs")}
	t.does(script)
	return t
}

func (p tool) does(script string) {
	p.w.t.Helper()
	p.w.write(p.path, "#!/bin/sh\necho run >> "+p.runs+"\n"+script+"\n")
	if err := os.Chmod(p.path, 0o700); err != nil {
		p.w.t.Fatal(err)
	}
}

// wantRuns checks how often it was run so far.
func (p tool) wantRuns(want int) {
	p.w.t.Helper()
	text, _ := os.ReadFile(p.runs)
	if got := strings.Count(string(text), "run"); got != want {
		p.w.t.Errorf("%s was run %d times, want %d", filepath.Base(p.path), got, want)
	}
}

// prints is a script that prints what a credential_process does.
func prints(t testing.TB, values map[string]any) string {
	t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return "cat <<'END'\n" + string(text) + "\nEND"
}

// printsKey prints a long-term key.
func printsKey(t testing.TB, key awstest.Key) string {
	t.Helper()
	return prints(t, map[string]any{"Version": 1, "AccessKeyId": key.ID, "SecretAccessKey": key.Secret})
}

// addConfig puts sections behind those of the sample, and has them read.
func (w *world) addConfig(text string) {
	w.t.Helper()
	w.write(w.files.Config, w.Config()+"\n"+text)
	w.m.Reread(w.t.Context())
}

// code prints what the phone shows at the moment.
func (w *world) code() string { return "echo " + w.Phone.Code(time.Now()) }

func TestACodeThatIsAtHandComesBeforeTheProgramThatPrintsCodes(t *testing.T) {
	w := newWorld(t)
	p := w.newTool("codes", w.code())
	w.settings.MFAProcess = p.path
	w.m.SettingsChanged()
	w.refresh("alice", core.RefreshOptions{SignIn: creds.SignInOptions{HasCode: true}})
	if len(w.person.asked) != 1 {
		t.Errorf("the code was asked for %d times", len(w.person.asked))
	}
	p.wantRuns(0)
}

func TestAProgramAnswersForTheDeviceBeforeAPersonIsAsked(t *testing.T) {
	for name, place := range map[string]func(w *world, line string){
		"named in the AWS files": func(w *world, line string) {
			w.write(w.files.Config, strings.Replace(w.Config(), "[profile alice]", "[profile alice]\nmfa_process = "+line, 1))
			w.m.Reread(w.t.Context())
		},
		"named in the settings for the profile": func(w *world, line string) {
			w.settings.Profile = map[string]creds.ProfileSettings{"alice": {MFAProcess: line}}
			w.m.SettingsChanged()
		},
		"named in the settings for all": func(w *world, line string) {
			w.settings.MFAProcess = line
			w.m.SettingsChanged()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.newTool("codes", "")
			digits := w.Phone.Code(time.Now())
			p.does(`test "$DAYPASS_MFA_SERIAL" = ` + w.Phone.Serial() + ` && test "$1" = "my aws" && echo "` + digits[:3] + " " + digits[3:] + `"`)
			place(w, p.path+` "my aws"`)
			w.refresh("alice", core.RefreshOptions{})
			if len(w.person.asked) != 0 || w.credentials("alice")["aws_session_token"] == "" {
				t.Errorf("the person was asked %v", w.person.asked)
			}
			p.wantRuns(1)
			if strings.Contains(w.log.String(), digits) {
				t.Error("the code is in the log")
			}
		})
	}
}

func TestWhereTheProgramFailsAPersonIsAskedAndReadsWhy(t *testing.T) {
	for name, tt := range map[string]struct{ script, refusal string }{
		"it fails":       {"echo 'no YubiKey found' >&2; exit 2", `mfa_process in daypass's settings: "PATH" failed (exit status 2) and says: “no YubiKey found”`},
		"it prints none": {"echo hunter2 hunter2", `mfa_process in daypass's settings: what the program printed is no code of six digits`},
		"AWS refuses it": {"echo 000000", `mfa_process in daypass's settings: its code is refused: `},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.newTool("codes", tt.script)
			w.settings.MFAProcess = p.path
			w.m.SettingsChanged()
			w.refresh("alice", core.RefreshOptions{})
			if len(w.person.asked) != 1 || !strings.HasPrefix(w.person.asked[0].Refusal, strings.ReplaceAll(tt.refusal, "PATH", p.path)) {
				t.Errorf("asked: %+v", w.person.asked)
			}
			p.wantRuns(1)
			for _, secret := range []string{"YubiKey", "hunter2"} {
				if strings.Contains(w.log.String(), secret) {
					t.Errorf("%s is in the log", secret)
				}
			}
		})
	}
}

func TestWhereNobodyCanBeAskedTheSentenceSaysWhatTheProgramSaid(t *testing.T) {
	w := newWorld(t)
	p := w.newTool("codes", "echo 'no YubiKey found' >&2; exit 2")
	w.settings.MFAProcess = p.path
	w.m.SettingsChanged()
	w.person.nobody = true
	_, err := w.m.Refresh(t.Context(), "alice", core.RefreshOptions{})
	credstest.WantCode(t, err, creds.CodeNobodyToAsk, "and says: “no YubiKey found”; and nobody can be asked for a code instead")
	if strings.Contains(w.log.String(), "YubiKey") {
		t.Error("what the program said is in the log")
	}
}

func TestACodeThatWasUsedIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		p := w.newTool("codes", w.code())
		w.settings.MFAProcess = p.path
		w.m.SettingsChanged()
		w.refresh("alice", core.RefreshOptions{})
		began := time.Now()
		done := make(chan struct{})
		go func() { // ends below
			defer close(done)
			_, err := w.m.Refresh(t.Context(), "alice", core.RefreshOptions{Force: true})
			if err != nil {
				t.Error(err)
			}
		}()
		// The device shows the next code when the wait ends.
		time.Sleep(time.Until(began.Truncate(30 * time.Second).Add(30*time.Second - time.Nanosecond)))
		synctest.Wait()
		p.wantRuns(2)
		p.does("echo " + w.Phone.Code(time.Now().Add(time.Second)))
		<-done
		p.wantRuns(3)
		if w.calls("GetSessionToken") != 2 || len(w.person.asked) != 0 {
			t.Errorf("AWS was asked %d times, the person %v", w.calls("GetSessionToken"), w.person.asked)
		}
	})
}

func TestALongTermKeyThatAProgramPrintsGivesASessionAndIsStoredNowhere(t *testing.T) {
	w := newWorld(t)
	p := w.newTool("vault", printsKey(t, w.AliceKey))
	w.addConfig(fmt.Sprintf("[profile op]\ncredential_process = %s\nmfa_serial = %s\nregion = eu-west-1\n"+
		"[profile op-role]\nrole_arn = %s\nsource_profile = op\n", p.path, w.Phone.Serial(), adminARN))
	s := w.refresh("op", core.RefreshOptions{})
	if s.Kind != creds.KindProcess || s.WrittenAs != "op-temporary" || len(w.person.asked) != 1 || w.credentials("op-temporary")["aws_session_token"] == "" {
		t.Errorf("%+v, asked %v", s, w.person.asked)
	}
	w.refresh("op-role", core.RefreshOptions{})
	p.wantRuns(1) // The role is assumed with the session.
	w.stop()
	wantNowhere(t, w.home, w.AliceKey.Secret, p.path)
	if strings.Contains(w.log.String(), w.AliceKey.Secret) {
		t.Error("the key is in the log")
	}
}

// wantNowhere searches all files of a folder for a secret, but for one.
func wantNowhere(t *testing.T, dir, secret string, but ...string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || len(but) > 0 && path == but[0] {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), secret) {
			t.Errorf("the secret is in %s", path)
		}
		return err
	})
	if err != nil || files < 3 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestTemporaryCredentialsOfAProgramAreUsedAsTheyAre(t *testing.T) {
	w := newWorld(t)
	ends := time.Now().Add(40 * time.Minute).UTC().Truncate(time.Second)
	for name, tt := range map[string]struct {
		more  map[string]any
		lasts time.Duration
		note  string
	}{
		"with an end":        {map[string]any{"Expiration": ends.Format(time.RFC3339)}, 40 * time.Minute, ""},
		"with an offset":     {map[string]any{"Expiration": ends.In(time.FixedZone("", 3600)).Format(time.RFC3339)}, 40 * time.Minute, ""},
		"with an old zone":   {map[string]any{"Expiration": ends.Format("2006-01-02T15:04:05") + "UTC"}, 40 * time.Minute, ""},
		"without an end":     {nil, 15 * time.Minute, "the program does not say when its credentials end"},
		"with more than AWS": {map[string]any{"Expiration": ends.Format(time.RFC3339), "Comment": "x", "AccountId": "999988887777"}, 40 * time.Minute, ""},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]any{"Version": 1, "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "s", "SessionToken": "t"}
			for key, value := range tt.more {
				values[key] = value
			}
			p := w.newTool("vault", prints(t, values))
			w.addConfig("[profile op]\nmfa_serial = " + w.Phone.Serial() + "\ncredential_process = " + p.path + " '" + name + "'\n")
			s := w.refresh("op", core.RefreshOptions{Force: true})
			if left := time.Until(s.Expires); left > tt.lasts || left < tt.lasts-2*time.Minute || !strings.Contains(s.Note, tt.note) || (tt.note == "") != (s.Note == "") {
				t.Errorf("%s, %q", left, s.Note)
			}
			if got := w.credentials("op-temporary"); got["aws_access_key_id"] != "ASIAIOSFODNN7EXAMPLE" || len(w.person.asked) != 0 {
				t.Errorf("%v, asked %v", got, w.person.asked)
			}
		})
	}
}

func TestWhatAProgramMayNotPrintIsSaidInASentence(t *testing.T) {
	w := newWorld(t)
	for script, want := range map[string]string{
		`echo hunter2`: "what the program printed is not the JSON that a credential_process prints",
		`true`:         "what the program printed is not the JSON",
		`echo '{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2"} hunter2'`:                                                                       "printed more than the JSON",
		`echo '{"Version":"1","AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2"}'`:                                                                             "not of Version 1",
		`echo '{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2"}'`:                                                                                           "not of Version 1",
		`echo '{"Version":1,"SecretAccessKey":"hunter2"}'`:                                                                                                                    "has no AccessKeyId",
		`echo '{"Version":1,"AccessKeyId":"hunter2 hunter2","SecretAccessKey":"hunter2"}'`:                                                                                    "AccessKeyId that the program printed cannot be one",
		`echo '{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE"}'`:                                                                                                           "has no SecretAccessKey",
		`echo '{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2 x"}'`:                                                                             "SecretAccessKey that the program printed cannot be one",
		`echo '{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2"}'`:                                                                               "temporary access key without its SessionToken",
		`echo '{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2","SessionToken":"hunter2"}'`:                                                      "long-term access key with a SessionToken",
		`echo '{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2","SessionToken":"hunter2","Expiration":"soon"}'`:                                  "is no time such as",
		`echo '{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2","SessionToken":"hunter2","Expiration":"2020-01-02T03:04:05Z"}'`:                  "have ended",
		`echo '{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2","SessionToken":"hunter2","Expiration":7}'`:                                       "is not the JSON",
		`echo '{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2","SessionToken":"hunter2","AccountId":"12","Expiration":"2999-01-02T03:04:05Z"}'`: "no number of twelve digits",
		`echo 'not signed in' >&2; echo hunter2; exit 1`:                                                                                                                      `failed (exit status 1) and says: “not signed in”`,
		`exit 1`: "failed (exit status 1) and says nothing about it",
	} {
		p := w.newTool("vault", script)
		w.addConfig("[profile op]\ncredential_process = " + p.path + "\n")
		_, err := w.m.Refresh(t.Context(), "op", core.RefreshOptions{Force: true})
		credstest.WantCode(t, err, creds.CodeProgram, want)
		if err != nil && (!strings.HasPrefix(err.Error(), "credential_process in [profile op]: ") || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%v", err)
		}
	}
	for _, secret := range []string{"hunter2", "not signed in"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%q is in the log", secret)
		}
	}
	w.addConfig("[profile op]\ncredential_process = /nowhere/op read\n")
	_, err := w.m.Refresh(t.Context(), "op", core.RefreshOptions{})
	credstest.WantCode(t, err, creds.CodeBadProfile, `credential_process in [profile op]: "/nowhere/op" is not found`)
}

func TestOneRunServesAllWhoAsk(t *testing.T) {
	w := newWorld(t)
	gate := filepath.Join(w.home, "gate")
	p := w.newTool("vault", "while ! test -e "+gate+"; do sleep 0.01; done\n"+printsKey(t, w.AliceKey))
	w.addConfig("[profile op]\ncredential_process = " + p.path + "\n")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := w.m.Credentials(t.Context(), "op", terraform); err != nil {
				t.Error(err)
			}
		})
	}
	w.write(gate, "")
	all.Wait()
	p.wantRuns(1)
}

func TestAFailureIsTheAnswerForAWhile(t *testing.T) {
	w := newWorld(t)
	p := w.newTool("vault", "exit 1")
	w.addConfig("[profile op]\ncredential_process = " + p.path + "\n")
	for range 5 {
		_, err := w.m.Credentials(t.Context(), "op", terraform)
		credstest.WantCode(t, err, creds.CodeProgram, "failed")
	}
	p.wantRuns(1)
}

func TestNobodyRunsAProgramToLookAtItsProfile(t *testing.T) {
	w := newWorld(t)
	p := w.newTool("vault", printsKey(t, w.AliceKey))
	w.settings.MFAProcess = w.newTool("codes", "exit 1").path
	w.m.SettingsChanged()
	w.addConfig("[profile op]\ncredential_process = " + p.path + "\n")
	if s, err := w.m.Status(t.Context(), "op"); err != nil || s.Kind != creds.KindProcess || s.Err != nil || s.Foreign() {
		t.Errorf("%+v, %v", s, err)
	}
	w.m.Snapshot(t.Context())
	if e, err := w.m.Explain(t.Context(), "op"); err != nil || len(e.Links) != 3 || e.Links[0].Title != "credentials that vault prints" {
		t.Errorf("%+v, %v", e, err)
	}
	w.m.Hurry()
	p.wantRuns(0)
}

func TestSilentRenewalRunsAProgramOnlyAfterSomebodyHasAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		vault := w.newTool("vault", printsKey(t, w.CIKey))
		w.settings.SessionDuration = creds.Span(time.Hour)
		w.m.SettingsChanged()
		w.addConfig("[profile op]\ncredential_process = " + vault.path + "\n")
		if s := w.refresh("op", core.RefreshOptions{}); s.NeedsPerson {
			t.Errorf("it needs a person: %+v", s)
		}
		vault.wantRuns(1)
		time.Sleep(55 * time.Minute)
		synctest.Wait()
		vault.wantRuns(2)
		// Another agent has been asked for nothing.
		w.stop()
		w.start()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		vault.wantRuns(2)
		if s, err := w.m.Status(t.Context(), "op"); err != nil || !s.NeedsPerson {
			t.Errorf("%+v, %v", s, err)
		}
		w.refresh("op", core.RefreshOptions{})
		vault.wantRuns(3)
		// Who has logged out is asked about by nobody.
		if err := w.m.Logout(t.Context(), "op"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		vault.wantRuns(3)
	})
}

func TestAnMFASessionIsRenewedSilentlyWhereAProgramHasTheCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		codes := w.newTool("codes", w.code())
		w.settings.MFAProcess, w.settings.SessionDuration = codes.path, creds.Span(time.Hour)
		w.m.SettingsChanged()
		if s := w.refresh("alice", core.RefreshOptions{}); s.NeedsPerson {
			t.Errorf("%+v", s)
		}
		// It is due 16 minutes before the end; the program has the code of then.
		time.Sleep(44*time.Minute - time.Second)
		synctest.Wait()
		codes.wantRuns(1)
		codes.does("echo " + w.Phone.Code(time.Now().Add(5*time.Second)))
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		codes.wantRuns(2)
		if got := w.calls("GetSessionToken"); got != 2 || len(w.person.asked) != 0 {
			t.Errorf("AWS was asked %d times, the person %v", got, w.person.asked)
		}
	})
}

func TestASensitiveProfileIsNotRenewedByAProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		vault := w.newTool("vault", printsKey(t, w.CIKey))
		w.settings.Profile = map[string]creds.ProfileSettings{"op": {Sensitive: true}}
		w.m.SettingsChanged()
		w.addConfig("[profile op]\ncredential_process = " + vault.path + "\n")
		if s := w.refresh("op", core.RefreshOptions{}); !s.NeedsPerson {
			t.Errorf("%+v", s)
		}
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		vault.wantRuns(1)
	})
}

func TestAProgramThatAsksForItsOwnProfileGetsASentenceAtOnce(t *testing.T) {
	w := newWorld(t)
	p := w.newTool("vault", `test "$DAYPASS_PROCESS_CHAIN" = '"op"' && echo "$DAYPASS_PROCESS_CHAIN" >&2; exit 1`)
	w.addConfig("[profile op]\ncredential_process = " + p.path + "\n[profile op-role]\nrole_arn = " + adminARN + "\nsource_profile = op\n")
	_, err := w.m.Refresh(t.Context(), "op", core.RefreshOptions{})
	credstest.WantCode(t, err, creds.CodeProgram, `and says: “"op"”`)
	within := terraform
	within.Within = `"else" "op"`
	for _, name := range []string{"op", "op-role"} {
		_, err := w.m.Credentials(t.Context(), name, within)
		credstest.WantCode(t, err, creds.CodeBadProfile, fmt.Sprintf(`profile %q is asked for by the program that daypass runs for "op", and so would wait for itself`, name))
		_, err = w.m.Refresh(t.Context(), name, core.RefreshOptions{Requester: within})
		credstest.WantCode(t, err, creds.CodeBadProfile, "would wait for itself")
	}
	p.wantRuns(1)
	p.does(printsKey(t, w.CIKey))
	other := terraform
	other.Within = `"else" "o p" "op2"`
	if _, err := w.m.Refresh(t.Context(), "op", core.RefreshOptions{Requester: other}); err != nil {
		t.Error(err)
	}
}

func TestACredentialProcessOfDaypassItselfIsLeftToOthers(t *testing.T) {
	w := newWorld(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(w.home, "a-link")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"/usr/bin/daypass credential-process --profile op", "daypass.exe credential-process --profile alice",
		"aws-vault export --format=json op", "/home/me/bin/assume op", self + " x", link + " x",
	} {
		w.addConfig("[profile op]\ncredential_process = " + line + "\n")
		s, err := w.m.Status(t.Context(), "op")
		if err != nil || s.Kind != creds.KindOther || !s.Foreign() {
			t.Errorf("%s: %+v, %v", line, s, err)
		}
		_, err = w.m.Refresh(t.Context(), "op", core.RefreshOptions{})
		credstest.WantCode(t, err, creds.CodeUnsupported, "from a credential_process of daypass itself, which daypass leaves to the AWS SDKs")
	}
}

func TestAProgramEndsWhenItsProfileIsLoggedOut(t *testing.T) {
	w := newWorld(t)
	p := w.newTool("vault", "touch "+filepath.Join(w.home, "begun")+"\nsleep 600")
	w.addConfig("[profile op]\ncredential_process = " + p.path + "\n")
	ended := make(chan error, 1)
	go func() { // ends below
		_, err := w.m.Refresh(context.WithoutCancel(t.Context()), "op", core.RefreshOptions{})
		ended <- err
	}()
	for {
		if _, err := os.Stat(filepath.Join(w.home, "begun")); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := w.m.Logout(t.Context(), "op"); err != nil {
		t.Fatal(err)
	}
	credstest.WantCode(t, <-ended, creds.CodeDeclined, "was logged out meanwhile")
}

// AWS lets an IAM user into the console by its key alone, and a role by its credentials.
func TestWhatAProgramPrintsOpensTheConsole(t *testing.T) {
	w := newWorld(t)
	role := w.refresh("dev-readonly", core.RefreshOptions{})
	held := w.credentials(role.WrittenAs)
	for name, tt := range map[string]struct {
		script, identity string
	}{
		"with a long-term key": {printsKey(t, w.AliceKey), "alice"},
		"with the credentials of a role": {prints(t, map[string]any{
			"Version": 1, "AccessKeyId": held["aws_access_key_id"], "SecretAccessKey": held["aws_secret_access_key"],
			"SessionToken": held["aws_session_token"], "Expiration": role.Expires.UTC().Format(time.RFC3339),
		}), "ReadOnly"},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.newTool("vault", tt.script)
			w.addConfig("[profile op]\nregion = eu-west-1\ncredential_process = " + p.path + " '" + name + "'\n")
			link := w.console("op", core.ConsoleOptions{})
			if end, page := w.follow(link); !strings.HasSuffix(end.Host, "console.aws.amazon.com") || !strings.Contains(page, tt.identity) {
				t.Errorf("the browser ends at %s:\n%s", end.Redacted(), page)
			}
		})
	}
}

// The recipe of REFERENCE.md, with the real pass and gpg: one script prints the key, another
// the code.
func TestAKeyThatPassKeepsGivesAnMFASessionAndIsStoredNowhere(t *testing.T) {
	home := keyringtest.Pass(t, "correct horse")
	w := newWorld(t)
	insert := exec.Command("pass", "insert", "-m", "aws/alice")
	insert.Stdin = strings.NewReader(w.AliceKey.ID + "\n" + w.AliceKey.Secret + "\n")
	if out, err := insert.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	keys := w.newTool("aws-from-pass", `pass show "$1" | { read -r id && read -r secret &&
	printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s"}\n' "$id" "$secret"; }`)
	codes := w.newTool("codes", w.code())
	w.addConfig("[profile pass]\ncredential_process = " + keys.path + " aws/alice\nmfa_process = " + codes.path +
		"\nmfa_serial = " + w.Phone.Serial() + "\n")
	s := w.refresh("pass", core.RefreshOptions{})
	if got := w.credentials("pass-temporary"); s.WrittenAs != "pass-temporary" || got["aws_session_token"] == "" || len(w.person.asked) != 0 {
		t.Errorf("%+v, asked %v", s, w.person.asked)
	}
	keys.wantRuns(1)
	w.stop()
	wantNowhere(t, w.home, w.AliceKey.Secret)
	wantNowhere(t, home, w.AliceKey.Secret)
	wantNowhere(t, w.home, w.AliceKey.ID)

	// Where gpg does not decrypt, its own words are the sentence's end.
	keyringtest.TypeToGPG(t, home, "wrong")
	w.start()
	_, err := w.m.Refresh(t.Context(), "pass", core.RefreshOptions{Force: true})
	credstest.WantCode(t, err, creds.CodeProgram, "decryption failed")
	if strings.Contains(w.log.String(), "decryption") {
		t.Error("what gpg said is in the log")
	}
}
