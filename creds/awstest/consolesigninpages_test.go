package awstest_test

import (
	"encoding/base64"
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

	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
)

var (
	identityPattern = regexp.MustCompile(`name="identity" value="([^"]*)"( checked)?>`)
	codeOnPage      = regexp.MustCompile(`(?s)<textarea id="code"[^>]*>(.*)</textarea>`)
)

// decide sends the form of the page with these fields.
func (w *signInWorld) decide(t *testing.T, page string, fields url.Values) (*http.Response, string) {
	t.Helper()
	token := tokenPattern.FindStringSubmatch(page)
	if token == nil || !strings.Contains(page, `<form method="post" action="/v1/authorize">`) {
		t.Fatalf("no form in\n%s", page)
	}
	form := url.Values{"token": {token[1]}}
	for name, values := range fields {
		form[name] = values
	}
	r := request(t, http.MethodPost, signInBase+"/v1/authorize", form.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return answer(t, w.AWS.Transport(), r)
}

func TestThePageOfTheSignInAsksAsWhomAndSendsTheBrowserBack(t *testing.T) {
	w := newSignInWorld(t)
	_, page := open(t, w.AWS.Transport(), w.address(nil))
	var offered []string
	for _, m := range identityPattern.FindAllStringSubmatch(page, -1) {
		offered = append(offered, html.UnescapeString(m[1])+m[2])
	}
	if diff := cmp.Diff([]string{
		"arn:aws:iam::111122223333:user/alice checked", "arn:aws:sts::111122223333:assumed-role/Admin/bob", "arn:aws:iam::111122223333:root",
	}, offered); diff != "" {
		t.Errorf("identities (-want +got):\n%s", diff)
	}
	if title(page) != "Allow access to your AWS account?" || !strings.Contains(page, "AWS tools on this computer") || !strings.Contains(page, "eu-west-1") {
		t.Errorf("the page is\n%s", page)
	}

	bob := url.Values{"decision": {"allow"}, "identity": {w.Console.Bob.ARN()}}
	resp, _ := w.decide(t, page, bob)
	to := resp.Header.Get("Location")
	if resp.StatusCode != 303 || !strings.HasPrefix(to, loopback+"?") || query(t, to).Get("state") != "state-1" {
		t.Fatalf("%d to %s", resp.StatusCode, to)
	}
	w.redeem(t, query(t, to).Get("code")).good(t)
	if n := w.Console.Bob.Sessions(); n != 1 {
		t.Errorf("bob has %d sessions", n)
	}
	if resp, page := w.decide(t, page, bob); resp.StatusCode != 400 || title(page) != "Page expired" {
		t.Errorf("a button works twice: %d %s", resp.StatusCode, title(page))
	}

	_, page = open(t, w.AWS.Transport(), w.address(nil))
	resp, _ = w.decide(t, page, url.Values{"decision": {"deny"}, "identity": {w.Console.Bob.ARN()}})
	if q := query(t, resp.Header.Get("Location")); q.Get("error") != "access_denied" || q.Get("state") != "state-1" || q.Has("code") {
		t.Errorf("denied: %v", q)
	}
}

func TestThePageOfTheSignInShowsTheCodeForAnotherComputer(t *testing.T) {
	w := newSignInWorld(t)
	w.client = crossDevice
	_, page := open(t, w.AWS.Transport(), w.address(nil))
	if !strings.Contains(page, "AWS tools on another computer") {
		t.Errorf("the page is\n%s", page)
	}
	resp, _ := w.decide(t, page, url.Values{"decision": {"allow"}, "identity": {w.Console.Alice.ARN()}})
	to := resp.Header.Get("Location")
	if !strings.HasPrefix(to, confirmation+"?") {
		t.Fatalf("%d to %s", resp.StatusCode, to)
	}
	_, page = open(t, w.AWS.Transport(), to)
	m := codeOnPage.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no code in\n%s", page)
	}
	pasted := must(url.ParseQuery(string(must(base64.StdEncoding.DecodeString(html.UnescapeString(m[1])))(t))))(t)
	if pasted.Get("state") != "state-1" || len(pasted) != 2 {
		t.Errorf("the code is of %v", pasted)
	}
	w.redeem(t, pasted.Get("code")).good(t)
	if resp, page := open(t, w.AWS.Transport(), to); resp.StatusCode != 400 || strings.Contains(page, m[1]) {
		t.Errorf("a spent code is shown: %d", resp.StatusCode)
	}
	if resp, page := open(t, w.AWS.Transport(), confirmation+"?error=access_denied&state=state-1"); resp.StatusCode != 403 || title(page) != "Access denied" {
		t.Errorf("denied: %d %s", resp.StatusCode, title(page))
	}

	// Without a browser.
	text := must(w.Console.Alice.Approve(w.address(nil)))(t)
	pasted = must(url.ParseQuery(string(must(base64.StdEncoding.DecodeString(text))(t))))(t)
	w.redeem(t, pasted.Get("code")).good(t)
}

