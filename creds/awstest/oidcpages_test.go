package awstest_test

import (
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"daypass/creds/awstest"
)

// request is a request with a body, or none.
func request(t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	return must(http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body)))(t)
}

// answer sends r and returns the answer and its body.
func answer(t *testing.T, via http.RoundTripper, r *http.Request) (*http.Response, string) {
	t.Helper()
	resp := must(via.RoundTrip(r))(t)
	defer resp.Body.Close()
	return resp, string(must(io.ReadAll(resp.Body))(t))
}

// open opens an address as a browser that follows no redirect.
func open(t *testing.T, via http.RoundTripper, address string) (*http.Response, string) {
	t.Helper()
	return answer(t, via, request(t, http.MethodGet, address, ""))
}

var (
	actionPattern = regexp.MustCompile(`<form method="post" action="([^"]*)">`)
	tokenPattern  = regexp.MustCompile(`name="token" value="([^"]*)"`)
	titlePattern  = regexp.MustCompile(`<title>(.*) · AWS stand-in</title>`)
)

func title(page string) string {
	if m := titlePattern.FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return page
}

// press presses a button of the page that an address gave.
func press(t *testing.T, via http.RoundTripper, address, page, decision string) (*http.Response, string) {
	t.Helper()
	action, token := actionPattern.FindStringSubmatch(page), tokenPattern.FindStringSubmatch(page)
	if action == nil || token == nil {
		t.Fatalf("no form in\n%s", page)
	}
	base := must(url.Parse(address))(t)
	to := must(base.Parse(html.UnescapeString(action[1])))(t)
	form := url.Values{"token": {token[1]}, "decision": {decision}}
	r := request(t, http.MethodPost, to.String(), form.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return answer(t, via, r)
}

func TestThePageAsksAndSendsTheBrowserBack(t *testing.T) {
	w := newSSOWorld()
	c, via := w.registerPKCE(t), w.aws.Transport()
	for decision, want := range map[string]func(url.Values) bool{
		"approve": func(q url.Values) bool { return q.Get("code") != "" && !q.Has("error") },
		"deny":    func(q url.Values) bool { return q.Get("error") == "access_denied" && !q.Has("code") },
	} {
		address := authorizeURL(c, nil)
		resp, page := open(t, via, address)
		if resp.StatusCode != 200 || title(page) != "Authorize request" || !strings.Contains(page, "stand-in for AWS") {
			t.Fatalf("%d %s", resp.StatusCode, page)
		}
		if !strings.Contains(page, `value="approve" autofocus>Approve</button>`) || !strings.Contains(page, `>Deny</button>`) {
			t.Errorf("the buttons are not there:\n%s", page)
		}
		resp, _ = press(t, via, address, page, decision)
		to := resp.Header.Get("Location")
		if resp.StatusCode != 302 || !strings.HasPrefix(to, loopback+"?") || query(t, to).Get("state") != "state-1" || !want(query(t, to)) {
			t.Errorf("%s: %d to %s", decision, resp.StatusCode, to)
		}
		if resp, page = press(t, via, address, page, "approve"); resp.StatusCode != 400 || title(page) != "Request refused" {
			t.Errorf("a button works twice: %d", resp.StatusCode)
		}
	}
}

func TestAWrongRequestIsExplainedAndNotRedirectedToAnUnknownAddress(t *testing.T) {
	w := newSSOWorld()
	c, via := w.registerPKCE(t), w.aws.Transport()
	device := w.register(t, "sso:account:access")
	for _, tt := range []struct {
		name    string
		changes url.Values
		want    string // the error that the client gets, or none if the person is
	}{
		{"an unknown client", url.Values{"client_id": {"x"}}, ""},
		{"a client of device codes", url.Values{"client_id": {*device.ClientId}}, ""},
		{"another host", url.Values{"redirect_uri": {"http://example.com/oauth/callback"}}, ""},
		{"another loopback address", url.Values{"redirect_uri": {"http://[::1]:1/oauth/callback"}}, ""},
		{"another path", url.Values{"redirect_uri": {"http://127.0.0.1:1/"}}, ""},
		{"https", url.Values{"redirect_uri": {"https://127.0.0.1:1/oauth/callback"}}, ""},
		{"no state", url.Values{"state": nil}, "invalid_request"},
		{"a plain challenge", url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		{"no challenge", url.Values{"code_challenge": nil}, "invalid_request"},
		{"a token at once", url.Values{"response_type": {"token"}}, "unsupported_response_type"},
		{"a foreign scope", url.Values{"scopes": nil, "scope": {"all"}}, "invalid_scope"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, page := open(t, via, authorizeURL(c, tt.changes))
			if tt.want == "" {
				if resp.StatusCode != 400 || resp.Header.Get("Location") != "" || title(page) != "Request refused" {
					t.Errorf("%d to %q: %s", resp.StatusCode, resp.Header.Get("Location"), page)
				}
				return
			}
			to := resp.Header.Get("Location")
			if resp.StatusCode != 302 || !strings.HasPrefix(to, loopback+"?") || query(t, to).Get("error") != tt.want {
				t.Errorf("%d to %s", resp.StatusCode, to)
			}
		})
	}
	if resp, _ := open(t, via, authorizeURL(c, url.Values{"scopes": nil, "scope": {"sso:account:access"}})); resp.StatusCode != 200 {
		t.Errorf("scope in the singular: %d", resp.StatusCode)
	}
}

func TestTheVerificationPageTakesTheCode(t *testing.T) {
	w := newSSOWorld()
	c, via := w.register(t, "sso:account:access"), w.aws.Transport()
	d := w.device(t, c)
	_, page := open(t, via, *d.VerificationUri)
	if title(page) != "Enter the code" || !strings.Contains(page, `name="user_code"`) {
		t.Errorf("no field in\n%s", page)
	}
	_, page = open(t, via, *d.VerificationUri+"?user_code=XXXX-XXXX")
	if title(page) != "Enter the code" || !strings.Contains(page, "No application waits with the code XXXX-XXXX.") {
		t.Errorf("an unknown code gives\n%s", page)
	}
	_, page = open(t, via, *d.VerificationUriComplete)
	if title(page) != "Authorize request" || !strings.Contains(page, ">"+*d.UserCode+"<") {
		t.Errorf("the code is not shown in\n%s", page)
	}
	_, second := open(t, via, *d.VerificationUriComplete) // in another window
	if _, page = press(t, via, *d.VerificationUriComplete, page, "approve"); title(page) != "Request approved" {
		t.Errorf("approved: %s", title(page))
	}
	if _, page = press(t, via, *d.VerificationUriComplete, second, "deny"); title(page) != "Request refused" {
		t.Errorf("then denied: %s", title(page))
	}
	must(w.poll(t.Context(), c, d.DeviceCode))(t)

	d = w.device(t, c)
	_, page = open(t, via, *d.VerificationUriComplete)
	if _, page = press(t, via, *d.VerificationUriComplete, page, "deny"); title(page) != "Request denied" {
		t.Errorf("denied: %s", title(page))
	}
}

func TestAPageGoesOutOfDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		address := authorizeURL(w.registerPKCE(t), nil)
		_, page := open(t, w.aws.Transport(), address)
		time.Sleep(10 * time.Minute)
		if resp, page := press(t, w.aws.Transport(), address, page, "approve"); resp.StatusCode != 400 || title(page) != "Request refused" {
			t.Errorf("%d %s", resp.StatusCode, title(page))
		}
	})
}

