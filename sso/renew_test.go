package sso_test

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

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds/awstest"
	"daypass/internal/signin"
	"daypass/sso"
)

// renewals counts the refresh tokens that AWS was sent.
func (w *world) renewals() int {
	n := 0
	for _, c := range w.aws.Calls("CreateToken") {
		if c.Params.Get("grantType") == "refresh_token" {
			n++
		}
	}
	return n
}

func TestATokenIsRenewedBeforeTheAWSCLIWould(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.signedIn(t)
		time.Sleep(time.Until(first.Expires) - 21*time.Minute)
		got, err := w.client.Token(t.Context(), w.session)
		if err != nil || got.AccessToken != first.AccessToken || w.renewals() != 0 {
			t.Fatalf("renewed too early: %v", err)
		}
		time.Sleep(90 * time.Second)
		got, err = w.client.Token(t.Context(), w.session)
		if err != nil || got.AccessToken == first.AccessToken || got.RefreshToken == first.RefreshToken {
			t.Fatalf("not renewed: %v", err)
		}
		cached, err := w.newClient(aws.Config{}).Peek(t.Context(), w.session)
		if err != nil || cached.AccessToken != got.AccessToken || cached.RefreshToken != got.RefreshToken {
			t.Errorf("the cache has another token: %v", err)
		}
		// On and on, until the session itself is over.
		for range 6 {
			time.Sleep(50 * time.Minute)
			if _, err := w.client.Token(t.Context(), w.session); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(4 * time.Hour)
		_, err = w.client.Token(t.Context(), w.session)
		wantError(t, err, sso.ErrSignIn, `sign in to "corp"`)
		w.signedIn(t)
	})
}

func TestAShortTokenIsNotRenewedAtEveryTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ic.Set(awstest.SSOSettings{AccessToken: 15 * time.Minute})
		w.signedIn(t)
		for range 60 {
			time.Sleep(time.Minute)
			if _, err := w.client.Token(t.Context(), w.session); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.renewals(); n < 4 || n > 5 {
			t.Errorf("%d renewals of a 15-minute token in an hour", n)
		}
	})
}

func TestAllWhoWantATokenShareARenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.signedIn(t)
		time.Sleep(time.Until(first.Expires) + time.Minute)
		w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Delay: 3 * time.Second})
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		left := make(chan error, 1)
		go func() { // The first to ask, and the first to leave.
			_, err := w.client.Token(impatient, w.session)
			left <- err
		}()
		synctest.Wait()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
					t.Error(err)
				}
			})
		}
		if err := <-left; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who left got %v", err)
		}
		all.Wait()
		if n := w.renewals(); n != 1 {
			t.Errorf("%d renewals", n)
		}
	})
}

func TestWhileAWSIsNotReachedAValidTokenServes(t *testing.T) {
	for name, fault := range map[string]awstest.Fault{
		"broken":     {Reset: true},
		"in trouble": {Status: 500, Code: "InternalServerException"},
		"too busy":   {Status: 429, Code: "TooManyRequestsException"},
		"silent":     {Delay: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				first := w.signedIn(t)
				time.Sleep(time.Until(first.Expires) - 10*time.Minute)
				w.aws.Faults.Add("CreateToken", fault)
				began := time.Now()
				for range 50 {
					got, err := w.client.Token(t.Context(), w.session)
					if err != nil || got.AccessToken != first.AccessToken {
						t.Fatal(err)
					}
				}
				if waited := time.Since(began); waited > 5*time.Minute {
					t.Errorf("50 callers waited %v", waited)
				}
				if n := w.renewals(); n > 3 {
					t.Errorf("AWS was asked %d times", n)
				}
				time.Sleep(time.Until(first.Expires) + time.Second)
				_, err := w.client.Token(t.Context(), w.session)
				if errors.Is(err, sso.ErrSignIn) || !errors.Is(err, sso.ErrNetwork) && !errors.Is(err, sso.ErrThrottled) {
					t.Errorf("nobody is to be sent to a browser for it: %v", err)
				}
				w.aws.Faults.Clear()
				if _, err := w.client.Token(t.Context(), w.session); err != nil {
					t.Errorf("the network is back: %v", err)
				}
			})
		})
	}
}

func TestAMachineThatSleptThroughATokenRenewsItAndThroughASessionSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedIn(t)
		time.Sleep(7 * time.Hour)
		if _, err := w.client.Token(t.Context(), w.session); err != nil {
			t.Errorf("after seven hours: %v", err)
		}
		time.Sleep(12 * time.Hour)
		_, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin")
		wantError(t, err, sso.ErrSignIn, "the session has ended")
		w.signedIn(t)
		if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
			t.Errorf("after the next click: %v", err)
		}
	})
}

