package consolesignin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/consolesignin"
	"daypass/creds/credstest"
	"daypass/internal/atomicfile"
	"daypass/internal/safely"
)

func TestCredentialsAreRenewedSevenMinutesBeforeTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 15*time.Minute)
		time.Sleep(8*time.Minute - 2*time.Second)
		w.fresh(t, 0)
		if n := w.calls(createToken); n != 0 {
			t.Fatalf("with more than seven minutes left AWS was asked %d times", n)
		}
		time.Sleep(2 * time.Second)
		if token := w.fresh(t, 0); lasts(token) != consolesignin.Lifetime || w.calls(createToken) != 1 {
			t.Errorf("they last %s after %d calls", lasts(token), w.calls(createToken))
		}
	})
}

// TestACallerEachSecondRenewsASessionToItsEnd counts the calls, too: AWS's last credentials
// end with the session, and are shorter than any caller wants.
func TestACallerEachSecondRenewsASessionToItsEnd(t *testing.T) {
	for name, tc := range map[string]struct {
		left time.Duration
		most int
	}{"in the background": {0, 15}, "who needs more than there is": {time.Hour, 45}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				const session = 32 * time.Minute
				w.AWS.SignIn.Set(awstest.SignInSettings{Session: session})
				w.signedInByCLI(t, 15*time.Minute)
				var err error
				ran := time.Duration(0)
				for began := time.Now(); err == nil; time.Sleep(time.Second) {
					ran = time.Since(began)
					_, err = w.client.Fresh(t.Context(), w.session, tc.left)
				}
				wantError(t, err, creds.CodeSignInNeeded, consolesignin.ErrOver, "")
				if n := w.calls(createToken); n > tc.most || ran < session-2*time.Second {
					t.Errorf("AWS was asked %d times within %s", n, ran)
				}
			})
		})
	}
}

func TestAProgramThatNeedsMoreGetsItEarlier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 11*time.Minute)
		if token := w.fresh(t, 10*time.Minute); lasts(token) != 11*time.Minute {
			t.Errorf("they last %s", lasts(token))
		}
		if token := w.fresh(t, 12*time.Minute); lasts(token) != consolesignin.Lifetime {
			t.Errorf("they last %s", lasts(token))
		}
		// More than AWS gives: not with each call.
		for range 5 {
			w.fresh(t, time.Hour)
		}
		if n := w.calls(createToken); n != 1 {
			t.Errorf("AWS was asked %d times", n)
		}
		time.Sleep(time.Minute + time.Second)
		w.fresh(t, time.Hour)
		if n := w.calls(createToken); n != 2 {
			t.Errorf("a minute later AWS was asked %d times", n)
		}
	})
}

func TestAllCallersShareOneRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 8*time.Minute)
		w.AWS.Faults.Add(createToken, awstest.Fault{Delay: 3 * time.Second})
		var all sync.WaitGroup
		others := w.newClient(aws.Config{})
		for i := range 60 {
			all.Go(func() {
				client, left := w.client, time.Duration(i%15)*time.Minute
				if i%2 == 1 {
					client = others // as another process would
				}
				token, err := client.Fresh(t.Context(), w.session, left)
				if err != nil || lasts(token) < min(left, 14*time.Minute) {
					t.Errorf("for %s it lasts %s, %v", left, lasts(token), err)
				}
			})
		}
		all.Wait()
		if n := w.calls(createToken); n != 1 || w.who.Sessions() != 1 {
			t.Errorf("AWS was asked %d times, %d sessions", n, w.who.Sessions())
		}
	})
}

func TestARenewalGoesOnWhenItsCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 6*time.Minute)
		w.AWS.Faults.Add(createToken, awstest.Fault{Times: 1, Late: true, Delay: 10 * time.Second})
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		token, err := w.client.Fresh(ctx, w.session, 0)
		if !errors.Is(err, context.DeadlineExceeded) || lasts(token) != 6*time.Minute {
			t.Errorf("the caller gets %s, %v", lasts(token), err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if token, err := w.client.Peek(t.Context(), w.session); err != nil || lasts(token) != consolesignin.Lifetime {
			t.Errorf("the answer is lost: %s, %v", lasts(token), err)
		}
		w.fresh(t, 0)
		if n := w.calls(createToken); n != 1 {
			t.Errorf("AWS was asked %d times", n)
		}
	})
}