func TestOverLoopbackThePagesAreOnTheServerItself(t *testing.T) {
	w := newSSOWorld()
	server := must(w.aws.Listen(t.Context(), "127.0.0.1:0"))(t)
	defer server.Close()
	via := &http.Transport{DisableKeepAlives: true}
	w.oidc = ssooidc.New(ssooidc.Options{
		Region: ssoRegion, BaseEndpoint: aws.String(server.URL()), Retryer: aws.NopRetryer{}, HTTPClient: &http.Client{Transport: via},
	})
	c := w.register(t, "sso:account:access")
	d := w.device(t, c)
	if *d.VerificationUri != server.URL()+"/device" {
		t.Errorf("verification at %s", *d.VerificationUri)
	}
	_, page := open(t, via, *d.VerificationUriComplete)
	if _, page = press(t, via, *d.VerificationUriComplete, page, "approve"); title(page) != "Request approved" {
		t.Errorf("%s", page)
	}
	must(w.poll(t.Context(), c, d.DeviceCode))(t)

	pkce := w.registerPKCE(t)
	_, page = open(t, via, strings.Replace(authorizeURL(pkce, nil), "https://oidc.eu-west-1.amazonaws.com", server.URL(), 1))
	if title(page) != "Authorize request" {
		t.Errorf("%s", page)
	}
}

func TestAPersonVisitsAndTheClientIsCalledBack(t *testing.T) {
	w := newSSOWorld()
	c := w.registerPKCE(t)
	var back []url.Values
	l := must((&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"))(t)
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		back = append(back, r.URL.Query())
	})}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	address := authorizeURL(c, url.Values{"redirect_uri": {"http://" + l.Addr().String() + "/oauth/callback"}})
	must(w.ic.Visit(t.Context(), address))(t)
	must(w.ic.VisitAndDeny(t.Context(), address))(t)
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	<-done
	if len(back) != 2 || back[0].Get("code") == "" || back[1].Get("error") != "access_denied" {
		t.Errorf("called back with %v", back)
	}

	if _, err := w.ic.Visit(t.Context(), address); err == nil {
		t.Error("nobody listens, and nobody says so")
	}
	for _, address := range []string{"https://oidc.eu-west-1.amazonaws.com/authorize?client_id=x", "http://127.0.0.1/device?user_code=x", "%"} {
		if _, err := w.ic.Visit(t.Context(), address); !errors.Is(err, awstest.ErrNothingToApprove) {
			t.Errorf("%s: %v", address, err)
		}
	}
	other := w.aws.SSO.IdentityCenter(ssoRegion, "https://d-other.awsapps.com/start")
	if _, err := other.Consent(address, true); !errors.Is(err, awstest.ErrNothingToApprove) {
		t.Errorf("another instance's person: %v", err)
	}
}
