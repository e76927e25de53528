package sso_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"daypass/internal/signin"
	"daypass/sso"
)

func TestOnlyAddressesOfAWSAreOpened(t *testing.T) {
	const (
		start    = "https://start.corp.example/aws"
		endpoint = "http://127.0.0.1:4566"
	)
	for address, safe := range map[string]bool{
		"https://device.sso.us-east-1.amazonaws.com/?user_code=ABCD-EFGH":    true,
		"https://oidc.eu-west-1.amazonaws.com/authorize?response_type=code":  true,
		"https://oidc.us-gov-west-1.amazonaws.com/authorize":                 true,
		"https://oidc.cn-north-1.amazonaws.com.cn/authorize":                 true,
		"https://device.sso.cn-northwest-1.amazonaws.com.cn/":                true,
		"https://oidc.eusc-de-east-1.amazonaws.eu/authorize":                 true,
		"https://oidc.us-east-1.api.aws/authorize":                           true,
		"https://oidc-fips.us-gov-east-1.amazonaws.com/authorize":            true,
		"https://d-abc123.awsapps.com/start/#/device?user_code=ABCD-EFGH":    true,
		"https://D-ABC123.AWSAPPS.COM/start":                                 true,
		"https://d-abc123.awsapps.com:443/start":                             true,
		"https://start.us-gov-home.awsapps.com/directory/d-abc123":           true,
		"https://start.cn-north-1.home.awsapps.cn/directory/d-abc123":        true,
		"https://ssoins-abc.portal.eusc-de-east-1.api.amazonwebservices.eu/": true,
		"https://ssoins-abc.portal.cn-north-1.app.amazonwebservices.com.cn":  true,
		"https://evil.execute-api.eusc-de-east-1.api.amazonwebservices.eu/":  false,
		"https://ssoins-abc.portal.us-west-2.app.aws":                        true,
		"https://ssoins-abc.us-west-2.portal.amazonaws.com/start":            true,
		"https://ssoins-abc.eusc-de-east-1.portal.amazonaws.eu":              true,
		"https://identitycenter.amazonaws.com/ssoins-abc":                    true,
		"https://us-east-1.signin.aws/platform/login":                        true,
		"https://start.corp.example/aws#/device":                             true,
		"https://START.corp.example:443/other":                               true,
		"http://127.0.0.1:4566/device?user_code=ABCD-EFGH":                   true,
		"http://start.corp.example/aws":                                      false,
		"https://start.corp.example:8443/aws":                                false,
		"https://start.corp.example.evil.example/":                           false,
		"https://corp.example/":                                              false,
		"http://127.0.0.1:4567/device":                                       false,
		"https://127.0.0.1:4566/device":                                      false,
		"http://localhost:4566/device":                                       false,
		"http://127.0.0.1.evil.example:4566/":                                false,
		"http://device.sso.us-east-1.amazonaws.com/":                         false,
		"https://device.sso.us-east-1.amazonaws.com:8443/":                   false,
		"https://device.sso.us-east-1.amazonaws.com:/":                       false,
		"https://device.sso.us-east-1.amazonaws.com.evil.example/":           false,
		"https://device.sso.us-east-1.amazonaws.com@evil.example/":           false,
		"https://evil.example@device.sso.us-east-1.amazonaws.com/":           false,
		"https://evil.example\\.awsapps.com/":                                false,
		"https://evil.example#.awsapps.com/":                                 false,
		"https://evil.example?.awsapps.com/":                                 false,
		"https://evil.example/.awsapps.com/":                                 false,
		"https://evil.example%2f.awsapps.com/":                               false,
		"https://evilawsapps.com/start":                                      false,
		"https://awsapps.com/":                                               false,
		"https://d-abc123.awsapps.com./start":                                false,
		"https://.awsapps.com/start":                                         false,
		"https://d-abc123..awsapps.com/":                                     false,
		"https://d-abc123.\u0430wsapps.com/start":                            false,
		"https://d-abc123.awsapps\u3002com/start":                            false,
		"https://d-abc123.awsapps.com/\u202estart":                           false,
		"https://xn--wsapps-2nf.com/":                                        false,
		"https://evil-bucket.s3.amazonaws.com/":                              false,
		"https://evil.execute-api.us-east-1.amazonaws.com/":                  false,
		"https://evil.awsapprunner.com/":                                     false,
		"https://evil-identitycenter.amazonaws.com/":                         false,
		"https://oidc.evil.example.amazonaws.com/":                           false,
		"https://d-abc123.awsapps.com/ --no-sandbox":                         false,
		"https://d-abc123.awsapps.com/\n":                                    false,
		"https://d-abc123.awsapps.com/\x00":                                  false,
		"https://d-abc123.awsapps.com/\"&calc.exe":                           false,
		"https://d-abc123.awsapps.com/`id`":                                  false,
		" https://d-abc123.awsapps.com/":                                     false,
		"javascript:alert(1)//.awsapps.com":                                  false,
		"file:///etc/passwd":                                                 false,
		"https:d-abc123.awsapps.com":                                         false,
		"//d-abc123.awsapps.com/start":                                       false,
		"https://[::1]/":                                                     false,
		"--help":                                                             false,
		"":                                                                   false,
		"https://d-abc123.awsapps.com/" + strings.Repeat("a", 5000):          false,
	} {
		if err := sso.CheckURL(address, start, endpoint); (err == nil) != safe {
			t.Errorf("%.100q: %v, safe is %t", address, err, safe)
		}
	}
}

