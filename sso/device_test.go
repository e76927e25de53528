package sso_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds/awstest"
	"daypass/creds/credstest"
	"daypass/internal/signin"
	"daypass/sso"
)

// shown keeps the pages that a person saw.
type shown struct {
	mu    sync.Mutex
	pages []signin.Page
}

func (s *shown) show(p signin.Page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages = append(s.pages, p)
}

func (s *shown) all() []signin.Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pages)
}

func (s *shown) last() signin.Page {
	pages := s.all()
	if len(pages) == 0 {
		return signin.Page{}
	}
	return pages[len(pages)-1]
}

// done is how a sign-in in the background ended.
type done struct {
	token sso.Token
	err   error
}

// start signs in in the background.
func (w *world) start(ctx context.Context, o signin.Way) (*shown, <-chan done) {
	seen := &shown{}
	o.Show = seen.show
	ended := make(chan done, 1)
	go func() {
		token, err := w.client.SignIn(ctx, w.session, o)
		ended <- done{token, err}
	}()
	return seen, ended
}

func open(context.Context, string) error { return nil }

func TestAPageTellsThatItIsBeingOpenedAndWhatCameOfThat(t *testing.T) {
	for _, method := range []signin.Method{signin.MethodBrowser, signin.MethodDevice} {
		t.Run(string(method), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.client.SetListen(inMemory(t).listen)
				ctx, cancel := context.WithCancel(t.Context())
				there := make(chan struct{})
				seen, ended := w.start(ctx, signin.Way{Method: method, Open: func(context.Context, string) error {
					<-there
					return nil
				}})
				time.Sleep(time.Second)
				if p := seen.last(); p.URL == "" || !p.Opening || p.Opened {
					t.Errorf("while it opens: %+v", p)
				}
				close(there)
				time.Sleep(time.Second)
				if p := seen.last(); p.Opening || !p.Opened {
					t.Errorf("when it is open: %+v", p)
				}
				cancel()
				<-ended
			})
		})
	}
	for name, open := range map[string]func(context.Context, string) error{
		"without a browser":            nil,
		"with one that does not start": func(context.Context, string) error { return errors.New("no display") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				ctx, cancel := context.WithCancel(t.Context())
				seen, ended := w.start(ctx, signin.Way{Method: signin.MethodDevice, Open: open})
				time.Sleep(time.Second)
				if p := seen.last(); p.URL == "" || p.Opening || p.Opened {
					t.Errorf("a person has to go there alone, and is shown %+v", p)
				}
				cancel()
				<-ended
			})
		})
	}
}

func TestADeviceCodeSignsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		began := time.Now()
		var opened string
		seen, ended := w.start(t.Context(), signin.Way{
			Method: signin.MethodDevice, Open: func(_ context.Context, url string) error { opened = url; return nil },
		})
		time.Sleep(30 * time.Second)
		page := seen.last()
		if page.Method != signin.MethodDevice || !page.Opened || page.Note != "" || page.Code == "" ||
			!strings.HasSuffix(page.URL, "?user_code="+page.Code) || opened != page.URL || !page.Until.Equal(began.Add(10*time.Minute)) {
			t.Errorf("shown: %+v", page)
		}
		if err := w.ic.Approve(page.Code); err != nil {
			t.Fatal(err)
		}
		got := <-ended
		if got.err != nil {
			t.Fatal(got.err)
		}
		cached, err := w.client.Peek(t.Context(), w.session)
		if err != nil || cached.AccessToken != got.token.AccessToken || !cached.Expires.Equal(got.token.Expires) || cached.RefreshToken.IsZero() {
			t.Errorf("the cache has %v, %v", cached, err)
		}
		if left := time.Until(cached.Expires); left < 59*time.Minute || left > hour {
			t.Errorf("the token lasts %v", left)
		}
		if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
			t.Error(err)
		}
		for _, p := range seen.all() {
			if strings.Contains(p.URL+p.Note, cached.AccessToken.Reveal()) {
				t.Error("a token is shown")
			}
		}
	})
}

func TestSlowDownSlowsDownForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ic.Set(awstest.SSOSettings{Interval: 2 * time.Second})
		w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Code: "SlowDownException"})
		_, ended := w.start(t.Context(), signin.Way{Method: signin.MethodDevice})
		<-ended // expired
		calls := w.aws.Calls("CreateToken")
		for i := 1; i < len(calls)-1; i++ { // the last one is when the code ends
			if got := calls[i].Time.Sub(calls[i-1].Time); got != 7*time.Second {
				t.Errorf("poll %d came after %v", i, got)
			}
		}
		for _, c := range calls[1:] {
			if c.Code == "SlowDownException" {
				t.Errorf("polled too early at %v", c.Time)
			}
		}
	})
}

func TestHowADeviceCodeEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		do    func(w *world, code string)
		kind  error
		words string
	}{
		"denied":  {func(w *world, code string) { _ = w.ic.Deny(code) }, sso.ErrDenied, "denied in the browser"},
		"expired": {func(*world, string) { time.Sleep(10 * time.Minute) }, sso.ErrTimeout, "expired before it was approved"},
		"expired early": {func(w *world, _ string) {
			w.aws.Faults.Add("CreateToken", awstest.Fault{Code: "ExpiredTokenException"})
		}, sso.ErrTimeout, "expired"},
		"not known": {func(w *world, _ string) {
			w.aws.Faults.Add("CreateToken", awstest.Fault{Code: "InvalidGrantException"})
		}, sso.ErrAWS, "does not know its code any more"},
		"asleep": {func(w *world, _ string) {
			w.aws.Faults.Add("CreateToken", awstest.Fault{Reset: true})
			time.Sleep(11 * time.Minute)
		}, sso.ErrTimeout, "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				seen, ended := w.start(t.Context(), signin.Way{Method: signin.MethodDevice, Open: open})
				synctest.Wait()
				tc.do(w, seen.last().Code)
				wantError(t, (<-ended).err, tc.kind, tc.words)
				if _, err := w.client.Peek(t.Context(), w.session); !errors.Is(err, sso.ErrNoToken) {
					t.Errorf("the cache has something: %v", err)
				}
				w.aws.Faults.Clear()
				w.signedIn(t) // The next click works.
			})
		})
	}
}

func TestADeviceCodeOutlastsAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		seen, ended := w.start(t.Context(), signin.Way{Method: signin.MethodDevice, Open: open})
		synctest.Wait()
		code := seen.last().Code
		w.aws.Faults.Add("CreateToken", awstest.Fault{Reset: true})
		time.Sleep(3 * time.Minute)
		if note := seen.last().Note; !strings.Contains(note, "keeps trying") {
			t.Errorf("shown: %q", note)
		}
		if n := w.calls("CreateToken"); n > 60 {
			t.Errorf("%d calls in three minutes without a network", n)
		}
		w.aws.Faults.Clear()
		time.Sleep(time.Minute)
		if note := seen.last().Note; note != "" {
			t.Errorf("still shown: %q", note)
		}
		if err := w.ic.Approve(code); err != nil {
			t.Fatal(err)
		}
		if got := <-ended; got.err != nil {
			t.Error(got.err)
		}
	})
}

func TestARegistrationThatAWSForgotIsMadeAnew(t *testing.T) {
	for name, method := range map[string]signin.Method{"device code": signin.MethodDevice, "browser": signin.MethodBrowser} {
		t.Run("before the flow, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.signedIn(t)
				if method == signin.MethodBrowser {
					// There the browser shows an error and does not come back: the person gives up.
					w.client.SetListen(inMemory(t).listen)
					w.signedInByBrowser(t)
					w.ic.ExpireRegistrations()
					ctx, cancel := context.WithCancel(t.Context())
					_, ended := w.start(ctx, signin.Way{Method: method, Open: open})
					synctest.Wait()
					cancel()
					<-ended
					w.client.SetListen(inMemory(t).listen)
					before := w.calls("RegisterClient")
					w.signedInByBrowser(t)
					if w.calls("RegisterClient") != before+1 {
						t.Error("the dead registration is used again")
					}
					return
				}
				w.ic.ExpireRegistrations()
				w.signedIn(t)
				if n := w.calls("RegisterClient"); n != 2 {
					t.Errorf("registered %d times", n)
				}
			})
		})
	}
	t.Run("in mid-flow", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			seen, ended := w.start(t.Context(), signin.Way{Method: signin.MethodDevice, Open: open})
			synctest.Wait()
			old := seen.last().Code
			w.ic.ExpireRegistrations()
			time.Sleep(10 * time.Second)
			if seen.last().Code == old {
				t.Fatal("no new code is shown")
			}
			if err := w.ic.Approve(seen.last().Code); err != nil {
				t.Fatal(err)
			}
			if got := <-ended; got.err != nil {
				t.Error(got.err)
			}
		})
	})
	t.Run("twice is once too often", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.aws.Faults.Add("StartDeviceAuthorization", awstest.Fault{Status: 401, Code: "InvalidClientException", Message: "Invalid client"})
			_, err := w.signInByDevice(t)
			wantError(t, err, sso.ErrAWS, "InvalidClientException")
			if n := w.calls("RegisterClient"); n != 2 {
				t.Errorf("registered %d times", n)
			}
		})
	})
}

func TestARegistrationIsUsedAgainUntilItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ic.Set(awstest.SSOSettings{Registration: 24 * time.Hour})
		w.signedIn(t)
		w.signedIn(t)
		if n := w.calls("RegisterClient"); n != 1 {
			t.Errorf("registered %d times", n)
		}
		time.Sleep(25 * time.Hour)
		w.signedIn(t)
		if n := w.calls("RegisterClient"); n != 2 {
			t.Errorf("registered %d times", n)
		}
	})
}

func TestASessionWithoutScopesCanBeRenewedALegacyOneCannot(t *testing.T) {
	for name, renewable := range map[string]bool{"corp": true, "": false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.session.Name, w.session.Scopes = name, nil
			if got := !w.signedIn(t).RefreshToken.IsZero(); got != renewable {
				t.Errorf("session %q has a refresh token: %t", name, got)
			}
		})
	}
}

func TestASignInEndsAtOnceWithItsContext(t *testing.T) {
	for name, tc := range map[string]struct {
		method signin.Method
		action string // held by AWS
	}{
		"registering":            {signin.MethodDevice, "RegisterClient"},
		"asking for a code":      {signin.MethodDevice, "StartDeviceAuthorization"},
		"waiting between polls":  {signin.MethodDevice, ""},
		"polling":                {signin.MethodDevice, "CreateToken"},
		"registering, browser":   {signin.MethodBrowser, "RegisterClient"},
		"waiting for the person": {signin.MethodBrowser, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.client.SetListen(inMemory(t).listen)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tc.action != "" {
					w.aws.Faults.Add(tc.action, awstest.Fault{Until: ctx.Done(), Reset: true})
				}
				_, ended := w.start(ctx, signin.Way{Method: tc.method, Open: open})
				time.Sleep(1500 * time.Millisecond)
				at := time.Now()
				cancel()
				if got := <-ended; !errors.Is(got.err, context.Canceled) {
					t.Errorf("got %v", got.err)
				}
				if waited := time.Since(at); waited > 0 {
					t.Errorf("it took %v", waited)
				}
			})
		})
	}
}

func TestFaultsOfTheSettingsAreReported(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  string
		change func(s *sso.Session)
		words  string
	}{
		"the region": {"InvalidRequestRegionException", nil, "its Identity Center is not in eu-west-1, the sso_region in [sso-session corp]"},
		"the start URL": {
			"", func(s *sso.Session) { s.StartURL = "https://d-other.awsapps.com/start" },
			"does not accept https://d-other.awsapps.com/start in eu-west-1 as a start URL",
		},
		"the scopes": {"", func(s *sso.Session) { s.Scopes = []string{"sso:everything"} }, "sso_registration_scopes in [sso-session corp], sso:everything"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				if tc.fault != "" {
					w.aws.Faults.Add("StartDeviceAuthorization", awstest.Fault{Code: tc.fault})
				}
				if tc.change != nil {
					tc.change(&w.session)
				}
				_, err := w.signInByDevice(t)
				wantError(t, err, sso.ErrConfig, tc.words)
			})
		})
	}
}

func TestAnInvalidRequestOfASignInIsOfTheStartURLOnlyWhereAWSSaysSo(t *testing.T) {
	const start = "does not accept https://d-abc123.awsapps.com/start in eu-west-1 as a start URL"
	for _, c := range []struct {
		action, message string
		kind            error
		words           string
	}{
		{"StartDeviceAuthorization", "Invalid start URL provided", sso.ErrConfig, start},
		{"StartDeviceAuthorization", "", sso.ErrConfig, "sso_start_url and sso_region in [sso-session corp]"},
		{"StartDeviceAuthorization", "Invalid client ID format", sso.ErrAWS, "AWS answered InvalidRequestException: Invalid client ID format"},
		{"RegisterClient", "Invalid issuer URL", sso.ErrConfig, "as a start URL (Invalid issuer URL)"},
		{"RegisterClient", "Client name is too long", sso.ErrAWS, "AWS answered InvalidRequestException: Client name is too long"},
		{"CreateToken", "Missing a parameter in the URL", sso.ErrAWS, "AWS answered InvalidRequestException: Missing a parameter in the URL"},
	} {
		t.Run(c.action+" "+c.message, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.aws.Faults.Add(c.action, awstest.Fault{Code: "InvalidRequestException", Message: c.message})
				_, err := w.signInByDevice(t)
				wantError(t, err, c.kind, c.words)
			})
		})
	}
}

