package sso

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	portal "github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/signin"
)

// The grants of
// https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html.
const (
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
)

// defaultScope is the AWS CLI's for a session without scopes. Without any scope AWS gives
// no refresh token.
const defaultScope = "sso:account:access"

// region is how AWS is reached in one region. All calls to the portal there
// share its slots, so that hundreds of profiles do not call at once.
type region struct {
	oidc   *ssooidc.Client
	portal *portal.Client
	slots  chan struct{}
}

const (
	// portalCalls is how many calls the portal gets at once.
	portalCalls = 8
	// portalAttempts is how often a call is tried when the portal answers 429, with
	// the SDK's back-off in between. That is at most portalPause: with the SDK's 20 s
	// the last of hundreds of calls would sleep long after the quota is free.
	portalAttempts = 24
	portalPause    = 5 * time.Second
	// portalLimit is how long a call may take, with its time in the queue and all
	// attempts, so that it does not hold a slot for ever.
	portalLimit = 10 * time.Minute
)

// region returns how AWS is reached for a session.
func (c *Client) region(s Session) *region {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.regions[s.Region] == nil {
		cfg := c.base.Copy()
		cfg.Region = s.Region
		// These calls are not signed, but have tokens.
		cfg.Credentials = aws.AnonymousCredentials{}
		c.regions[s.Region] = &region{
			oidc: ssooidc.NewFromConfig(cfg),
			portal: portal.NewFromConfig(cfg, func(o *portal.Options) {
				if cfg.Retryer == nil {
					// Zero, so that they do not limit the retryer's own attempts.
					o.Retryer, o.RetryMaxAttempts = patientRetryer(cfg.RetryMaxAttempts), 0
				}
			}),
			slots: make(chan struct{}, portalCalls),
		}
	}
	return c.regions[s.Region]
}

// patient is the SDK's standard retryer with more attempts after an answer of 429, and the
// usual ones, or those of AWS_MAX_ATTEMPTS, after others: a person who waits should see
// soon that the network is down. It is used for every AWS_RETRY_MODE, because neither
// the SDK's three attempts nor AWS_MAX_ATTEMPTS are meant for hundreds of calls at once
// that share a quota.
type patient struct {
	*retry.Standard

	others int // attempts after other failures than 429
}

// patientRetryer has no quota of retries: a hundred answers of 429 exhaust the SDK's, and
// 500 profiles at once get more. Zero attempts are the SDK's default.
func patientRetryer(attempts int) aws.Retryer {
	others := cmp.Or(attempts, retry.DefaultMaxAttempts)
	return patient{retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = max(portalAttempts, others)
		o.MaxBackoff = portalPause
		o.RateLimiter = ratelimit.None
	}), others}
}

// RetryDelay returns the error if there is no further attempt.
func (p patient) RetryDelay(attempt int, err error) (time.Duration, error) {
	if attempt >= p.others && !retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool() {
		return 0, err
	}
	return p.Standard.RetryDelay(attempt, err)
}

const (
	// longestToken is far more than the 90 days that AWS gives to a session:
	// https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-user-session.html.
	longestToken = 366 * 24 * time.Hour
	// longestRegistration is far more than its 90 days too.
	longestRegistration = 10 * longestToken
)

// take sets the fields that AWS has answered.
func (t *Token) take(out *ssooidc.CreateTokenOutput) error {
	if fault := cmp.Or(
		answers.Text(lang.T("access token"), aws.ToString(out.AccessToken)),
		answers.Optional(lang.T("refresh token"), aws.ToString(out.RefreshToken)),
		answers.Lifetime(lang.T("the access token"), int64(out.ExpiresIn), longestToken),
	); fault != nil {
		return fault
	}
	if kind := aws.ToString(out.TokenType); kind != "" && !strings.EqualFold(kind, "Bearer") {
		return answers.Wrong(lang.T("a kind of token"))
	}
	t.AccessToken = secret.New(*out.AccessToken)
	// To the second, as in the file: reading a token back must not change it.
	t.Expires = now().Add(time.Duration(out.ExpiresIn) * time.Second).UTC().Truncate(time.Second)
	if next := aws.ToString(out.RefreshToken); next != "" {
		// RFC 6749 §6: without a new one the old one is still valid.
		t.RefreshToken = secret.New(next)
	}
	return nil
}

// register registers a client at Identity Center, with the fields that the AWS CLI sends.
func (c *Client) register(ctx context.Context, s Session, issuer string, grants []string) (Registration, error) {
	in := &ssooidc.RegisterClientInput{
		// The AWS CLI, which shares registrations, names them after the session
		// too.
		ClientName: aws.String("daypass-" + clientName(s)),
		ClientType: aws.String("public"),
		Scopes:     s.Scopes,
		GrantTypes: grants,
	}
	if len(s.Scopes) == 0 && (len(grants) > 0 || !s.Legacy()) {
		in.Scopes = []string{defaultScope}
	}
	if len(grants) > 0 {
		// Without a port: any is allowed on loopback (RFC 8252 §7.3).
		in.RedirectUris = []string{signin.RedirectURI("127.0.0.1")}
		in.IssuerUrl = aws.String(issuer)
	}
	out, err := c.region(s).oidc.RegisterClient(ctx, in)
	if err != nil {
		return Registration{}, err
	}
	reg := Registration{
		ClientID: aws.ToString(out.ClientId), ClientSecret: secret.New(aws.ToString(out.ClientSecret)),
		Expires: time.Unix(out.ClientSecretExpiresAt, 0).UTC(),
		Scopes:  in.Scopes, GrantTypes: grants,
	}
	if fault := cmp.Or(
		answers.Text(lang.T("ID of a client"), reg.ClientID), answers.Text(lang.T("secret of a client"), reg.ClientSecret.Reveal()),
		answers.End(lang.T("the registration"), reg.Expires, now(), longestRegistration),
	); fault != nil {
		return Registration{}, fault
	}
	if err := c.cache.StoreRegistration(context.WithoutCancel(ctx), s, reg); err != nil {
		// This sign-in can use it.
		c.log.Warn("registration not saved", "session", s.ID(), "error", err)
	}
	return reg, nil
}

// clientName is the session's name in ASCII, or the day for a legacy session: AWS accepts
// no address.
func clientName(s Session) string {
	if s.Legacy() {
		return now().UTC().Format("20060102")
	}
	name := []byte(s.Name)
	for i, b := range name {
		if b <= ' ' || b > '~' {
			name[i] = '-'
		}
	}
	return string(name)
}
