package consolesignin_test

import (
	"context"
	"encoding/base64"
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
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/awstest"
	"daypass/creds/consolesignin"
	"daypass/internal/signin"
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

// pasting is a person who is shown pages and pastes texts.
type pasting struct {
	pages  chan signin.Page
	pasted chan string
}

func newPasting() *pasting { return &pasting{make(chan signin.Page, 20), make(chan string)} }

func (p *pasting) way() signin.Way {
	return signin.Way{Show: func(page signin.Page) { p.pages <- page }, Pasted: p.pasted}
}

// start signs in by pasting in the background.
func (w *world) start(t *testing.T, way signin.Way) <-chan result {
	t.Helper()
	done := make(chan result, 1)
	go func() {
		token, err := w.client.Authorize(t.Context(), w.session, way)
		done <- result{token, err}
	}()
	return done
}

type result struct {
	token consolesignin.Token
	err   error
}

func (r result) good(t *testing.T, w *world) consolesignin.Token {
	t.Helper()
	if r.err != nil {
		t.Fatal(r.err)
	}
	if r.token.ARN != w.who.ARN() || r.token.AccountID != "111122223333" || lasts(r.token) != consolesignin.Lifetime ||
		time.Since(r.token.SignedIn).Round(time.Minute) != 0 || !r.token.Ends().Equal(r.token.SignedIn.Add(12*time.Hour)) {
		t.Errorf("the token is %+v", r.token)
	}
	if err := w.client.Keep(t.Context(), r.token); err != nil {
		t.Fatal(err)
	}
	return r.token
}

func TestASignInInTheBrowserOfThisMachine(t *testing.T) {
	w := newWorld(t)
	w.session.ARN = "" // nobody has signed in
	token, err := w.signIn(t)
	result{token, err}.good(t, w)
	w.session.ARN = token.ARN
	if got := w.fresh(t, 0); got.RefreshToken != token.RefreshToken || w.calls(createToken) != 1 {
		t.Error("the kept sign-in is not used")
	}
	if got := w.fresh(t, consolesignin.Lifetime-time.Minute-time.Second); got.RefreshToken != token.RefreshToken {
		t.Error("it was renewed, and lasts for longer than is asked")
	}
}

func TestASignInOverARealPort(t *testing.T) {
	w := newWorld(t)
	token, err := w.client.Authorize(t.Context(), w.session, signin.Way{Open: func(ctx context.Context, address string) error {
		_, err := w.who.Visit(ctx, address)
		return err
	}})
	result{token, err}.good(t, w)
}

func TestTheAddressHasWhatTheAWSCLIsHas(t *testing.T) {
	w := newWorld(t)
	var address *url.URL
	_, err := w.client.Authorize(t.Context(), w.session, signin.Way{Open: func(ctx context.Context, text string) error {
		var err error
		if address, err = url.Parse(text); err != nil {
			return err
		}
		_, err = w.AWS.SignIn.VisitAndDeny(ctx, text)
		return err
	}})
	wantError(t, err, creds.CodeSignInFailed, nil, `no sign-in for profile "web": it was denied in the browser`)
	if address.Scheme+"://"+address.Host+address.Path != "https://eu-west-1.signin.aws.amazon.com/v1/authorize" {
		t.Errorf("the page is %s", address)
	}
	q := address.Query()
	redirect, state, challenge := q.Get("redirect_uri"), q.Get("state"), q.Get("code_challenge")
	q.Del("redirect_uri")
	q.Del("state")
	q.Del("code_challenge")
	if diff := cmp.Diff(url.Values{
		"response_type": {"code"}, "client_id": {"arn:aws:signin:::devtools/same-device"}, "code_challenge_method": {"SHA-256"}, "scope": {"openid"},
	}, q); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(redirect, "http://127.0.0.1:") || !strings.HasSuffix(redirect, "/oauth/callback") || len(state) != 36 || len(challenge) != 43 {
		t.Errorf("redirect %s, state %s, challenge %s", redirect, state, challenge)
	}
}

func TestACodeIsPastedWhereThereIsNoBrowser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := newWorld(t), newPasting()
		done := w.start(t, p.way())
		page := <-p.pages
		if !page.Pastes || page.Opening || page.Opened || page.Code != "" || page.Note != "" || page.Method != signin.MethodDevice ||
			time.Until(page.Until) != signin.CodeLimit {
			t.Errorf("the page is %+v", page)
		}
		for text, note := range map[string]string{
			"":                       consolesignin.NotACode.String(),
			"hello":                  consolesignin.NotACode.String(),
			page.URL:                 consolesignin.NotACode.String(),
			strings.Repeat("A", 1e6): consolesignin.NotACode.String(),
			base64.StdEncoding.EncodeToString([]byte("state=x&code=y")): consolesignin.AnothersCode.String(),
		} {
			p.pasted <- text
			if again := <-p.pages; again.Note != note || again.URL != page.URL || !again.Pastes {
				t.Errorf("after %.20q the page is %+v", text, again)
			}
		}
		code, err := w.who.Approve(page.URL)
		if err != nil {
			t.Fatal(err)
		}
		p.pasted <- " " + code[:10] + "\r\n\t" + code[10:] + "\n"
		(<-done).good(t, w)
		if w.calls(createToken) != 1 {
			t.Errorf("AWS was asked %d times", w.calls(createToken))
		}
	})
}

