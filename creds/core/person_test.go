package core_test

import (
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

// signIn signs in from the tray as the person of this name.
func (w *world) signIn(name string) error {
	w.SSO.Center.Person(name)
	_, err := w.m.SignIn(w.t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray, Force: true})
	return err
}

// questions returns the prompts about other persons.
func (w *world) questions() []creds.Prompt {
	w.person.mu.Lock()
	defer w.person.mu.Unlock()
	return w.person.strangers
}

// owner returns the person to whom the credentials in a section belong, from AWS.
func (w *world) owner(section string) string {
	key := w.credentials(section)["aws_access_key_id"]
	if key == "" {
		return ""
	}
	arn := w.AWS.IAM.CallerOf(key)
	return arn[strings.LastIndexByte(arn, '/')+1:]
}

func (w *world) hasToken() bool {
	_, err := w.tokens.Token(w.t.Context(), w.corp())
	return err == nil
}

func TestTheFirstPersonToSignInIsShownAndNotAskedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		for range 2 {
			if err := w.signIn("alice"); err != nil {
				t.Fatal(err)
			}
			if got := w.session(awstest.SampleSession).Person; got != "alice" {
				t.Errorf("%q is signed in", got)
			}
		}
		if err := w.m.SignOut(t.Context(), awstest.SampleSession); err != nil {
			t.Fatal(err)
		}
		w.stop()
		w.start()
		if err := w.signIn("Alice"); err != nil {
			t.Fatal(err)
		}
		if got := w.questions(); len(got) != 0 {
			t.Errorf("asked: %+v", got)
		}
	})
}

func TestLearningWhoSignedInCostsNoCallOfThePortal(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		names := w.populate(20)
		if err := w.signIn("alice"); err != nil {
			t.Fatal(err)
		}
		// Three profiles of the sample have roles.
		if n := w.calls("GetRoleCredentials"); n != len(names)+3 {
			t.Errorf("%d calls for %d profiles", n, len(names)+3)
		}
		if n := w.calls("GetCallerIdentity"); n != 1 {
			t.Errorf("AWS was asked %d times who it is", n)
		}
		if n := w.calls("CreateToken"); n > 2 {
			t.Errorf("%d calls for a token", n)
		}
	})
}

func TestAnotherPersonIsConfirmedBeforeAnythingIsWritten(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		if err := w.signIn("alice"); err != nil {
			t.Fatal(err)
		}
		w.click("sso-deploy")
		if err := w.signIn("mallory"); err != nil {
			t.Fatal(err)
		}
		want := creds.Person{Session: awstest.SampleSession, Before: "alice", Now: "mallory"}
		if got := w.questions(); len(got) != 1 || *got[0].Person != want || got[0].Requester != atTray {
			t.Fatalf("asked: %+v", got)
		}
		for _, section := range []string{"sso-dev-admin-temporary", "sso-prod-readonly-temporary", "sso-sandbox-temporary"} {
			if got := w.owner(section); got != "mallory" {
				t.Errorf("%s is %q's", section, got)
			}
		}
		w.wantState("sso-deploy", creds.StateValid)
		if got := w.session(awstest.SampleSession); got.Person != "mallory" || got.Err != nil {
			t.Errorf("the session is %+v", got)
		}
	})
}

func TestAPersonWhoIsNotConfirmedGetsNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		before bool
		change func(w *world)
		code   creds.Code
	}{
		"refused":           {true, func(w *world) { w.person.refuses = true }, creds.CodeDeclined},
		"refused, no token": {false, func(w *world) { w.person.refuses = true }, creds.CodeDeclined},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.withSSO("")
				if err := w.signIn("alice"); err != nil {
					t.Fatal(err)
				}
				if !tc.before {
					if err := w.m.SignOut(t.Context(), awstest.SampleSession); err != nil {
						t.Fatal(err)
					}
				}
				file, token := w.credentials("sso-dev-admin-temporary"), w.hasToken()
				tc.change(w)
				credstest.WantCode(t, w.signIn("mallory"), tc.code, "")
				time.Sleep(time.Hour)
				if got := w.credentials("sso-sandbox-temporary"); tc.before && w.owner("sso-sandbox-temporary") != "alice" || !tc.before && len(got) != 0 {
					t.Errorf("the file holds a key of %q", w.owner("sso-sandbox-temporary"))
				}
				if w.hasToken() != token || len(file) > 0 != tc.before {
					t.Errorf("a token is in the cache: %v", w.hasToken())
				}
				// The earlier sign-in is still used.
				want := map[bool]creds.State{true: creds.StateValid, false: creds.StateNone}[token]
				if got := w.session(awstest.SampleSession); got.Person != "alice" || got.Stranger != nil || got.Err != nil || got.State(time.Now()) != want {
					t.Errorf("the session is %+v", got)
				}
				// At AWS the sign-in has ended.
				last := w.AWS.Calls("Logout")
				if len(last) == 0 || last[len(last)-1].Caller != "mallory" {
					t.Errorf("mallory is not signed out: %+v", last)
				}
			})
		})
	}
}