func TestAnAnswerThatIsLostIsNotAskedForAgainAtOnce(t *testing.T) {
	for name, late := range map[string]bool{"AWS did not get the call": false, "AWS renewed": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.signedInByCLI(t, 6*time.Minute)
				w.AWS.Faults.Add(createToken, awstest.Fault{Times: 1, Reset: true, Late: late})
				before := w.file(t)
				token, err := w.client.Fresh(t.Context(), w.session, 0)
				wantError(t, err, creds.CodeNetwork, nil, `no credentials for profile "web": AWS could not be reached`)
				if lasts(token) != 6*time.Minute || w.calls(createToken) != 1 || w.file(t) != before {
					t.Errorf("it lasts %s after %d calls", lasts(token), w.calls(createToken))
				}
				token, err = w.client.Fresh(t.Context(), w.session, 0)
				switch {
				case !late && (err != nil || lasts(token) != consolesignin.Lifetime):
					t.Errorf("the next try gives %s, %v", lasts(token), err)
				case late:
					wantError(t, err, creds.CodeSignInNeeded, consolesignin.ErrOver, "the console sign-in of "+alice+" has ended: AWS had renewed it, and the answer was lost on the way")
				}
			})
		})
	}
}

func TestAConnectionThatCannotBeMadeIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 6*time.Minute)
		tries := 0
		w.http = answering(func(r *http.Request) (*http.Response, error) {
			if tries++; tries < 3 {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
			}
			return w.AWS.Transport().RoundTrip(r)
		})
		if token := w.fresh(t, 0); lasts(token) != consolesignin.Lifetime || tries != 3 {
			t.Errorf("%d tries, it lasts %s", tries, lasts(token))
		}
	})
}

func TestAnotherProgramsTroubleLeavesTheCredentials(t *testing.T) {
	for name, tc := range map[string]struct {
		fault awstest.Fault
		code  creds.Code
		words string
	}{
		"throttled":                          {awstest.Fault{Code: "TooManyRequestsError", Status: 429}, creds.CodeThrottled, "too often"},
		"an outage":                          {awstest.Fault{Code: "InternalServerException", Status: 500}, creds.CodeNetwork, "AWS has trouble of its own (InternalServerException)"},
		"a proxy's password":                 {awstest.Fault{Status: 407, Body: "<html>"}, creds.CodeNetwork, "the proxy wants a name and a password"},
		"a login page":                       {awstest.Fault{Status: 200, Body: "<html>"}, creds.CodeNetwork, "what answered is not AWS (HTTP status 200)"},
		"a proxy that denies":                {awstest.Fault{Status: 403, Body: "<html>no</html>"}, creds.CodeNetwork, "what answered is not AWS (HTTP status 403)"},
		"silence":                            {awstest.Fault{Delay: time.Hour}, creds.CodeNetwork, "AWS could not be reached: there was no answer in time"},
		"a broken answer":                    {awstest.Fault{Change: func(s string) string { return s }, BreakOff: true}, creds.CodeNetwork, "AWS's answer broke off"},
		"a refusal that is not in the model": {awstest.Fault{Code: "AccessDeniedException", Message: "Not today."}, creds.CodeDenied, "AWS denied it (Not today)"},
		"no permission":                      {awstest.Fault{Code: "INSUFFICIENT_PERMISSIONS"}, creds.CodeDenied, "AWS does not allow who signed in to have credentials on this machine"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.signedInByCLI(t, 6*time.Minute)
				w.AWS.Faults.Add(createToken, tc.fault)
				before := w.file(t)
				token, err := w.client.Fresh(t.Context(), w.session, 0)
				wantError(t, err, tc.code, nil, tc.words)
				if lasts(token) < 5*time.Minute || w.calls(createToken) != 1 || w.file(t) != before {
					t.Errorf("it lasts %s after %d calls", lasts(token), w.calls(createToken))
				}
				if tc.fault.BreakOff {
					return // AWS has renewed it
				}
				time.Sleep(6*time.Minute + time.Second)
				token, err = w.client.Fresh(t.Context(), w.session, 0)
				wantError(t, err, tc.code, nil, tc.words)
				if token != (consolesignin.Token{}) {
					t.Error("credentials that have ended are returned")
				}
				w.AWS.Faults.Clear()
				w.fresh(t, 0)
			})
		})
	}
}

