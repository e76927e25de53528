package core_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

// unattended is a command with --no-input.
var unattended = creds.Requester{Surface: creds.SurfaceUnattended, PID: 4312, Program: "backup"}

// slowPerson types a code once typed is closed.
type slowPerson struct {
	*person
	typed chan struct{}
}

func (s *slowPerson) Ask(ctx context.Context, ask creds.Prompt, try func(context.Context, creds.AnswerRequest) error) error {
	select {
	case <-s.typed:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.person.Ask(ctx, ask, try)
}

func TestARequestThatNobodyIsToBeAskedForFailsAtOnceAndSaysWhatIsMissing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.choose("dev-admin", creds.ProfileSettings{Sensitive: true})
		phone := w.Phone.Serial()
		for name, want := range map[string]string{
			"alice":       "the MFA code of " + phone + ` is needed for profile "alice", and nobody is to be asked for it`,
			"dev-admin":   "the consent to unlock dev-admin for programs is needed, and nobody is to be asked for it",
			"sso-sandbox": `the sign-in to corp-sso is needed for profile "sso-sandbox", and nobody is to be asked for it`,
		} {
			before := time.Now()
			_, err := w.m.Credentials(t.Context(), name, unattended)
			credstest.WantCode(t, err, creds.CodeNobodyToAsk, want)
			if creds.AsError(err).Message != want {
				t.Errorf("%s: it says %q", name, creds.AsError(err).Message)
			}
			if time.Since(before) > 0 {
				t.Errorf("%s: it took %s", name, time.Since(before))
			}
		}
		_, err := w.m.Refresh(t.Context(), "alice", core.RefreshOptions{Requester: unattended})
		credstest.WantCode(t, err, creds.CodeNobodyToAsk, "the MFA code of "+phone)
		_, err = w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: unattended})
		credstest.WantCode(t, err, creds.CodeNobodyToAsk, "the sign-in to corp-sso is needed, and nobody is to be asked for it")
		_, err = w.m.Accounts(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: unattended})
		credstest.WantCode(t, err, creds.CodeNobodyToAsk, "the sign-in to corp-sso is needed, and nobody is to be asked for it")
		if w.person.asks()+w.person.signInsAsked()+w.consents() != 0 {
			t.Error("a person was asked")
		}
		w.withConsole("")
		_, err = w.m.Credentials(t.Context(), "console-alice", unattended)
		credstest.WantCode(t, err, creds.CodeNobodyToAsk,
			`the sign-in to AWS's console as user/alice (111122223333) is needed for profile "console-alice", and nobody is to be asked for it`)
		if w.person.signInsAsked() != 0 {
			t.Error("a person was asked to sign in to the console")
		}
		// The failure is nobody else's, and no state of the profile.
		w.wantState("alice", creds.StateNone)
		if _, err := w.program("alice"); err != nil || w.person.asks() != 1 {
			t.Errorf("a program: %v, after %d questions", err, w.person.asks())
		}
	})
}

func TestARequestThatNobodyIsToBeAskedForGetsWhatNeedsNobody(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("alice", core.RefreshOptions{Requester: atTray})
		asks := w.person.asks()
		if _, err := w.m.Credentials(t.Context(), "alice", unattended); err != nil {
			t.Errorf("what is held: %v", err)
		}
		if _, err := w.m.Credentials(t.Context(), "dev-readonly", unattended); err != nil {
			t.Errorf("a role of the user's session: %v", err)
		}
		if w.person.asks() != asks {
			t.Error("a person was asked")
		}
	})
}

func TestAQuestionToSomebodyElseIsNotWaitedForWhereNobodyIsToBeAsked(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.stop()
		slow := &slowPerson{person: w.person, typed: make(chan struct{})}
		w.userOf = func() core.User { return slow }
		w.start()
		got := make(chan error, 1)
		go func() {
			_, err := w.m.Refresh(t.Context(), "alice", core.RefreshOptions{Requester: atTray})
			got <- err
		}()
		synctest.Wait()
		w.wantState("alice", creds.StateNeedsMFA)
		before := time.Now()
		_, err := w.m.Credentials(t.Context(), "alice", unattended)
		credstest.WantCode(t, err, creds.CodeNobodyToAsk, "the MFA code of "+w.Phone.Serial())
		if time.Since(before) > 0 {
			t.Errorf("it took %s", time.Since(before))
		}
		w.wantState("alice", creds.StateNeedsMFA)
		close(slow.typed)
		if err := <-got; err != nil {
			t.Errorf("whoever was asked got %v", err)
		}
		if _, err := w.m.Credentials(t.Context(), "alice", unattended); err != nil {
			t.Errorf("after the answer: %v", err)
		}
	})
}

func TestALockedKeyringIsLeftAloneWhereNobodyIsToBeAsked(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		k := w.lockKeyring()
		const want = "the keyring is locked, and nobody is to be asked to unlock it"
		asked := core.Unattended(t.Context())
		_, err := w.m.Credentials(t.Context(), "alice", unattended)
		credstest.WantCode(t, err, creds.CodeNobodyToAsk, want)
		for name, err := range map[string]error{
			"unlock":     w.m.Unlock(t.Context(), unattended),
			"logout":     w.m.Logout(asked, "alice"),
			"logout all": w.m.LogoutAll(asked),
			"sign out":   w.m.SignOut(asked, "corp-sso"),
		} {
			credstest.WantCode(t, err, creds.CodeNobodyToAsk, want)
			_ = name
		}
		_, err = w.m.Add(asked, creds.AddRequest{Profile: "new", AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: secret.New("wJalrXUtnFEMI")})
		credstest.WantCode(t, err, creds.CodeNobodyToAsk, want)
		if k.asked != 0 {
			t.Errorf("it was asked for %d times", k.asked)
		}
		if err := w.m.Unlock(t.Context(), atTray); err != nil || k.asked != 1 {
			t.Errorf("a person: %v, asked %d times", err, k.asked)
		}
	})
}