func TestAnInvalidRegionIsReportedInsteadOfAMissingHost(t *testing.T) {
	for name, tc := range map[string]struct {
		session sso.Session
		kind    error
		words   string
	}{
		"a word": {
			sso.Session{Name: "corp", StartURL: startURL, Region: "None"},
			sso.ErrConfig,
			`sso_region in [sso-session corp] is "None", which is no region of AWS`,
		},
		"underscores": {
			sso.Session{Name: "corp", StartURL: startURL, Region: "eu_west_1"}, sso.ErrConfig, `sso_region in [sso-session corp] is "eu_west_1"`,
		},
		"blanks": {
			sso.Session{Name: "corp", StartURL: startURL, Region: "eu west 1"}, sso.ErrConfig, `sso_region in [sso-session corp] is "eu west 1"`,
		},
		"a legacy profile's": {
			sso.Session{StartURL: startURL, Region: "EU-WEST-1"}, sso.ErrConfig, "sso_region in the profiles with sso_start_url = " + startURL + ` is "EU-WEST-1"`,
		},
		"a region that is mistyped": {
			sso.Session{Name: "corp", StartURL: startURL, Region: "eu-wets-1"},
			sso.ErrNetwork,
			`no address is known for oidc.eu-wets-1.amazonaws.com; is sso_region in [sso-session corp] right, which is "eu-wets-1"?`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.session = tc.session
				host := "oidc." + tc.session.Region + ".amazonaws.com"
				w.transport.set(host, func(*http.Request) (*http.Response, error) {
					return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
				})
				_, err := w.signInByDevice(t)
				wantError(t, err, tc.kind, tc.words)
			})
		})
	}
}

func TestAnOutageThatHasAStepOfItsOwnNamesIt(t *testing.T) {
	for name, tc := range map[string]struct {
		fail          func() (*http.Response, error)
		words, advice string
	}{
		"an authority that is not known": {
			func() (*http.Response, error) {
				return nil, &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
			}, "is by an authority that this computer does not trust", "AWS_CA_BUNDLE",
		},
		"a proxy that wants a password": {
			func() (*http.Response, error) { return nil, errors.New(http.StatusText(http.StatusProxyAuthRequired)) },
			"the proxy wants a name and a password", "http://name:password@host:port",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.transport.set("oidc."+region+".amazonaws.com", func(*http.Request) (*http.Response, error) { return tc.fail() })
				_, err := w.signInByDevice(t)
				wantError(t, err, sso.ErrNetwork, tc.words)
				if known, ok := errors.AsType[*sso.Error](err); !ok || !strings.Contains(known.Advice, tc.advice) {
					t.Errorf("the advice is %+v, want %q", known, tc.advice)
				}
			})
		})
	}
}

func TestADamagedRegistrationKeepsNobodyFromSigningIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedIn(t)
		files, err := filepath.Glob(filepath.Join(w.cache.Dir(), "*.json"))
		if err != nil || len(files) != 2 { // the token's, and the registration's
			t.Fatalf("%q, %v", files, err)
		}
		for _, file := range files {
			credstest.Write(t, file, `{"clientId": "x`)
		}
		w.signedIn(t)
		if n := w.calls("RegisterClient"); n != 2 {
			t.Errorf("%d registrations", n)
		}
	})
}

func TestAProxysPageIsNotAWS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.aws.Faults.Add("RegisterClient", awstest.Fault{Status: http.StatusForbidden, Body: "<html>Sign in to the guest network</html>"})
		_, err := w.signInByDevice(t)
		wantError(t, err, sso.ErrNetwork, "what answered is not AWS")
	})
}

func TestACertificateThatIsNotValidYetAsksForTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.transport.set("oidc."+region+".amazonaws.com", func(*http.Request) (*http.Response, error) {
			return nil, &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired}}
		})
		_, err := w.signInByDevice(t)
		wantError(t, err, sso.ErrNetwork, "is the clock right?")
	})
}
