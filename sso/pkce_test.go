package sso_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
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

// pipes is a loopback port in memory: real ones stop a bubble's time.
type pipes struct {
	conns chan net.Conn
	ended chan struct{}
	once  sync.Once
}

func inMemory(t *testing.T) *pipes {
	t.Helper()
	return &pipes{conns: make(chan net.Conn), ended: make(chan struct{})}
}

func (p *pipes) listen(context.Context) (net.Listener, error) { return p, nil }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.ended) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 45678} }

// get is a browser that goes to an address of the port.
func (p *pipes) get(ctx context.Context, address string) error {
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		select {
		case p.conns <- there:
			return here, nil
		case <-p.ended:
			return nil, net.ErrClosed
		}
	}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// signedInByBrowser signs in over a port in memory.
func (w *world) signedInByBrowser(t *testing.T) sso.Token {
	t.Helper()
	port := inMemory(t)
	w.client.SetListen(port.listen)
	token, err := w.client.SignIn(t.Context(), w.session, signin.Way{
		Method: signin.MethodBrowser,
		Open: func(ctx context.Context, address string) error {
			redirect, err := w.ic.Consent(address, true)
			if err != nil {
				t.Error(err)
				return err
			}
			return port.get(ctx, redirect)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// visitor is a person with a browser on a real loopback port.
func (w *world) visitor(approve bool) func(context.Context, string) error {
	visit := w.ic.Visit
	if !approve {
		visit = w.ic.VisitAndDeny
	}
	return func(ctx context.Context, address string) error {
		_, err := visit(ctx, address)
		return err
	}
}

func TestTheBrowserSignsIn(t *testing.T) {
	w := newWorld(t)
	seen := &shown{}
	token, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: w.visitor(true), Show: seen.show})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
		t.Error(err)
	}
	if token.RefreshToken.IsZero() || token.StartURL != startURL || token.Region != region {
		t.Errorf("got %v", token)
	}
	page := seen.last()
	if page.Method != signin.MethodBrowser || page.Code != "" || page.Note != "" || !strings.HasPrefix(page.URL, "https://oidc.eu-west-1.amazonaws.com/authorize?") {
		t.Errorf("shown: %+v", page)
	}
	if strings.Contains(w.log.String(), token.AccessToken.Reveal()) || strings.Contains(w.log.String(), token.RefreshToken.Reveal()) {
		t.Error("a token is in the log")
	}
}

func TestTheBrowserSignsInAtTheEndpointOfTheEnvironment(t *testing.T) {
	w := newWorld(t)
	server, err := w.aws.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	w.client = sso.NewClient(aws.Config{BaseEndpoint: aws.String(server.URL())}, w.cache, nil)
	seen := &shown{}
	if _, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: w.visitor(true), Show: seen.show}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(seen.last().URL, server.URL()+"/authorize?") {
		t.Errorf("opened %s", seen.last().URL)
	}
	accounts, err := w.client.Accounts(t.Context(), w.session, nil)
	if err != nil || len(accounts) != 1 {
		t.Errorf("accounts %v, %v", accounts, err)
	}
}

func TestEveryPartitionHasItsOwnAuthorizePage(t *testing.T) {
	for at, want := range map[string]string{
		"us-east-1":      "https://oidc.us-east-1.amazonaws.com/authorize?",
		"us-gov-west-1":  "https://oidc.us-gov-west-1.amazonaws.com/authorize?",
		"cn-north-1":     "https://oidc.cn-north-1.amazonaws.com.cn/authorize?",
		"eusc-de-east-1": "https://oidc.eusc-de-east-1.amazonaws.eu/authorize?",
	} {
		t.Run(at, func(t *testing.T) {
			w := newWorld(t)
			w.aws.SSO.IdentityCenter(at, startURL)
			w.session.Region = at
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			seen, ended := w.start(ctx, signin.Way{Open: func(context.Context, string) error { cancel(); return nil }})
			<-ended
			if got := seen.last().URL; !strings.HasPrefix(got, want) {
				t.Errorf("opened %s", got)
			}
		})
	}
}

func TestTheBrowserDenies(t *testing.T) {
	w := newWorld(t)
	_, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: w.visitor(false)})
	wantError(t, err, sso.ErrDenied, "denied in the browser")
	if _, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: w.visitor(true)}); err != nil {
		t.Errorf("the next click: %v", err)
	}
}

func TestAClosedBrowserTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.client.SetListen(inMemory(t).listen)
		began := time.Now()
		seen, ended := w.start(t.Context(), signin.Way{Open: open})
		wantError(t, (<-ended).err, sso.ErrTimeout, "within 10 minutes")
		if waited := time.Since(began); waited.Round(time.Second) != 10*time.Minute {
			t.Errorf("waited %v", waited)
		}
		if p := seen.last(); !p.Opened || !p.Until.Equal(began.Add(10*time.Minute)) {
			t.Errorf("shown: %+v", p)
		}
		w.signedInByBrowser(t)
	})
}

