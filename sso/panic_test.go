package sso_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daypass/internal/safely"
	"daypass/internal/signin"
)

const hush = "hush-hush"

// stumbling panics on the way to a path.
type stumbling struct {
	http.RoundTripper
	path string
}

func (s *stumbling) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == s.path {
		panic(hush)
	}
	return s.RoundTripper.RoundTrip(r)
}

// stumbles has the client panic on the way to a path, from now on.
func (w *world) stumbles(path string) *stumbling {
	s := &stumbling{w.transport.RoundTripper, path}
	w.transport.RoundTripper = s
	return s
}

func (w *world) wantPanic(t *testing.T, err error) {
	t.Helper()
	var broken *safely.Panic
	if !errors.As(err, &broken) || strings.Contains(err.Error(), hush) {
		t.Errorf("got %v", err)
	}
	if log := w.log.String(); !strings.Contains(log, "a panic was caught") || !strings.Contains(log, "panic_test.go") || strings.Contains(log, hush) {
		t.Errorf("the log is\n%s", log)
	}
}

func TestARenewalThatPanicsEndsItselfAndTheNextOneSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		token := w.signedIn(t)
		time.Sleep(hour + time.Minute)
		s := w.stumbles("/token")
		ended := make(chan error, 5)
		for range cap(ended) {
			go func() {
				_, err := w.client.Token(t.Context(), w.session)
				ended <- err
			}()
		}
		for range cap(ended) {
			w.wantPanic(t, <-ended)
		}
		s.path = ""
		next, err := w.client.Token(t.Context(), w.session)
		if err != nil || next.AccessToken == token.AccessToken {
			t.Errorf("got %v, %v", next, err)
		}
	})
}

func TestAListThatPanicsIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedIn(t)
		s := w.stumbles("/assignment/roles")
		_, err := w.client.Accounts(t.Context(), w.session, nil)
		w.wantPanic(t, err)
		s.path = ""
		if all, err := w.client.Accounts(t.Context(), w.session, nil); err != nil || len(all) != 1 {
			t.Errorf("got %v, %v", all, err)
		}
	})
}

func TestABrowserThatPanicsIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		seen := &shown{}
		_, err := w.client.SignIn(t.Context(), w.session, signin.Way{
			Open: func(context.Context, string) error { panic(hush) },
			Show: func(p signin.Page) {
				seen.show(p)
				if p.Code != "" {
					_ = w.ic.Approve(p.Code) // it is shown again with other words, too
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if page := seen.last(); page.Method != signin.MethodDevice || !strings.Contains(page.Note, "No browser could be opened") {
			t.Errorf("shown: %+v", page)
		}
		if strings.Contains(w.log.String(), hush) || !strings.Contains(w.log.String(), "a panic was caught") {
			t.Errorf("the log is\n%s", w.log.String())
		}
	})
}
