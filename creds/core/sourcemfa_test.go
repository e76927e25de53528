package core_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

// awayPerson cannot be asked until it is set.
type awayPerson struct {
	*person
	there atomic.Bool
}

func (a *awayPerson) Ask(ctx context.Context, ask creds.Prompt, try func(context.Context, creds.AnswerRequest) error) error {
	if ask.Kind == creds.PromptMFA && !a.there.Load() {
		return &creds.Error{Code: creds.CodeNobodyToAsk, Message: "nobody is there"}
	}
	return a.person.Ask(ctx, ask, try)
}

// alone starts a manager that can ask nobody, with an admin role that names no MFA device.
func (w *world) alone() *awayPerson {
	w.stop()
	nobody := &awayPerson{person: w.person}
	w.userOf = func() core.User { return nobody }
	w.write(w.files.Config, w.Config()+`
[profile quiet-admin]
role_arn = arn:aws:iam::111111111111:role/Admin
source_profile = alice

[profile behind-quiet]
role_arn = arn:aws:iam::333333333333:role/Deploy
source_profile = chain-1
`)
	w.start()
	return nobody
}

func TestARoleWithoutADeviceUsesTheKeyAloneWhereNobodyCanBeAsked(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		nobody := w.alone()
		got, err := w.m.Credentials(t.Context(), "dev-readonly", program)
		if err != nil || w.credentials("dev-readonly-temporary")["aws_access_key_id"] != got.AccessKeyID {
			t.Fatalf("%v; the file has %v", err, w.credentials("dev-readonly-temporary")["aws_access_key_id"])
		}
		w.wantState("dev-readonly", creds.StateValid)
		if n := w.calls("GetSessionToken"); n != 0 {
			t.Errorf("%d sessions were asked for", n)
		}
		again, err := w.m.Credentials(t.Context(), "dev-readonly", program)
		if err != nil || again.AccessKeyID != got.AccessKeyID || w.calls("AssumeRole") != 1 {
			t.Errorf("the second time: %v, after %d calls", err, w.calls("AssumeRole"))
		}
		if s := w.flawsOf("dev-readonly"); s.NeedsPerson {
			t.Error("it is said to need a person")
		}
		// It is renewed silently, as it needs no person.
		time.Sleep(2 * time.Hour)
		w.wantState("dev-readonly", creds.StateValid)
		if w.calls("AssumeRole") < 3 || w.person.asks() != 0 {
			t.Errorf("after two hours: %d calls, %d questions", w.calls("AssumeRole"), w.person.asks())
		}
		// A restart does not change it.
		w.stop()
		w.start()
		w.wantState("dev-readonly", creds.StateValid)
		// A person who wants new ones is asked for a code, as before.
		nobody.there.Store(true)
		w.refresh("dev-readonly", core.RefreshOptions{Force: true, Requester: creds.Requester{Surface: creds.SurfaceTerminal}})
		if w.person.asks() != 1 || w.calls("GetSessionToken") != 1 {
			t.Errorf("%d questions, %d sessions", w.person.asks(), w.calls("GetSessionToken"))
		}
		w.wantState("dev-readonly", creds.StateValid)
		if err := w.m.Logout(t.Context(), "dev-readonly"); err != nil || w.credentials("dev-readonly-temporary")["aws_access_key_id"] != "" {
			t.Errorf("logout: %v", err)
		}
	})
}

func TestAChainOfRolesUsesTheKeyAloneWhereNobodyCanBeAsked(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.alone()
		if _, err := w.m.Credentials(t.Context(), "behind-quiet", program); err != nil {
			t.Fatal(err)
		}
		w.wantState("behind-quiet", creds.StateValid)
		if w.calls("GetSessionToken") != 0 && w.person.asks() != 0 {
			t.Errorf("%d sessions, %d questions", w.calls("GetSessionToken"), w.person.asks())
		}
	})
}

func TestARoleThatWantsACodeSaysSoWhereNobodyCanBeAsked(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.alone()
		_, err := w.m.Credentials(t.Context(), "quiet-admin", program)
		credstest.WantCode(t, err, creds.CodeNobodyToAsk, "it may want the MFA code of "+w.Phone.Serial()+", and there is neither a desktop nor a terminal to ask for it")
		// With a device of its own the role follows AWS's rule: no call without a code.
		before := w.calls("AssumeRole")
		_, err = w.m.Credentials(t.Context(), "dev-admin", program)
		credstest.WantCode(t, err, creds.CodeNobodyToAsk, "nobody is there")
		if n := w.calls("AssumeRole"); n != before {
			t.Errorf("%d calls without the code", n-before)
		}
		_, err = w.m.Credentials(t.Context(), "alice", program)
		credstest.WantCode(t, err, creds.CodeNobodyToAsk, "nobody is there")
	})
}

func TestARoleUsesItsUsersDeviceWhereAPersonCanBeAsked(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.alone().there.Store(true)
		if _, err := w.m.Credentials(t.Context(), "quiet-admin", program); err != nil || w.person.asks() != 1 {
			t.Errorf("%v, %d questions", err, w.person.asks())
		}
		w.person.declines = true
		w.write(w.files.Config, strings.ReplaceAll(w.Config(), w.Phone.Serial(), w.Phone.Serial()+"2"))
		_, err := w.m.Credentials(t.Context(), "dev-readonly", program)
		credstest.WantCode(t, err, creds.CodeDeclined, "")
	})
}

func TestASettingMakesRolesFollowAWSsRule(t *testing.T) {
	off, on := false, true
	for name, tc := range map[string]struct {
		all, one *bool
		asks     int
	}{
		"nothing is set":                     {nil, nil, 1},
		"off for all":                        {&off, nil, 0},
		"off for the profile":                {nil, &off, 0},
		"off for all and on for the profile": {&off, &on, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.settings.MFAOfSource = tc.all
				w.settings.Profile = map[string]creds.ProfileSettings{"dev-readonly": {MFAOfSource: tc.one}}
				w.m.SettingsChanged()
				w.refresh("dev-readonly", core.RefreshOptions{})
				if w.person.asks() != tc.asks {
					t.Errorf("%d questions", w.person.asks())
				}
				w.wantState("dev-readonly", creds.StateValid)
			})
		})
	}
	bubble(t, func(t *testing.T, w *world) {
		w.alone()
		w.settings.MFAOfSource = &off
		w.m.SettingsChanged()
		_, err := w.m.Refresh(t.Context(), "quiet-admin", core.RefreshOptions{})
		var known *creds.Error
		if !errors.As(err, &known) || known.Code != creds.CodeDenied || !strings.Contains(known.Advice, "set mfa_serial in [profile quiet-admin], or mfa_of_source to true") {
			t.Errorf("%v %+v", err, known)
		}
	})
}