func TestARefreshTokenThatTheCLIRotatedIsTakenFromItsFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.signedIn(t)
		time.Sleep(time.Until(first.Expires) + time.Minute)
		// Another program renews at the same moment, and writes a little later.
		other := w.newClient(aws.Config{})
		w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Delay: time.Second})
		var ours, theirs sso.Token
		var all sync.WaitGroup
		all.Go(func() {
			var err error
			if ours, err = w.client.Token(t.Context(), w.session); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			var err error
			if theirs, err = other.Token(t.Context(), w.session); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if ours.AccessToken != theirs.AccessToken || ours.AccessToken == first.AccessToken {
			t.Error("the two have different tokens")
		}
	})
}

func TestARotationWrittenLateIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.signedIn(t)
		second := w.signedIn(t)
		if err := w.cache.StoreToken(t.Context(), w.session, first); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(second.Expires) - 10*time.Minute)
		w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Code: "InvalidGrantException"})
		go func() {
			time.Sleep(700 * time.Millisecond)
			if err := w.cache.StoreToken(t.Context(), w.session, second); err != nil {
				t.Error(err)
			}
		}()
		got, err := w.client.Token(t.Context(), w.session)
		if err != nil || got.AccessToken != second.AccessToken {
			t.Errorf("got another token, %v", err)
		}
	})
}

func TestARenewalDoesNotUndoALogoutOrASignIn(t *testing.T) {
	for name, signIn := range map[string]bool{"logout": false, "sign-in": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				first := w.signedIn(t)
				time.Sleep(time.Until(first.Expires) + time.Minute)
				w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Delay: 10 * time.Second, Late: true})
				renewed := make(chan done, 1)
				go func() {
					token, err := w.client.Token(t.Context(), w.session)
					renewed <- done{token, err}
				}()
				synctest.Wait()
				var second sso.Token
				if signIn {
					second = w.signedIn(t)
				} else if err := w.client.Logout(t.Context(), w.session); err != nil {
					t.Fatal(err)
				}
				got := <-renewed
				cached, err := w.client.Peek(t.Context(), w.session)
				if signIn {
					if got.err != nil || got.token.AccessToken != second.AccessToken || cached.AccessToken != second.AccessToken {
						t.Errorf("the renewal won over the sign-in: %v, %v", got.err, err)
					}
					return
				}
				wantError(t, got.err, sso.ErrSignIn, "signed out")
				if !errors.Is(err, sso.ErrNoToken) {
					t.Errorf("the cache has a token: %v", err)
				}
			})
		})
	}
}

func TestATokenFileThatIsReplacedInTwoStepsCostsNothing(t *testing.T) {
	for name, while := range map[string]func(w *world, back func()){
		"as a token is wanted": func(_ *world, back func()) { time.AfterFunc(300*time.Millisecond, back) },
		"as it is being renewed": func(w *world, back func()) {
			back()
			w.aws.Faults.Add("CreateToken", awstest.Fault{Delay: time.Second})
			path := filepath.Join(w.cache.Dir(), sso.TokenName(w.session))
			time.AfterFunc(900*time.Millisecond, func() { _ = os.Rename(path, path+".x") })
			time.AfterFunc(1500*time.Millisecond, back)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				first := w.signedIn(t)
				time.Sleep(time.Until(first.Expires) - 10*time.Minute)
				path := filepath.Join(w.cache.Dir(), sso.TokenName(w.session))
				if err := os.Rename(path, path+".x"); err != nil {
					t.Fatal(err)
				}
				while(w, func() { _ = os.Rename(path+".x", path) })
				got, err := w.client.Token(t.Context(), w.session)
				if err != nil || got.AccessToken == first.AccessToken {
					t.Errorf("not renewed: %v", err)
				}
				// What AWS gave for the spent refresh token is in the file.
				cached, err := w.newClient(aws.Config{}).Peek(t.Context(), w.session)
				if err != nil || cached.RefreshToken != got.RefreshToken {
					t.Errorf("the cache has another token: %v", err)
				}
			})
		})
	}
}

func TestATokenThatIsGoneIsWaitedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedIn(t)
		if err := w.cache.RemoveToken(t.Context(), w.session); err != nil {
			t.Fatal(err)
		}
		for _, longest := range []time.Duration{2 * time.Second, 0} {
			start := time.Now()
			_, err := w.client.Token(t.Context(), w.session)
			wantError(t, err, sso.ErrSignIn, `sign in to "corp"`)
			if took := time.Since(start); took > longest {
				t.Errorf("it took %v", took)
			}
		}
	})
}