func TestAHostWithoutAnAddressAsksForTheRegion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.session.Region = "eu-west-9"
		w.signedInByCLI(t, time.Minute)
		w.http = answering(func(r *http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}}
		})
		_, err := w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeNetwork, nil, `no address is known for eu-west-9.signin.aws.amazon.com; is the region right, which is "eu-west-9"?`)
	})
}

func TestASignOutDuringARenewalIsNotUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 6*time.Minute)
		w.AWS.Faults.Add(createToken, awstest.Fault{Times: 1, Delay: time.Minute / 2})
		go func() {
			time.Sleep(time.Second)
			remove(t, w.path())
		}()
		token, err := w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeSignInNeeded, consolesignin.ErrNoToken, "somebody has just signed out of AWS's console as "+alice)
		if _, gone := os.Stat(w.path()); gone == nil || token != (consolesignin.Token{}) {
			t.Error("it is undone")
		}
		_, err = w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeSignInNeeded, consolesignin.ErrNoToken, "nobody is signed in")
	})
}

func TestASignInDuringARenewalIsNotOverwritten(t *testing.T) {
	for name, fault := range map[string]awstest.Fault{
		"that succeeds":   {Times: 1, Delay: 5 * time.Second},
		"that is refused": {Times: 1, Delay: 5 * time.Second, Code: "TOKEN_EXPIRED"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.signedInByCLI(t, 6*time.Minute)
				w.AWS.Faults.Add(createToken, fault)
				theirs := make(chan string, 1)
				go func() {
					time.Sleep(5*time.Second - time.Millisecond)
					if fault.Code != "" {
						time.Sleep(600 * time.Millisecond) // a little later than AWS's answer
					}
					w.signedInByCLI(t, 14*time.Minute)
					theirs <- w.file(t)
				}()
				token := w.fresh(t, 0)
				if lasts(token) != 14*time.Minute || w.file(t) != <-theirs || w.calls(createToken) != 1 {
					t.Errorf("it lasts %s after %d calls", lasts(token), w.calls(createToken))
				}
			})
		})
	}
}

