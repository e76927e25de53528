package console_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/console"
	"daypass/internal/secret"
)

func TestWhatAWSRefusesIsOneSentence(t *testing.T) {
	w := awstest.New()
	who := people(t, w, "aws", "eu-west-1", "111111111111")
	wrong := *who.role
	wrong.SecretAccessKey = who.user.SecretAccessKey
	for _, tt := range []struct {
		name     string
		creds    *types.Credentials
		duration time.Duration
		kind     error
		want     string
	}{
		{"a session", who.session, 0, console.ErrRefused, "AWS refused to open the console with these credentials (HTTP 400); refresh the profile and try again"},
		{"a wrong secret", &wrong, 0, console.ErrRefused, "AWS refused to open the console with these credentials (HTTP 400); refresh the profile and try again"},
		{"a duration for a chain", who.chained, time.Hour, console.ErrDuration, "AWS refused to open the console for so long with these credentials; leave the duration to AWS"},
		{"a duration for a user", who.user, 12 * time.Hour, console.ErrDuration, "AWS refused to open the console for so long with these credentials; leave the duration to AWS"},
		{"too short", who.role, 15*time.Minute - 1, console.ErrRefused, "a console session lasts from 15 minutes to 12 hours, not 14m59.999999999s"},
		{"too long", who.role, 12*time.Hour + 1, console.ErrRefused, "a console session lasts from 15 minutes to 12 hours, not 12h0m0.000000001s"},
	} {
		login := loginOf(t, tt.creds, "eu-west-1", "s3")
		login.Duration = tt.duration
		link, err := console.Federation{Client: &http.Client{Transport: w.Transport()}}.Link(t.Context(), login)
		if !link.IsZero() || !errors.Is(err, tt.kind) || err.Error() != tt.want {
			t.Errorf("%s: %q (%v)", tt.name, err, link.IsZero())
		}
	}
	for _, d := range []time.Duration{creds.MinConsole, creds.MaxConsole} {
		login := loginOf(t, who.role, "eu-west-1", "s3")
		login.Duration = d
		if _, err := (console.Federation{Client: &http.Client{Transport: w.Transport()}}).Link(t.Context(), login); err != nil {
			t.Errorf("%v: %v", d, err)
		}
	}
}

