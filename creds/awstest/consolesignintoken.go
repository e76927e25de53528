package awstest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"strings"
	"time"
)

// refreshPrefix begins every refresh token.
// https://docs.aws.amazon.com/signin/latest/APIReference/API_dataplane-signin_RevokeOAuth2TokenWithIAM.html
const refreshPrefix = "ASOR"

// signInCode is an authorization code.
type signInCode struct {
	codeRequest
	who     *ConsoleIdentity
	expires time.Time
	spent   bool
}

// createToken is CreateOAuth2Token. It needs no signature, but a proof of the key that the
// session begins with.
func (s *SignIn) createToken(r *restRequest) (any, error) {
	if err := r.require("clientId", "grantType"); err != nil {
		return nil, err
	}
	grants := map[string]struct {
		needs []string
		do    func(*restRequest, *proof) (any, error)
	}{
		grantCode:    {[]string{"code", "codeVerifier", "redirectUri"}, s.byCode},
		grantRefresh: {[]string{"refreshToken"}, s.byToken},
	}
	grant, known := grants[r.Get("grantType")]
	switch {
	case !known:
		return nil, invalidRequest("Invalid grantType")
	case r.Get("clientId") != clientSameDevice && r.Get("clientId") != clientCrossDevice:
		return nil, invalidRequest("Invalid clientId")
	case len(r.Values) > 2+len(grant.needs):
		return nil, invalidRequest("Parameters of several grants")
	}
	if err := r.require(grant.needs...); err != nil {
		return nil, err
	}
	p, err := readProof(r.http)
	if err != nil {
		return nil, err
	}
	// AWS's answer to a clock that is off, as seen in
	// https://github.com/aws/aws-cli/issues/10330.
	if !p.fresh(r.now) {
		return nil, tokenExpired()
	}
	if s.proofs[p.id] {
		return nil, badProof("its jti was used before")
	}
	s.proofs[p.id] = true
	return grant.do(r, p)
}

func tokenExpired() error { return restRefuse(codeTokenExpired, "The refresh token has expired.") }

// byCode trades an authorization code. Its client has one try.
func (s *SignIn) byCode(r *restRequest, p *proof) (any, error) {
	if !verifierPattern.MatchString(r.Get("codeVerifier")) {
		return nil, invalidRequest("Invalid codeVerifier")
	}
	code := s.codes[r.Get("code")]
	if code == nil || code.client != r.Get("clientId") || code.region != r.region {
		return nil, invalidRequest("Invalid authorization code")
	}
	if code.spent || !r.now.Before(code.expires) {
		return nil, restRefuse(codeAuthCodeExpired, "The authorization code has expired.")
	}
	code.spent = true
	sum := sha256.Sum256([]byte(r.Get("codeVerifier")))
	switch {
	case r.Get("redirectUri") != code.redirectURI:
		return nil, invalidRequest("redirectUri does not match")
	case parts.EncodeToString(sum[:]) != code.challenge:
		return nil, invalidRequest("codeVerifier does not match the code challenge")
	}
	return s.newTokensLocked(r, s.newSessionLocked(code.who, code.codeRequest, p.thumbprint), true)
}

func (s *SignIn) newSessionLocked(who *ConsoleIdentity, of codeRequest, thumbprint string) *signInSession {
	return &signInSession{
		who: who, client: of.client, region: of.region, thumbprint: thumbprint, ends: s.clock.now().Add(s.settings.Session),
	}
}

// byToken trades a refresh token, which works once: a second use ends the session, as one
// of the two who have the token is a thief. Another region than that of the sign-in does not
// know it: https://github.com/aws/aws-cli/issues/10613.
func (s *SignIn) byToken(r *restRequest, p *proof) (any, error) {
	of := s.sessions[r.Get("refreshToken")]
	if of == nil || of.client != r.Get("clientId") || !of.at(r.region) {
		return nil, invalidRequest("Invalid refreshToken")
	}
	if of.thumbprint != p.thumbprint {
		return nil, badProof("its key is not that of the session")
	}
	if of.ended == "" && of.token != r.Get("refreshToken") {
		of.ended = codeTokenExpired
	}
	switch why := of.over(r.now); why {
	case "":
	case codeTokenExpired:
		return nil, tokenExpired()
	default:
		return nil, restRefuse(why, "The credentials of the user have changed.")
	}
	return s.newTokensLocked(r, of, false)
}

