package core_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

func TestCallsBackOffWhileTheNetworkIsAwayForHours(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.SSO.Center.Set(awstest.SSOSettings{Session: 48 * time.Hour})
		names := w.populate(30)
		if got := <-w.logIn(); got.err != nil || got.reply.Refreshed != 33 {
			t.Fatalf("got %+v", got)
		}
		w.AWS.Faults.Add("", awstest.Fault{Reset: true})
		time.Sleep(3 * time.Hour) // token and credentials have ended
		one := w.session(awstest.SampleSession)
		if one.State(time.Now()) != creds.StateFailed || one.Err == nil || one.Err.Code != creds.CodeNetwork {
			t.Errorf("got %+v", one)
		}
		calls := len(w.AWS.Calls(""))
		time.Sleep(6 * time.Hour)
		if more := len(w.AWS.Calls("")) - calls; more == 0 || more > 6*4*3*2 {
			t.Errorf("%d calls in six hours", more)
		}
		w.AWS.Faults.Clear()
		time.Sleep(time.Hour)
		for _, name := range names {
			if got := w.state(name); got != creds.StateValid {
				t.Errorf("with the network back, %s is %s", name, got)
			}
		}
		if one := w.session(awstest.SampleSession); one.State(time.Now()) != creds.StateValid || one.Err != nil {
			t.Errorf("got %+v", one)
		}
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times", got)
		}
	})
}

func TestShortTokensAreRenewedNoMoreOftenThanNeeded(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.SSO.Center.Set(awstest.SSOSettings{AccessToken: 15 * time.Minute})
		w.withSSO("")
		w.click("sso-sandbox")
		synctest.Wait()
		before := w.calls("CreateToken")
		for range 15 {
			time.Sleep(27 * time.Minute)
			token, err := w.tokens.Token(t.Context(), w.corp())
			if err != nil || token.Left(time.Now()) < 3*time.Minute {
				t.Errorf("the token has %s left, %v", token.Left(time.Now()), err)
			}
			if got := w.state("sso-sandbox"); got != creds.StateValid {
				t.Errorf("it is %s", got)
			}
		}
		if more := w.calls("CreateToken") - before; more > 7*60/9 {
			t.Errorf("%d renewals in seven hours", more)
		}
	})
}

func TestARestartedAgentAsksNobody(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-dev-admin")
		synctest.Wait()
		for range 3 {
			time.Sleep(70 * time.Minute)
			w.stop()
			time.Sleep(40 * time.Minute)
			w.start()
			if _, err := w.m.Credentials(t.Context(), "sso-sandbox", byProgram); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute) // old ones that would do were given at once
			if got := w.state("sso-sandbox"); got != creds.StateValid {
				t.Errorf("it is %s", got)
			}
		}
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times", got)
		}
	})
}

func TestASessionThatEndsDuringASweep(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.populate(20)
		w.AWS.Faults.Add("GetRoleCredentials", awstest.Fault{Delay: 20 * time.Second})
		ended := w.logIn()
		time.Sleep(30 * time.Second)
		w.SSO.Center.EndSessions()
		got := <-ended
		if got.err != nil || len(got.reply.Failed) == 0 || got.reply.Refreshed+len(got.reply.Failed) != 23 {
			t.Fatalf("got %+v", got)
		}
		for _, f := range got.reply.Failed {
			if f.Err.Code != creds.CodeSignInNeeded {
				t.Errorf("%s: %v", f.Profile, f.Err)
			}
		}
		w.AWS.Faults.Clear()
		if one := w.session(awstest.SampleSession); !one.Over {
			t.Errorf("got %+v", one)
		}
		if asked := w.person.signInsAsked(); asked != 1 {
			t.Errorf("the person was asked %d times", asked)
		}
		got = <-w.logIn()
		if got.err != nil || len(got.reply.Failed) != 0 || w.person.signInsAsked() != 2 {
			t.Errorf("got %+v after %d sign-ins", got, w.person.signInsAsked())
		}
	})
}

