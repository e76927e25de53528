package awstest_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
)

// newBrowser is a browser, or one profile of it: it keeps cookies and follows
// redirects.
func newBrowser(t *testing.T, via http.RoundTripper) *http.Client {
	t.Helper()
	return &http.Client{Transport: via, Jar: must(cookiejar.New(nil))(t)}
}

// visit opens an address in a browser and returns the last page.
func visit(t *testing.T, browser *http.Client, address string) (status int, at *url.URL, page string) {
	t.Helper()
	resp := must(browser.Do(request(t, http.MethodGet, address, "")))(t)
	defer resp.Body.Close()
	return resp.StatusCode, resp.Request.URL, string(must(io.ReadAll(resp.Body))(t))
}

var (
	windowPattern = regexp.MustCompile(`<title>(.*)</title>`)
	factPattern   = regexp.MustCompile(`<dd id="(\w+)">(.*)</dd>`)
)

// window is the title of a page's window.
func window(page string) string {
	if m := windowPattern.FindStringSubmatch(page); m != nil {
		return html.UnescapeString(m[1])
	}
	return page
}

// facts are the values on a page of the console.
func facts(page string) map[string]string {
	out := map[string]string{}
	for _, m := range factPattern.FindAllStringSubmatch(page, -1) {
		out[m[1]] = html.UnescapeString(m[2])
	}
	return out
}

const (
	logOutFirst = "You must first log out before logging into a different AWS account."
	signInPage  = "Sign in · AWS stand-in"
)

// two are a world's two identities with the titles of their windows.
func two(t *testing.T) (s *awstest.Sample, one, other *types.Credentials, oneTitle, otherTitle string) {
	t.Helper()
	s = awstest.NewSample()
	c := stsAs(s.AWS, s.AliceKey)
	return s, assume(t, c, readOnlyRole), federate(t, c, "alice", allowAll),
		"111111111111 · ReadOnly/test · eu-west-1 · s3 · AWS stand-in console",
		"111111111111 · federated-user/alice · eu-west-1 · s3 · AWS stand-in console"
}

func TestTheConsoleShowsWhoIsThereAndUntilWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		creds := ssoCredentials(t, w, "ReadOnly")
		b := newBrowser(t, w.aws.Transport())
		status, at, page := visit(t, b, link(t, w.aws, onLoopback, creds, "7200", s3Home))
		role := w.ic.Role(w.dev, "ReadOnly").ARN()
		role = role[strings.LastIndex(role, "/")+1:]
		if want := "444444444444 · " + role + "/alice · eu-west-1 · s3 · AWS stand-in console"; status != 200 || window(page) != want {
			t.Errorf("%d %q, want %q", status, window(page), want)
		}
		want := map[string]string{
			"account": "444444444444 (Development)", "identity": "arn:aws:sts::444444444444:assumed-role/" + role + "/alice",
			"region": "eu-west-1", "service": "s3", "permissions": "all that the role has",
			"ends": time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339), "destination": s3Home,
		}
		if diff := cmp.Diff(want, facts(page)); diff != "" {
			t.Errorf("page (-want +got):\n%s", diff)
		}
		if at.Path != "/console" || at.Host != "127.0.0.1:4566" {
			t.Errorf("the browser is at %s", at)
		}
		time.Sleep(2*time.Hour - time.Second)
		if status, _, page = visit(t, b, at.String()); status != 200 {
			t.Errorf("before its end: %d %s", status, page)
		}
		time.Sleep(time.Second)
		if status, _, page = visit(t, b, at.String()); status != 403 || window(page) != signInPage {
			t.Errorf("after its end: %d %s", status, page)
		}
	})
}

func TestWithoutADurationTheConsoleLastsAsLongAsTheCredentials(t *testing.T) {
	s, one, _, _, _ := two(t)
	_, _, page := visit(t, newBrowser(t, s.AWS.Transport()), link(t, s.AWS, onLoopback, one, "", s3Home))
	if got, want := facts(page)["ends"], one.Expiration.UTC().Format(time.RFC3339); got != want {
		t.Errorf("ends %s, want %s", got, want)
	}
}