func TestWhereTheBrowserCannotServeADeviceCodeDoes(t *testing.T) {
	fails := func(context.Context, string) error { return errors.New("xdg-open: not found") }
	elsewhere := func(context.Context, string) error { return &signin.Unopened{Why: "Firefox has no profile \"x\""} }
	noPort := func(context.Context) (net.Listener, error) { return nil, errors.New("address already in use") }
	for name, tc := range map[string]struct {
		session string
		o       signin.Way
		listen  func(context.Context) (net.Listener, error)
		method  signin.Method
		note    string
	}{
		"none is wanted":               {"corp", signin.Way{}, nil, signin.MethodDevice, ""},
		"it does not open":             {"corp", signin.Way{Open: fails}, nil, signin.MethodDevice, "No browser could be opened"},
		"it does not open, asked for":  {"corp", signin.Way{Open: fails, Method: signin.MethodBrowser}, nil, signin.MethodDevice, "No browser could be opened"},
		"its place is not there":       {"corp", signin.Way{Open: elsewhere}, nil, signin.MethodDevice, `No browser could be opened (Firefox has no profile "x"), so sign in with a code.`},
		"nor is it for a code":         {"corp", signin.Way{Open: elsewhere, Method: signin.MethodDevice}, nil, signin.MethodDevice, `No browser could be opened (Firefox has no profile "x"): open the address yourself`},
		"no port can be bound":         {"corp", signin.Way{Open: open}, noPort, signin.MethodDevice, "could not have come back"},
		"the profile is a legacy one":  {"", signin.Way{Open: open}, nil, signin.MethodDevice, ""},
		"asked for, to copy the link":  {"corp", signin.Way{Method: signin.MethodBrowser}, nil, signin.MethodBrowser, ""},
		"legacy, and asked for anyhow": {"", signin.Way{Open: open, Method: signin.MethodBrowser}, nil, signin.MethodBrowser, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.session.Name = tc.session
				if tc.listen == nil {
					tc.listen = inMemory(t).listen
				}
				w.client.SetListen(tc.listen)
				ctx, cancel := context.WithCancel(t.Context())
				seen, ended := w.start(ctx, tc.o)
				time.Sleep(5 * time.Second)
				p := seen.last()
				if p.Method != tc.method || !strings.Contains(p.Note, tc.note) || tc.note == "" && p.Note != "" && !strings.Contains(p.Note, "yourself") {
					t.Errorf("shown: %+v", p)
				}
				if p.Method == signin.MethodDevice {
					if err := w.ic.Approve(p.Code); err != nil {
						t.Fatal(err)
					}
					if got := <-ended; got.err != nil {
						t.Error(got.err)
					}
				}
				cancel()
			})
		})
	}
}

func TestAnOpenerThatStaysIsNotWaitedFor(t *testing.T) {
	w := newWorld(t)
	leave := make(chan struct{})
	defer close(leave)
	visit := w.visitor(true)
	if _, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: func(ctx context.Context, address string) error {
		err := visit(ctx, address)
		<-leave // The browser runs on.
		return err
	}}); err != nil {
		t.Error(err)
	}
}

func TestACodeThatSomebodyElseSpentSignsNobodyIn(t *testing.T) {
	w := newWorld(t)
	w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Code: "InvalidGrantException", Message: "Invalid authorization code provided"})
	_, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: w.visitor(true)})
	wantError(t, err, sso.ErrAWS, "start again")
	if _, err := w.client.Peek(t.Context(), w.session); !errors.Is(err, sso.ErrNoToken) {
		t.Errorf("the cache: %v", err)
	}
	if _, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: w.visitor(true)}); err != nil {
		t.Errorf("the next click: %v", err)
	}
}

func TestARegistrationExpiredWhileThePersonWasInTheBrowser(t *testing.T) {
	w := newWorld(t)
	times := 0
	visit := w.visitor(true)
	_, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: func(ctx context.Context, address string) error {
		if times++; times == 1 {
			redirect, err := w.ic.Consent(address, true)
			if err != nil {
				return err
			}
			w.ic.ExpireRegistrations()
			return get(ctx, redirect)
		}
		return visit(ctx, address)
	}})
	if err != nil || times != 2 || w.calls("RegisterClient") != 2 {
		t.Errorf("%v; opened %d times, registered %d times", err, times, w.calls("RegisterClient"))
	}
}

func get(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func TestNoStateOrVerifierIsUsedTwice(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for range 3 {
		if _, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: func(ctx context.Context, address string) error {
			u, err := url.Parse(address)
			if err != nil {
				return err
			}
			for _, name := range []string{"state", "code_challenge"} {
				value := u.Query().Get(name)
				if seen[value] || len(value) < 26 {
					t.Errorf("%s is %q", name, value)
				}
				seen[value] = true
			}
			return w.visitor(true)(ctx, address)
		}}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatAWSSendsTheBrowserBackWith(t *testing.T) {
	for problem, tc := range map[string]struct {
		kind  error
		words string
		tries int
	}{
		"access_denied":       {sso.ErrDenied, "denied in the browser", 1},
		"invalid_scope":       {sso.ErrConfig, "sso_registration_scopes", 1},
		"server_error":        {sso.ErrAWS, "server_error", 1},
		"unauthorized_client": {sso.ErrAWS, "UnauthorizedClientException", 2},
		"invalid_client":      {sso.ErrAWS, "InvalidClientException", 2},
	} {
		t.Run(problem, func(t *testing.T) {
			w := newWorld(t)
			tries := 0
			_, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: func(ctx context.Context, address string) error {
				tries++
				u, err := url.Parse(address)
				if err != nil {
					return err
				}
				q := u.Query()
				return get(ctx, q.Get("redirect_uri")+"?"+url.Values{"error": {problem}, "state": {q.Get("state")}}.Encode())
			}})
			wantError(t, err, tc.kind, tc.words)
			if tries != tc.tries || w.calls("RegisterClient") != tc.tries {
				t.Errorf("opened %d times, registered %d times", tries, w.calls("RegisterClient"))
			}
		})
	}
}