func TestAnAccountThatIsChangedInTheConfigIsNotServedFromBefore(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-dev-admin")
		synctest.Wait()
		before, err := w.m.Credentials(t.Context(), "sso-sandbox", byProgram)
		if err != nil {
			t.Fatal(err)
		}
		w.edit("sso_account_id = "+w.SSO.Sandbox.ID(), "sso_account_id = "+w.SSO.Staging.ID())
		if got := w.state("sso-sandbox"); got != creds.StateNone {
			t.Errorf("it is %s", got)
		}
		after, err := w.m.Credentials(t.Context(), "sso-sandbox", byProgram)
		if err != nil || after.AccountID != w.SSO.Staging.ID() || after.AccessKeyID == before.AccessKeyID {
			t.Errorf("account %s, %v", after.AccountID, err)
		}
		if got := w.credentials("sso-sandbox-temporary")["aws_access_key_id"]; got != after.AccessKeyID {
			t.Error("the temporary profile is of the old account")
		}

		// Also while it is running.
		w.AWS.Faults.Add("GetRoleCredentials", awstest.Fault{Delay: time.Minute, Times: 1})
		failed := make(chan error, 1)
		go func() {
			_, err := w.m.Refresh(t.Context(), "sso-sandbox", core.RefreshOptions{Requester: atTray, Force: true})
			failed <- err
		}()
		time.Sleep(time.Second)
		w.edit("sso_account_id = "+w.SSO.Staging.ID(), "sso_account_id = "+w.SSO.Sandbox.ID())
		credstest.WantCode(t, <-failed, creds.CodeBadProfile, "was changed while it was refreshed")
		if got := w.credentials("sso-sandbox-temporary")["aws_access_key_id"]; got != after.AccessKeyID {
			t.Error("what came for the old account was written")
		}
	})
}

func TestAProfileDeletedDuringASweepDelaysNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.AWS.Faults.Add("GetRoleCredentials", awstest.Fault{Delay: 20 * time.Second})
		ended := w.logIn()
		time.Sleep(30 * time.Second)
		w.edit("[profile sso-sandbox]", "[profile renamed]")
		got := <-ended
		if got.err != nil || got.reply.Refreshed != 2 || len(got.reply.Failed) != 1 || got.reply.Failed[0].Err.Code != creds.CodeNoProfile {
			t.Errorf("got %+v", got)
		}
		if len(w.credentials("sso-sandbox-temporary")) > 0 {
			t.Error("it has a temporary profile")
		}
		time.Sleep(30 * time.Hour)
		if err := w.m.LogoutAll(t.Context()); err != nil {
			t.Error(err)
		}
		if data, err := os.ReadFile(w.files.Credentials); err != nil || len(data) != 0 {
			t.Errorf("%v; left over: %d bytes", err, len(data))
		}
	})
}

func TestARoleBehindASessionNeedsNoCodeThoughItNamesADevice(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.edit("[profile sso-deploy]", "[profile sso-deploy]\nmfa_serial = "+w.Phone.Serial())
		s := w.click("sso-deploy")
		if s.State(time.Now()) != creds.StateValid || s.MFASerial != "" || w.person.asks() != 0 {
			t.Errorf("got %+v after %d questions for a code", s, w.person.asks())
		}
		synctest.Wait()
		if err := w.m.LogoutAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The role and its base were written at the same moment.
		if data, err := os.ReadFile(w.files.Credentials); err != nil || len(data) != 0 {
			t.Errorf("%v; left over: %d bytes", err, len(data))
		}
	})
}

func TestASessionOfARoleIsAsLongAsItsPermissionSetAllows(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		s := w.refresh("sso-sandbox", core.RefreshOptions{Requester: atTray, Duration: 12 * time.Hour})
		if !strings.Contains(s.Note, "permission set") || s.State(time.Now()) != creds.StateValid {
			t.Errorf("got %+v", s)
		}
		if s = w.refresh("sso-sandbox", core.RefreshOptions{Requester: atTray, Duration: 30 * time.Minute, Force: true}); s.Note != "" {
			t.Errorf("got %+v", s)
		}
	})
}