func TestAWrongRequestForASignInIsExplainedAndNotRedirectedToAnUnknownAddress(t *testing.T) {
	for _, tt := range []struct {
		name    string
		changes url.Values
		want    string // the error that the client gets, or none if the person is
	}{
		{"an unknown client", url.Values{"client_id": {"arn:aws:signin:::devtools/x"}}, ""},
		{"another host", url.Values{"redirect_uri": {"http://example.com:1/oauth/callback"}}, ""},
		{"a host that looks like loopback", url.Values{"redirect_uri": {"http://127.0.0.1.example.com:1/oauth/callback"}}, ""},
		{"a person in the address", url.Values{"redirect_uri": {"http://me@127.0.0.1:1/oauth/callback"}}, ""},
		{"another path", url.Values{"redirect_uri": {"http://127.0.0.1:1/"}}, ""},
		{"a query", url.Values{"redirect_uri": {loopback + "?a=b"}}, ""},
		{"no port", url.Values{"redirect_uri": {"http://127.0.0.1/oauth/callback"}}, ""},
		{"https", url.Values{"redirect_uri": {"https://127.0.0.1:1/oauth/callback"}}, ""},
		{"the page that shows the code", url.Values{"redirect_uri": {confirmation}}, ""},
		{"loopback from another computer", url.Values{"client_id": {crossDevice}}, ""},
		{"the page of another region", url.Values{"client_id": {crossDevice}, "redirect_uri": {"https://us-east-1.signin.aws.amazon.com/v1/sessions/confirmation"}}, ""},
		{"an unknown parameter", url.Values{"nonce": {"x"}}, ""},
		{"a parameter twice", url.Values{"state": {"a", "b"}}, ""},

		{"another response", url.Values{"response_type": {"token"}}, "unsupported_response_type"},
		{"another scope", url.Values{"scope": {"openid profile"}}, "invalid_scope"},
		{"no state", url.Values{"state": {""}}, "invalid_request"},
		{"the usual name of the method", url.Values{"code_challenge_method": {"S256"}}, "invalid_request"},
		{"a padded challenge", url.Values{"code_challenge": {challenge() + "="}}, "invalid_request"},
		{"a challenge of 31 bytes", url.Values{"code_challenge": {b64(make([]byte, 31))}}, "invalid_request"},
		{"a challenge in base64", url.Values{"code_challenge": {"+" + challenge()[1:]}}, "invalid_request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newSignInWorld(t)
			address := w.address(tt.changes)
			resp, page := open(t, w.AWS.Transport(), address)
			redirect, err := w.Console.Alice.Approve(address)
			if tt.want == "" {
				if resp.StatusCode != 400 || title(page) != "Request not valid" || resp.Header.Get("Location") != "" || !errors.Is(err, awstest.ErrNothingToApprove) {
					t.Errorf("%d %s, %s, %v", resp.StatusCode, title(page), redirect, err)
				}
				return
			}
			for _, to := range []string{redirect, resp.Header.Get("Location")} {
				if !strings.HasPrefix(to, loopback+"?") || query(t, to).Get("error") != tt.want {
					t.Errorf("redirect to %s, %v; want %s", to, err, tt.want)
				}
			}
		})
	}
}

