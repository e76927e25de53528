package core_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

var byProgram = creds.Requester{Surface: creds.SurfaceProgram, PID: 1}

// populate adds n accounts to the session, each with a profile.
func (w *world) populate(n int) (names []string) {
	w.t.Helper()
	w.SSO.Center.Populate(n, 1)
	more := ""
	for i := range n {
		name := fmt.Sprintf("many-%02d", i+1)
		names = append(names, name)
		more += fmt.Sprintf("\n[profile %s]\nsso_session = %s\nsso_account_id = 9%011d\nsso_role_name = Team-01\n", name, awstest.SampleSession, i+1)
	}
	w.withSSO(more)
	return names
}

type login struct {
	reply creds.SSOLoginReply
	err   error
}

// logIn signs in in a goroutine.
func (w *world) logIn() <-chan login {
	ended := make(chan login, 1)
	go func() {
		reply, err := w.m.SignIn(w.t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray})
		ended <- login{reply, err}
	}()
	return ended
}

// nothingHeld fails if a profile has credentials.
func (w *world) nothingHeld(names ...string) {
	w.t.Helper()
	for _, name := range names {
		if got := w.state(name); got != creds.StateNone {
			w.t.Errorf("%s is %s", name, got)
		}
		if len(w.credentials(name+"-temporary")) > 0 {
			w.t.Errorf("%s has a temporary profile", name)
		}
	}
}

func TestALogoutDuringASweepIsKept(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		names := w.populate(20)
		w.AWS.Faults.Add("GetRoleCredentials", awstest.Fault{Delay: 20 * time.Second})
		ended := w.logIn()
		time.Sleep(30 * time.Second) // eight are under way, the others wait
		gone := []string{names[1], names[19], "sso-sandbox"}
		for _, name := range gone {
			if err := w.m.Logout(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		got := <-ended
		if got.err != nil || len(got.reply.Failed) != 0 || got.reply.Refreshed != 20 {
			t.Errorf("got %+v", got)
		}
		time.Sleep(5 * time.Minute)
		w.nothingHeld(gone...)
		if got := w.state(names[10]); got != creds.StateValid {
			t.Errorf("another profile is %s", got)
		}
	})
}

func TestASignOutDuringASweepRemovesEverything(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		names := append(w.populate(20), "sso-dev-admin", "sso-sandbox")
		w.AWS.Faults.Add("GetRoleCredentials", awstest.Fault{Delay: 20 * time.Second})
		ended := w.logIn()
		time.Sleep(30 * time.Second) // some are done, some under way, some wait
		if err := w.m.SignOut(t.Context(), awstest.SampleSession); err != nil {
			t.Fatal(err)
		}
		credstest.WantCode(t, (<-ended).err, creds.CodeDeclined, "signed out meanwhile")
		time.Sleep(10 * time.Minute)
		w.nothingHeld(names...)
		if one := w.session(awstest.SampleSession); one.State(time.Now()) != creds.StateNone || one.Total != 0 {
			t.Errorf("got %+v", one)
		}
	})
}

func TestASignOutDuringASignInEndsIt(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.person.signInNeeds = make(chan struct{})
		ended := w.logIn()
		clicked := make(chan error, 1)
		go func() {
			_, err := w.m.Refresh(t.Context(), "sso-deploy", core.RefreshOptions{Requester: atTray})
			clicked <- err
		}()
		synctest.Wait()
		if err := w.m.SignOut(t.Context(), awstest.SampleSession); err != nil {
			t.Fatal(err)
		}
		credstest.WantCode(t, (<-ended).err, creds.CodeDeclined, "signed out meanwhile")
		credstest.WantCode(t, <-clicked, creds.CodeDeclined, "logged out meanwhile")
		one := w.session(awstest.SampleSession)
		if one.State(time.Now()) != creds.StateNone {
			t.Errorf("got %+v", one)
		}
		w.person.mu.Lock()
		w.person.signInNeeds = nil
		w.person.mu.Unlock()
		w.click("sso-deploy")
	})
}