func TestAnotherPersonsTokenOfAnotherProgramWritesNothingUntilConfirmed(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		if err := w.signIn("alice"); err != nil {
			t.Fatal(err)
		}
		w.SSO.Center.Person("mallory")
		w.signInElsewhere()
		w.m.RereadTokens(t.Context())
		time.Sleep(5 * time.Hour) // all that alice had has ended or is due
		for _, section := range []string{"sso-dev-admin-temporary", "sso-prod-readonly-temporary"} {
			if got := w.owner(section); got == "mallory" {
				t.Errorf("%s is %q's", section, got)
			}
		}
		if got := w.session(awstest.SampleSession); got.Err == nil || !strings.Contains(got.Err.Message, "mallory") || !strings.Contains(got.Err.Message, "alice") {
			t.Errorf("the session says %v", got.Err)
		}
		if len(w.questions()) != 0 {
			t.Error("silent work has asked a person")
		}
		if got := w.session(awstest.SampleSession); got.State(time.Now()) != creds.StateFailed || got.Stranger == nil || got.Stranger.Now != "mallory" || got.Person != "alice" {
			t.Errorf("the session is %+v", got)
		}
		// A click on the session asks, and goes on.
		if _, err := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray}); err != nil {
			t.Fatal(err)
		}
		if n := len(w.questions()); n != 1 {
			t.Errorf("%d questions", n)
		}
		if got := w.owner("sso-dev-admin-temporary"); got != "mallory" {
			t.Errorf("it is %q's", got)
		}
		if got := w.session(awstest.SampleSession); got.State(time.Now()) != creds.StateValid || got.Stranger != nil || got.Err != nil {
			t.Errorf("the session is %+v", got)
		}
	})
}

func TestAStrangersTokenIsCheckedOnceAndStillRenewed(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		names := w.populate(20)
		if err := w.signIn("alice"); err != nil {
			t.Fatal(err)
		}
		w.person.refuses = true
		w.SSO.Center.Person("mallory")
		w.signInElsewhere()
		w.m.RereadTokens(t.Context())
		_, err := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray})
		credstest.WantCode(t, err, creds.CodeDeclined, "")
		calls, tokens := w.calls("GetRoleCredentials"), w.calls("CreateToken")
		time.Sleep(5 * time.Hour) // all that alice had has ended
		if n := w.calls("GetRoleCredentials"); n != calls {
			t.Errorf("%d calls for credentials that are given to nobody", n-calls)
		}
		if w.calls("CreateToken") == tokens {
			t.Error("the token was not renewed")
		}
		if got := w.session(awstest.SampleSession); got.Stranger == nil || got.Stranger.Now != "mallory" || got.State(time.Now()) != creds.StateFailed {
			t.Errorf("the session is %+v", got)
		}
		// alice's sign-in with another program is checked again.
		w.SSO.Center.Person("alice")
		w.signInElsewhere()
		w.m.RereadTokens(t.Context())
		if got := w.session(awstest.SampleSession); got.Stranger != nil || got.Err != nil {
			t.Errorf("the session is %+v", got)
		}
		if _, err := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray}); err != nil {
			t.Fatal(err)
		}
		if got := w.owner(names[0] + "-temporary"); got != "alice" {
			t.Errorf("it is %q's", got)
		}
	})
}

func TestEveryProfileOfASessionSaysWhoIsSignedIn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		says := func(want string) {
			t.Helper()
			for _, name := range []string{"sso-dev-admin", "sso-deploy"} {
				s, err := w.m.Status(t.Context(), name)
				if err != nil {
					t.Fatal(err)
				}
				shown, _ := w.m.Snapshot(t.Context()).Profile(name)
				if s.Person != want || shown.Person != want {
					t.Errorf("%s is %q's, in the snapshot %q's, want %q", name, s.Person, shown.Person, want)
				}
			}
			e, err := w.m.Explain(t.Context(), "sso-deploy")
			if err != nil {
				t.Fatal(err)
			}
			title := "sign-in to corp-sso"
			if want != "" {
				title += " as " + want
			}
			if got := e.Links[0].Title; got != title {
				t.Errorf("the step is %q, want %q", got, title)
			}
		}
		says("")
		if err := w.signIn("alice"); err != nil {
			t.Fatal(err)
		}
		says("alice")
		w.stop()
		w.start()
		says("alice")
		if err := w.signIn("bob"); err != nil {
			t.Fatal(err)
		}
		says("bob")
		if s, err := w.m.Status(t.Context(), "alice"); err != nil || s.Person != "" {
			t.Errorf("a profile without a session is %q's: %v", s.Person, err)
		}
	})
}

