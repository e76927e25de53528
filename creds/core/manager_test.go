package core_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

func TestACodeMakesAWorkingProfileForTwelveHours(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		s := w.refresh("alice", core.RefreshOptions{})

		if got := s.State(time.Now()); got != creds.StateValid || !near(s.Expires, time.Now().Add(12*time.Hour)) || s.WrittenAs != "alice" {
			t.Errorf("state %s until %s, written as %q", got, s.Expires, s.WrittenAs)
		}
		got := w.credentials("alice")
		if !strings.HasPrefix(got["aws_access_key_id"], "ASIA") || got["aws_session_token"] == "" || got["aws_secret_access_key"] == "" {
			t.Errorf("the section has the keys %v", keysOf(got))
		}
		if w.person.asks() != 1 || w.calls("GetSessionToken") != 1 {
			t.Errorf("%d questions and %d calls, want one each", w.person.asks(), w.calls("GetSessionToken"))
		}
		if ask := w.person.asked[0]; ask.Profile != "alice" || ask.AccountID != "111111111111" || ask.Device != w.Phone.Serial() {
			t.Errorf("the question was %+v", ask)
		}
		info, err := os.Stat(w.files.Credentials)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the credentials file: %v %v", info.Mode(), err)
		}
	})
}

func TestOneCodeServesTheUserAndEveryRole(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for _, name := range []string{"dev-admin", "dev-readonly", "partner", "chain-3", "chain-1", "chain-2", "alice"} {
			s := w.refresh(name, core.RefreshOptions{})
			if s.State(time.Now()) != creds.StateValid {
				t.Errorf("%s is %s", name, s.State(time.Now()))
			}
			want := name + "-temporary"
			if name == "alice" {
				want = "alice"
			}
			if s.WrittenAs != want || w.credentials(want)["aws_session_token"] == "" {
				t.Errorf("%s was written as %q", name, s.WrittenAs)
			}
		}
		if w.person.asks() != 1 || w.calls("GetSessionToken") != 1 || w.calls("AssumeRole") != 6 {
			t.Errorf("%d questions, %d GetSessionToken, %d AssumeRole; want 1, 1, 6",
				w.person.asks(), w.calls("GetSessionToken"), w.calls("AssumeRole"))
		}
		if region := w.credentials("chain-3-temporary")["region"]; region != awstest.SampleRegion {
			t.Errorf("the derived profile has the region %q", region)
		}
	})
}

func TestAUserWithoutADeviceIsAskedNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		s := w.refresh("ci", core.RefreshOptions{Duration: time.Hour})
		if w.person.asks() != 0 || !near(s.Expires, time.Now().Add(time.Hour)) {
			t.Errorf("%d questions, until %s", w.person.asks(), s.Expires)
		}
	})
}

func TestAThousandCallersMakeOneCallAndOneQuestion(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.Faults.Add("GetSessionToken", awstest.Fault{Times: 1, Delay: time.Second})
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				ctx := t.Context()
				if i%2 == 0 {
					if _, err := w.m.Refresh(ctx, "alice", core.RefreshOptions{}); err != nil {
						t.Error(err)
					}
				} else if _, err := w.m.Credentials(ctx, "alice", creds.Requester{}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if w.person.asks() != 1 || w.calls("GetSessionToken") != 1 {
			t.Errorf("%d questions, %d calls", w.person.asks(), w.calls("GetSessionToken"))
		}
	})
}

func TestARoleForMoreThanAnHourTakesTheKeyAndACode(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		s := w.refresh("dev-admin", core.RefreshOptions{Duration: 8 * time.Hour})
		if !near(s.Expires, time.Now().Add(8*time.Hour)) || s.Note != "" {
			t.Errorf("until %s, note %q", s.Expires, s.Note)
		}
		if w.calls("GetSessionToken") != 0 || w.calls("AssumeRole") != 1 {
			t.Errorf("%d GetSessionToken, %d AssumeRole", w.calls("GetSessionToken"), w.calls("AssumeRole"))
		}
	})
}

func TestAChainedRoleGetsOneHourWithANote(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		s := w.refresh("chain-3", core.RefreshOptions{Duration: 4 * time.Hour})
		if !near(s.Expires, time.Now().Add(time.Hour)) || !strings.Contains(s.Note, "one hour instead of 4 h:") {
			t.Errorf("until %s, note %q", s.Expires, s.Note)
		}
	})
}

