package sso

import (
	"strings"

	"daypass/internal/lang"
	"daypass/internal/signin"
)

// StartURL returns a start URL in AWS's form. People copy it with additions of the
// portal's page or their shell, or without its beginning or end. The error says what
// it is instead, in a sentence that begins with "it".
func StartURL(text string) (string, error) {
	text = strings.TrimSpace(text)
	if i := strings.IndexByte(text, '#'); i >= 0 {
		text = strings.TrimSuffix(text[:i], `\`)
	}
	whole := strings.Contains(text, "://")
	if !whole {
		text = "https://" + text
	}
	u, err := signin.ParseURL(text)
	switch {
	case err != nil:
		return "", err
	case u.Scheme != "https":
		return "", lang.Error("it is not https")
	case !whole && !strings.Contains(u.Hostname(), "."):
		return "", lang.Error("it is not an address")
	}
	host := u.Hostname()
	if what := notThePortal(host); what != "" {
		return "", lang.Errorf("it is %s; that of the access portal is on the portal, under \"Access keys\"", what)
	}
	if u.Port() == "443" {
		u.Host = host
	}
	if !isAWSHost(host) {
		return u.String(), nil // a vanity URL, whose path may matter
	}
	if u.Port() != "" {
		return "", lang.Error("it has a port of its own")
	}
	u.RawQuery, u.ForceQuery, u.RawPath = "", false, ""
	u.Path = strings.TrimRight(u.Path, "/")
	if strings.HasSuffix(host, ".awsapps.com") || strings.HasSuffix(host, ".awsapps.cn") {
		// In China and GovCloud the host begins with "start.", and the path has the
		// directory.
		shared, path := strings.HasPrefix(host, "start."), strings.ToLower(u.Path)
		switch {
		case shared && path == "":
			return "", lang.Error("it lacks its end, /directory/ and a name")
		case !shared && (path == "" || path == "/start" || strings.HasPrefix(path, "/start/")):
			u.Path = "/start"
		}
	}
	return u.String(), nil
}

// notThePortal describes an address that people copy instead of the start URL, such as the
// page that asks for their password. It returns "" for other hosts.
func notThePortal(host string) string {
	under := func(domains ...string) bool {
		for _, domain := range domains {
			if host == domain || strings.HasSuffix(host, "."+domain) {
				return true
			}
		}
		return false
	}
	switch {
	case under("signin.aws"):
		return lang.T("the page where one signs in to the access portal")
	case under("signin.aws.amazon.com", "signin.amazonaws.cn", "signin.amazonaws-us-gov.com", "signin.amazonaws-eusc.eu"):
		return lang.T("the sign-in page of the AWS console")
	case under("console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com", "console.amazonaws-eusc.eu"):
		return lang.T("a page of the AWS console")
	case strings.HasPrefix(host, "device.sso."):
		return lang.T("the page that takes the code of a sign-in")
	case awsHosts.MatchString(host) && strings.HasPrefix(host, "oidc"), strings.HasPrefix(host, "portal.sso."):
		return lang.T("an address for programs")
	}
	return ""
}