func TestAnEndpointBeyondThisMachineMustBeHTTPS(t *testing.T) {
	for endpoint, safe := range map[string]bool{
		"http://127.0.0.1:4566":          true,
		"http://127.9.9.9":               true,
		"http://localhost:4566":          true,
		"https://idp.corp.example":       true,
		"https://idp.corp.example:8443":  true,
		"http://idp.corp.example":        false,
		"http://10.0.0.1:4566":           false,
		"ftp://127.0.0.1":                false,
		"http://127.0.0.1.evil.example/": false,
	} {
		if err := sso.CheckURL(strings.TrimSuffix(endpoint, "/")+"/device", "", endpoint); (err == nil) != safe {
			t.Errorf("%s: %v, safe is %t", endpoint, err, safe)
		}
	}
}

// FuzzCheckURL holds what passes to what a browser goes by: the text up to the
// first slash.
func FuzzCheckURL(f *testing.F) {
	for _, seed := range []string{
		"https://device.sso.us-east-1.amazonaws.com/?user_code=ABCD-EFGH", "https://d-abc123.awsapps.com/start#/device",
		"https://a@d-abc123.awsapps.com", "https://evil.example\\.awsapps.com/", "https://[::1]:443/", "http://d.app.aws:443",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if sso.CheckURL(address, "", "") != nil {
			return
		}
		rest, ok := strings.CutPrefix(strings.ToLower(address), "https://")
		host := rest
		if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
			host = rest[:i]
		}
		host = strings.TrimSuffix(host, ":443")
		owned := false
		for _, suffix := range []string{
			".awsapps.com", ".awsapps.cn", ".app.aws", ".api.aws", ".signin.aws", ".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu",
			".signin.aws.amazon.com", ".amazonwebservices.com.cn", ".amazonwebservices.eu",
			".signin.amazonaws.cn", ".signin.amazonaws-us-gov.com", ".signin.amazonaws-eusc.eu",
		} {
			owned = owned || strings.HasSuffix(host, suffix)
		}
		if !ok || !owned || strings.ContainsAny(host, "@:%[]") || strings.ContainsAny(address, " \t\r\n\x00\"'`\\<>") {
			t.Errorf("%q passed", address)
		}
		for _, r := range address {
			if r > '~' {
				t.Errorf("%q passed", address)
			}
		}
	})
}

// answering is a transport that answers for some hosts itself.
type answering struct {
	http.RoundTripper

	mu    sync.Mutex
	hosts map[string]func(*http.Request) (*http.Response, error)
	asked []*http.Request
}

func (a *answering) set(host string, answer func(*http.Request) (*http.Response, error)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hosts = map[string]func(*http.Request) (*http.Response, error){host: answer}
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	answer := a.hosts[r.URL.Hostname()]
	if answer != nil {
		a.asked = append(a.asked, r)
	}
	a.mu.Unlock()
	if answer != nil {
		return answer(r)
	}
	return a.RoundTripper.RoundTrip(r)
}

