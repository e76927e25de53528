package core_test

import (
	"context"
	"errors"
	"os"
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
	"daypass/creds/vault"
	"daypass/internal/signin"
)

// status returns the state of a profile.
func (w *world) status(name string) (creds.Status, creds.State) {
	w.t.Helper()
	s, err := w.m.Status(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return s, s.State(time.Now())
}

func (w *world) wantState(name string, want creds.State) {
	w.t.Helper()
	if s, got := w.status(name); got != want {
		w.t.Errorf("%s is %s, want %s: %+v", name, got, want, s)
	}
}

// edit replaces a word of the config file, as a person with an editor would.
func (w *world) edit(old, new string) {
	w.t.Helper()
	data, err := os.ReadFile(w.files.Config)
	if err != nil || !strings.Contains(string(data), old) {
		w.t.Fatalf("%q is not in the config file: %v", old, err)
	}
	w.write(w.files.Config, strings.Replace(string(data), old, new, 1))
}

func TestAClockThatIsAheadMakesNoCallsInARow(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.Skew(-2 * time.Hour)
		w.refresh("dev-readonly", core.RefreshOptions{})
		w.wantState("dev-readonly", creds.StateValid)
		before := w.calls("AssumeRole")
		time.Sleep(40 * time.Minute)
		if n := w.calls("AssumeRole") - before; n > 1 {
			t.Errorf("%d renewals in 40 minutes", n)
		}
		time.Sleep(2 * time.Hour)
		w.wantState("dev-readonly", creds.StateValid)
	})
}

func TestAClockThatIsBehindRenewsInTime(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.Skew(2 * time.Hour)
		w.refresh("dev-readonly", core.RefreshOptions{})
		for range 10 {
			time.Sleep(20 * time.Minute)
			got, err := w.m.Credentials(t.Context(), "dev-readonly", creds.Requester{})
			if err != nil {
				t.Fatal(err)
			}
			// AWS's clock is two hours ahead.
			if left := time.Until(got.Expires); left > time.Hour || left < 14*time.Minute {
				t.Errorf("%s left by this machine's clock", left)
			}
		}
	})
}

func TestManyCallersMakeOneQuestionForThePassphrase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.stop()
		if err := os.Remove(filepath.Join(w.home, "passphrase")); err != nil {
			t.Fatal(err)
		}
		asked := &decliner{}
		w.vaultOf = func() *vault.Vault {
			return vault.New(vault.Config{Backend: "file", Dir: filepath.Join(w.home, "state"), User: asked})
		}
		w.start()
		defer w.stop()
		synctest.Wait()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				_, err := w.m.Credentials(t.Context(), "alice", creds.Requester{Surface: creds.SurfaceProgram})
				credstest.WantCode(t, err, creds.CodeDeclined, "closed")
			})
		}
		all.Wait()
		if asked.asked != 1 {
			t.Errorf("%d questions", asked.asked)
		}
	})
}

// decliner closes every prompt.
type decliner struct {
	asked int
}

func (d *decliner) Ask(context.Context, creds.Prompt, func(context.Context, creds.AnswerRequest) error) error {
	d.asked++
	return credstest.Declined("the question")
}

func TestLogoutEndsRunningRefreshes(t *testing.T) {
	for name, logout := range map[string]func(w *world) error{
		"of the profile": func(w *world) error { return w.m.Logout(w.t.Context(), "dev-admin") },
		"of all":         func(w *world) error { return w.m.LogoutAll(w.t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.AWS.Faults.Add("GetSessionToken", awstest.Fault{Times: 1, Delay: time.Minute})
				failed := make(chan error)
				go func() {
					_, err := w.m.Refresh(t.Context(), "dev-admin", core.RefreshOptions{})
					failed <- err
				}()
				time.Sleep(time.Second)
				if err := logout(w); err != nil {
					t.Fatal(err)
				}
				credstest.WantCode(t, <-failed, creds.CodeDeclined, "logged out meanwhile")
				time.Sleep(2 * time.Minute)
				for _, profile := range []string{"alice", "dev-admin"} {
					w.wantState(profile, creds.StateNone)
				}
				if _, err := os.Stat(w.files.Credentials); err == nil {
					t.Error("credentials were written")
				}
			})
		})
	}
}