func TestAProgramMayWaitAtLocalhost(t *testing.T) {
	w := newSignInWorld(t)
	const at = "http://localhost:5000/oauth/callback"
	if to := must(w.Console.Alice.Approve(w.address(url.Values{"redirect_uri": {at}})))(t); !strings.HasPrefix(to, at+"?") {
		t.Errorf("redirect to %s", to)
	}
}

func TestThePageOfTheSignInRefusesOtherButtonsAndPeople(t *testing.T) {
	for name, fields := range map[string]url.Values{
		"nobody":         {"decision": {"allow"}},
		"a stranger":     {"decision": {"allow"}, "identity": {"arn:aws:iam::111111111111:user/alice"}},
		"no button":      {"identity": {"arn:aws:iam::111122223333:user/alice"}},
		"another button": {"decision": {"approve"}, "identity": {"arn:aws:iam::111122223333:user/alice"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSignInWorld(t)
			_, page := open(t, w.AWS.Transport(), w.address(nil))
			if resp, page := w.decide(t, page, fields); resp.StatusCode != 400 || title(page) != "Request not valid" {
				t.Errorf("%d %s", resp.StatusCode, page)
			}
		})
	}
	t.Run("an old page", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newSignInWorld(t)
			_, page := open(t, w.AWS.Transport(), w.address(nil))
			time.Sleep(10 * time.Minute)
			if resp, page := w.decide(t, page, url.Values{"decision": {"allow"}, "identity": {w.Console.Alice.ARN()}}); resp.StatusCode != 400 || title(page) != "Page expired" {
				t.Errorf("%d %s", resp.StatusCode, page)
			}
		})
	})
}

func TestWhoMayNotUseTheSignInIsSentBackWithoutACode(t *testing.T) {
	w := newSignInWorld(t)
	w.Console.Account.User("alice").Deny("signin:AuthorizeOAuth2Access")
	if q := query(t, must(w.Console.Alice.Approve(w.address(nil)))(t)); q.Get("error") != "access_denied" {
		t.Errorf("redirect with %v", q)
	}
}

func TestAPartitionOffersItsOwnIdentities(t *testing.T) {
	w := newSignInWorld(t)
	address := strings.Replace(w.address(nil), "eu-west-1.signin.aws.amazon.com", "cn-north-1.signin.amazonaws.cn", 1)
	if resp, page := open(t, w.AWS.Transport(), address); resp.StatusCode != 403 || title(page) != "Sign in" {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
	if _, err := w.Console.Alice.Approve(address); !errors.Is(err, awstest.ErrNothingToApprove) {
		t.Errorf("error %v", err)
	}
	li := w.AWS.SignIn.User(w.AWS.IAM.AccountIn("aws-cn", "999999999999").User("li"))
	must(li.Approve(address))(t)
	if _, page := open(t, w.AWS.Transport(), address); strings.Count(page, `name="identity"`) != 1 || !strings.Contains(page, li.ARN()) {
		t.Errorf("the page is\n%s", page)
	}
}

func TestAPersonVisitsThePageOfTheSignIn(t *testing.T) {
	w := newSignInWorld(t)
	got := make(chan url.Values, 1)
	l := must((&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"))(t)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		got <- r.URL.Query()
		_, _ = io.WriteString(rw, "done")
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close(); <-done })

	address := w.address(url.Values{"redirect_uri": {"http://" + l.Addr().String() + "/oauth/callback"}})
	must(w.Console.Alice.Visit(t.Context(), address))(t)
	if q := <-got; q.Get("code") == "" || q.Get("state") != "state-1" {
		t.Errorf("the program got %v", q)
	}
	must(w.AWS.SignIn.VisitAndDeny(t.Context(), address))(t)
	if q := <-got; q.Get("error") != "access_denied" {
		t.Errorf("the program got %v", q)
	}
}