func redirecting(to string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {to}}, Body: http.NoBody, Request: r}, nil
	}
}

func TestAVanityStartURLLeadsToAWS(t *testing.T) {
	const vanity = "https://sso.corp.example/"
	for name, tc := range map[string]struct {
		vanity string
		leads  func(*http.Request) (*http.Response, error)
		kind   error
		words  string
	}{
		"to AWS":                    {vanity, redirecting(startURL + "/#/"), nil, ""},
		"to elsewhere":              {vanity, redirecting("https://evil.example/start"), sso.ErrConfig, "does not lead to AWS"},
		"to AWS in the clear":       {vanity, redirecting("http://d-abc123.awsapps.com/start"), sso.ErrConfig, "does not lead to AWS"},
		"to a port of AWS":          {vanity, redirecting("https://d-abc123.awsapps.com:8443/start"), sso.ErrConfig, "does not lead to AWS"},
		"to what looks like AWS":    {vanity, redirecting("https://d-abc123.awsapps.com.evil.example/"), sso.ErrConfig, "does not lead to AWS"},
		"to itself":                 {vanity, redirecting("/start"), sso.ErrConfig, "does not lead to AWS"},
		"nowhere":                   {vanity, redirecting(""), sso.ErrConfig, "does not lead to AWS"},
		"not reached":               {vanity, func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }, sso.ErrNetwork, "sso.corp.example"},
		"not answered":              {vanity, func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, sso.ErrNetwork, "did not answer in time"},
		"in the clear":              {"http://sso.corp.example/", nil, sso.ErrConfig, "is not https"},
		"with somebody's name":      {"https://d-abc123.awsapps.com@sso.corp.example/", nil, sso.ErrConfig, "user name"},
		"which is not an address":   {"corp", nil, sso.ErrConfig, "is not one"},
		"which only looks like one": {"https://d-abc123.\u0430wsapps.com/start", nil, sso.ErrConfig, "is not one"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.transport.set("sso.corp.example", tc.leads)
				w.session.StartURL = tc.vanity
				token, err := w.signInByDevice(t)
				if tc.kind != nil {
					if !errors.Is(err, tc.kind) || !strings.Contains(err.Error(), tc.words) {
						t.Fatalf("got %v, want %v with %q", err, tc.kind, tc.words)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := w.aws.Calls("StartDeviceAuthorization")[0].Params.Get("startUrl"); got != startURL {
					t.Errorf("AWS got %q", got)
				}
				if token.StartURL != tc.vanity {
					t.Errorf("the token's file has %q, not what the config file has", token.StartURL)
				}
				if len(w.transport.asked) != 1 || w.transport.asked[0].Method != http.MethodHead {
					t.Errorf("the start URL was asked %d times", len(w.transport.asked))
				}
			})
		})
	}
}

func TestAnAddressThatIsNotAWSsIsNotOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.transport.set("oidc."+region+".amazonaws.com", func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/device_authorization" {
				return w.transport.RoundTripper.RoundTrip(r)
			}
			return jsonAnswer(r, 200, `{"deviceCode":"d","userCode":"ABCD-EFGH","expiresIn":600,"interval":1,
				"verificationUri":"https://evil.example/","verificationUriComplete":"https://evil.example/?user_code=ABCD-EFGH"}`), nil
		})
		opened := false
		_, err := w.client.SignIn(t.Context(), w.session, signin.Way{
			Method: signin.MethodDevice,
			Open:   func(context.Context, string) error { opened = true; return nil },
			Show:   func(p signin.Page) { t.Errorf("shown: %v", p) },
		})
		if !errors.Is(err, sso.ErrUnsafe) || opened {
			t.Errorf("got %v, opened: %t", err, opened)
		}
		if strings.Contains(err.Error(), "ABCD") {
			t.Errorf("the sentence has the code: %v", err)
		}
		if u, bad := url.Parse("https://evil.example/"); bad != nil || !strings.Contains(err.Error(), u.Host) {
			t.Errorf("the sentence does not say where: %v", err)
		}
	})
}
