package core_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"daypass/creds"
)

// forwardProxy passes requests on, and counts them.
func forwardProxy(t *testing.T) (address *url.URL, passed *atomic.Int32) {
	t.Helper()
	passed = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		passed.Add(1)
		out := r.Clone(r.Context())
		out.RequestURI = ""
		resp, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	t.Cleanup(server.Close)
	return parseURL(t, server.URL), passed
}

func parseURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestTheWayToAWSNamesTheProxyThatIsReallyUsed(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "")
	w := newWorld(t)
	w.stop()
	server := httptest.NewServer(w.AWS)
	t.Cleanup(server.Close)
	good, passed := forwardProxy(t)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	strict := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
	t.Cleanup(strict.Close)
	id := "network/" + server.URL
	for name, tc := range map[string]struct {
		proxy    *url.URL
		severity creds.Severity
		says     string
	}{
		"none":                       {nil, creds.SeverityOK, "It was asked without a proxy."},
		"one that passes it on":      {good, creds.SeverityOK, "It was asked through the proxy " + good.Host + "."},
		"one that is not there":      {parseURL(t, closed.URL), creds.SeverityError, "the proxy does not answer"},
		"one that wants a password":  {parseURL(t, strict.URL), creds.SeverityError, "wants a name and a password"},
		"one with a password itself": {withUser(good), creds.SeverityOK, "It was asked through the proxy " + good.Host + "."},
	} {
		t.Run(name, func(t *testing.T) {
			client := awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
				tr.Proxy = nil
				if tc.proxy != nil {
					tr.Proxy = http.ProxyURL(tc.proxy)
				}
			})
			w.aws = aws.Config{HTTPClient: client, BaseEndpoint: aws.String(server.URL)}
			w.start()
			defer w.stop()
			before := passed.Load()
			f := findingOf(t, w.health(), id)
			if f.Severity != tc.severity || !strings.Contains(f.Detail, tc.says) || (f.Advice == "") != (tc.severity == creds.SeverityOK) {
				t.Errorf("it is %+v", f)
			}
			if through := passed.Load() > before; through != (tc.proxy != nil && tc.proxy.Host == good.Host) {
				t.Errorf("it went through the proxy: %v", through)
			}
		})
	}
}

func withUser(u *url.URL) *url.URL {
	with := *u
	with.User = url.UserPassword("me", "hunter2")
	return &with
}

func TestCertificatesThatAreNotTrustedAndFilesOfThemThatAreNoneAreFound(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "")
	w := newWorld(t)
	w.stop()
	server := httptest.NewTLSServer(w.AWS)
	t.Cleanup(server.Close)
	bundle := filepath.Join(w.home, "bundle.pem")
	w.write(bundle, "nothing")
	w.write(w.files.Config, w.Config()+"\n[profile bundled]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = alice\nca_bundle = "+bundle+"\n")
	w.aws = aws.Config{HTTPClient: awshttp.NewBuildableClient(), BaseEndpoint: aws.String(server.URL)}
	w.start()
	h := w.health()
	if f := findingOf(t, h, "network/"+server.URL); f.Severity != creds.SeverityError || !strings.Contains(f.Detail, "authority that this computer does not trust") || !strings.Contains(f.Advice, "AWS_CA_BUNDLE") {
		t.Errorf("it is %+v", f)
	}
	if f := findingOf(t, h, "network/settings-bundled"); f.Severity != creds.SeverityError || !strings.Contains(f.Detail, bundle+", holds no certificate") {
		t.Errorf("it is %+v", f)
	}
	if f := findingOf(t, h, "clock"); f.Severity != creds.SeverityUnknown {
		t.Errorf("the clock is %+v", f)
	}
}