func TestASessionThatIsOverSaysWhy(t *testing.T) {
	for name, tc := range map[string]struct {
		end   func(*world)
		left  time.Duration
		after time.Duration
		// without drops the ID token, as the SDK for Go does.
		without bool
		code    creds.Code
		words   string
	}{
		"after 12 hours": {
			end: func(*world) {}, left: 15 * time.Minute, after: 24 * time.Hour, code: creds.CodeSignInNeeded,
			words: "the console sign-in of " + alice + " has ended: AWS allows 12 hours",
		},
		"a new password": {
			end: func(w *world) { w.who.ChangePassword() }, left: 6 * time.Minute, code: creds.CodeSignInNeeded,
			words: "the password of " + alice + " has changed since the console sign-in; sign in again",
		},
		"by an administrator": {
			end: func(w *world) { w.who.EndSessions() }, left: 6 * time.Minute, code: creds.CodeSignInNeeded,
			words: "AWS has ended the console sign-in of " + alice + " before its 12 hours",
		},
		"by two programs": {
			end: func(w *world) { w.who.EndSessions() }, left: 4 * time.Minute, code: creds.CodeSignInNeeded,
			words: "before its 12 hours: another program probably renewed it at the same time",
		},
		"by two programs, one of which lost when it began": {
			end: func(w *world) { w.who.EndSessions() }, left: 4 * time.Minute, without: true, code: creds.CodeSignInNeeded,
			words: "has ended: its 12 hours are over, or another program renewed it at the same time",
		},
		"early, and nobody knows when it began": {
			end: func(w *world) { w.who.EndSessions() }, left: 6 * time.Minute, without: true, code: creds.CodeSignInNeeded,
			words: "AWS has ended the console sign-in of " + alice,
		},
		"with a file that AWS does not take": {
			end:  func(w *world) { w.AWS.Faults.Add(createToken, awstest.Fault{Code: "INVALID_REQUEST", Message: "hush"}) },
			left: 6 * time.Minute, code: creds.CodeSignInNeeded,
			words: "AWS does not take what the login cache has for " + alice + " (INVALID_REQUEST); sign in again",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.signedInByCLI(t, tc.left)
				if tc.without {
					o := object(t, []byte(w.file(t)))
					delete(o, "idToken")
					credstest.Write(t, w.path(), string(text(t, o)))
				}
				time.Sleep(tc.after)
				tc.end(w)
				token, err := w.client.Fresh(t.Context(), w.session, 0)
				wantError(t, err, tc.code, consolesignin.ErrOver, tc.words)
				if valid := tc.left > tc.after; valid != (lasts(token) > 0) {
					t.Errorf("the credentials last %s", lasts(token))
				}
				asked := w.calls(createToken)
				if _, again := w.client.Fresh(t.Context(), w.session, 0); again == nil || again.Error() != err.Error() {
					t.Errorf("the second time it says %v", again)
				}
				if n := w.calls(createToken); name != "with a file that AWS does not take" && n != asked {
					t.Errorf("a token that AWS refused for good was sent %d times", n)
				}
				// Another region's service may take it.
				w.session.Region = "eu-central-1"
				asked = w.calls(createToken)
				if _, again := w.client.Fresh(t.Context(), w.session, 0); again == nil || w.calls(createToken) != asked+1 {
					t.Errorf("in another region AWS is not asked: %v", again)
				}
				w.AWS.Faults.Clear()
				w.signedInByCLI(t, 15*time.Minute)
				w.fresh(t, 0)
			})
		})
	}
}

func TestAClockThatIsOffIsNamedAndNothingIsLost(t *testing.T) {
	for ahead, words := range map[time.Duration]string{
		-10 * time.Minute: "AWS refused it because this computer's clock is 10 min ahead of AWS's",
		20 * time.Minute:  "AWS refused it because this computer's clock is 20 min behind AWS's",
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.signedInByCLI(t, 6*time.Minute)
			w.AWS.Skew(ahead)
			token, err := w.client.Fresh(t.Context(), w.session, 0)
			wantError(t, err, creds.CodeClockOff, nil, words)
			if lasts(token) != 6*time.Minute || errors.Is(err, consolesignin.ErrOver) {
				t.Errorf("it lasts %s", lasts(token))
			}
			_, err = w.signIn(t)
			wantError(t, err, creds.CodeClockOff, nil, words)
			w.AWS.Skew(0)
			w.fresh(t, 0)
		})
	}
}

func TestAClockThatIsOffDoesNotHideThatTheSessionIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 6*time.Minute)
		w.AWS.Skew(13 * time.Hour) // this machine's clock is far behind
		_, err := w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeSignInNeeded, consolesignin.ErrOver, "AWS allows 12 hours")
	})
}