func TestTemporaryFailuresAreRetried(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault func(w *awstest.AWS)
		calls int
		kind  error
		want  string
	}{
		{"three resets", func(w *awstest.AWS) { w.Faults.Add("GetSigninToken", awstest.Fault{Times: 3, Reset: true}) }, 4, nil, ""},
		{"three refusals of a busy server", func(w *awstest.AWS) { w.Faults.Throttle("GetSigninToken", 3) }, 4, nil, ""},
		{"a 429", func(w *awstest.AWS) {
			w.Faults.Add("GetSigninToken", awstest.Fault{Times: 1, Status: 429, Body: "slow down"})
		}, 2, nil, ""},
		{"a 503", func(w *awstest.AWS) {
			w.Faults.Add("GetSigninToken", awstest.Fault{Times: 1, Status: 503, Body: "<html>"})
		}, 2, nil, ""},
		{
			"busy for good", func(w *awstest.AWS) { w.Faults.Throttle("GetSigninToken", 99) }, 4, console.ErrUnreachable,
			"AWS takes no more sign-ins to the console for the moment; wait a little and try again",
		},
		{
			"down", func(w *awstest.AWS) { w.Faults.Add("GetSigninToken", awstest.Fault{Status: 500}) }, 4, console.ErrUnreachable,
			"the sign-in to the console at us-east-1.signin.aws.amazon.com fails (HTTP 500); try again later",
		},
		{
			"silent", func(w *awstest.AWS) { w.Faults.Add("GetSigninToken", awstest.Fault{Delay: time.Hour}) }, 2, console.ErrUnreachable,
			"the sign-in to the console at us-east-1.signin.aws.amazon.com cannot be reached: it does not answer; check the network",
		},
		{
			"forbidden", func(w *awstest.AWS) { w.Faults.Add("GetSigninToken", awstest.Fault{Status: 403, Body: "<html>"}) }, 1, console.ErrRefused,
			"AWS refused to open the console with these credentials (HTTP 403); refresh the profile and try again",
		},
		{
			"a page", func(w *awstest.AWS) {
				w.Faults.Add("GetSigninToken", awstest.Fault{Status: 200, Body: "<html>Welcome to the hotel"})
			}, 1, console.ErrUnreachable,
			"us-east-1.signin.aws.amazon.com answered the sign-in to the console with something else than AWS does; is there a proxy in between?",
		},
		{
			"no token", func(w *awstest.AWS) {
				w.Faults.Add("GetSigninToken", awstest.Fault{Status: 200, Body: `{"SigninToken":""}`})
			}, 1, console.ErrUnreachable,
			"us-east-1.signin.aws.amazon.com answered the sign-in to the console with something else than AWS does; is there a proxy in between?",
		},
		{
			"without end", func(w *awstest.AWS) {
				w.Faults.Add("GetSigninToken", awstest.Fault{Status: 200, Body: `{"SigninToken":"` + strings.Repeat("x", 1<<20) + `"}`})
			}, 1, console.ErrUnreachable,
			"us-east-1.signin.aws.amazon.com answered the sign-in to the console with something else than AWS does; is there a proxy in between?",
		},
		{
			"elsewhere", func(w *awstest.AWS) { w.Faults.Add("GetSigninToken", awstest.Fault{Status: 302}) }, 1, console.ErrUnreachable,
			"us-east-1.signin.aws.amazon.com answered the sign-in to the console with HTTP 302; is there a proxy in between?",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := awstest.New()
				login := loginOf(t, people(t, w, "aws", "eu-west-1", "111111111111").role, "eu-west-1", "s3")
				tt.fault(w)
				start := time.Now()
				link, err := console.Federation{Client: &http.Client{Transport: w.Transport()}}.Link(t.Context(), login)
				switch {
				case tt.kind == nil && (err != nil || link.IsZero()):
					t.Errorf("the error is %v", err)
				case tt.kind != nil && (!errors.Is(err, tt.kind) || err.Error() != tt.want):
					t.Errorf("the error is %v", err)
				}
				if n := len(w.Calls("GetSigninToken")); n != tt.calls {
					t.Errorf("there were %d calls", n)
				}
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestCancellingEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := awstest.New()
		login := loginOf(t, people(t, w, "aws", "eu-west-1", "111111111111").role, "eu-west-1", "s3")
		for _, f := range []awstest.Fault{{Delay: time.Hour}, {Status: 503}} {
			w.Faults.Clear()
			w.Faults.Add("GetSigninToken", f)
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			start := time.Now()
			_, err := console.Federation{Client: &http.Client{Transport: w.Transport()}}.Link(ctx, login)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 300*time.Millisecond {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		}
	})
}

// roundTrip is a test's own network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// leaky is a client whose errors name the whole address, as some proxies' do.
type leaky struct{}

func (leaky) Do(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("proxy: GET %s failed", r.URL)
}

func TestNoErrorHoldsASecret(t *testing.T) {
	const key, token = "wJalr/XUtn+FEMI", "FwoGZXIvYXdz+TOKEN/=="
	login := console.Login{
		AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: secret.New(key), SessionToken: secret.New(token),
		Partition: partitionOf(t, "eu-west-1"), Destination: "https://console.aws.amazon.com/console/home",
	}
	synctest.Test(t, func(t *testing.T) {
		answers := map[string]console.Federation{
			"a network that is away": {Client: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				return nil, errors.New("dial tcp: no route to host")
			})}},
			"a client that tells": {Client: leaky{}},
			"a mirror": {Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 400, Body: io.NopCloser(strings.NewReader(r.URL.String())), Request: r}, nil
			})}},
			"a body that breaks": {Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, Body: io.NopCloser(io.MultiReader(strings.NewReader("{"), broken{})), Request: r}, nil
			})}},
		}
		for name, f := range answers {
			_, err := f.Link(t.Context(), login)
			if err == nil {
				t.Errorf("%s: no error", name)
				continue
			}
			text := fmt.Sprintf("%v %+v %#v", err, err, err)
			for e := err; e != nil; e = errors.Unwrap(e) {
				text += e.Error()
			}
			for _, part := range []string{key, token, "FEMI", "TOKEN", "Session"} {
				if strings.Contains(text, part) {
					t.Errorf("%s: %q is in %s", name, part, text)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %q", name, err)
			}
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

// Go's client sends the first address to the target of a redirect, with the credentials in
// it.
func TestNothingIsSentOnToAnotherHost(t *testing.T) {
	var hosts []string
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Host)
		return &http.Response{
			StatusCode: 302, Header: http.Header{"Location": {"https://evil.example/"}}, Body: http.NoBody, Request: r,
		}, nil
	})
	login := console.Login{Partition: partitionOf(t, "cn-north-1")}
	if _, err := (console.Federation{Client: &http.Client{Transport: transport}}).Link(t.Context(), login); !errors.Is(err, console.ErrUnreachable) {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"signin.amazonaws.cn"}, hosts); diff != "" {
		t.Error(diff)
	}
}