func TestAListOfAnotherPersonIsConfirmedToo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		if err := w.signIn("alice"); err != nil {
			t.Fatal(err)
		}
		w.SSO.Center.Person("mallory")
		w.signInElsewhere()
		w.person.refuses = true
		_, err := w.m.Import(t.Context(), creds.SSOImportRequest{Session: awstest.SampleSession, Refetch: true, Prune: true}, core.RefreshOptions{Requester: atTray})
		credstest.WantCode(t, err, creds.CodeDeclined, "")
	})
}

func TestASessionWithoutProfilesHasAPersonToo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		config := w.Config() + "\n[sso-session corp-sso]\nsso_start_url = " + awstest.SampleStartURL + "\nsso_region = " + awstest.SampleRegion + "\n"
		w.write(w.files.Config, config)
		if err := w.signIn("alice"); err != nil {
			t.Fatal(err)
		}
		if got := w.session(awstest.SampleSession).Person; got != "alice" {
			t.Errorf("%q is signed in", got)
		}
		if err := w.signIn("mallory"); err != nil {
			t.Fatal(err)
		}
		if n := len(w.questions()); n != 1 {
			t.Errorf("%d questions", n)
		}
	})
}

func TestAnUnknownPersonIsConfirmedIfAnotherWasKnownBefore(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"AWS does not say": func(w *world) {
			w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Code: "ServiceUnavailable", Status: 503})
		},
		"there is no role": func(w *world) {
			for _, account := range []*awstest.Account{w.SSO.Development, w.SSO.Staging, w.SSO.Production, w.SSO.Sandbox} {
				w.SSO.Center.Unassign(account)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.withSSO("")
				if err := w.signIn("alice"); err != nil {
					t.Fatal(err)
				}
				change(w)
				if err := w.signIn("alice"); err != nil {
					t.Fatal(err)
				}
				if got := w.questions(); len(got) != 1 || got[0].Person.Now != "" || got[0].Person.Why == "" {
					t.Errorf("asked: %+v", got)
				}
			})
		})
	}
}

func TestAnUnknownPersonIsNotConfirmedAtTheFirstSignIn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Reset: true})
		if err := w.signIn("alice"); err != nil {
			t.Fatal(err)
		}
		w.AWS.Faults.Clear()
		if got := w.session(awstest.SampleSession); got.Person != "" || len(w.questions()) != 0 {
			t.Errorf("%q is signed in; asked: %+v", got.Person, w.questions())
		}
		w.wantState("sso-dev-admin", creds.StateValid)
	})
}

func TestAnotherPortalOfTheSameNameHasPeopleOfItsOwn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		if err := w.signIn("alice"); err != nil {
			t.Fatal(err)
		}
		w.edit("sso_start_url = "+awstest.SampleStartURL, "sso_start_url = "+awstest.SampleLegacyStartURL)
		w.SSO.Legacy.Person("bob")
		if _, err := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray, Force: true}); err != nil {
			t.Fatal(err)
		}
		if got := w.session(awstest.SampleSession); got.Person != "bob" || len(w.questions()) != 0 {
			t.Errorf("%q is signed in; asked: %+v", got.Person, w.questions())
		}
	})
}

func TestSilentWorkWaitsUntilAWSSaysWhoIsSignedIn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		if err := w.signIn("alice"); err != nil {
			t.Fatal(err)
		}
		w.stop()
		w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Reset: true})
		w.start()
		time.Sleep(50 * time.Minute) // those that last an hour are due
		if got := w.session(awstest.SampleSession); got.Stranger != nil || len(w.questions()) != 0 {
			t.Errorf("a stranger without a name is seen: %+v", got)
		}
		w.AWS.Faults.Clear()
		time.Sleep(time.Hour)
		w.wantState("sso-prod-readonly", creds.StateValid)
		if got := w.owner("sso-prod-readonly-temporary"); got != "alice" || len(w.questions()) != 0 {
			t.Errorf("it is %q's", got)
		}
	})
}