func TestCredentialsThatCannotBeSavedAreUsedFromMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 6*time.Minute)
		w.fresh(t, 0) // makes the lock
		time.Sleep(9 * time.Minute)
		spent := w.file(t)
		credstest.MakeReadOnly(t, w.dir)
		token, err := w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeFile, consolesignin.ErrUnsaved, "could not be saved for the AWS CLI and SDKs, and is used from memory")
		if lasts(token) != consolesignin.Lifetime || w.file(t) != spent {
			t.Errorf("it lasts %s", lasts(token))
		}
		again, err := w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeFile, consolesignin.ErrUnsaved, "is used from memory")
		if again.RefreshToken != token.RefreshToken || w.calls(createToken) != 2 {
			t.Error("it is not from memory")
		}
		if peeked, err := w.client.Peek(t.Context(), w.session); err != nil || peeked.RefreshToken != token.RefreshToken {
			t.Errorf("peeked: %v", err)
		}
		// The next renewal is with the token in memory, not with the spent one in the file.
		time.Sleep(9 * time.Minute)
		token, err = w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeFile, consolesignin.ErrUnsaved, "is used from memory")
		if lasts(token) != consolesignin.Lifetime || w.who.Sessions() != 1 {
			t.Errorf("it lasts %s", lasts(token))
		}
		writable(t, w.dir)
		if saved := w.fresh(t, 0); saved.RefreshToken != token.RefreshToken || w.calls(createToken) != 3 {
			t.Error("it is not saved")
		}
		if read, err := consolesignin.ParseToken(alice, []byte(w.file(t))); err != nil || read.RefreshToken != token.RefreshToken {
			t.Errorf("the file has another, %v", err)
		}
	})
}

func TestWhatIsInMemoryGivesWayToAnotherProgramsSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, change := range map[string]func(*world){
			"a sign-in":  func(w *world) { w.signedInByCLI(t, 13*time.Minute) },
			"a sign-out": func(w *world) { remove(t, w.path()) },
		} {
			w := newWorld(t)
			w.signedInByCLI(t, 6*time.Minute)
			w.fresh(t, 0) // makes the lock
			time.Sleep(9 * time.Minute)
			credstest.MakeReadOnly(t, w.dir)
			_, err := w.client.Fresh(t.Context(), w.session, 0)
			wantError(t, err, creds.CodeFile, consolesignin.ErrUnsaved, "")
			writable(t, w.dir)
			change(w)
			token, err := w.client.Fresh(t.Context(), w.session, 0)
			if name == "a sign-in" && (err != nil || lasts(token) != 13*time.Minute) || name == "a sign-out" && !errors.Is(err, consolesignin.ErrNoToken) {
				t.Errorf("after %s: %s, %v", name, lasts(token), err)
			}
		}
	})
}

func TestWhereTheLockCannotBeTakenNothingIsSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 6*time.Minute)
		credstest.MakeReadOnly(t, w.dir)
		token, err := w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeFile, nil, w.path())
		if lasts(token) != 6*time.Minute || w.calls(createToken) != 0 || !strings.Contains(err.Error(), filepath.Base(w.path())) {
			t.Errorf("it lasts %s after %d calls", lasts(token), w.calls(createToken))
		}
	})
}

func TestALockThatIsHeldForOverAMinuteIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 6*time.Minute)
		unlock, err := atomicfile.Lock(t.Context(), w.path(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		token, err := w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeFile, nil, "the login cache file of "+alice+" has been locked for over a minute")
		if lasts(token) != 5*time.Minute || w.calls(createToken) != 0 {
			t.Errorf("it lasts %s after %d calls", lasts(token), w.calls(createToken))
		}
		unlock()
		w.fresh(t, 0)
	})
}

func TestAPanicEndsTheRenewalAloneAndFreesTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 6*time.Minute)
		w.http = answering(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			panic(fmt.Sprintf("%s %v", body, err))
		})
		_, err := w.client.Fresh(t.Context(), w.session, 0)
		if _, broken := errors.AsType[*safely.Panic](err); !broken {
			t.Fatalf("it says %v", err)
		}
		noSecret(t, err.Error())
		w.http = w.AWS.Transport()
		w.fresh(t, 0)
	})
}

func TestNobodyHasSignedIn(t *testing.T) {
	w := newWorld(t)
	_, err := w.client.Fresh(t.Context(), w.session, 0)
	wantError(t, err, creds.CodeSignInNeeded, consolesignin.ErrNoToken, `no credentials for profile "web": nobody is signed in to AWS's console as `+alice)
	w.session.ARN = ""
	_, err = w.client.Peek(t.Context(), w.session)
	wantError(t, err, creds.CodeSignInNeeded, consolesignin.ErrNoToken, "nobody has signed in to AWS's console yet")
	if names := credstest.Names(t, w.dir); len(names) != 0 {
		t.Errorf("there are now %v", names)
	}
}