func TestAPastedCodeIsReadInAllFormsOfBase64(t *testing.T) {
	const state = "0b2e4b8e-7f3c-4d0e-9a51-5d1c1f0a6b7c"
	// Such that + and / come up, and padding.
	answer := []byte("state=" + state + "&code=%3F%3E~~~???>>>%C3%BF")
	for name, encoding := range map[string]*base64.Encoding{
		"standard": base64.StdEncoding, "standard without padding": base64.RawStdEncoding,
		"for addresses": base64.URLEncoding, "for addresses without padding": base64.RawURLEncoding,
	} {
		text := encoding.EncodeToString(answer)
		if code, note := consolesignin.PastedCode(text, state); note != "" || code != "?>~~~???>>>ÿ" {
			t.Errorf("%s: %q is the code %q, %q", name, text, code, note)
		}
	}
	for _, answer := range []string{"state=" + state, "code=1", "state=" + state + "&code=", "state=" + state + "&code=1&code=2", "state=" + state + "&state=x&code=1", "%zz"} {
		if code, note := consolesignin.PastedCode(base64.StdEncoding.EncodeToString([]byte(answer)), state); note != consolesignin.NotACode {
			t.Errorf("%s is the code %q, %q", answer, code, note)
		}
	}
}

func FuzzPastedCode(f *testing.F) {
	f.Add("c3RhdGU9cyZjb2RlPWM=", "s")
	f.Add("c3Rh dGU9cyZjb2RlPWM\n", "s")
	f.Add("", "")
	f.Add("----____", "x")
	f.Fuzz(func(t *testing.T, text, state string) {
		code, note := consolesignin.PastedCode(text, state)
		if (code == "") == (note == "") {
			t.Errorf("%q is the code %q, with the note %q", text, code, note)
		}
	})
}

func TestABrowserThatDoesNotOpenIsReplacedByAPastedCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := newWorld(t), newPasting()
		w.client.SetListen(inMemory(t).listen)
		way := p.way()
		way.Open = func(context.Context, string) error { return &signin.Unopened{Why: "no display"} }
		done := w.start(t, way)
		if page := <-p.pages; page.Method != signin.MethodBrowser || page.Pastes || !page.Opening {
			t.Errorf("the page is %+v", page)
		}
		page := <-p.pages
		if !page.Pastes || page.Opening || page.Note != "No browser could be opened (no display): open the address yourself, on any machine, and paste the code that the page shows at its end." {
			t.Errorf("the page is %+v", page)
		}
		code, err := w.who.Approve(page.URL)
		if err != nil {
			t.Fatal(err)
		}
		p.pasted <- code
		(<-done).good(t, w)
	})
}

