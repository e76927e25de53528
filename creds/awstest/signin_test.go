package awstest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
)

const (
	readOnlyRole = "arn:aws:iam::111111111111:role/ReadOnly"
	s3Home       = "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1"
	signinHost   = "https://signin.aws.amazon.com"
	onLoopback   = "http://127.0.0.1:4566"
)

// sessionJSON is how credentials are given to sign-in.
func sessionJSON(c *types.Credentials) string {
	return fmt.Sprintf(`{"sessionId":%q,"sessionKey":%q,"sessionToken":%q}`, *c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
}

// askToken asks for a sign-in token; the duration may be left empty.
func askToken(t *testing.T, w *awstest.AWS, at, session, duration string) (*http.Response, string) {
	t.Helper()
	q := url.Values{"Action": {"getSigninToken"}, "Session": {session}}
	if duration != "" {
		q.Set("SessionDuration", duration)
	}
	return open(t, w.Transport(), at+"/federation?"+q.Encode())
}

// link makes a link to a page of the console.
func link(t *testing.T, w *awstest.AWS, at string, c *types.Credentials, duration, destination string) string {
	t.Helper()
	resp, body := askToken(t, w, at, sessionJSON(c), duration)
	var got struct{ SigninToken string }
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.SigninToken == "" || resp.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	return at + "/federation?" + url.Values{
		"Action": {"login"}, "Issuer": {"https://daypass.example"}, "Destination": {destination}, "SigninToken": {got.SigninToken},
	}.Encode()
}

// ssoCredentials are those of the permission set in Development.
func ssoCredentials(t *testing.T, w *ssoWorld, set string) *types.Credentials {
	t.Helper()
	_, token := w.signIn(t, "sso:account:access")
	rc := must(w.credentials(t.Context(), token.AccessToken, w.dev, set))(t).RoleCredentials
	return &types.Credentials{AccessKeyId: rc.AccessKeyId, SecretAccessKey: rc.SecretAccessKey, SessionToken: rc.SessionToken}
}

func TestWhichCredentialsSignInAndForHowLong(t *testing.T) {
	w := newSSOWorld()
	corp := w.aws.IAM.Account("111111111111")
	corp.Role("ReadOnly", awstest.Trust{Principals: []string{corp.RootARN()}})
	far := w.aws.IAM.Account("222222222222").Role("Far", awstest.Trust{Principals: []string{readOnlyRole, w.ic.Role(w.dev, "ReadOnly").ARN()}})
	key := newKey(corp.User("alice"))
	c := stsAs(w.aws, key)
	onSSO := ssoCredentials(t, w, "ReadOnly")
	long := &types.Credentials{AccessKeyId: &key.ID, SecretAccessKey: &key.Secret, SessionToken: new(string)}
	wrong := *assume(t, c, readOnlyRole)
	wrong.SecretAccessKey = &key.Secret
	const fine, credentials, duration = "", "InvalidCredentials", "InvalidSessionDuration"
	for _, tt := range []struct {
		name          string
		creds         *types.Credentials
		without, with string // what SessionDuration comes to
	}{
		{"a role's", assume(t, c, readOnlyRole), fine, fine},
		{"Identity Center's", onSSO, fine, fine},
		{"a role's through a role", assume(t, stsWith(w.aws, assume(t, c, readOnlyRole)), far.ARN()), fine, duration},
		{"a role's through Identity Center", assume(t, stsWith(w.aws, onSSO), far.ARN()), fine, duration},
		{"a role's through a session", assume(t, stsWith(w.aws, session(t, c, nil)), readOnlyRole), fine, duration},
		{"GetFederationToken's", federate(t, c, "alice", allowAll), fine, duration},
		{"GetSessionToken's", session(t, c, nil), credentials, credentials},
		{"a long-term key", long, credentials, credentials},
		{"a wrong secret", &wrong, credentials, credentials},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for d, want := range map[string]string{"": tt.without, "900": tt.with, "43200": tt.with} {
				resp, body := askToken(t, w.aws, onLoopback, sessionJSON(tt.creds), d)
				calls := w.aws.Calls("GetSigninToken")
				switch last := calls[len(calls)-1]; {
				case last.Code != want:
					t.Errorf("SessionDuration %q comes to %q, want %q", d, last.Code, want)
				case want == "" && (resp.StatusCode != 200 || !matches(`^{"SigninToken":"[\w-]{300,}"}$`, body)):
					t.Errorf("SessionDuration %q: %d %s", d, resp.StatusCode, body)
				case want != "" && (resp.StatusCode != 400 || title(body) != "HTTP Status 400 - Invalid credentials parameter"):
					t.Errorf("SessionDuration %q: %d %s", d, resp.StatusCode, body)
				}
			}
		})
	}
	for _, d := range []string{"899", "43201", "1h", "-1"} {
		if resp, _ := askToken(t, w.aws, onLoopback, sessionJSON(onSSO), d); resp.StatusCode != 400 {
			t.Errorf("SessionDuration %s: %d", d, resp.StatusCode)
		}
	}
}

func TestCredentialsThatEndedSignInNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awstest.NewSample()
		creds := assume(t, stsAs(s.AWS, s.AliceKey), readOnlyRole)
		time.Sleep(50 * time.Minute)
		short := link(t, s.AWS, onLoopback, creds, "", s3Home)
		long := link(t, s.AWS, onLoopback, creds, "43200", s3Home)
		time.Sleep(10 * time.Minute)
		if resp, _ := askToken(t, s.AWS, onLoopback, sessionJSON(creds), ""); resp.StatusCode != 400 {
			t.Errorf("ended credentials: %d", resp.StatusCode)
		}
		if resp, _ := open(t, s.AWS.Transport(), short); resp.StatusCode != 400 {
			t.Errorf("a session as long as ended credentials: %d", resp.StatusCode)
		}
		if resp, _ := open(t, s.AWS.Transport(), long); resp.StatusCode != 302 {
			t.Errorf("a session of its own: %d", resp.StatusCode)
		}
	})
}

const badLink = "The credentials in your login link were invalid. Please contact your administrator."

func TestALinkIsGoodForAQuarterOfAnHourAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awstest.NewSample()
		creds := assume(t, stsAs(s.AWS, s.AliceKey), readOnlyRole)
		first, second := link(t, s.AWS, onLoopback, creds, "", s3Home), link(t, s.AWS, onLoopback, creds, "", s3Home)
		bad := func(name, address string) {
			t.Helper()
			resp, page := open(t, s.AWS.Transport(), address)
			if resp.StatusCode != 400 || title(page) != "Amazon Web Services Sign In" || !strings.Contains(page, badLink) || resp.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %d %s", name, resp.StatusCode, page)
			}
		}
		time.Sleep(15*time.Minute - time.Second)
		if resp, page := open(t, s.AWS.Transport(), first); resp.StatusCode != 302 {
			t.Errorf("%d %s", resp.StatusCode, page)
		}
		bad("spent", first)
		time.Sleep(time.Second)
		bad("expired", second)
		bad("made up", onLoopback+"/federation?Action=login&Destination="+url.QueryEscape(s3Home)+"&SigninToken=x")
		bad("none", onLoopback+"/federation?Action=login&Destination="+url.QueryEscape(s3Home))
	})
}