func TestAWrongCodeIsRefusedWithAReasonAndAskedForAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.person.script = []string{"000000", "12345", "1234567", "12345a"}
		w.refresh("alice", core.RefreshOptions{})
		if len(w.person.refusals) != 4 || !strings.Contains(w.person.refusals[0].Message, "did not accept this code") {
			t.Fatalf("refusals: %v", w.person.refusals)
		}
		for _, refusal := range w.person.refusals[1:] {
			if refusal.Message != "A code has six digits." {
				t.Errorf("refusal: %v", refusal)
			}
		}
		if w.calls("GetSessionToken") != 2 {
			t.Errorf("%d calls: what is no code is no business of AWS's", w.calls("GetSessionToken"))
		}
	})
}

func TestASpentCodeIsRefusedWithoutAskingAWS(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		time.Sleep(7 * time.Second)
		code := w.Phone.Code(time.Now())
		w.person.script = []string{code}
		w.refresh("alice", core.RefreshOptions{})
		w.person.script = []string{code}
		w.refresh("alice", core.RefreshOptions{Force: true})
		if w.calls("GetSessionToken") != 2 {
			t.Errorf("%d calls, want 2: the spent code is no business of AWS's", w.calls("GetSessionToken"))
		}
		if len(w.person.refusals) != 1 {
			t.Fatalf("refusals: %v", w.person.refusals)
		}
		got := w.person.refusals[0]
		if wait := got.Fresh.Unix() % 30; wait != 0 || !strings.Contains(got.Message, "used already") {
			t.Errorf("%q, fresh at %s", got.Message, got.Fresh)
		}
	})
}

func TestARestartAsksForNoNewCode(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		before := w.refresh("alice", core.RefreshOptions{})
		w.stop()
		time.Sleep(time.Hour)
		w.start()
		synctest.Wait()
		after, err := w.m.Status(t.Context(), "alice")
		if err != nil || !after.Expires.Equal(before.Expires) || after.State(time.Now()) != creds.StateValid {
			t.Errorf("after the restart: %+v, %v", after, err)
		}
		w.refresh("dev-admin", core.RefreshOptions{})
		if w.person.asks() != 1 {
			t.Errorf("%d questions", w.person.asks())
		}
	})
}

func TestRolesAreRenewedSilentlyWhileTheUsersSessionLasts(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-admin", core.RefreshOptions{})
		for range 11 * 60 {
			time.Sleep(time.Minute)
			s, err := w.m.Status(t.Context(), "dev-admin")
			if err != nil {
				t.Fatal(err)
			}
			if left := s.Left(time.Now()); left < 14*time.Minute {
				t.Fatalf("only %s left, and nothing was renewed", left)
			}
		}
		if w.person.asks() != 1 {
			t.Errorf("%d questions", w.person.asks())
		}
		if n := w.calls("AssumeRole"); n < 14 || n > 17 {
			t.Errorf("%d AssumeRole in 11 hours", n)
		}
		// The user's session ends without a prompt.
		time.Sleep(4 * time.Hour)
		s, _ := w.m.Status(t.Context(), "dev-admin")
		if s.State(time.Now()) != creds.StateExpired || w.person.asks() != 1 {
			t.Errorf("%s after %d questions", s.State(time.Now()), w.person.asks())
		}
	})
}

func TestRenewalBacksOffWhileAWSIsAway(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-readonly", core.RefreshOptions{})
		w.AWS.Faults.Add("AssumeRole", awstest.Fault{Status: 503})
		before := w.calls("AssumeRole")
		time.Sleep(2 * time.Hour)
		// The SDK tries each call three times by itself.
		if tries := (w.calls("AssumeRole") - before) / 3; tries < 3 || tries > 15 {
			t.Errorf("%d tries in an hour and a quarter", tries)
		}
		w.AWS.Faults.Clear()
		time.Sleep(30 * time.Minute)
		s, _ := w.m.Status(t.Context(), "dev-readonly")
		if s.State(time.Now()) != creds.StateValid {
			t.Errorf("%s after AWS came back", s.State(time.Now()))
		}
	})
}