func TestWithoutAPortACodeIsPasted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := newWorld(t), newPasting()
		w.client.SetListen(func(context.Context) (net.Listener, error) { return nil, errors.New("no port") })
		way := p.way()
		opened := make(chan string, 1)
		way.Open = func(_ context.Context, address string) error { opened <- address; return nil }
		done := w.start(t, way)
		page := <-p.pages
		if !page.Pastes || !page.Opening || !strings.HasPrefix(page.Note, "The browser could not have come back") {
			t.Errorf("the page is %+v", page)
		}
		if shown := <-p.pages; !shown.Opened || shown.Opening || shown.Note != page.Note {
			t.Errorf("the page is %+v", shown)
		}
		code, err := w.who.Approve(<-opened)
		if err != nil {
			t.Fatal(err)
		}
		p.pasted <- code
		(<-done).good(t, w)
	})
}

func TestWhereNothingCanBePastedABrowserThatDoesNotOpenEndsTheSignIn(t *testing.T) {
	w := newWorld(t)
	open := func(context.Context, string) error { return &signin.Unopened{Why: "no display"} }
	_, err := w.client.Authorize(t.Context(), w.session, signin.Way{Open: open})
	wantError(t, err, creds.CodeSignInFailed, nil, "No browser could be opened (no display)")
	_, err = w.client.Authorize(t.Context(), w.session, signin.Way{Method: signin.MethodDevice})
	wantError(t, err, creds.CodeSignInFailed, nil, "can be pasted nowhere")
}

func TestASignInIsGivenUpAfterTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, method := range []signin.Method{signin.MethodBrowser, signin.MethodDevice} {
			w, p := newWorld(t), newPasting()
			w.client.SetListen(inMemory(t).listen)
			way := p.way()
			way.Method = method
			began := time.Now()
			_, err := w.client.Authorize(t.Context(), w.session, way)
			wantError(t, err, creds.CodeSignInFailed, nil, "nobody finished it in the browser within 10 minutes")
			if time.Since(began) != signin.CodeLimit {
				t.Errorf("after %s", time.Since(began))
			}
		}
	})
}

func TestAPersonWhoLeavesEndsTheSignInAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := errors.New("left")
		for _, method := range []signin.Method{signin.MethodBrowser, signin.MethodDevice} {
			w, p := newWorld(t), newPasting()
			w.client.SetListen(inMemory(t).listen)
			ctx, leave := context.WithCancelCause(t.Context())
			way := p.way()
			way.Method = method
			way.Show = func(signin.Page) { leave(left) }
			if _, err := w.client.Authorize(ctx, w.session, way); !errors.Is(err, left) {
				t.Errorf("%s: %v", method, err)
			}
		}
	})
}

func TestOnlyPagesOfAWSAreOpened(t *testing.T) {
	for address, safe := range map[string]bool{
		"https://eu-west-1.signin.aws.amazon.com":              true,
		"https://us-gov-west-1.signin.amazonaws-us-gov.com":    true,
		"https://signin-fips.amazonaws-us-gov.com":             true,
		"https://cn-north-1.signin.amazonaws.cn":               true,
		"https://eusc-de-east-1.signin.amazonaws-eusc.eu":      true,
		"https://signin.eu-west-1.api.aws":                     true,
		"https://signin-fips.us-east-1.amazonaws.com":          true,
		"https://signin.us-east-1.s3.amazonaws.com":            false,
		"https://signin.evil.amazonaws.com":                    false,
		"https://evilsignin.aws.amazon.com":                    false,
		"https://signin.aws.amazon.com.evil.example":           false,
		"https://eu-west-1.signin.aws.amazon.com@evil.example": false,
		"https://console.aws.amazon.com":                       false,
		"http://eu-west-1.signin.aws.amazon.com":               false,
	} {
		if err := signin.CheckURL(address, "", consolesignin.IsAWSPage); (err == nil) != safe {
			t.Errorf("%s: %v", address, err)
		}
	}
	w := newWorld(t)
	w.session.Endpoint = "http://evil.example"
	_, err := w.client.Authorize(t.Context(), w.session, signin.Way{Open: func(context.Context, string) error { t.Error("opened"); return nil }})
	wantError(t, err, creds.CodeSignInFailed, nil, "the address to open is not safe")
}

