package awstest

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"time"
)

// session is one sign-in of a person for one client.
type session struct {
	center *IdentityCenter
	client *client
	person string
	scopes []string
	ends   time.Time
	ended  bool // by logout or by an administrator
}

func (s *session) over(now time.Time) bool { return s.ended || !now.Before(s.ends) }

// renewable reports whether the session has refresh tokens, which only clients
// registered with scopes get; others have one access token for the whole
// session.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html#cli-configure-sso-legacy
func (s *session) renewable() bool { return len(s.client.scopes) > 0 && s.client.may(grantRefresh) }

// mayListAccounts reports whether the portal accepts the session's tokens, as it does all
// those of clients without scopes.
func (s *session) mayListAccounts() bool {
	return len(s.client.scopes) == 0 || slices.Contains(s.scopes, scopeAccounts)
}

type accessToken struct {
	session *session
	expires time.Time
}

type refreshToken struct {
	session *session
	spent   bool
}

// authCode is an authorization code that the client has not redeemed yet.
type authCode struct {
	client      *client
	center      *IdentityCenter
	person      string
	redirectURI string
	challenge   string
	scopes      []string
	expires     time.Time
	spent       bool
}

func (s *SSO) createToken(r *restRequest) (any, error) {
	if err := r.require("clientId", "clientSecret", "grantType"); err != nil {
		return nil, err
	}
	grants := map[string]func(*restRequest, *client) (any, error){
		grantDevice: s.byDeviceCode, grantCode: s.byAuthCode, grantRefresh: s.byRefreshToken,
	}
	grant := r.Get("grantType")
	do := grants[grant]
	if do == nil {
		return nil, restRefuse("UnsupportedGrantTypeException", "Unsupported grant type: "+grant)
	}
	c, err := s.clientLocked(r)
	if err != nil {
		return nil, err
	}
	if !c.may(grant) {
		return nil, restRefuse("UnauthorizedClientException", "Client is not registered for the grant type "+grant)
	}
	for _, scope := range r.Values["scope"] {
		if !slices.Contains(c.scopes, scope) {
			return nil, restRefuse("InvalidScopeException", "Invalid scope: "+scope)
		}
	}
	return do(r, c)
}

// byDeviceCode answers a poll. If polls are closer together than the interval, the client
// must slow down, whatever the person has done, and the interval grows by 5 s: RFC 8628,
// section 3.5.
func (s *SSO) byDeviceCode(r *restRequest, c *client) (any, error) {
	if err := r.require("deviceCode"); err != nil {
		return nil, err
	}
	d := s.devices[r.Get("deviceCode")]
	if d == nil || d.client != c || d.state == spent {
		return nil, invalidGrant("Invalid device code provided")
	}
	last := d.polled
	d.polled = time.Now()
	if !last.IsZero() && d.polled.Sub(last) < d.interval {
		d.interval += 5 * time.Second
		return nil, restRefuse("SlowDownException", "Slow down")
	}
	switch {
	case d.state == refused:
		return nil, restRefuse("AccessDeniedException", "The request was denied")
	case !r.now.Before(d.expires):
		return nil, restRefuse("ExpiredTokenException", "Device code has expired")
	case d.state == pending:
		return nil, restRefuse("AuthorizationPendingException", "Authorization is still pending")
	}
	d.state = spent
	return s.newTokensLocked(r, s.newSessionLocked(r, &session{center: d.center, client: c, person: d.person, scopes: c.scopes})), nil
}

var verifierPattern = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`) // RFC 7636, section 4.1

// byAuthCode trades an authorization code. Its client has one try.
func (s *SSO) byAuthCode(r *restRequest, c *client) (any, error) {
	if err := r.require("code", "redirectUri", "codeVerifier"); err != nil {
		return nil, err
	}
	if !verifierPattern.MatchString(r.Get("codeVerifier")) {
		return nil, restRefuse("InvalidRequestException", "Invalid code verifier provided")
	}
	code := s.codes[r.Get("code")]
	if code == nil || code.client != c || code.spent || r.region != "" && r.region != code.center.region {
		return nil, invalidGrant("Invalid authorization code provided")
	}
	code.spent = true
	sum := sha256.Sum256([]byte(r.Get("codeVerifier")))
	switch {
	case !r.now.Before(code.expires):
		return nil, invalidGrant("Authorization code has expired")
	case r.Get("redirectUri") != code.redirectURI: // port and all: RFC 6749, section 4.1.3
		return nil, invalidGrant("Redirect URI does not match")
	case base64.RawURLEncoding.EncodeToString(sum[:]) != code.challenge:
		return nil, invalidGrant("Code verifier does not match the code challenge")
	}
	return s.newTokensLocked(r, s.newSessionLocked(r, &session{center: code.center, client: c, person: code.person, scopes: code.scopes})), nil
}

// byRefreshToken trades a refresh token, which works once, for new ones.
func (s *SSO) byRefreshToken(r *restRequest, c *client) (any, error) {
	if err := r.require("refreshToken"); err != nil {
		return nil, err
	}
	t := s.renewals[r.Get("refreshToken")]
	if t == nil || t.session.client != c || t.spent || t.session.over(r.now) ||
		r.region != "" && r.region != t.session.center.region {
		return nil, invalidGrant("Invalid refresh token provided")
	}
	t.spent = true
	return s.newTokensLocked(r, t.session), nil
}

func (s *SSO) newSessionLocked(r *restRequest, in *session) *session {
	in.ends = r.now.Add(in.center.settings.Session)
	in.center.sessions = append(in.center.sessions, in)
	return in
}

// newTokensLocked mints an access token and, for a renewable session, a refresh token. No
// access token outlives its session.
func (s *SSO) newTokensLocked(r *restRequest, of *session) any {
	left := of.ends.Sub(r.now)
	if of.renewable() {
		left = min(left, of.center.settings.AccessToken)
	}
	// The answer has whole seconds, and so has the lifetime of the token.
	left = left.Truncate(time.Second)
	access := "aoaAAAAA" + mintURLText(120)
	s.access[access] = &accessToken{of, r.now.Add(left)}
	refresh := ""
	if of.renewable() {
		refresh = "aorAAAAA" + mintURLText(120)
		s.renewals[refresh] = &refreshToken{session: of}
	}
	return struct {
		AccessToken  string `json:"accessToken"`
		TokenType    string `json:"tokenType"`
		ExpiresIn    int    `json:"expiresIn"`
		RefreshToken string `json:"refreshToken,omitempty"`
	}{access, "Bearer", int(left / time.Second), refresh}
}

func invalidGrant(message string) error { return restRefuse("InvalidGrantException", message) }
