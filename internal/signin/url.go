package signin

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"daypass/internal/lang"
)

// maxURL is far above what AWS sends.
const maxURL = 4096

// plainHost is a DNS name in ASCII. AWS has no others, and letters that look like others
// may deceive.
var plainHost = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)

// ParseURL parses an absolute address, and refuses what browsers, shells and people read
// differently.
func ParseURL(text string) (*url.URL, error) {
	if len(text) > maxURL {
		return nil, lang.Error("it is too long")
	}
	for _, r := range text {
		if r <= ' ' || r > '~' || strings.ContainsRune("\\\"<>^`{|}", r) {
			return nil, lang.Error("it has letters that do not belong into an address")
		}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, lang.Error("it is not an address")
	case u.Opaque != "" || u.Host == "":
		return nil, lang.Error("it names no host")
	case u.User != nil:
		return nil, lang.Error("it has a user name in it")
	}
	u.Host = strings.ToLower(u.Host)
	if !plainHost.MatchString(u.Hostname()) || strings.Contains(u.Host, "..") || strings.HasSuffix(u.Host, ":") {
		return nil, lang.Error("its host is not a plain name")
	}
	return u, nil
}

// Origin is the scheme, host and port of an address.
func Origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// CheckURL returns an error unless an address may be opened in a browser: one with https at
// a host of ours, or at the endpoint that the person has set, if that is https or on this
// machine.
func CheckURL(text, endpoint string, ours func(*url.URL) bool) error {
	u, err := ParseURL(text)
	if err != nil {
		return err
	}
	if own, err := url.Parse(endpoint); err == nil && Origin(u) == Origin(own) && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())) {
		return nil
	}
	switch {
	case u.Scheme != "https":
		return lang.Error("it is not https")
	case u.Port() != "" && u.Port() != "443":
		return lang.Error("it has a port of its own")
	case !ours(u):
		return lang.Error("its host is none of AWS's")
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// WithoutQuery returns an address without its query, which may have secrets.
func WithoutQuery(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}