func TestAnEndpointOfOnesOwnIsUsed(t *testing.T) {
	for _, from := range []string{"config file", "environment"} {
		t.Run(from, func(t *testing.T) {
			w := newWorld(t)
			server, err := w.AWS.Listen(t.Context(), "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			cfg := aws.Config{}
			if from == "environment" {
				cfg.BaseEndpoint = aws.String(server.URL())
				w.session.Endpoint = "http://127.0.0.1:1"
			} else {
				w.session.Endpoint = server.URL()
			}
			w.session.Region = "local"
			client := consolesignin.NewClient(cfg, consolesignin.NewCache(w.dir, nil), nil)
			token, err := client.Authorize(t.Context(), w.session, signin.Way{Open: func(ctx context.Context, address string) error {
				if !strings.HasPrefix(address, server.URL()) {
					t.Errorf("the page is %s", address)
				}
				_, err := w.who.Visit(ctx, address)
				return err
			}})
			w.client = client
			result{token, err}.good(t, w)
		})
	}
}

func TestEachPartitionHasItsPage(t *testing.T) {
	for name, tc := range map[string]struct {
		region string
		env    map[string]string
		want   string
	}{
		"aws":                {"us-east-1", nil, "https://us-east-1.signin.aws.amazon.com/v1/authorize?"},
		"China":              {"cn-north-1", nil, "https://cn-north-1.signin.amazonaws.cn/v1/authorize?"},
		"GovCloud":           {"us-gov-east-1", nil, "https://us-gov-east-1.signin.amazonaws-us-gov.com/v1/authorize?"},
		"Europe's own":       {"eusc-de-east-1", nil, "https://eusc-de-east-1.signin.amazonaws-eusc.eu/v1/authorize?"},
		"FIPS":               {"us-east-1", map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}, "https://signin-fips.us-east-1.amazonaws.com/v1/authorize?"},
		"FIPS in GovCloud":   {"us-gov-east-1", map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}, "https://us-gov-east-1.signin-fips.amazonaws-us-gov.com/v1/authorize?"},
		"dual stack":         {"eu-west-1", map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "https://signin.eu-west-1.api.aws/v1/authorize?"},
		"dual stack, China":  {"cn-north-1", map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "https://signin.cn-north-1.api.amazonwebservices.com.cn/v1/authorize?"},
		"an endpoint's path": {"eu-west-1", map[string]string{"AWS_ENDPOINT_URL_SIGNIN": "https://aws.internal/signin/"}, "https://aws.internal/signin/v1/authorize?"},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range tc.env {
				t.Setenv(key, value)
			}
			cfg, err := awscall.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ctx, leave := context.WithCancel(t.Context())
			page := ""
			client := consolesignin.NewClient(cfg, consolesignin.NewCache(t.TempDir(), nil), nil)
			_, err = client.Authorize(ctx, consolesignin.Session{Region: tc.region}, signin.Way{Pasted: make(chan string), Show: func(p signin.Page) {
				page = p.URL
				leave()
			}})
			if !strings.HasPrefix(page, tc.want) {
				t.Errorf("it is %s, %v", page, err)
			}
		})
	}
}

