// Package awscall makes calls to AWS on behalf of profiles: as the environment and the
// profiles' own settings say, and with sentences for what AWS answers to a call that
// fails.
package awscall

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// Client makes calls to AWS on behalf of profiles.
type Client struct {
	base aws.Config
	log  *slog.Logger
	// clockOff is how far this machine's clock is ahead of AWS's by the last
	// answer, in nanoseconds.
	clockOff atomic.Int64
}

// New returns a client that reaches AWS as cfg says. cfg's region and
// credentials are ignored.
func New(cfg aws.Config, log *slog.Logger) *Client {
	return &Client{base: logged(cfg, log), log: log}
}

// Config says how AWS is reached where no profile is asked for.
func (c *Client) Config() aws.Config {
	cfg := c.base.Copy()
	cfg.HTTPClient = c.dating(c.base.HTTPClient)
	return cfg
}

// ClockTolerance is half the time that an MFA code is shown: a clock that is
// further off than that shows another code than AWS expects.
const ClockTolerance = 15 * time.Second

// Skew returns how far this machine's clock is off, zero when it is near
// enough for MFA codes.
func (c *Client) Skew() time.Duration {
	off := time.Duration(c.clockOff.Load()).Round(time.Second)
	if off.Abs() <= ClockTolerance {
		return 0
	}
	return off
}

// FarOff is how far this machine's clock is ahead of AWS's if that makes a
// difference to the life of a session, else zero.
func (c *Client) FarOff() time.Duration {
	if off := time.Duration(c.clockOff.Load()); off.Abs() >= time.Minute {
		return off
	}
	return 0
}

// Now is the time by AWS's clock, which sessions end by.
func (c *Client) Now() time.Time { return time.Now().Add(-c.FarOff()) }

// ClockProblem returns a sentence about a clock that is so far off that the
// times shown are wrong. The SDK's signatures make up for it, so that calls
// work all the same.
func (c *Client) ClockProblem() error {
	off := c.FarOff()
	if off == 0 {
		return nil
	}
	return &creds.Error{
		Code:    creds.CodeClockOff,
		Message: lang.Sprintf("this computer's clock is %s, and the times shown are off by as much", words.ClockOff(off)),
	}
}

// dating returns an HTTP client, the SDK's own for nil, that notes the Date of
// every answer and bounds its length.
func (c *Client) dating(inner aws.HTTPClient) aws.HTTPClient {
	if inner == nil {
		inner = awshttp.NewBuildableClient()
	}
	return answers.Client{HTTP: inner, Seen: func(resp *http.Response) {
		c.noteDate(resp)
		c.answered(resp)
	}}
}

// lifetime is more than any clock in use is off.
const lifetime = 100 * 365 * 24 * time.Hour

// noteDate ignores answers without a request ID: they are not AWS's, and may have any
// Date.
func (c *Client) noteDate(resp *http.Response) {
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || resp.Header.Get("X-Amzn-Requestid") == "" {
		return
	}
	// The header has whole seconds, cut off.
	if off := -time.Until(date.Add(500 * time.Millisecond)); off.Abs() < lifetime {
		c.clockOff.Store(int64(off))
	}
}

// ConfigFor returns how AWS is reached for a profile, signing with the given
// keys.
func (c *Client) ConfigFor(p profile.Profile, region, id, secretKey, token string) (aws.Config, error) {
	cfg := c.base.Copy()
	cfg.Region = region
	cfg.Credentials = credentials.NewStaticCredentialsProvider(id, secretKey, token)
	inner := cfg.HTTPClient
	if p.CABundle != "" && os.Getenv("AWS_CA_BUNDLE") == "" {
		if buildable, ok := inner.(*awshttp.BuildableClient); ok {
			var err error
			if inner, err = trusting(buildable, lang.Sprintf("ca_bundle in %s", profile.SectionOf(p.Name)), p.CABundle); err != nil {
				return cfg, badBundle(p, err)
			}
		}
	}
	if err := retrying(p, &cfg); err != nil {
		return cfg, creds.Errorf(creds.CodeBadProfile, "%v", err)
	}
	cfg.HTTPClient = c.dating(inner)
	return cfg, nil
}

// badBundle is a file of certificates that cannot be used.
func badBundle(p profile.Profile, err error) error {
	advice := ""
	switch {
	case strings.Contains(p.CABundle, "$"):
		advice = lang.T("Write the path out: AWS's tools know no variables there.")
	case !filepath.IsAbs(expandHome(p.CABundle)):
		advice = lang.T("Write the whole path: daypass's agent does not run in your folder.")
	}
	return &creds.Error{Code: creds.CodeBadProfile, Message: err.Error(), Advice: advice}
}

// retrying follows a profile's own settings on calls that fail. The environment
// comes first.
func retrying(p profile.Profile, cfg *aws.Config) (err error) {
	if p.MaxAttempts != "" && os.Getenv("AWS_MAX_ATTEMPTS") == "" {
		if cfg.RetryMaxAttempts, err = parseMaxAttempts(lang.Sprintf("max_attempts in %s", profile.SectionOf(p.Name)), p.MaxAttempts); err != nil {
			return err
		}
	}
	if p.RetryMode != "" && os.Getenv("AWS_RETRY_MODE") == "" {
		cfg.RetryMode, err = parseRetryMode(lang.Sprintf("retry_mode in %s", profile.SectionOf(p.Name)), p.RetryMode)
	}
	return err
}

// EndpointName names where calls of a service go to for a profile's own
// settings, "" for AWS's endpoint of the region.
func (c *Client) EndpointName(service string, own profile.Endpoints) string {
	e := environmentOf(c.base).forService(service, "", own)
	name := e.all
	if e.fips == aws.FIPSEndpointStateEnabled {
		name += " fips"
	}
	if e.dualStack == aws.DualStackEndpointStateEnabled {
		name += " dual-stack"
	}
	return name
}

// STS returns a client of STS for a profile, that signs with the given keys.
func (c *Client) STS(p profile.Profile, region, id, secretKey, token string) (*sts.Client, error) {
	cfg, err := c.configForService(sts.ServiceID, p, region, id, secretKey, token)
	if err != nil {
		return nil, err
	}
	return sts.NewFromConfig(cfg), nil
}

// IAM returns a client of IAM for a profile, that signs with the given keys.
func (c *Client) IAM(p profile.Profile, region, id, secretKey, token string) (*iam.Client, error) {
	cfg, err := c.configForService(iam.ServiceID, p, region, id, secretKey, token)
	if err != nil {
		return nil, err
	}
	return iam.NewFromConfig(cfg), nil
}

// configForService is ConfigFor with the endpoint of one service.
func (c *Client) configForService(service string, p profile.Profile, region, id, secretKey, token string) (aws.Config, error) {
	cfg, err := c.ConfigFor(p, region, id, secretKey, token)
	e := environmentOf(cfg).forService(service, aws.ToString(cfg.BaseEndpoint), p.Endpoints)
	cfg.ConfigSources, cfg.BaseEndpoint = []any{e}, nil
	if e.all != "" {
		cfg.BaseEndpoint = aws.String(e.all)
	}
	return cfg, err
}