func TestACallerThatLeavesFindsTheAnswerNextTime(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		release := make(chan struct{})
		w.AWS.Faults.Add("GetSessionToken", awstest.Fault{Times: 1, Until: release})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := w.m.Credentials(ctx, "alice", creds.Requester{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		close(release)
		synctest.Wait()
		got, err := w.m.Credentials(t.Context(), "alice", creds.Requester{})
		if err != nil || got.SessionToken.IsZero() || w.person.asks() != 1 {
			t.Errorf("%v after %d questions", err, w.person.asks())
		}
	})
}

func TestLogoutRemovesTheSessionFromTheFile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, "# mine\n[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = s\n")
		w.refresh("dev-admin", core.RefreshOptions{})
		if err := w.m.Logout(t.Context(), "dev-admin"); err != nil {
			t.Fatal(err)
		}
		if got := w.credentials("dev-admin-temporary"); len(got) != 0 {
			t.Errorf("still there: %v", keysOf(got))
		}
		if w.credentials("alice")["aws_session_token"] == "" {
			t.Error("alice's session went too")
		}
		if err := w.m.LogoutAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(w.files.Credentials)
		if want := "# mine\n[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = s\n"; err != nil || string(data) != want {
			t.Errorf("%v; left over:\n%s", err, data)
		}
		s, _ := w.m.Status(t.Context(), "alice")
		if s.State(time.Now()) != creds.StateNone {
			t.Errorf("alice is %s", s.State(time.Now()))
		}
	})
}

func TestALongTermKeyInTheFileIsOverwrittenOnlyIfTheKeyringHasIt(t *testing.T) {
	plain := func(id, key string) string {
		return fmt.Sprintf("[alice]\naws_access_key_id = %s\naws_secret_access_key = %s\n", id, key)
	}
	t.Run("the same key: the profile keeps its name", func(t *testing.T) {
		bubble(t, func(t *testing.T, w *world) {
			w.write(w.files.Credentials, plain(w.AliceKey.ID, w.AliceKey.Secret))
			s := w.refresh("alice", core.RefreshOptions{})
			if s.WrittenAs != "alice" || w.credentials("alice")["aws_session_token"] == "" {
				t.Errorf("written as %q", s.WrittenAs)
			}
		})
	})
	t.Run("another key: it stays, and the session is written beside it", func(t *testing.T) {
		bubble(t, func(t *testing.T, w *world) {
			w.write(w.files.Credentials, plain("AKIAANOTHERKEY000000", "another"))
			s := w.refresh("alice", core.RefreshOptions{})
			if s.WrittenAs != "alice-temporary" || w.credentials("alice")["aws_secret_access_key"] != "another" {
				t.Errorf("written as %q over %v", s.WrittenAs, keysOf(w.credentials("alice")))
			}
		})
	})
	t.Run("a key that only the file has works, and stays", func(t *testing.T) {
		bubble(t, func(t *testing.T, w *world) {
			bob := w.AWS.IAM.Account("111111111111").User("bob")
			id, key := bob.AccessKey()
			w.write(w.files.Credentials, strings.ReplaceAll(plain(id, key), "alice", "bob"))
			s := w.refresh("bob", core.RefreshOptions{})
			if s.WrittenAs != "bob-temporary" || w.credentials("bob")["aws_access_key_id"] != id {
				t.Errorf("written as %q", s.WrittenAs)
			}
			for _, p := range w.m.Snapshot(t.Context()).Profiles {
				if p.Name == "bob-temporary" {
					t.Error("the derived profile is listed as one of the person's")
				}
			}
		})
	})
}