func TestAnEndpointThatThereIsNotIsNamed(t *testing.T) {
	t.Setenv("AWS_USE_FIPS_ENDPOINT", "true")
	cfg, err := awscall.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.signedInByCLI(t, 10*time.Minute)
	w.client = consolesignin.NewClient(cfg, consolesignin.NewCache(w.dir, nil), nil)
	unrevoked, err := w.client.End(t.Context(), w.session)
	wantError(t, unrevoked, creds.CodeBadProfile, nil, `AWS's sign-in has no such endpoint in "eu-west-1": FIPS endpoints are not supported`)
	if err != nil {
		t.Error(err)
	}
	w.session.Endpoint = "http://127.0.0.1:1"
	w.signedInByCLI(t, time.Minute)
	_, err = w.client.Fresh(t.Context(), w.session, 0)
	wantError(t, err, creds.CodeBadProfile, nil, "FIPS and custom endpoint are not supported")
}

func TestARegionThatIsNoneIsNamed(t *testing.T) {
	for region, words := range map[string]string{"": "no region is set", "eu_west_1": `its region is "eu_west_1", which is no region of AWS`} {
		w := newWorld(t)
		w.session.Region = region
		_, err := w.signIn(t)
		wantError(t, err, creds.CodeBadProfile, nil, words)
		w.signedInByCLI(t, time.Minute)
		token, err := w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeBadProfile, nil, words)
		if lasts(token) != time.Minute {
			t.Error("the credentials that are still valid are missing")
		}
	}
}

func TestWhatAWSRefusesAtASignInIsOneSentence(t *testing.T) {
	for code, want := range map[string]struct {
		code  creds.Code
		words string
	}{
		"INSUFFICIENT_PERMISSIONS": {creds.CodeDenied, "AWS does not allow who signed in"},
		"AUTHCODE_EXPIRED":         {creds.CodeSignInFailed, "start again"},
		"INVALID_REQUEST":          {creds.CodeAWS, "AWS answered ValidationException"},
		"TooManyRequestsError":     {creds.CodeThrottled, "too often"},
		"InternalServerException":  {creds.CodeNetwork, "trouble of its own"},
	} {
		w := newWorld(t)
		fault := awstest.Fault{Code: code, Message: "Not today.", Status: map[string]int{"TooManyRequestsError": 429, "InternalServerException": 500}[code]}
		w.AWS.Faults.Add(createToken, fault)
		_, err := w.signIn(t)
		wantError(t, err, want.code, nil, want.words)
		if n := w.calls(createToken); n != 1 {
			t.Errorf("%s: AWS was asked %d times", code, n)
		}
		if code == "INSUFFICIENT_PERMISSIONS" && !strings.Contains(creds.AsError(err).Advice, "SignInLocalDevelopmentAccess") {
			t.Errorf("the advice is %s", creds.AsError(err).Advice)
		}
	}
}

func TestAnAnswerThatIsNoTokenIsRefused(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"no credentials":     func(s string) string { return strings.Replace(s, `"accessToken"`, `"other"`, 1) },
		"no refresh token":   func(s string) string { return strings.Replace(s, `"refreshToken"`, `"other"`, 1) },
		"no lifetime":        func(s string) string { return strings.Replace(s, `"expiresIn"`, `"other"`, 1) },
		"a day":              func(s string) string { return strings.Replace(s, `"expiresIn":`, `"expiresIn":86400,"other":`, 1) },
		"no ID token":        func(s string) string { return strings.Replace(s, `"idToken"`, `"other"`, 1) },
		"no JWT":             func(s string) string { return strings.Replace(s, `"idToken":"`, `"idToken":"x.y","other":"`, 1) },
		"of another kind":    func(s string) string { return strings.Replace(s, "aws_sigv4", "Bearer", 1) },
		"a page of a proxy":  func(string) string { return "<html>" },
		"nothing whatsoever": func(string) string { return "" },
	} {
		w := newWorld(t)
		w.AWS.Faults.Add(createToken, awstest.Fault{Change: change})
		_, err := w.signIn(t)
		if creds.CodeOf(err) != creds.CodeAWS && creds.CodeOf(err) != creds.CodeNetwork {
			t.Errorf("%s: %v", name, err)
		}
	}
}