func TestAChangedRoleIsNotCalledValid(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		before := w.refresh("dev-readonly", core.RefreshOptions{})
		w.edit("role/ReadOnly", "role/Administrator")
		w.wantState("dev-readonly", creds.StateNone)
		w.edit("role/Administrator", "role/Admin")
		after := w.refresh("dev-readonly", core.RefreshOptions{})
		if after.RoleARN == before.RoleARN || !strings.HasSuffix(after.RoleARN, "role/Admin") {
			t.Errorf("the role is %s", after.RoleARN)
		}
		w.wantState("dev-readonly", creds.StateValid)
	})
}

func TestAMissingSectionIsWrittenAgainWithoutACall(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-admin", core.RefreshOptions{})
		calls := w.calls("")
		if err := os.Remove(w.files.Credentials); err != nil {
			t.Fatal(err)
		}
		w.wantState("dev-admin", creds.StateNone)
		w.refresh("dev-admin", core.RefreshOptions{})
		w.wantState("dev-admin", creds.StateValid)
		if w.calls("") != calls || w.credentials("dev-admin-temporary")["aws_session_token"] == "" {
			t.Errorf("%d calls more, and the section is %v", w.calls("")-calls, keysOf(w.credentials("dev-admin-temporary")))
		}
	})
}

func TestAnExpiredSectionIsStillOurs(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-admin", core.RefreshOptions{})
		w.stop()
		time.Sleep(72 * time.Hour)
		w.start()
		for _, p := range w.m.Snapshot(t.Context()).Profiles {
			if p.Name == "dev-admin-temporary" {
				t.Errorf("listed: %+v", p)
			}
		}
		if err := w.m.LogoutAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(w.files.Credentials); err != nil || len(data) != 0 {
			t.Errorf("%v; left over: %d bytes", err, len(data))
		}
	})
}

func TestTwoProfilesOfOneRoleEndApart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Config, w.Config()+"\n[profile twin]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = alice\nregion = us-east-2\n")
		w.refresh("dev-readonly", core.RefreshOptions{})
		w.refresh("twin", core.RefreshOptions{})
		if w.calls("AssumeRole") != 1 {
			t.Errorf("%d calls", w.calls("AssumeRole"))
		}
		if err := w.m.Logout(t.Context(), "twin"); err != nil {
			t.Fatal(err)
		}
		w.wantState("twin", creds.StateNone)
		w.wantState("dev-readonly", creds.StateValid)
	})
}

func TestAFailedWriteForgetsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-readonly", core.RefreshOptions{})
		// From here on another program uses the section's name.
		w.set("dev-readonly-temporary", "role_arn", "arn:aws:iam::111111111111:role/ReadOnly")
		_, err := w.m.Refresh(t.Context(), "dev-readonly", core.RefreshOptions{Force: true})
		credstest.WantCode(t, err, creds.CodeBadFile, "settings of its own")
		if err := w.m.Logout(t.Context(), "dev-readonly"); err != nil {
			t.Fatal(err)
		}
		if got := w.credentials("dev-readonly-temporary"); len(got) != 0 {
			t.Errorf("left over: %v", keysOf(got))
		}
	})
}

func TestAKeyringThatComesLaterIsFound(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("alice", core.RefreshOptions{})
		w.restartWithout("passphrase")
		synctest.Wait()
		if problems := w.m.Snapshot(t.Context()).Problems; len(problems) != 1 || problems[0].Code != creds.CodeKeyringLocked {
			t.Fatalf("problems: %v", problems)
		}
		w.write(filepath.Join(w.home, "passphrase"), "correct horse\n")
		time.Sleep(61 * time.Second)
		w.wantState("alice", creds.StateValid)
		if problems := w.m.Snapshot(t.Context()).Problems; len(problems) != 0 {
			t.Errorf("still: %v", problems)
		}
	})
}

func TestRepeatedRequestsOfProgramsDoNotFloodAWS(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-readonly", core.RefreshOptions{})
		time.Sleep(47 * time.Minute) // renewed once, at 44
		w.AWS.Faults.Add("AssumeRole", awstest.Fault{Code: "AccessDenied", Message: "not any more", Status: 403})
		time.Sleep(45 * time.Minute)
		before := w.calls("AssumeRole")
		for range 100 {
			begin := time.Now()
			if _, err := w.m.Credentials(t.Context(), "dev-readonly", creds.Requester{Surface: creds.SurfaceProgram}); err != nil {
				t.Fatal(err)
			}
			if time.Since(begin) > 0 {
				t.Fatalf("good credentials were served after %s", time.Since(begin))
			}
			time.Sleep(time.Second)
		}
		if n := w.calls("AssumeRole") - before; n > 3 {
			t.Errorf("%d calls for 100 requests", n)
		}
		time.Sleep(20 * time.Minute)
		before = w.calls("AssumeRole")
		for range 100 {
			_, err := w.m.Credentials(t.Context(), "dev-readonly", creds.Requester{Surface: creds.SurfaceProgram})
			credstest.WantCode(t, err, creds.CodeDenied, "not any more")
		}
		if n := w.calls("AssumeRole") - before; n > 1 {
			t.Errorf("%d calls for 100 requests after the end", n)
		}
	})
}