// at reports whether the region may renew the session. On loopback any may.
func (of *signInSession) at(region string) bool {
	return of.who.at(region) && (region == "" || of.region == "" || region == of.region)
}

// at reports whether the region is of the identity's partition. On loopback there is none.
func (id *ConsoleIdentity) at(region string) bool {
	return region == "" || partitionOf(region) == id.owner.account().partition
}

type signInCredentials struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
}

// newTokensLocked mints credentials and the next refresh token and, at the sign-in, an ID
// token. No credentials outlive the session.
func (s *SignIn) newTokensLocked(r *restRequest, of *signInSession, signIn bool) (any, error) {
	if !s.iam.allows(&of.who.owner, actionCreateToken) {
		return nil, noPermission(&of.who.owner, actionCreateToken)
	}
	left := min(of.ends.Sub(r.now), s.settings.Credentials).Truncate(time.Second)
	k := s.iam.newConsoleSession(of.who.owner, left)
	r.call.of(k)
	idToken := ""
	if signIn {
		idToken = s.newIDToken(of, r.origin, r.now)
	}
	return struct {
		AccessToken  signInCredentials `json:"accessToken"`
		TokenType    string            `json:"tokenType"`
		ExpiresIn    int               `json:"expiresIn"`
		RefreshToken string            `json:"refreshToken"`
		IDToken      string            `json:"idToken,omitempty"`
	}{signInCredentials{k.id, k.secret, k.token}, "aws_sigv4", int(left / time.Second), s.rotateLocked(of), idToken}, nil
}

// rotateLocked gives the session its next refresh token.
func (s *SignIn) rotateLocked(of *signInSession) string {
	of.token = refreshPrefix + mintURLText(400)
	s.sessions[of.token] = of
	return of.token
}

// newIDToken says who has signed in, when, and for which client.
func (s *SignIn) newIDToken(of *signInSession, issuer string, now time.Time) string {
	text := parts.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + parts.EncodeToString(marshal(struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		IssuedAt int64  `json:"iat"`
		Expires  int64  `json:"exp"`
	}{issuer, of.who.ARN(), of.client, now.Unix(), now.Add(s.settings.Credentials).Unix()}))
	return text + "." + sign(s.signer, text)
}

// sign is the ES256 signature of a text.
func sign(by *ecdsa.PrivateKey, text string) string {
	sum := sha256.Sum256([]byte(text))
	r, t, err := ecdsa.Sign(rand.Reader, by, sum[:])
	if err != nil { // never, says crypto/rand
		panic(err)
	}
	raw := make([]byte, 2*coordinate)
	for i, n := range []*big.Int{r, t} {
		n.FillBytes(raw[i*coordinate : (i+1)*coordinate])
	}
	return parts.EncodeToString(raw)
}

// revokeToken is RevokeOAuth2TokenWithIAM: it ends the session of a refresh token, whatever
// of its tokens that is. It succeeds for tokens that are over or were never issued. Issued
// credentials stay valid.
func (s *SignIn) revokeToken(r *restRequest) (any, error) {
	sig, err := readSignature(r.http)
	if err != nil {
		return nil, err
	}
	k, err := s.iam.authenticate(sig, "signin", r.body)
	if err != nil {
		return nil, err
	}
	r.call.note(func(c *Call) { c.Caller, c.AccessKeyID, c.Region = k.arn(), k.id, sig.region })
	if err := r.require("token"); err != nil {
		return nil, err
	}
	of := s.sessions[r.Get("token")]
	switch {
	case !strings.HasPrefix(r.Get("token"), refreshPrefix):
		return nil, invalidRequest("Only refresh tokens can be revoked")
	case !s.iam.allows(k, actionRevokeToken), of != nil && of.who.owner.account() != k.account():
		return nil, noPermission(k, actionRevokeToken)
	}
	if of != nil && of.ended == "" {
		of.ended = codeTokenExpired
	}
	return nil, nil
}
