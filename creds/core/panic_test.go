package core_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/vault"
	"daypass/internal/safely"
)

const hush = "hush-hush"

// stumbling panics at calls to a path.
type stumbling struct {
	http.RoundTripper
	path atomic.Value
}

func (s *stumbling) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == s.path.Load() {
		panic(hush)
	}
	return s.RoundTripper.RoundTrip(r)
}

// stumbling makes the manager's calls to a path panic.
func (w *world) stumbling(path string) *stumbling {
	s := &stumbling{RoundTripper: w.AWS.Transport()}
	s.path.Store(path)
	w.stop()
	w.aws.HTTPClient = &http.Client{Transport: s}
	w.start()
	return s
}

func (w *world) wantPanic(while string) {
	w.t.Helper()
	log := w.log.String()
	for _, part := range []string{"a panic was caught", `"while":"` + while, `"type":"string"`, "panic_test.go"} {
		if !strings.Contains(log, part) {
			w.t.Errorf("no %s in the log:\n%s", part, log)
		}
	}
	if strings.Contains(log, hush) {
		w.t.Errorf("the value is in the log:\n%s", log)
	}
}

func TestASignInEndsAlthoughItsSweepPanics(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.stumbling("/assignment/accounts")
		reply, err := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray})
		if err != nil || reply.Refreshed != 3 {
			t.Errorf("got %+v, %v", reply, err)
		}
		synctest.Wait()
		w.wantPanic("the refresh of a session's profiles")
		if one := w.session(awstest.SampleSession); one.Total != 0 {
			t.Errorf("it goes on: %+v", one)
		}
		// The next one runs.
		if _, err := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray, Force: true}); err != nil {
			t.Error(err)
		}
	})
}

func TestASilentRenewalThatPanicsIsTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		s := w.stumbling("")
		w.signInElsewhere()
		w.m.RereadTokens(t.Context())
		synctest.Wait()
		s.path.Store("/token")
		time.Sleep(45 * time.Minute)
		w.wantPanic("the renewal of a token")
		s.path.Store("")
		time.Sleep(20 * time.Minute)
		if one := w.session(awstest.SampleSession); one.State(time.Now()) != creds.StateValid || one.Err != nil {
			t.Errorf("got %+v", one)
		}
	})
}

func TestAKeyringThatPanicsIsAnError(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.stop()
		w.vaultOf = func() *vault.Vault { return nil }
		w.start()
		synctest.Wait()
		_, err := w.m.Refresh(t.Context(), "alice", core.RefreshOptions{Requester: atTray})
		if _, broke := errors.AsType[*safely.Panic](err); !broke {
			t.Errorf("got %v", err)
		}
		if log := w.log.String(); !strings.Contains(log, `"while":"the reading of the saved sessions"`) {
			t.Errorf("the log is\n%s", log)
		}
		w.vaultOf = w.vault
	})
}