func TestEveryPartitionHasItsOwnSignInAndConsole(t *testing.T) {
	w := awstest.New()
	type place struct{ signin, console string }
	places := map[string][]place{
		"aws": {
			{"https://signin.aws.amazon.com", "https://console.aws.amazon.com/iam/home"},
			{"https://eu-west-1.signin.aws.amazon.com", "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1#x"},
			{"https://us-east-1.signin.aws.amazon.com:443", "https://s3.console.aws.amazon.com/s3/buckets"},
		},
		"aws-cn":     {{"https://signin.amazonaws.cn", "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1"}},
		"aws-us-gov": {{"https://signin.amazonaws-us-gov.com", "https://console.amazonaws-us-gov.com/console/home"}},
		"aws-eusc":   {{"https://signin.amazonaws-eusc.eu", "https://eusc-de-east-1.console.amazonaws-eusc.eu/s3/home"}},
	}
	regions := map[string]string{"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}
	creds := map[string]*types.Credentials{}
	for i, partition := range []string{"aws", "aws-cn", "aws-us-gov", "aws-eusc"} {
		acct := w.IAM.AccountIn(partition, fmt.Sprintf("%012d", i+1))
		k := newKey(acct.User("alice"))
		creds[partition] = federate(t, sts.NewFromConfig(config(w, regions[partition], k.ID, k.Secret, "")), "alice", allowAll)
	}
	for of, list := range places {
		for _, p := range list {
			for by, c := range creds {
				if by != of {
					if resp, _ := askToken(t, w, p.signin, sessionJSON(c), ""); resp.StatusCode != 400 {
						t.Errorf("%s takes credentials of %s: %d", p.signin, by, resp.StatusCode)
					}
					resp, _ := open(t, w.Transport(), link(t, w, onLoopback, c, "", p.console))
					if calls := w.Calls("Login"); resp.StatusCode != 400 || calls[len(calls)-1].Code != "InvalidDestination" {
						t.Errorf("credentials of %s lead to %s: %d", by, p.console, resp.StatusCode)
					}
					continue
				}
				resp, _ := open(t, w.Transport(), link(t, w, p.signin, c, "", p.console))
				if resp.StatusCode != 302 || resp.Header.Get("Location") != p.console {
					t.Errorf("%s: %d to %s", p.signin, resp.StatusCode, resp.Header.Get("Location"))
				}
				resp, _ = open(t, w.Transport(), link(t, w, onLoopback, c, "", p.console))
				if to := resp.Header.Get("Location"); !strings.HasPrefix(to, "/console?dest=") || query(t, to).Get("dest") != p.console {
					t.Errorf("from loopback: %d to %s", resp.StatusCode, to)
				}
			}
		}
	}
}

func TestALinkLeadsToTheConsoleAlone(t *testing.T) {
	s := awstest.NewSample()
	creds := assume(t, stsAs(s.AWS, s.AliceKey), readOnlyRole)
	for _, to := range []string{
		"", "/s3/home", "https://example.com/", "https://console.aws.amazon.com.example.com/", "https://xconsole.aws.amazon.com/",
		"http://console.aws.amazon.com/", "https://me@console.aws.amazon.com/", "https://cn-north-1.console.aws.amazon.com/",
		"https://signin.aws.amazon.com/", "https://console.aws.amazon.com:8443/", "https://example.com\\@console.aws.amazon.com/", "javascript:alert(1)",
	} {
		for _, at := range []string{onLoopback, signinHost} {
			if resp, _ := open(t, s.AWS.Transport(), link(t, s.AWS, at, creds, "", to)); resp.StatusCode != 400 || resp.Header.Get("Location") != "" {
				t.Errorf("%s leads to %q: %d %s", at, to, resp.StatusCode, resp.Header.Get("Location"))
			}
		}
	}
}

func TestWhatSignInDoesNotKnowIsRefused(t *testing.T) {
	w := awstest.New()
	for _, tt := range []struct {
		method, address string
		status          int
	}{
		{"GET", onLoopback + "/federation", 400},
		{"GET", onLoopback + "/federation?Action=logout", 400},
		{"GET", onLoopback + "/oauth?Action=login", 400},
		{"GET", onLoopback + "/federation?Action=login&%zz", 400},
		{"GET", onLoopback + "/federation?Action=getSigninToken&Session=null", 400},
		{"GET", onLoopback + "/federation?Action=getSigninToken&Session=a&Session=b", 400},
		{"GET", onLoopback + "/federation?Action=getSigninToken&SessionType=json", 501},
		{"POST", onLoopback + "/federation?Action=getSigninToken", 501},
		{"HEAD", onLoopback + "/federation?Action=login", 501}, // a browser's preview must not spend a link
		{"GET", signinHost + "/assignment/accounts", 404},
		{"GET", "https://sts.amazonaws.com/federation?Action=login", 404},
	} {
		if resp, page := answer(t, w.Transport(), request(t, tt.method, tt.address, "")); resp.StatusCode != tt.status {
			t.Errorf("%s %s: %d %s", tt.method, tt.address, resp.StatusCode, page)
		}
	}
}

func TestCallsOfSignInHoldNoSecretAndFaultsBefallThem(t *testing.T) {
	s := awstest.NewSample()
	creds := assume(t, stsAs(s.AWS, s.AliceKey), readOnlyRole)
	login := link(t, s.AWS, signinHost, creds, "3600", s3Home)
	s.AWS.Faults.Add("Login", awstest.Fault{Times: 1, Status: 503, Body: "<h1>down</h1>"})
	s.AWS.Faults.Add("Login", awstest.Fault{Times: 1, Code: "InternalFailure", Message: "oops", Status: 500})
	s.AWS.Faults.Throttle("Logout", 1)
	if resp, page := open(t, s.AWS.Transport(), login); resp.StatusCode != 503 || page != "<h1>down</h1>" {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
	if resp, page := open(t, s.AWS.Transport(), login); resp.StatusCode != 500 || title(page) != "HTTP Status 500 - oops" {
		t.Errorf("%d %s", resp.StatusCode, page)
	}
	open(t, s.AWS.Transport(), login)
	open(t, s.AWS.Transport(), onLoopback+"/oauth?Action=logout")
	open(t, s.AWS.Transport(), onLoopback+"/oauth?Action=logout&redirect_uri="+url.QueryEscape(login))

	arn, id := "arn:aws:sts::111111111111:assumed-role/ReadOnly/test", *creds.AccessKeyId
	to := url.Values{"Issuer": {"https://daypass.example"}, "Destination": {s3Home}}
	want := []awstest.Call{
		{Action: "GetSigninToken", Params: url.Values{"SessionDuration": {"3600"}}, Caller: arn, AccessKeyID: id, Region: "us-east-1"},
		{Action: "Login", Params: to, Code: "503"},
		{Action: "Login", Params: to, Code: "InternalFailure"},
		{Action: "Login", Params: to, Caller: arn, AccessKeyID: id, Region: "us-east-1"},
		{Action: "Logout", Params: url.Values{}, Code: "Throttling"},
		{Action: "Logout", Params: url.Values{"redirect_uri": {signinHost + "/federation"}}},
	}
	var got []awstest.Call
	for _, c := range s.AWS.Calls("") {
		if c.Service == "signin" {
			c.Service, c.Time = "", time.Time{}
			got = append(got, c)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	for _, secret := range []string{*creds.SecretAccessKey, *creds.SessionToken, query(t, login).Get("SigninToken")} {
		if strings.Contains(fmt.Sprint(s.AWS.Calls("")), secret) {
			t.Error("a call holds a secret")
		}
	}
}
