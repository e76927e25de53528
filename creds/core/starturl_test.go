package core_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/signin"
	"daypass/sso"
)

// spelled lists forms of the sample's legacy start URL, the session's own first.
var spelled = []string{
	awstest.SampleLegacyStartURL, awstest.SampleLegacyStartURL + "/", awstest.SampleLegacyStartURL + "/#/", "https://D-0DDBA11555.awsapps.com/start",
}

func (w *world) withSpellings() (names []string) {
	w.t.Helper()
	more := ""
	for i, start := range spelled[1:] {
		names = append(names, []string{"slash", "fragment", "case"}[i])
		more += "\n[profile " + names[i] + "]\nsso_start_url = " + start + "\nsso_region = " + awstest.SampleRegion +
			"\nsso_account_id = 888888888888\nsso_role_name = ReadOnly\n"
	}
	w.withSSO(more)
	w.person.centerOf = func(string) *awstest.IdentityCenter { return w.SSO.Legacy }
	return append(names, "sso-legacy")
}

func TestSeveralFormsOfAStartURLAreOneSession(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		names := w.withSpellings()
		for _, name := range names {
			w.click(name)
		}
		synctest.Wait()
		w.allValid(names...)
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times", got)
		}
		legacy := 0
		for _, one := range w.m.Snapshot(t.Context()).Sessions {
			if one.Legacy {
				legacy++
			}
		}
		if legacy != 1 {
			t.Errorf("%d legacy sessions are shown", legacy)
		}
		// The AWS CLI names the token file after each profile's own form.
		for _, start := range spelled {
			token, err := w.tokens.Token(t.Context(), sso.Session{StartURL: start, Region: awstest.SampleRegion})
			if err != nil || token.StartURL != start {
				t.Errorf("%s: %q, %v", start, token.StartURL, err)
			}
		}
		// Any form identifies it.
		if err := w.m.SignOut(t.Context(), spelled[2]); err != nil {
			t.Fatal(err)
		}
		w.nothingHeld(names...)
		for _, start := range spelled {
			if _, err := w.tokens.Token(t.Context(), sso.Session{StartURL: start, Region: awstest.SampleRegion}); !errors.Is(err, sso.ErrNoToken) {
				t.Errorf("%s: %v", start, err)
			}
		}
	})
}

func TestASignInByTheCLIWithAnotherFormOfTheStartURLServesTheSession(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSpellings()
		for _, start := range spelled[1:3] {
			_, err := w.otherProgram().SignIn(t.Context(), sso.Session{StartURL: start, Region: awstest.SampleRegion},
				signin.Way{Show: func(p signin.Page) { _ = w.SSO.Legacy.Approve(p.Code) }})
			if err != nil {
				t.Fatal(err)
			}
		}
		w.click("sso-legacy")
		if got := w.person.signInsAsked(); got != 0 {
			t.Errorf("the person was asked %d times", got)
		}
		if err := w.m.SignOut(t.Context(), awstest.SampleLegacyStartURL); err != nil {
			t.Fatal(err)
		}
		if got := w.calls("Logout"); got != 2 {
			t.Errorf("%d of two sign-ins were ended at AWS", got)
		}
		time.Sleep(time.Minute)
		w.person.declines = true
		_, err := w.m.Refresh(t.Context(), "slash", core.RefreshOptions{Requester: atTray})
		credstest.WantCode(t, err, creds.CodeDeclined, "closed")
	})
}
