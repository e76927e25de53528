package outage_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"daypass/internal/outage"
)

func TestTheSentenceForAFailedConnection(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	expired, trusted := expiredServer(t)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that fail
	secure.StartTLS()
	t.Cleanup(secure.Close)
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	strict := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(strict.Close)
	toSecure := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, secure.Listener.Addr().String())
	}
	silentName := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "server misbehaving", Name: "sts.eu-west-1.amazonaws.com", IsTemporary: true}
	}
	none := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "sts.nowhere.amazonaws.com", IsNotFound: true}
	}
	for name, test := range map[string]struct {
		transport *http.Transport
		url       string
		want      string
		advice    string
	}{
		"a port that nobody listens at": {
			&http.Transport{}, closed.URL + "/?secret=1", host(closed.URL) + ": dial tcp " + host(closed.URL) + ": connect: connection refused", "",
		},
		"a name without an address": {
			&http.Transport{DialContext: none}, "http://sts.nowhere.amazonaws.com", "no address is known for sts.nowhere.amazonaws.com", "",
		},
		"a server that says nothing": {
			&http.Transport{}, silent.URL, host(silent.URL) + " did not answer in time", "",
		},
		"a proxy that is not there": {
			&http.Transport{Proxy: http.ProxyURL(parsed(t, closed.URL))}, "https://sts.amazonaws.com",
			"the proxy does not answer: dial tcp " + host(closed.URL) + ": connect: connection refused", "",
		},
		"a certificate that is not valid now": {
			&http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}}, expired,
			"its certificate is not valid at this computer's time, ", "",
		},
		"a name server that does not know": {
			&http.Transport{DialContext: silentName}, "https://sts.eu-west-1.amazonaws.com", "the name server gives no answer about sts.eu-west-1.amazonaws.com", "",
		},
		"an authority that is not known": {
			&http.Transport{}, secure.URL, "the certificate of " + strings.TrimPrefix(secure.URL, "https://") + " is by an authority that this computer does not trust",
			"A proxy may look into what goes to AWS: name the file with its certificate in AWS_CA_BUNDLE",
		},
		"another host's certificate": {
			&http.Transport{DialContext: toSecure, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}, "https://sts.amazonaws.com",
			"the certificate of sts.amazonaws.com is another host's", "Something else answers in AWS's place",
		},
		"a server without TLS": {
			&http.Transport{}, "https://" + host(plain.URL), host(plain.URL) + " does not speak TLS", "Correct the URL",
		},
		"a proxy that wants a password": {
			&http.Transport{Proxy: http.ProxyURL(parsed(t, strict.URL))}, "https://sts.amazonaws.com",
			"the proxy wants a name and a password (HTTP status 407)", "Give both in HTTPS_PROXY",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if test.url != silent.URL {
				ctx = t.Context()
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, test.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := (&http.Client{Transport: test.transport}).Do(req)
			if err == nil {
				_ = resp.Body.Close()
				t.Fatal("it was reached")
			}
			got := outage.Words(err)
			if !strings.HasPrefix(got, test.want) || strings.Contains(got, "secret") {
				t.Errorf("said %q, want %q", got, test.want)
			}
			if got := outage.Advice(err); !strings.HasPrefix(got, test.advice) || (got == "") != (test.advice == "") {
				t.Errorf("advised %q, want %q", got, test.advice)
			}
		})
	}
}

func TestOtherErrorsSpeakForThemselves(t *testing.T) {
	if got := outage.Words(errors.New("the cable is cut")); got != "the cable is cut" {
		t.Errorf("said %q", got)
	}
}

// expiredServer has a certificate that expired yesterday, and a client that trusts it.
func expiredServer(t *testing.T) (address string, trusted *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "expired"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().AddDate(0, 0, -2), NotAfter: time.Now().AddDate(0, 0, -1),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trusted = x509.NewCertPool()
	trusted.AddCert(leaf)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, trusted
}

func parsed(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func host(address string) string { return strings.TrimPrefix(address, "http://") }