func TestAWindowIsNamedByTheAddress(t *testing.T) {
	s, one, _, _, _ := two(t)
	b := newBrowser(t, s.AWS.Transport())
	visit(t, b, link(t, s.AWS, onLoopback, one, "", s3Home))
	const who, end = "111111111111 · ReadOnly/test · ", " · AWS stand-in console"
	for address, want := range map[string]string{
		"https://console.aws.amazon.com/":                                       "global · console",
		"https://eu-central-1.console.aws.amazon.com":                           "eu-central-1 · console",
		"https://console.aws.amazon.com/iam/home#/roles":                        "global · iam",
		"https://console.aws.amazon.com/ec2/v2/home?region=us-west-2#Instances": "us-west-2 · ec2",
		"https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-2":     "eu-west-2 · s3",
		"https://s3.console.aws.amazon.com/s3/buckets/a%2Fb":                    "global · s3",
		"https://console.aws.amazon.com/<b>&\"/x":                               "global · <b>&\"",
	} {
		if status, _, page := visit(t, b, onLoopback+"/console?dest="+url.QueryEscape(address)); status != 200 || window(page) != who+want+end {
			t.Errorf("%s: %d %q, want %q", address, status, window(page), who+want+end)
		}
	}
	if _, _, page := visit(t, b, onLoopback+"/console"); window(page) != who+"global · console"+end {
		t.Errorf("home: %q", window(page))
	}
	for address, want := range map[string]int{
		"https://console.aws.amazon.com/s3/home?region=cn-north-1": 400,
		"https://console.aws.amazon.com/s3/home?region=moon-1":     400,
		"https://example.com/":                 400,
		"https://console.amazonaws.cn/s3/home": 403, // another partition knows nobody
	} {
		if status, _, page := visit(t, b, onLoopback+"/console?dest="+url.QueryEscape(address)); status != want {
			t.Errorf("%s: %d %s", address, status, page)
		}
	}
	if resp, _ := answer(t, s.AWS.Transport(), request(t, http.MethodPost, onLoopback+"/console", "")); resp.StatusCode != 405 {
		t.Errorf("POST: %d", resp.StatusCode)
	}
}

func TestAFederatedUserHasWhatUserAndPolicyBothAllow(t *testing.T) {
	for _, tt := range []struct {
		name, policy string
		mfa          bool
		want         string
	}{
		{"no policy", "", false, "none: no session policy was given"},
		{"all", allowAll, false, "all that alice has"},
		{"all, less something", strings.Replace(allowAll, "[{", `[{"Effect":"Deny","Action":"s3:*","Resource":"*"},{`, 1), false, "part of what alice has"},
		{"all of one service", strings.Replace(allowAll, `"Action":"*"`, `"Action":"s3:*"`, 1), false, "part of what alice has"},
		{"all on one resource", strings.Replace(allowAll, `"Resource":"*"`, `"Resource":"arn:aws:s3:::b"`, 1), false, "part of what alice has"},
		{"all at times", strings.Replace(allowAll, "[{", `[{"Condition":{"Bool":{"aws:SecureTransport":"true"}},`, 1), false, "part of what alice has"},
		{"only a denial", strings.Replace(allowAll, "Allow", "Deny", 1), false, "none: the session policy allows nothing"},
		{"all, of a user who must have MFA", allowAll, true, "none: the policies of alice demand MFA"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := awstest.NewSample()
			if tt.mfa {
				s.Alice.RequireMFA("sts:GetFederationToken")
			}
			creds := federate(t, stsAs(s.AWS, s.AliceKey), "alice", tt.policy)
			_, _, page := visit(t, newBrowser(t, s.AWS.Transport()), link(t, s.AWS, onLoopback, creds, "", s3Home))
			if got := facts(page)["permissions"]; got != tt.want {
				t.Errorf("permissions %q, want %q", got, tt.want)
			}
		})
	}
}

func TestASecondIdentityMustFirstLogOut(t *testing.T) {
	s, one, other, oneTitle, otherTitle := two(t)
	b := newBrowser(t, s.AWS.Transport())
	login := func(c *types.Credentials) string { return link(t, s.AWS, onLoopback, c, "", s3Home) }
	visit(t, b, login(one))
	second := login(other)
	status, _, page := visit(t, b, second)
	if status != 400 || window(page) != "Amazon Web Services Sign In · AWS stand-in" || !strings.Contains(page, logOutFirst) || !strings.Contains(page, `<a href="/oauth?Action=logout">click here</a>`) {
		t.Errorf("%d %s", status, page)
	}
	if _, _, page = visit(t, b, onLoopback+"/console?dest="+url.QueryEscape(s3Home)); window(page) != oneTitle {
		t.Errorf("the first is gone: %q", window(page))
	}
	again := assume(t, stsAs(s.AWS, s.AliceKey), readOnlyRole)
	if _, _, page = visit(t, b, login(again)); window(page) != oneTitle {
		t.Errorf("the same role with fresh credentials: %q", window(page))
	}
	if _, _, page = visit(t, b, onLoopback+"/oauth?Action=logout"); window(page) != "Signed out · AWS stand-in" {
		t.Errorf("logout: %q", window(page))
	}
	if status, _, page = visit(t, b, onLoopback+"/console"); status != 403 || window(page) != signInPage {
		t.Errorf("after logout: %d %q", status, window(page))
	}
	if _, _, page = visit(t, b, second); window(page) != otherTitle { // the advice did not spend it
		t.Errorf("the link after logout: %q", window(page))
	}
}

