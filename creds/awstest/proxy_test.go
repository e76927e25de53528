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
	"sync"
	"testing"
	"time"

	"daypass/creds/awstest"
)

// awsProxy is a CONNECT proxy behind which AWS's hosts are the stand-in. It
// leads any client there, those too that have no setting for an endpoint.
type awsProxy struct {
	url      string
	caBundle string // a file

	conns chan net.Conn
	done  chan struct{}
	addr  net.Addr
}

// newAWSProxy starts one, with a CA that nobody else trusts.
func newAWSProxy(t *testing.T, w *awstest.AWS) *awsProxy {
	t.Helper()
	ca := newAuthority(t)
	p := &awsProxy{conns: make(chan net.Conn), done: make(chan struct{}), caBundle: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(p.caBundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(http.HandlerFunc(p.connect))
	p.url, p.addr = front.URL, front.Listener.Addr()
	back := &http.Server{Handler: w, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- back.Serve(tls.NewListener(p, &tls.Config{GetCertificate: ca.issue})) }()
	t.Cleanup(func() {
		close(p.done)
		_ = back.Close()
		front.Close()
		<-served
	})
	return p
}

// connect tunnels to the stand-in whatever is for AWS, and nothing else.
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

// authority is a CA of one test.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate

	mu     sync.Mutex
	issued map[string]*tls.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the CA of a test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return &authority{key: key, cert: must[*x509.Certificate](t)(x509.ParseCertificate(der)), issued: map[string]*tls.Certificate{}}
}

// issue returns a certificate for the host that a client asks for.
func (ca *authority) issue(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if c := ca.issued[hello.ServerName]; c != nil {
		return c, nil
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(ca.issued)) + 2), Subject: pkix.Name{CommonName: hello.ServerName},
		DNSNames: []string{hello.ServerName}, NotBefore: ca.cert.NotBefore, NotAfter: ca.cert.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, ca.key.Public(), ca.key)
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: ca.key}
	ca.issued[hello.ServerName] = c
	return c, nil
}