func TestARequestedDurationIsHonoured(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-admin", core.RefreshOptions{})
		s := w.refresh("dev-admin", core.RefreshOptions{Duration: 8 * time.Hour})
		if s.Left(time.Now()) < 7*time.Hour {
			t.Errorf("only %s", s.Left(time.Now()))
		}
		_, err := w.m.Refresh(t.Context(), "dev-admin", core.RefreshOptions{Duration: 24 * time.Hour})
		credstest.WantCode(t, err, creds.CodeBadRequest, "12 hours at most")
		if n := w.person.asks(); n != 2 {
			t.Errorf("%d questions", n)
		}
	})
}

func TestLogoutLeavesAPersonsOwnSettings(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		const mine = "[alice]\n# my note\nregion = us-west-2\n"
		w.write(w.files.Credentials, mine)
		w.refresh("alice", core.RefreshOptions{})
		if err := w.m.Logout(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(w.files.Credentials); err != nil || string(data) != mine {
			t.Errorf("%v; now:\n%s", err, data)
		}
	})
}

func TestAClickDuringASilentRenewalIsServed(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-readonly", core.RefreshOptions{})
		// The user's session ends first; the role's last one a little later.
		time.Sleep(12*time.Hour + time.Second)
		for {
			s, _ := w.status("dev-readonly")
			if left := s.Left(time.Now()); left < 8*time.Minute {
				break
			}
			time.Sleep(time.Minute)
		}
		// A program's request starts a silent renewal, which needs a person; the click
		// that joins it comes from one.
		if _, err := w.m.Credentials(t.Context(), "dev-readonly", creds.Requester{Surface: creds.SurfaceProgram}); err != nil {
			t.Fatal(err)
		}
		w.refresh("dev-readonly", core.RefreshOptions{})
		w.wantState("dev-readonly", creds.StateValid)
		if n := w.person.asks(); n != 2 {
			t.Errorf("%d questions", n)
		}
	})
}

func TestNothingIsLostWhenTheAgentEndsInMidRefresh(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.Faults.Add("GetSessionToken", awstest.Fault{Times: 1, Delay: time.Second})
		go func() { _, _ = w.m.Refresh(context.WithoutCancel(t.Context()), "alice", core.RefreshOptions{}) }()
		time.Sleep(500 * time.Millisecond)
		w.stop()
		if _, err := w.m.Refresh(t.Context(), "alice", core.RefreshOptions{}); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an agent that has ended said %v", err)
		}
		w.start()
		w.refresh("alice", core.RefreshOptions{})
		w.wantState("alice", creds.StateValid)
	})
}

// absent asks on a machine with neither a desktop nor a terminal.
type absent struct{ core.User }

var errNobody = &creds.Error{Code: creds.CodeNobodyToAsk, Message: "there is nobody to ask"}

func (absent) Ask(context.Context, creds.Prompt, func(context.Context, creds.AnswerRequest) error) error {
	return errNobody
}

func (absent) SignIn(context.Context, core.SignInRequest, func(context.Context, signin.Way) error) error {
	return errNobody
}

func TestAMissingPersonIsNoFailureOfTheProfile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.stop()
		w.userOf = func() core.User { return absent{} }
		w.start()
		w.write(w.files.Config, w.Config()+"\n"+w.SSO.Config())
		for _, name := range []string{"alice", "sso-dev-admin"} {
			_, err := w.m.Refresh(t.Context(), name, core.RefreshOptions{})
			credstest.WantCode(t, err, creds.CodeNobodyToAsk, "nobody")
			w.wantState(name, creds.StateNone)
		}
		for _, s := range w.m.Snapshot(t.Context()).Sessions {
			if s.Err != nil {
				t.Errorf("the session %s has failed: %v", s.ID, s.Err)
			}
		}
	})
}