func TestALogoutGoesOnToTheLogin(t *testing.T) {
	s, one, other, _, otherTitle := two(t)
	b := newBrowser(t, s.AWS.Transport())
	visit(t, b, link(t, s.AWS, onLoopback, one, "", s3Home))
	for _, at := range []string{onLoopback, signinHost, "http://localhost:1"} {
		next := strings.Replace(link(t, s.AWS, onLoopback, other, "", s3Home), onLoopback, at, 1)
		_, to, page := visit(t, b, onLoopback+"/oauth?Action=logout&redirect_uri="+url.QueryEscape(next))
		if window(page) != otherTitle || to.Host != "127.0.0.1:4566" {
			t.Errorf("by %s to %s: %q", at, to, window(page))
		}
	}
	for _, next := range []string{"https://example.com/", "//example.com/federation", "http://example.com/federation?x", "/device", "https://console.aws.amazon.com.example.com/", ""} {
		if status, to, page := visit(t, b, onLoopback+"/oauth?Action=logout&redirect_uri="+url.QueryEscape(next)); status != 400 || to.Path != "/oauth" {
			t.Errorf("a logout goes on to %q: %d %s", next, status, page)
		}
	}
	if _, _, page := visit(t, b, onLoopback+"/oauth?Action=logout&redirect_uri="+url.QueryEscape(s3Home)); window(page) != signInPage {
		t.Errorf("on to the console: %q", window(page))
	}
}

func TestAtAWSsHostsOnlyUSEast1GoesOnAfterALogout(t *testing.T) {
	s, one, other, oneTitle, otherTitle := two(t)
	b := newBrowser(t, s.AWS.Transport())
	_, at, page := visit(t, b, link(t, s.AWS, signinHost, one, "", s3Home))
	if at.String() != s3Home || window(page) != oneTitle || !strings.Contains(page, `<a href="https://signin.aws.amazon.com/oauth?Action=logout">`) {
		t.Fatalf("%s: %s", at, page)
	}
	next := url.QueryEscape(link(t, s.AWS, signinHost, other, "", s3Home))
	for _, host := range []string{signinHost, "https://eu-west-1.signin.aws.amazon.com"} {
		if _, _, page = visit(t, b, host+"/oauth?Action=logout&redirect_uri="+next); window(page) != "Signed out · AWS stand-in" {
			t.Errorf("%s: %q", host, window(page))
		}
	}
	_, at, page = visit(t, b, "https://us-east-1.signin.aws.amazon.com/oauth?Action=logout&redirect_uri="+next)
	if at.String() != s3Home || window(page) != otherTitle {
		t.Errorf("us-east-1 goes on to %s: %q", at, window(page))
	}
	china := url.QueryEscape("https://signin.amazonaws.cn/federation?Action=login")
	if status, _, _ := visit(t, b, "https://us-east-1.signin.aws.amazon.com/oauth?Action=logout&redirect_uri="+china); status != 400 {
		t.Errorf("a logout goes on to another partition: %d", status)
	}
}

func TestTwoProfilesOfABrowserHoldTwoIdentities(t *testing.T) {
	s, one, other, oneTitle, otherTitle := two(t)
	server := must(s.AWS.Listen(t.Context(), "127.0.0.1:0"))(t)
	defer server.Close()
	via := &http.Transport{DisableKeepAlives: true}
	left, right := newBrowser(t, via), newBrowser(t, via)
	for _, at := range []string{server.URL(), strings.Replace(server.URL(), "127.0.0.1", "localhost", 1)} {
		_, oneAt, _ := visit(t, left, strings.Replace(link(t, s.AWS, onLoopback, one, "", s3Home), onLoopback, at, 1))
		_, otherAt, _ := visit(t, right, strings.Replace(link(t, s.AWS, onLoopback, other, "", s3Home), onLoopback, at, 1))
		_, _, onePage := visit(t, left, oneAt.String())
		_, _, otherPage := visit(t, right, otherAt.String())
		if window(onePage) != oneTitle || window(otherPage) != otherTitle {
			t.Errorf("at %s: %q and %q", at, window(onePage), window(otherPage))
		}
	}
}