func TestIntermediateCredentialsAreForgottenAfterASignOut(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.signInElsewhere()
		w.AWS.Faults.Add("AssumeRole", awstest.Fault{Delay: time.Minute})
		clicked := make(chan error, 1)
		go func() {
			_, err := w.m.Refresh(t.Context(), "sso-deploy", core.RefreshOptions{Requester: atTray})
			clicked <- err
		}()
		time.Sleep(10 * time.Second)
		if got := w.calls("GetRoleCredentials"); got != 1 {
			t.Fatalf("%d calls", got)
		}
		if err := w.m.SignOut(t.Context(), awstest.SampleSession); err != nil {
			t.Fatal(err)
		}
		credstest.WantCode(t, <-clicked, creds.CodeDeclined, "logged out meanwhile")
		w.person.declines = true
		for _, name := range []string{"sso-dev-admin", "sso-deploy"} {
			_, err := w.m.Credentials(t.Context(), name, byProgram)
			credstest.WantCode(t, err, creds.CodeDeclined, "closed")
		}
	})
}

func TestASlowSignOutDoesNotSpin(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-sandbox")
		time.Sleep(43*time.Minute + 50*time.Second)
		// While AWS is slow, the profile's renewal becomes due.
		w.AWS.Faults.Add("Logout", awstest.Fault{Delay: 3 * time.Minute})
		calls := w.calls("GetRoleCredentials")
		if err := w.m.SignOut(t.Context(), awstest.SampleSession); err != nil {
			t.Fatal(err)
		}
		if more := w.calls("GetRoleCredentials") - calls; more != 0 {
			t.Errorf("%d profiles were renewed while they were signed out", more)
		}
		w.nothingHeld("sso-sandbox")
	})
}

func TestASignOutThatDoesNotReachAWSIsKeptHere(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-sandbox")
		synctest.Wait()
		w.AWS.Faults.Add("", awstest.Fault{Reset: true})
		credstest.WantCode(t, w.m.SignOut(t.Context(), awstest.SampleSession), creds.CodeNetwork, "on this machine only")
		w.nothingHeld("sso-sandbox", "sso-dev-admin")
		time.Sleep(2 * time.Hour)
		if one := w.session(awstest.SampleSession); one.State(time.Now()) != creds.StateNone {
			t.Errorf("got %+v", one)
		}
	})
}

func TestALogoutOfAllSignsOutOfEverySession(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		names := w.populate(20)
		w.click("alice")
		w.click("sso-legacy")
		w.AWS.Faults.Add("GetRoleCredentials", awstest.Fault{Delay: 20 * time.Second})
		ended := w.logIn()
		time.Sleep(30 * time.Second)
		if err := w.m.LogoutAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		credstest.WantCode(t, (<-ended).err, creds.CodeDeclined, "signed out meanwhile")
		w.AWS.Faults.Clear()
		time.Sleep(10 * time.Minute)
		w.nothingHeld(append(names, "alice", "sso-legacy", "sso-dev-admin")...)
		if got := w.calls("Logout"); got != 2 {
			t.Errorf("AWS was told %d times, not once for each session", got)
		}
		for _, id := range []string{awstest.SampleSession, awstest.SampleLegacyStartURL} {
			if one := w.session(id); one.State(time.Now()) != creds.StateNone {
				t.Errorf("got %+v", one)
			}
		}
		asked := w.person.signInsAsked()
		w.click("sso-sandbox")
		if w.person.signInsAsked() != asked+1 {
			t.Error("credentials were given without a sign-in")
		}
	})
}

func TestASignOutByTheCLIBeforeAClickDoesNotEndTheSession(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-dev-admin")
		synctest.Wait()
		if err := w.otherProgram().Logout(t.Context(), w.corp()); err != nil {
			t.Fatal(err)
		}
		// The token cache was not read since.
		w.person.declines = true
		_, err := w.m.Refresh(t.Context(), "sso-prod-readonly", core.RefreshOptions{Requester: atTray, Force: true})
		credstest.WantCode(t, err, creds.CodeDeclined, "closed")
		synctest.Wait()
		w.nothingHeld("sso-dev-admin", "sso-sandbox")
		if one := w.session(awstest.SampleSession); one.Over {
			t.Errorf("got %+v", one)
		}
		if strings.Contains(w.log.String(), "the session is over") {
			t.Error("it is told that the session is over")
		}
	})
}

func TestASignInReportsWhatItsSweepDid(t *testing.T) {
	for range 10 {
		bubble(t, func(t *testing.T, w *world) {
			w.withSSO("")
			got := <-w.logIn()
			if got.err != nil || got.reply.Refreshed != 3 {
				t.Errorf("%d profiles refreshed, not 3; %v", got.reply.Refreshed, got.err)
			}
		})
	}
}
