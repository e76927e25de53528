package awstest

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The grant types that SSO OIDC accepts from public clients.
const (
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
)

// scopeAccounts is the scope that the portal asks for.
const scopeAccounts = "sso:account:access"

// scopes lists those of AWS's own applications in the CLI's documentation.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html
var scopes = []string{
	scopeAccounts, "codecatalyst:read_write",
	"codewhisperer:analysis", "codewhisperer:completions", "codewhisperer:conversations",
	"codewhisperer:taskassist", "codewhisperer:transformations",
}

// oidc models IAM Identity Center's OpenID Connect service.
// https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/
func (s *SSO) oidc() *restService {
	return &restService{
		wire: s.wire,
		mu:   &s.mu,
		name: "sso-oidc",
		host: "oidc",
		operations: []restOperation{
			{
				name: "RegisterClient", method: http.MethodPost, path: "/client/register",
				texts: []string{"clientName", "clientType", "issuerUrl"},
				lists: []string{"scopes", "grantTypes", "redirectUris"},
				do:    s.registerClient,
			},
			{
				name: "StartDeviceAuthorization", method: http.MethodPost, path: "/device_authorization",
				texts:  []string{"clientId", "clientSecret", "startUrl"},
				secret: []string{"clientSecret"},
				do:     s.startDeviceAuthorization,
			},
			{
				name: "CreateToken", method: http.MethodPost, path: "/token",
				texts: []string{
					"clientId", "clientSecret", "grantType", "deviceCode", "code", "refreshToken", "redirectUri", "codeVerifier",
				},
				lists:  []string{"scope"},
				secret: []string{"clientSecret", "deviceCode", "code", "refreshToken", "codeVerifier"},
				do:     s.createToken,
			},
		},
		throttled: &refusal{http.StatusBadRequest, "SlowDownException", "Rate exceeded"},
		// As seen in https://github.com/boto/boto3/issues/3891, and so the body.
		namespace: "http://internal.amazon.com/coral/com.amazonaws.sso.oidc/",
		errorBody: func(e *refusal) any {
			return struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
			}{oauthError(e.code), e.message}
		},
	}
}

// client is a registered client.
type client struct {
	id, secret string
	name       string
	region     string // empty if registered on loopback
	expires    time.Time
	scopes     []string
	grants     []string
	redirects  []string
	center     *IdentityCenter // the issuer, of clients with a redirect URI
}

func (c *client) may(grant string) bool { return slices.Contains(c.grants, grant) }

func (s *SSO) registerClient(r *restRequest) (any, error) {
	if err := r.require("clientName", "clientType"); err != nil {
		return nil, err
	}
	if r.Get("clientType") != "public" {
		return nil, restRefuse("InvalidClientMetadataException", "Only public clients are supported")
	}
	for _, scope := range r.Values["scopes"] {
		if !slices.Contains(scopes, scope) {
			return nil, restRefuse("InvalidScopeException", "Invalid scope: "+scope)
		}
	}
	c := &client{
		id: mintURLText(16), secret: mintURLText(48), name: r.Get("clientName"), region: r.region,
		scopes: r.Values["scopes"], grants: r.Values["grantTypes"], redirects: r.Values["redirectUris"],
	}
	if err := s.checkGrantsLocked(r, c); err != nil {
		return nil, err
	}
	// A client without grant types is an old one for the device code only; one without
	// scopes is even older and gets no refresh token.
	if len(c.grants) == 0 {
		c.grants = []string{grantDevice, grantRefresh}
	}
	life := SSOSettings{}.withDefaults().Registration
	if ic := s.registrarLocked(c); ic != nil {
		life = ic.settings.Registration
	}
	c.expires = r.now.Add(life).Truncate(time.Second)
	s.clients[c.id] = c
	return struct {
		ClientID  string `json:"clientId"`
		Secret    string `json:"clientSecret"`
		IssuedAt  int64  `json:"clientIdIssuedAt"`
		ExpiresAt int64  `json:"clientSecretExpiresAt"`
	}{c.id, c.secret, r.now.Unix(), c.expires.Unix()}, nil
}

// registrarLocked returns the instance whose settings bound a client's registration: its
// issuer, or the first one of the region.
func (s *SSO) registrarLocked(c *client) *IdentityCenter {
	if c.center != nil {
		return c.center
	}
	for _, ic := range s.centers {
		if c.region == "" || c.region == ic.region {
			return ic
		}
	}
	return nil
}

// checkGrantsLocked checks the grants, redirects and issuer of a registration.
func (s *SSO) checkGrantsLocked(r *restRequest, c *client) error {
	for _, g := range c.grants {
		if g != grantDevice && g != grantCode && g != grantRefresh {
			return restRefuse("UnsupportedGrantTypeException", "Unsupported grant type: "+g)
		}
	}
	for _, u := range c.redirects {
		if _, ok := loopbackRedirect(u); !ok {
			return restRefuse("InvalidRedirectUriException", "Invalid redirect URI: "+u)
		}
	}
	if issuer := r.Get("issuerUrl"); issuer != "" {
		if c.center = s.centerLocked(r.region, issuer); c.center == nil {
			return restRefuse("InvalidRequestException", "Invalid issuer URL")
		}
	}
	if !c.may(grantCode) {
		return nil
	}
	if len(c.redirects) == 0 {
		return restRefuse("InvalidRedirectUriException", "A redirect URI is needed for authorization_code")
	}
	return r.require("issuerUrl")
}