func TestWhenAPersonMustSignIn(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(t *testing.T, w *world)
		words  string
	}{
		"nobody ever did": {func(t *testing.T, w *world) {
			t.Helper()
			if err := w.cache.RemoveToken(t.Context(), w.session); err != nil {
				t.Fatal(err)
			}
		}, "nobody is signed in"},
		"the session was ended": {func(t *testing.T, w *world) {
			t.Helper()
			w.ic.EndSessions()
			time.Sleep(2 * time.Hour)
		}, "the session has ended at Identity Center"},
		"the registration expired": {func(t *testing.T, w *world) {
			t.Helper()
			w.ic.ExpireRegistrations()
			time.Sleep(2 * time.Hour)
		}, "the registration at Identity Center has expired"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.signedIn(t)
				tc.change(t, w)
				_, err := w.client.Token(t.Context(), w.session)
				wantError(t, err, sso.ErrSignIn, tc.words)
				w.signedIn(t)
				if _, err := w.client.Token(t.Context(), w.session); err != nil {
					t.Errorf("after the next click: %v", err)
				}
			})
		})
	}
	t.Run("a legacy token ended", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.session.Name, w.session.Scopes = "", nil
			w.signedIn(t)
			time.Sleep(7 * time.Hour)
			if _, err := w.client.Token(t.Context(), w.session); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Hour)
			_, err := w.client.Token(t.Context(), w.session)
			wantError(t, err, sso.ErrSignIn, "the session ended at")
			if w.renewals() != 0 {
				t.Error("a renewal was tried")
			}
		})
	})
}

func TestASessionThatEndedLeavesAValidTokenToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.signedIn(t)
		time.Sleep(time.Until(first.Expires) - 10*time.Minute)
		w.aws.Faults.Add("CreateToken", awstest.Fault{Code: "InvalidGrantException"})
		for range 5 {
			got, err := w.client.Token(t.Context(), w.session)
			if err != nil || got.AccessToken != first.AccessToken {
				t.Fatal(err)
			}
		}
		if n := w.renewals(); n != 1 {
			t.Errorf("%d renewals of what cannot be renewed", n)
		}
		time.Sleep(10 * time.Minute)
		_, err := w.client.Token(t.Context(), w.session)
		wantError(t, err, sso.ErrSignIn, "the session has ended")
	})
}

func TestAClockThatIsOffChangesNothing(t *testing.T) {
	for _, off := range []time.Duration{-26 * time.Hour, -10 * time.Minute, 10 * time.Minute, 26 * time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.aws.Skew(off)
				first := w.signedIn(t)
				if left := time.Until(first.Expires); left < 59*time.Minute || left > hour {
					t.Errorf("by this machine's clock the token lasts %v", left)
				}
				if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
					t.Error(err)
				}
				time.Sleep(50 * time.Minute)
				if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil || w.renewals() != 1 {
					t.Errorf("%v, %d renewals", err, w.renewals())
				}
			})
		})
	}
	t.Run("set right while a token is out", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.signedIn(t)
			w.aws.Skew(5 * time.Hour) // By AWS's clock the token has ended; by its file it has not.
			if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil || w.renewals() != 1 {
				t.Errorf("%v, %d renewals", err, w.renewals())
			}
		})
	})
}

func TestWaitingForARenewalEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.signedIn(t)
		time.Sleep(time.Until(first.Expires) + time.Minute)
		w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Delay: 30 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := w.client.Token(ctx, w.session); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		time.Sleep(time.Minute)
		got, err := w.client.Peek(t.Context(), w.session)
		if err != nil || got.AccessToken == first.AccessToken {
			t.Errorf("what AWS gave is lost: %v", err)
		}
		if text := w.log.String(); strings.Contains(text, got.AccessToken.Reveal()) || strings.Contains(text, got.RefreshToken.Reveal()) {
			t.Error("a token is in the log")
		}
	})
}

func TestAWordOnAPersonHoldsForTheTokensThatTheirsIsRenewedWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedIn(t)
		for name, tc := range map[string]struct {
			judge      func(sso.Session, sso.Token)
			isAdmitted bool
		}{
			"the right person": {func(s sso.Session, token sso.Token) { w.client.Admit(s, token.AccessToken) }, true},
			"somebody else":    {func(s sso.Session, token sso.Token) { w.client.Reject(s, token.AccessToken) }, false},
		} {
			before, err := w.client.Token(t.Context(), w.session)
			if err != nil {
				t.Fatal(err)
			}
			tc.judge(w.session, before)
			time.Sleep(50 * time.Minute)
			after, err := w.client.Token(t.Context(), w.session)
			if err != nil || after.AccessToken == before.AccessToken {
				t.Fatalf("%s: not renewed: %v", name, err)
			}
			// The one before may still be in somebody's hands.
			for _, token := range []sso.Token{before, after} {
				if w.client.Admitted(w.session, token.AccessToken) != tc.isAdmitted || w.client.Rejected(w.session, token.AccessToken) == tc.isAdmitted {
					t.Errorf("%s does not differ from the others", name)
				}
			}
		}
		// What another program signs in to is nobody's yet.
		other := w.newClient(aws.Config{})
		if _, err := other.SignIn(t.Context(), w.session, signin.Way{Show: func(p signin.Page) { _ = w.ic.Approve(p.Code) }}); err != nil {
			t.Fatal(err)
		}
		token, err := w.client.Token(t.Context(), w.session)
		if err != nil || w.client.Admitted(w.session, token.AccessToken) || w.client.Rejected(w.session, token.AccessToken) {
			t.Errorf("a word holds for another sign-in: %v", err)
		}
	})
}
