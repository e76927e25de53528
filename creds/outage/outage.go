// Package outage says why a server could not be reached.
package outage

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// Words returns what a person can use of the error of a failed connection: the
// innermost words, and the host. The query of the address is left out.
func Words(err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return fmt.Sprintf("no address is known for %s", dns.Name)
	}
	var certificate x509.CertificateInvalidError
	if errors.As(err, &certificate) && certificate.Reason == x509.Expired {
		return fmt.Sprintf("its certificate is not valid at this computer's time, %s; is the clock right?", time.Now().Format("15:04 on 2 January 2006"))
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
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return strings.TrimSpace(host + " did not answer in time")
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return fmt.Sprintf("the proxy does not answer: %v", op.Err)
	case host != "":
		return fmt.Sprintf("%s: %v", host, err)
	}
	return err.Error()
}