func TestWithMultiSessionABrowserHoldsFiveIdentities(t *testing.T) {
	s, one, other, oneTitle, otherTitle := two(t)
	s.AWS.Console.MultiSession(true)
	b := newBrowser(t, s.AWS.Transport())
	_, oneAt, _ := visit(t, b, link(t, s.AWS, onLoopback, one, "", s3Home))
	_, otherAt, _ := visit(t, b, link(t, s.AWS, onLoopback, other, "", s3Home))
	for at, want := range map[*url.URL]string{oneAt: oneTitle, otherAt: otherTitle} {
		dest := at.Query().Get("dest")
		if !matches(`^https://111111111111-[a-z2-7]{8}\.eu-west-1\.console\.aws\.amazon\.com/s3/home\?region=eu-west-1$`, dest) {
			t.Errorf("the browser is at %s", dest)
		}
		if _, _, page := visit(t, b, at.String()); window(page) != want {
			t.Errorf("%s: %q, want %q", dest, window(page), want)
		}
	}
	if _, _, page := visit(t, b, onLoopback+"/console?dest="+url.QueryEscape(s3Home)); window(page) != otherTitle {
		t.Errorf("without a session in its address: %q, want the last", window(page))
	}
	stale := strings.Replace(s3Home, "https://", "https://111111111111-aaaaaaaa.", 1)
	if status, _, page := visit(t, b, onLoopback+"/console?dest="+url.QueryEscape(stale)); status != 403 || window(page) != signInPage {
		t.Errorf("a session that is none: %d %q", status, window(page))
	}

	c := stsAs(s.AWS, s.AliceKey)
	for i, name := range []string{"third", "fourth", "fifth", "sixth"} {
		status, _, page := visit(t, b, link(t, s.AWS, onLoopback, federate(t, c, name, ""), "", s3Home))
		if want := map[bool]int{true: 200, false: 400}[i < 3]; status != want {
			t.Errorf("the %s identity: %d %q", name, status, window(page))
		}
	}
	if _, _, page := visit(t, b, link(t, s.AWS, onLoopback, one, "", s3Home)); window(page) != oneTitle {
		t.Errorf("one of five again: %q", window(page))
	}

	next := url.QueryEscape(link(t, s.AWS, onLoopback, one, "", s3Home))
	if status, _, _ := visit(t, b, onLoopback+"/oauth?Action=logout&redirect_uri="+next); status != 400 {
		t.Errorf("a logout that goes on: %d", status)
	}
	if _, _, page := visit(t, b, onLoopback+"/console"); window(page) == signInPage {
		t.Error("a refused logout signed out")
	}
	visit(t, b, onLoopback+"/oauth?Action=logout")
	if _, _, page := visit(t, b, oneAt.String()); window(page) != signInPage {
		t.Errorf("after logout: %q", window(page))
	}
}

func TestSessionsInTwoPartitionsDoNotDisturbEachOther(t *testing.T) {
	s, one, _, oneTitle, _ := two(t)
	china := s.AWS.IAM.AccountIn("aws-cn", "999999999999")
	k := newKey(china.User("li"))
	cfg := config(s.AWS, "cn-north-1", k.ID, k.Secret, "")
	creds := federate(t, sts.NewFromConfig(cfg), "li", allowAll)
	const home = "https://cn-north-1.console.amazonaws.cn/console/home?region=cn-north-1"
	b := newBrowser(t, s.AWS.Transport())
	visit(t, b, link(t, s.AWS, onLoopback, one, "", s3Home))
	if _, _, page := visit(t, b, link(t, s.AWS, onLoopback, creds, "", home)); window(page) != "999999999999 · federated-user/li · cn-north-1 · console · AWS stand-in console" {
		t.Errorf("%q", window(page))
	}
	if _, _, page := visit(t, b, onLoopback+"/console?dest="+url.QueryEscape(s3Home)); window(page) != oneTitle {
		t.Errorf("%q", window(page))
	}
}

func TestALoginDoesNotTakeACookieThatIsNotItsOwn(t *testing.T) {
	s, one, _, _, _ := two(t)
	r := request(t, http.MethodGet, link(t, s.AWS, onLoopback, one, "", s3Home), "")
	r.AddCookie(&http.Cookie{Name: "aws-stand-in-console", Value: "chosen"})
	resp, _ := answer(t, s.AWS.Transport(), r)
	cookies := resp.Cookies()
	if len(cookies) != 1 || cookies[0].Value == "chosen" || !cookies[0].HttpOnly || cookies[0].Secure || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Errorf("cookies %v", cookies)
	}
	resp, _ = open(t, s.AWS.Transport(), link(t, s.AWS, signinHost, one, "", s3Home))
	if c := resp.Cookies(); len(c) != 1 || !c[0].Secure || c[0].Domain != "aws.amazon.com" {
		t.Errorf("at AWS's host: %v", c)
	}
}
