package consolesignin_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/consolesignin"
	"daypass/creds/credstest"
)

// ended fails if there is a file.
func (w *world) ended(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(w.path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
	if _, err := w.client.Peek(t.Context(), w.session); !errors.Is(err, consolesignin.ErrNoToken) {
		t.Errorf("there is still a token: %v", err)
	}
}

func TestASessionIsEndedAtAWSAndOnThisMachine(t *testing.T) {
	w := newWorld(t)
	w.signedInByCLI(t, 10*time.Minute)
	if unrevoked, err := w.client.End(t.Context(), w.session); unrevoked != nil || err != nil {
		t.Fatal(unrevoked, err)
	}
	if w.who.Sessions() != 0 || w.calls(revokeToken) != 1 {
		t.Errorf("there are %d sessions after %d calls", w.who.Sessions(), w.calls(revokeToken))
	}
	w.ended(t)
	if unrevoked, err := w.client.End(t.Context(), w.session); unrevoked != nil || err != nil || w.calls(revokeToken) != 1 {
		t.Error("a second time:", unrevoked, err)
	}
}

func TestASessionWhoseCredentialsHaveEndedIsEndedOnThisMachineAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, time.Minute)
		time.Sleep(time.Minute)
		unrevoked, err := w.client.End(t.Context(), w.session)
		wantError(t, unrevoked, creds.CodeAWS, nil, "the console sign-in of "+alice+" goes on at AWS: its credentials have ended, with which it could be ended there")
		if err != nil || w.calls(revokeToken) != 0 {
			t.Error(err)
		}
		w.ended(t)
	})
}

func TestASessionThatAWSDoesNotEndIsTakenOffThisMachine(t *testing.T) {
	for name, tc := range map[string]struct {
		fault awstest.Fault
		code  creds.Code
	}{
		"no permission": {awstest.Fault{Code: "INSUFFICIENT_PERMISSIONS"}, creds.CodeDenied},
		"no network":    {awstest.Fault{Reset: true}, creds.CodeNetwork},
		"silence":       {awstest.Fault{Delay: time.Hour}, creds.CodeNetwork},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.signedInByCLI(t, 10*time.Minute)
				w.AWS.Faults.Add(revokeToken, tc.fault)
				unrevoked, err := w.client.End(t.Context(), w.session)
				wantError(t, unrevoked, tc.code, nil, "the console sign-in of "+alice+" goes on at AWS")
				if err != nil {
					t.Error(err)
				}
				w.ended(t)
			})
		})
	}
}

func TestAFileThatCannotBeRemovedIsNamed(t *testing.T) {
	w := newWorld(t)
	w.signedInByCLI(t, 10*time.Minute)
	credstest.MakeReadOnly(t, w.dir)
	unrevoked, err := w.client.End(t.Context(), w.session)
	wantError(t, err, creds.CodeFile, nil, "its file is still there")
	if unrevoked != nil || w.who.Sessions() != 0 {
		t.Error(unrevoked)
	}
}

func TestASignOutWaitsForARenewalAndEndsWhatItMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 6*time.Minute)
		w.AWS.Faults.Add(createToken, awstest.Fault{Times: 1, Late: true, Delay: 5 * time.Second})
		go func() { _, _ = w.client.Fresh(t.Context(), w.session, 0) }()
		time.Sleep(time.Second)
		if unrevoked, err := w.client.End(t.Context(), w.session); unrevoked != nil || err != nil {
			t.Error(unrevoked, err)
		}
		if w.who.Sessions() != 0 {
			t.Error("what the renewal made goes on")
		}
		w.ended(t)
	})
}

func TestADiscardedSignInIsEndedAndStoredNowhere(t *testing.T) {
	w := newWorld(t)
	token, err := w.signIn(t)
	if err != nil {
		t.Fatal(err)
	}
	if w.who.Sessions() != 1 {
		t.Fatal("no session")
	}
	if err := w.client.Discard(t.Context(), w.session, token); err != nil || w.who.Sessions() != 0 {
		t.Error(err)
	}
	w.ended(t)
}

func TestASignInThatCannotBeSavedIsUsedFromMemoryUntilItCan(t *testing.T) {
	for name, locked := range map[string]bool{"with the lock": true, "without the lock": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if locked {
				w.signedInByCLI(t, 6*time.Minute)
				w.fresh(t, 0)
			}
			token, err := w.signIn(t)
			if err != nil {
				t.Fatal(err)
			}
			credstest.MakeReadOnly(t, w.dir)
			err = w.client.Keep(t.Context(), token)
			wantError(t, err, creds.CodeFile, consolesignin.ErrUnsaved, "the console sign-in of "+alice+": it could not be saved")
			if got, err := w.client.Peek(t.Context(), w.session); err != nil || got.RefreshToken != token.RefreshToken {
				t.Errorf("it is not used: %v", err)
			}
			writable(t, w.dir)
			if got := w.fresh(t, 0); got.RefreshToken != token.RefreshToken {
				t.Error("another one is used")
			}
			if read, err := consolesignin.ParseToken(alice, []byte(w.file(t))); err != nil || read.RefreshToken != token.RefreshToken {
				t.Errorf("it is not saved: %v", err)
			}
		})
	}
}

func TestASignOutForgetsWhatIsInMemory(t *testing.T) {
	w := newWorld(t)
	token, err := w.signIn(t)
	if err != nil {
		t.Fatal(err)
	}
	credstest.MakeReadOnly(t, w.dir)
	wantError(t, w.client.Keep(t.Context(), token), creds.CodeFile, consolesignin.ErrUnsaved, "")
	if unrevoked, err := w.client.End(t.Context(), w.session); unrevoked != nil || err != nil || w.who.Sessions() != 0 {
		t.Error(unrevoked, err, w.who.Sessions())
	}
	w.ended(t)
}
