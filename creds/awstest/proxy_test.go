package awstest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daypass/creds/awstest"
)

// awsProxy is a CONNECT proxy that replaces AWS's hosts by the stand-in, also for clients
// without a setting for the endpoint.
type awsProxy struct {
	url      string
	caBundle string // a file

	conns chan net.Conn
	done  chan struct{}
	addr  net.Addr
}

// newAWSProxy starts one, with a certificate that nobody else trusts.
func newAWSProxy(t *testing.T, w *awstest.AWS) *awsProxy {
	t.Helper()
	cert := newCertificate(t)
	p := &awsProxy{conns: make(chan net.Conn), done: make(chan struct{}), caBundle: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(p.caBundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(http.HandlerFunc(p.connect))
	p.url, p.addr = front.URL, front.Listener.Addr()
	back := &http.Server{Handler: w, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- back.Serve(tls.NewListener(p, &tls.Config{Certificates: []tls.Certificate{cert}})) }()
	t.Cleanup(func() {
		close(p.done)
		_ = back.Close()
		front.Close()
		<-served
	})
	return p
}

// connect tunnels connections to AWS to the stand-in, and refuses others.
func (p *awsProxy) connect(w http.ResponseWriter, r *http.Request) {
	if host, _, _ := net.SplitHostPort(r.Host); r.Method != http.MethodConnect || !strings.HasSuffix(host, ".amazonaws.com") {
		http.Error(w, "only AWS is behind this proxy", http.StatusForbidden)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	select {
	case p.conns <- conn:
	case <-p.done:
		_ = conn.Close()
	}
}

// Accept makes the tunnels a listener.
func (p *awsProxy) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *awsProxy) Close() error   { return nil }
func (p *awsProxy) Addr() net.Addr { return p.addr }

// newCertificate makes a certificate for AWS's hosts, which is its own authority.
func newCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the AWS of a test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"*.amazonaws.com", "*.eu-west-1.amazonaws.com", "*.sso.eu-west-1.amazonaws.com"},
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