func TestTheCLIRenewsAtTheSameMoment(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-sandbox")
		for range 7 {
			token, err := w.tokens.Token(t.Context(), w.corp())
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Until(token.Expires.Add(-20 * time.Minute)))
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					if _, err := w.otherProgram().Token(t.Context(), w.corp()); err != nil {
						t.Errorf("another program: %v", err)
					}
				})
			}
			all.Wait()
			time.Sleep(25 * time.Minute)
			if one := w.session(awstest.SampleSession); one.State(time.Now()) != creds.StateValid {
				t.Fatalf("got %+v", one)
			}
			if got := w.state("sso-sandbox"); got != creds.StateValid {
				t.Errorf("it is %s", got)
			}
		}
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times", got)
		}
	})
}

func TestASectionThatCannotBeWrittenDoesNotBlockOthers(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		names := w.populate(20)
		// A long-term key without another copy.
		w.write(w.files.Credentials, "["+names[3]+"-temporary]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
		w.edit("[profile "+names[5]+"]", "[profile "+names[5]+"-temporary]\nrole_arn = arn:aws:iam::111111111111:role/Other\nsource_profile = alice\n\n[profile "+names[5]+"]")
		got := <-w.logIn()
		if got.err != nil || got.reply.Refreshed != 21 || len(got.reply.Failed) != 2 {
			t.Fatalf("got %+v", got)
		}
		for i, want := range []struct {
			name string
			code creds.Code
		}{{names[3], creds.CodeLongTermKey}, {names[5], creds.CodeBadFile}} {
			if f := got.reply.Failed[i]; f.Profile != want.name || f.Err.Code != want.code || strings.Contains(f.Err.Message, "wJalr") {
				t.Errorf("%s: %s %v", f.Profile, f.Err.Code, f.Err)
			}
		}
		if got := w.credentials(names[3] + "-temporary")["aws_access_key_id"]; got != "AKIAIOSFODNN7EXAMPLE" {
			t.Error("the long-term key was overwritten")
		}
	})
}

// A kept text must not share memory with a file's text: that would keep each version of
// the file in memory.
func TestOldVersionsOfTheAWSFilesAreNotKept(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		const versions, size = 20, 4 << 20
		padding := "# " + strings.Repeat("x", size) + "\n"
		roles := &strings.Builder{}
		for i := range versions {
			fmt.Fprintf(roles, "[profile role-%d]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = ci\nrole_session_name = s%d\n", i, i)
		}
		heap := func() uint64 {
			var stats runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&stats)
			return stats.HeapAlloc
		}
		before := heap()
		for i := range versions {
			w.write(w.files.Config, fmt.Sprintf("# %d\n", i)+padding+w.Config()+roles.String())
			w.refresh(fmt.Sprintf("role-%d", i), core.RefreshOptions{})
		}
		if kept := int64(heap()) - int64(before); kept > versions*size/2 {
			t.Errorf("%d MB are kept for %d versions of a file of %d MB", kept>>20, versions, size>>20)
		}
	})
}

func TestASweepGoesOnWithProfilesThatCameWhileItRan(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.AWS.Faults.Add("GetRoleCredentials", awstest.Fault{Delay: 20 * time.Second})
		first := w.logIn()
		time.Sleep(30 * time.Second) // it runs
		w.SSO.Center.Populate(3, 1)
		more := ""
		for i := range 3 {
			more += fmt.Sprintf("\n[profile later-%d]\nsso_session = %s\nsso_account_id = 9%011d\nsso_role_name = Team-01\n", i, awstest.SampleSession, i+1)
		}
		w.withSSO(more)
		second := <-w.logIn()
		if second.err != nil || len(second.reply.Failed) != 0 || second.reply.Refreshed < 6 {
			t.Errorf("got %+v", second)
		}
		w.wantState("later-2", creds.StateValid)
		if got := <-first; got.err != nil {
			t.Error(got.err)
		}
	})
}
