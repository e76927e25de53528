package awstest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"daypass/creds/awstest"
)

// post sends a form with the headers given and returns the answer and its body.
func post(t *testing.T, w *awstest.AWS, form url.Values, header map[string]string) (*http.Response, string) {
	t.Helper()
	r := request(t, http.MethodPost, "http://127.0.0.1/", form.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return answer(t, w.Transport(), r)
}

func TestRefusalsHaveAWSsShape(t *testing.T) {
	w := awstest.New()
	resp, body := post(t, w, url.Values{"Action": {"GetUser"}, "Version": {"2010-05-08"}}, nil)
	id := resp.Header.Get("x-amzn-RequestId")
	want := `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>` +
		`<Code>MissingAuthenticationToken</Code><Message>Request is missing Authentication Token</Message></Error>` +
		`<RequestId>` + id + `</RequestId></ErrorResponse>`
	if body != want {
		t.Errorf("body\n%s\nwant\n%s", body, want)
	}
	if resp.StatusCode != 403 || resp.Header.Get("Content-Type") != "text/xml" || resp.Header.Get("Date") == "" {
		t.Errorf("status %d, headers %v", resp.StatusCode, resp.Header)
	}
	if !matches(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id) {
		t.Errorf("request id %q is no UUID", id)
	}
}

func TestMalformedRequestsAreRefusedWithTheirMistake(t *testing.T) {
	form := url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}
	const date = "20260102T030405Z"
	for _, tt := range []struct {
		name   string
		form   url.Values
		header map[string]string
		status int
		want   string
	}{
		{"no action", url.Values{"Version": {"2011-06-15"}}, nil, 400, "<Code>MissingAction</Code>"},
		{"no version", url.Values{"Action": {"GetUser"}}, nil, 400, "Could not find operation GetUser for version "},
		{"not a form", form, map[string]string{"Content-Type": "application/json"}, 501, "<Code>NotImplemented</Code>"},
		{"another algorithm", form, map[string]string{"Authorization": "Basic eA=="}, 400, "<Code>IncompleteSignature</Code>"},
		{"no signature", form, map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host"}, 400, "requires &#39;Signature&#39; parameter."},
		{"a short scope", form, map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0"}, 400, "exactly 5 slash-delimited elements"},
		{"no date", form, map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0"}, 400, "existence of either a &#39;X-Amz-Date&#39;"},
		{"host not signed", form, map[string]string{"X-Amz-Date": date, "Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=x-amz-date, Signature=0"}, 403, "must be a &#39;SignedHeader&#39;"},
		{"date not signed", form, map[string]string{"X-Amz-Date": date, "Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0"}, 403, "&#39;X-Amz-Date&#39; must be a &#39;SignedHeader&#39;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := post(t, awstest.New(), tt.form, tt.header)
			if resp.StatusCode != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s\nwant %d and %s", resp.StatusCode, body, tt.status, tt.want)
			}
		})
	}
}

func FuzzNoRequestBreaksIt(f *testing.F) {
	f.Add("Action=AssumeRole&Version=2011-06-15&RoleArn=x", "", "AWS4-HMAC-SHA256 Credential=a/20000101/us-east-1/sts/aws4_request, SignedHeaders=host;x-amz-date, Signature=0", "20000101T000000Z")
	f.Add("Action=%zz", "c=%41&d", "AWS4-HMAC-SHA256 =,,=", "")
	w := awstest.NewSample().AWS
	f.Fuzz(func(t *testing.T, body, query, authorization, date string) {
		r := request(t, http.MethodPost, "http://127.0.0.1/", body)
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", date)
		if resp, _ := answer(t, w.Transport(), r); resp.StatusCode < 400 {
			t.Errorf("%d for an unsigned request", resp.StatusCode)
		}
	})
}

func FuzzNoSSORequestBreaksIt(f *testing.F) {
	f.Add("POST", "/client/register", "", `{"clientName":"x","clientType":"confidential"}`, "")
	f.Add("POST", "/token", "aws_iam=t", `{"clientId":"x","clientSecret":"y","grantType":"refresh_token","scope":[null]}`, "")
	f.Add("POST", "/device_authorization", "", `{"startUrl":null}`, "")
	f.Add("GET", "/federation/credentials", "role_name=R&account_id=1", "", "aoaAAAAA")
	f.Add("GET", "/assignment/accounts", "max_result=-1&next_token=%41", "", "aoaAAAAA")
	f.Add("POST", "/authorize", "", "token=x&decision=approve", "")
	f.Add("POST", "/device", "", "%zz", "")
	f.Add("GET", "/federation", "Action=getSigninToken&SessionDuration=900&Session=%7B%22sessionId%22%3Anull%7D", "", "")
	f.Add("GET", "/federation", "Action=login&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2F&SigninToken=x", "", "")
	f.Add("GET", "/oauth", "Action=logout&redirect_uri=%2F%2Fexample.com%2Ffederation", "", "")
	f.Add("GET", "/console", "dest=https%3A%2F%2F.console.aws.amazon.com", "", "")
	w := awstest.NewSample().AWS
	f.Fuzz(func(t *testing.T, method, path, query, body, bearer string) {
		// Opening a page and registering need no token, and give none.
		if method != http.MethodPost && (path == "/device" || path == "/authorize") || path == "/client/register" && strings.Contains(body, "public") {
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1/", strings.NewReader(body))
		if err != nil {
			return // no method of HTTP's
		}
		r.URL.Path, r.URL.RawQuery = path, query
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Amz-Sso_bearer_token", bearer)
		resp, page := answer(t, w.Transport(), r)
		if path == "/oauth" { // anyone may sign out, but is sent nowhere else
			if to := resp.Header.Get("Location"); to != "" && !strings.HasPrefix(to, "/console?") && !strings.HasPrefix(to, "/federation") {
				t.Errorf("a logout leads to %s", to)
			}
			return
		}
		if resp.StatusCode < 400 {
			t.Errorf("%d for nobody: %s", resp.StatusCode, page)
		}
	})
}
