package sso

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/outage"
	"daypass/internal/signin"
)

// awsDomains are the domains of Identity Center's pages, in all partitions. The AWS CLI has the first five and the two identitycenter hosts
// (awscli/customizations/sso/resolve.py), AWS's SDK for .NET those of China and
// of the European Sovereign Cloud (SSOEndpointResolver). The authorize page is
// at oidc.REGION, the device page at device.sso.REGION of the partition's domain:
// https://docs.aws.amazon.com/general/latest/gr/sso.html.
var awsDomains = []string{
	"awsapps.com", "awsapps.cn", "app.aws",
	"portal.amazonaws.com", "portal.amazonaws.com.cn", "portal.amazonaws.eu",
	"signin.aws", "signin.aws.amazon.com", "signin.amazonaws.cn",
	"signin.amazonaws-us-gov.com", "signin.amazonaws-eusc.eu",
}

// awsHosts are whole names under domains where anybody may have a name, such as that of a
// bucket.
var awsHosts = regexp.MustCompile(`^(identitycenter|(oidc|oidc-fips|device\.sso|[a-z0-9-]+\.portal)\.[a-z]{2,4}(-[a-z]+)+-\d)\.` +
	`(amazonaws\.(com|com\.cn|eu)|api\.aws|(api|app)\.amazonwebservices\.(com\.cn|eu))$`)

// isAWSHost reports whether a host, in lower case, is one of Identity Center's.
func isAWSHost(host string) bool {
	for _, domain := range awsDomains {
		if strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return awsHosts.MatchString(host)
}

// checkURL returns an error unless an address may be opened in a browser: one of AWS's, on
// the start URL's own host, or at the endpoint that the person has set.
func checkURL(text, startURL, endpoint string) error {
	return signin.CheckURL(text, endpoint, func(u *url.URL) bool {
		if isAWSHost(u.Hostname()) {
			return true
		}
		start, err := StartURL(startURL)
		if err != nil {
			return false
		}
		own, err := signin.ParseURL(start)
		return err == nil && signin.Origin(own) == signin.Origin(u)
	})
}

// checked returns an address that may be opened.
func (c *Client) checked(s Session, address string) (string, error) {
	o := c.region(s).oidc.Options()
	if err := checkURL(address, s.StartURL, aws.ToString(o.BaseEndpoint)); err != nil {
		return "", &Error{
			Kind: ErrUnsafe, Err: err,
			Message: lang.Sprintf("no sign-in to %q: the address to open is not safe: %v: %.100q", s.ID(), err, signin.WithoutQuery(address)),
			Advice:  lang.T("It may not be AWS that answered: look at the start URL, and at what the network has in between."),
		}
	}
	return address, nil
}

// vanityLimit is how long a vanity start URL may take to answer.
const vanityLimit = 5 * time.Second

// issuer returns the start URL for AWS: the configured one, or the target of a vanity
// URL's redirection. The AWS CLI does the same.
func (c *Client) issuer(ctx context.Context, s Session) (string, error) {
	wrong := func(cause error, format lang.Text, args ...any) error {
		return misconfigured(s, cause, "no sign-in to %q: sso_start_url in %s, %.100q, %s",
			s.ID(), s.section(), signin.WithoutQuery(s.StartURL), lang.Sprintf(format, args...))
	}
	start, err := StartURL(s.StartURL)
	if err != nil {
		return "", wrong(err, "is not one: %v", err)
	}
	u, err := signin.ParseURL(start)
	switch {
	case err != nil:
		return "", wrong(err, "is not one: %v", err)
	case isAWSHost(u.Hostname()):
		return start, nil
	}
	limited, cancel := context.WithTimeout(ctx, vanityLimit)
	defer cancel()
	leads, err := c.redirection(limited, u)
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", failure(ErrNetwork, err, "no sign-in to %q: its start URL could not be reached: %s", s.ID(), outage.Words(err))
	}
	to, err := signin.ParseURL(leads)
	if err != nil || to.Scheme != "https" || !isAWSHost(to.Hostname()) || to.Port() != "" && to.Port() != "443" {
		return "", wrong(err, "does not lead to AWS")
	}
	// As the AWS CLI writes it.
	to.Host, to.Path, to.RawPath, to.RawQuery, to.Fragment = to.Hostname(), strings.TrimRight(to.Path, "/"), "", "", ""
	return to.String(), nil
}

// redirection returns the target of an address's redirection, without following it.
func (c *Client) redirection(ctx context.Context, u *url.URL) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, u.String(), http.NoBody)
	if err != nil {
		return "", err
	}
	client, done := answers.Stay(c.base.HTTPClient)
	defer done()
	resp, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.Request != nil && resp.Request.URL != nil && resp.Request.URL.Host != u.Host {
		return resp.Request.URL.String(), nil // a client that follows redirections
	}
	location, err := resp.Location()
	if err != nil {
		return u.String(), nil // no redirection
	}
	return location.String(), nil
}
