package consolesignin

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	service "github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/signin/types"
	"golang.org/x/sync/singleflight"

	"daypass/creds"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/signin"
)

// Client talks to AWS's sign-in service. Its methods may be called from many goroutines
// at once. Their errors are [creds.Error]s that wrap the Err values of this package, or the
// cause of a context's end.
type Client struct {
	base  aws.Config
	cache *Cache
	log   *slog.Logger
	// ports are for the browser's way back.
	ports signin.Ports

	renewals singleflight.Group // by ARN

	mu    sync.Mutex
	known map[string]*held // by ARN
}

// NewClient returns a client that reaches AWS as cfg says: its HTTP client, retries and
// endpoints. Its region and credentials are ignored. A nil log discards output.
func NewClient(cfg aws.Config, cache *Cache, log *slog.Logger) *Client {
	return &Client{base: cfg, cache: cache, log: cmp.Or(log, slog.New(slog.DiscardHandler)), known: map[string]*held{}}
}

// held returns the state of an identity's session.
func (c *Client) held(arn string) *held {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.known[arn]
	if h == nil {
		h = &held{cache: c.cache, arn: arn}
		c.known[arn] = h
	}
	return h
}

// Peek returns what the cache has for a session, ended or not, without asking AWS.
func (c *Client) Peek(ctx context.Context, s Session) (Token, error) {
	token, err := c.held(s.ARN).peek(ctx)
	if err != nil {
		return Token{}, s.unreadable(ctx, err)
	}
	return token, nil
}

// service returns AWS's client for a session, and the address that it calls: AWS's in the
// region, or that of an endpoint in the environment or the config file. subject begins the
// sentence of an error, and revokes says what the client is for: the call that ends
// sessions has a host of its own.
func (c *Client) service(ctx context.Context, s Session, subject string, signer aws.CredentialsProvider, revokes bool) (*service.Client, *url.URL, error) {
	cfg := c.base.Copy()
	cfg.Region, cfg.Credentials = s.Region, signer
	client := service.NewFromConfig(cfg, func(o *service.Options) {
		if o.BaseEndpoint == nil && s.Endpoint != "" {
			o.BaseEndpoint = aws.String(s.Endpoint)
		}
	})
	o := client.Options()
	if err := s.checkRegion(subject, o.BaseEndpoint); err != nil {
		return nil, nil, err
	}
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(ctx, service.EndpointParameters{
		Region:          aws.String(o.Region),
		UseDualStack:    aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:         aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		Endpoint:        o.BaseEndpoint,
		IsOAuthEndpoint: aws.Bool(revokes),
	})
	if err != nil {
		return nil, nil, say(subject, creds.CodeBadProfile, nil, lang.T("Look at AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, and at the endpoint's URL if you have set one."),
			"AWS's sign-in has no such endpoint in %q: %s", o.Region, strings.TrimSuffix(strings.TrimPrefix(err.Error(), "endpoint rule error, "), "."))
	}
	return client, &endpoint.URI, nil
}

// careful is a retryer that repeats only what did not leave this machine: AWS may have
// taken a refresh token whose answer was lost, and takes none a second time.
type careful struct{ aws.Retryer }

func (c careful) IsErrorRetryable(err error) bool {
	return isUnsent(err) && c.Retryer.IsErrorRetryable(err)
}

// isUnsent reports whether a call certainly did not leave this machine.
func isUnsent(err error) bool {
	connection, ok := errors.AsType[*net.OpError](err)
	return ok && (connection.Op == "dial" || connection.Op == "proxyconnect")
}

// exchange trades a code or a refresh token for credentials, and sets what AWS answers.
func (c *Client) exchange(ctx context.Context, s Session, subject string, t *Token, in types.CreateOAuth2TokenRequestBody) (*types.CreateOAuth2TokenResponseBody, error) {
	key, err := parseKey(t.ProofKey)
	if err != nil {
		return nil, err
	}
	client, _, err := c.service(ctx, s, subject, aws.AnonymousCredentials{}, false)
	if err != nil {
		return nil, err
	}
	in.ClientId = aws.String(t.clientID)
	out, err := client.CreateOAuth2Token(ctx, &service.CreateOAuth2TokenInput{TokenInput: &in}, proving(key), func(o *service.Options) {
		o.Retryer = careful{o.Retryer}
	})
	if err != nil {
		return nil, err
	}
	if out.TokenOutput == nil {
		return nil, answers.Missing(lang.T("access token"))
	}
	return out.TokenOutput, t.take(out.TokenOutput)
}

// kindOfToken is the only one there is.
const kindOfToken = "aws_sigv4"

// take sets the fields that AWS has answered.
func (t *Token) take(out *types.CreateOAuth2TokenResponseBody) error {
	if out.AccessToken == nil {
		return answers.Missing(lang.T("access token"))
	}
	id, key, token := aws.ToString(out.AccessToken.AccessKeyId), aws.ToString(out.AccessToken.SecretAccessKey), aws.ToString(out.AccessToken.SessionToken)
	if fault := cmp.Or(
		answers.Keys(id, key, token),
		answers.Text(lang.T("refresh token"), aws.ToString(out.RefreshToken)),
		answers.Lifetime(lang.T("the credentials"), int64(aws.ToInt32(out.ExpiresIn)), MaxSession),
	); fault != nil {
		return fault
	}
	if kind := aws.ToString(out.TokenType); kind != "" && !strings.EqualFold(kind, kindOfToken) {
		return answers.Wrong(lang.T("a kind of token"))
	}
	t.AccessKeyID, t.SecretAccessKey, t.SessionToken = id, secret.New(key), secret.New(token)
	t.RefreshToken = secret.New(aws.ToString(out.RefreshToken))
	// To the second, as in the file: reading a token back must not change it.
	t.Expires = now().Add(time.Duration(aws.ToInt32(out.ExpiresIn)) * time.Second).UTC().Truncate(time.Second)
	return nil
}
