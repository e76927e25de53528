// Package outage says why a server could not be reached.
package outage

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"daypass/internal/lang"
)

// Words returns what a person can use of the error of a failed connection: the innermost
// cause, and the host. The query of the address is left out.
func Words(err error) string {
	var dns *net.DNSError
	switch {
	case IsUnknownHost(err):
		errors.As(err, &dns)
		return lang.Sprintf("no address is known for %s", dns.Name)
	case errors.As(err, &dns):
		return lang.Sprintf("the name server gives no answer about %s", dns.Name)
	}
	var certificate x509.CertificateInvalidError
	if errors.As(err, &certificate) && certificate.Reason == x509.Expired {
		return lang.Sprintf("its certificate is not valid at this computer's time, %s; is the clock right?", time.Now().Format(lang.T("15:04 on 2 January 2006")))
	}
	host := ""
	var in *url.Error
	if errors.As(err, &in) {
		if u, bad := url.Parse(in.URL); bad == nil {
			host = u.Host
		}
		err = in.Err
	}
	var op *net.OpError
	var other x509.HostnameError
	switch {
	case isUnknownAuthority(err):
		return strings.TrimSpace(lang.Sprintf("the certificate of %s is by an authority that this computer does not trust", host))
	case errors.As(err, &other):
		return strings.TrimSpace(lang.Sprintf("the certificate of %s is another host's", host))
	case speaksNoTLS(err):
		return strings.TrimSpace(lang.Sprintf("%s does not speak TLS", host))
	case wantsPassword(err):
		return lang.T("the proxy wants a name and a password (HTTP status 407)")
	case errors.Is(err, context.DeadlineExceeded) && host == "":
		return lang.T("there was no answer in time")
	case errors.Is(err, context.DeadlineExceeded):
		return lang.Sprintf("%s did not answer in time", host)
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return lang.Sprintf("the proxy does not answer: %v", op.Err)
	case host != "":
		return fmt.Sprintf("%s: %v", host, err)
	}
	return err.Error()
}

// Advice returns the step that helps with a failed connection, in whole sentences, where
// its cause is known; else "".
func Advice(err error) string {
	switch {
	case isUnknownAuthority(err):
		return lang.T("A proxy may look into what goes to AWS: name the file with its certificate in AWS_CA_BUNDLE, which the agent reads when it starts, or in ca_bundle of the profile.")
	case errors.As(err, new(x509.HostnameError)):
		return lang.T("Something else answers in AWS's place, such as the login page of a network: open a page in the browser; or correct the endpoint's URL.")
	case speaksNoTLS(err):
		return lang.T("Correct the URL: an endpoint or a proxy without TLS is one with http:// in it.")
	case wantsPassword(err):
		return lang.T("Give both in HTTPS_PROXY, as in http://name:password@host:port. The agent keeps the proxy that it was started with; end it, so that it starts anew.")
	}
	return ""
}

// IsUnknownHost reports whether the host's name does not exist.
func IsUnknownHost(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

func isUnknownAuthority(err error) bool { return errors.As(err, new(x509.UnknownAuthorityError)) }

// speaksNoTLS reports whether the server answered without TLS. For an answer in HTTP
// package http has its own error, which it does not export.
func speaksNoTLS(err error) bool {
	return errors.As(err, new(tls.RecordHeaderError)) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// wantsPassword reports whether a proxy refused to connect without a password. The error
// of package http has only the text of the answer's status.
func wantsPassword(err error) bool {
	return strings.HasSuffix(err.Error(), http.StatusText(http.StatusProxyAuthRequired))
}