func TestCredentialsAreSentAsTheyAre(t *testing.T) {
	const key, token = `a+/=&#%"'<>`, `b+/=&#%"'<>`
	var got map[string]string
	server := must[*awstest.Server](t)(awstest.Serve(t.Context(), "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = sessionOf(t, r)
		_, _ = io.WriteString(w, `{"SigninToken":"a+b/c=&d"}`)
	})))
	defer server.Close()
	for name, client := range map[string]console.Federation{"ours": {}, "the SDK's": {Client: awshttp.NewBuildableClient()}} {
		client.Endpoint = server.URL()
		link, err := client.Link(t.Context(), console.Login{
			AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: secret.New(key), SessionToken: secret.New(token), Destination: "https://console.aws.amazon.com/s3?a=b&c=d#e?f=%20",
			Issuer: "https://corp.awsapps.com/start",
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"sessionId": "ASIAEXAMPLE", "sessionKey": key, "sessionToken": token}, got); diff != "" {
			t.Errorf("%s client: %s", name, diff)
		}
		want := server.URL() + "/federation?Action=login&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fs3%3Fa%3Db%26c%3Dd%23e%3Ff%3D%2520&Issuer=https%3A%2F%2Fcorp.awsapps.com%2Fstart&SigninToken=a%2Bb%2Fc%3D%26d"
		if link.Reveal() != want {
			t.Errorf("%s client: the link is %s", name, link.Reveal())
		}
	}
}

func TestSecretsTravelEncryptedOrNowhere(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://signin.example.com":         "AWS_ENDPOINT_URL_SIGNIN would send credentials unencrypted; use https",
		"http://10.0.0.1":                   "AWS_ENDPOINT_URL_SIGNIN would send credentials unencrypted; use https",
		"http://127.0.0.1.example.com":      "AWS_ENDPOINT_URL_SIGNIN would send credentials unencrypted; use https",
		"ftp://127.0.0.1":                   "AWS_ENDPOINT_URL_SIGNIN is not the URL of an endpoint, such as https://signin.example.com",
		"https://me:pw@signin.example.com/": "AWS_ENDPOINT_URL_SIGNIN is not the URL of an endpoint, such as https://signin.example.com",
		"signin.example.com":                "AWS_ENDPOINT_URL_SIGNIN is not the URL of an endpoint, such as https://signin.example.com",
	} {
		f := console.Federation{Endpoint: endpoint, Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			t.Errorf("%s is asked", r.URL)
			return nil, errors.New("asked")
		})}}
		if _, err := f.Link(t.Context(), console.Login{}); err == nil || err.Error() != want {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

func TestFederationNamesAreLegal(t *testing.T) {
	for user, want := range map[string]string{
		"alice": "alice", "a": "user-a", "": "daypass", "al+ice=,.@corp_x-1": "al+ice=,.@corp_x-1",
		"Ünï cödé/💥": "-n--c-d---", strings.Repeat("a", 64): strings.Repeat("a", 32),
	} {
		if got := console.FederationName(user); got != want {
			t.Errorf("%q becomes %q", user, got)
		}
	}
}