func TestEachFailureHasOneClearSentence(t *testing.T) {
	for name, tc := range map[string]struct {
		sabotage func(w *world)
		profile  string
		code     creds.Code
		words    string
	}{
		"no such profile":   {func(*world) {}, "nobody", creds.CodeNoProfile, `no profile "nobody"`},
		"declined":          {func(w *world) { w.person.declines = true }, "alice", creds.CodeDeclined, "closed"},
		"denied":            {func(w *world) { w.Alice.Deny("sts:AssumeRole") }, "partner", creds.CodeDenied, "not authorized"},
		"key made inactive": {func(w *world) { w.Alice.Deactivate(w.AliceKey.ID) }, "alice", creds.CodeKeyInvalid, "inactive"},
		"throttled":         {func(w *world) { w.AWS.Faults.Throttle("GetSessionToken", 100) }, "ci", creds.CodeThrottled, "too often"},
		"a login page answers": {func(w *world) {
			w.AWS.Faults.Add("GetSessionToken", awstest.Fault{Status: 200, Body: "<html>Please log in</html>"})
		}, "ci", creds.CodeNetwork, "what answered is not AWS (HTTP status 200)"},
		"a proxy refuses": {func(w *world) {
			w.AWS.Faults.Add("GetSessionToken", awstest.Fault{Status: 407, Body: "<html>Proxy Authentication Required</html>"})
		}, "ci", creds.CodeNetwork, "(HTTP status 407)"},
		"connection lost": {func(w *world) { w.AWS.Faults.Add("GetSessionToken", awstest.Fault{Reset: true}) }, "ci", creds.CodeNetwork, "could not be reached"},
		"device of a stranger": {func(w *world) {
			w.set("alice", "mfa_serial", w.AWS.IAM.Account("111111111111").User("eve").MFA("eve").Serial())
		}, "alice", creds.CodeBadProfile, "does not know the MFA device"},
		"duration too long for the role": {func(w *world) { w.set("dev-readonly", "duration_seconds", "7200") }, "dev-readonly", creds.CodeBadRequest, "does not allow sessions of this duration"},
		"duration that is no number":     {func(w *world) { w.set("dev-readonly", "duration_seconds", "long") }, "dev-readonly", creds.CodeBadProfile, "no number of seconds"},
		"config file is a folder": {func(w *world) {
			_ = os.Remove(w.files.Config)
			_ = os.Mkdir(w.files.Config, 0o700)
		}, "nobody", creds.CodeFile, "config"},
		"passphrase file gone": {func(w *world) {
			w.restartWithout("passphrase")
		}, "alice", creds.CodeKeyringLocked, "passphrase file"},
		"derived name taken": {func(w *world) { w.set("partner-temporary", "role_arn", "arn:aws:iam::1:role/x") }, "partner", creds.CodeBadFile, "a profile of that name has settings of its own"},
		"a key where the derived name's section is": {func(w *world) {
			w.write(w.files.Credentials, keyLines("partner-temporary", "AKIAIOSFODNN7EXAMPLE", "secret"))
		}, "partner", creds.CodeLongTermKey, `"partner-temporary", where a long-term access key stands`},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				tc.sabotage(w)
				_, err := w.m.Refresh(t.Context(), tc.profile, core.RefreshOptions{})
				credstest.WantCode(t, err, tc.code, tc.words)
			})
		})
	}
}

// set changes the config file as a person with an editor would.
func (w *world) set(profile, key, value string) {
	w.t.Helper()
	err := awsfile.Update(w.t.Context(), awsfile.Config, w.files.Config, func(f *awsfile.File) error {
		return f.Set(awsfile.Profile(profile), key, value)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) restartWithout(file string) {
	w.t.Helper()
	w.stop()
	if err := os.Remove(filepath.Join(w.home, file)); err != nil {
		w.t.Fatal(err)
	}
	w.start()
}

func TestCredentialsThatCannotBeWrittenAreServed(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		if err := os.Mkdir(w.files.Credentials, 0o700); err != nil {
			t.Fatal(err)
		}
		// A folder is in the place of the file: even reading fails.
		if _, err := w.m.Refresh(t.Context(), "alice", core.RefreshOptions{}); err == nil {
			t.Error("no error")
		}
		if err := os.Remove(w.files.Credentials); err != nil {
			t.Fatal(err)
		}
		if s := w.refresh("alice", core.RefreshOptions{}); s.WrittenAs != "alice" || s.Err != nil {
			t.Errorf("after the repair: %+v", s)
		}
		if w.person.asks() != 1 {
			t.Errorf("%d questions: the first code was good", w.person.asks())
		}
	})
}

func TestADamagedSessionFileIsSetAsideWithAWarning(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("alice", core.RefreshOptions{})
		w.stop()
		w.write(filepath.Join(w.home, "state", "sessions.age"), "garbage")
		w.start()
		synctest.Wait()
		problems := w.m.Snapshot(t.Context()).Problems
		if len(problems) != 1 || !strings.Contains(problems[0].Message, "moved to") {
			t.Errorf("problems: %v", problems)
		}
		if _, err := os.Stat(filepath.Join(w.home, "state", "sessions.age.unreadable")); err != nil {
			t.Error(err)
		}
		w.refresh("alice", core.RefreshOptions{})
	})
}