// loopbackRedirect reports whether u is a redirect URI for a native application, and
// returns it without the port, which the application chooses each time: RFC 8252, section
// 7.3.
func loopbackRedirect(u string) (bare string, ok bool) {
	parsed, err := url.Parse(u)
	if err != nil || parsed.Scheme != "http" || parsed.Path != "/oauth/callback" || parsed.RawPath != "" ||
		parsed.RawQuery != "" || parsed.ForceQuery || parsed.Fragment != "" || parsed.User != nil {
		return "", false
	}
	ip, err := netip.ParseAddr(parsed.Hostname())
	if err != nil || ip != netip.AddrFrom4([4]byte{127, 0, 0, 1}) && ip != netip.IPv6Loopback() {
		return "", false
	}
	return "http://" + ip.String() + parsed.Path, true
}

// redirectsTo reports whether the client registered u, whatever its port.
func (c *client) redirectsTo(u string) bool {
	want, ok := loopbackRedirect(u)
	return ok && slices.ContainsFunc(c.redirects, func(registered string) bool {
		have, _ := loopbackRedirect(registered)
		return have == want
	})
}

// clientLocked returns the client with the request's ID and secret. A client is known in
// the region where it registered, or everywhere if that was on loopback.
func (s *SSO) clientLocked(r *restRequest) (*client, error) {
	if err := r.require("clientId", "clientSecret"); err != nil {
		return nil, err
	}
	c := s.clients[r.Get("clientId")]
	switch {
	case c == nil || c.secret != r.Get("clientSecret"), r.region != "" && c.region != "" && r.region != c.region:
		return nil, restRefuse("InvalidClientException", "Invalid client ID or client secret provided")
	case !r.now.Before(c.expires):
		return nil, restRefuse("InvalidClientException", "Client registration has expired")
	}
	return c, nil
}

// deviceGrant is a device code and its state.
type deviceGrant struct {
	code, userCode string
	client         *client
	center         *IdentityCenter
	expires        time.Time
	interval       time.Duration
	polled         time.Time // by this machine's clock, zero before the first time
	state          decision
	person         string // who approved
}

// decision is the state of a person's consent.
type decision int

const (
	pending decision = iota
	approved
	refused
	spent // the client has its token
)

func (s *SSO) startDeviceAuthorization(r *restRequest) (any, error) {
	c, err := s.clientLocked(r)
	if err != nil {
		return nil, err
	}
	if err := r.require("startUrl"); err != nil {
		return nil, err
	}
	if !c.may(grantDevice) {
		return nil, restRefuse("UnauthorizedClientException", "Client is not registered for the device code grant")
	}
	ic := s.centerLocked(r.region, r.Get("startUrl"))
	if ic == nil {
		return nil, restRefuse("InvalidRequestException", "Invalid start URL provided")
	}
	d := &deviceGrant{
		code: mintURLText(64), userCode: mintUserCode(), client: c, center: ic,
		expires: r.now.Add(ic.settings.DeviceCode), interval: ic.settings.Interval,
	}
	s.devices[d.code] = d
	uri := ic.verificationURI(r)
	return struct {
		DeviceCode string `json:"deviceCode"`
		UserCode   string `json:"userCode"`
		URI        string `json:"verificationUri"`
		Complete   string `json:"verificationUriComplete"`
		ExpiresIn  int    `json:"expiresIn"`
		Interval   int    `json:"interval"`
	}{
		d.code, d.userCode, uri, uri + "?user_code=" + d.userCode,
		int(ic.settings.DeviceCode / time.Second), int(d.interval / time.Second),
	}, nil
}

// verificationURI is AWS's own at AWS's own hosts; elsewhere it is a page on this
// server.
func (ic *IdentityCenter) verificationURI(r *restRequest) string {
	if r.region == "" {
		return r.origin + "/device"
	}
	return "https://device.sso." + ic.region + "." + dnsSuffix(ic.region) + "/"
}

// mintUserCode returns a code such as BDWP-HQPK: no vowels, so that it spells
// no word: RFC 8628, section 6.1.
func mintUserCode() string {
	const alphabet = "BCDFGHJKLMNPQRSTVWXZ"
	code := make([]byte, 8)
	_, _ = rand.Read(code)
	for i, b := range code {
		code[i] = alphabet[int(b)%len(alphabet)]
	}
	return string(code[:4]) + "-" + string(code[4:])
}

// mintURLText returns n random bytes in the alphabet of base64url.
func mintURLText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return strings.TrimRight(base64.URLEncoding.EncodeToString(b), "=")
}