func TestAMissingKeyringLosesNoSavedSession(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("alice", core.RefreshOptions{})
		keyring := filepath.Join(w.home, "state", "keyring")
		w.stop()
		if err := os.Rename(keyring, keyring+".away"); err != nil {
			t.Fatal(err)
		}
		w.start()
		problems := w.m.Snapshot(t.Context()).Problems
		if len(problems) != 1 || !strings.Contains(problems[0].Message, "is it the right keyring?") {
			t.Errorf("problems: %v", problems)
		}
		_, err := w.m.Refresh(t.Context(), "alice", core.RefreshOptions{})
		credstest.WantCode(t, err, creds.CodeKeyringUnavailable, "is it the right keyring?")
		w.stop()
		_ = os.RemoveAll(keyring)
		if err := os.Rename(keyring+".away", keyring); err != nil {
			t.Fatal(err)
		}
		w.start()
		w.wantState("alice", creds.StateValid)
	})
}

func TestALineThatAWSsToolsRefuseIsReportedByItsNumber(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Config, w.Config()+"\n[profile broken\nregion = x\n")
		lines := strings.Count(w.Config(), "\n") + 2
		problems := w.m.Snapshot(t.Context()).Problems
		// Below it, the region is the second one of the section above.
		if len(problems) != 2 || !strings.Contains(problems[0].Message, fmt.Sprintf("config, line %d: ", lines)) {
			t.Errorf("problems: %v; the broken line is %d", problems, lines)
		}
		w.write(w.files.Config, w.Config())
		if problems := w.m.Snapshot(t.Context()).Problems; len(problems) != 0 {
			t.Errorf("still: %v", problems)
		}
	})
}

func TestSessionsAreEncryptedOnDisk(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("alice", core.RefreshOptions{})
		secrets := []string{w.AliceKey.Secret, w.CIKey.Secret, w.credentials("alice")["aws_session_token"], w.credentials("alice")["aws_secret_access_key"], w.AliceKey.ID}
		seen := 0
		err := filepath.WalkDir(filepath.Join(w.home, "state"), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			seen++
			data, err := os.ReadFile(path)
			for _, plain := range secrets {
				if strings.Contains(string(data), plain) {
					t.Errorf("%s holds a secret in the clear", path)
				}
			}
			return err
		})
		if err != nil || seen < 4 {
			t.Errorf("%d files, %v", seen, err)
		}
	})
}

func TestThePromptSaysWhenTheClockIsOff(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.Skew(3 * time.Minute)
		w.person.script = []string{"000000", w.Phone.Code(time.Now().Add(3 * time.Minute))}
		w.refresh("alice", core.RefreshOptions{})
		if len(w.person.refusals) != 1 || (w.person.refusals[0].ClockOff+3*time.Minute).Abs() > 2*time.Second {
			t.Errorf("refusals: %+v", w.person.refusals)
		}
	})
}

func TestAClockThatIsFarOffIsAProblemAndNoFailure(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.Skew(2 * time.Hour)
		w.refresh("ci", core.RefreshOptions{})
		problems := w.m.Snapshot(t.Context()).Problems
		if len(problems) != 1 || problems[0].Code != creds.CodeClockOff || !strings.Contains(problems[0].Message, "2 h behind AWS's") {
			t.Errorf("problems: %v", problems)
		}
		w.AWS.Skew(0)
		w.refresh("ci", core.RefreshOptions{Force: true})
		if problems := w.m.Snapshot(t.Context()).Problems; len(problems) != 0 {
			t.Errorf("still a problem after the repair: %v", problems)
		}
	})
}

func keysOf(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func TestAProgramGetsCredentialsThatCouldNotBeWritten(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		// A folder is in the place of the lock.
		if err := os.Mkdir(filepath.Join(w.home, ".aws", ".credentials.daypass.lock"), 0o700); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			got, err := w.program("ci")
			if err != nil || !strings.HasPrefix(got.AccessKeyID, "ASIA") {
				t.Errorf("got %q, %v", got.AccessKeyID, err)
			}
		}
		synctest.Wait() // The second call has it tried again, for nobody in particular.
		if s, _ := w.status("ci"); s.Err == nil || s.Err.Code != creds.CodeFile {
			t.Errorf("the file's trouble is not reported: %+v", s.Err)
		}
	})
}
