package core

import (
	"cmp"
	"context"
	"fmt"
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
	"daypass/creds/answers"
	"daypass/creds/words"
)

// client makes calls to AWS on behalf of profiles.
type client struct {
	base aws.Config
	log  *slog.Logger
	// clockOff is how far this machine's clock is ahead of AWS's, as the
	// last answer told, in nanoseconds.
	clockOff atomic.Int64
}

// clockTolerance is half the time that an MFA code is shown: a clock that is
// further off than that shows another code than AWS expects.
const clockTolerance = 15 * time.Second

// skew returns how far this machine's clock is off, zero when it is near
// enough for MFA codes.
func (c *client) skew() time.Duration {
	off := time.Duration(c.clockOff.Load()).Round(time.Second)
	if off.Abs() <= clockTolerance {
		return 0
	}
	return off
}

// farOff is how far this machine's clock is ahead of AWS's if that makes a
// difference to the life of a session, else zero.
func (c *client) farOff() time.Duration {
	if off := time.Duration(c.clockOff.Load()); off.Abs() >= time.Minute {
		return off
	}
	return 0
}

// now is the time by AWS's clock, which sessions end by.
func (c *client) now() time.Time { return time.Now().Add(-c.farOff()) }

// clockProblem returns a sentence about a clock that is so far off that the
// times shown are wrong. The SDK's signatures make up for it, so that calls
// work all the same.
func (c *client) clockProblem() error {
	off := c.farOff()
	if off == 0 {
		return nil
	}
	return &creds.Error{
		Code:    creds.CodeClockOff,
		Message: fmt.Sprintf("this computer's clock is %s, and the times shown are off by as much", clockWords(off)),
	}
}

// dating returns an HTTP client, the SDK's own for nil, that notes the Date of
// every answer and reads none that has no end.
func (c *client) dating(inner aws.HTTPClient) aws.HTTPClient {
	if inner == nil {
		inner = awshttp.NewBuildableClient()
	}
	return answers.Client{HTTP: inner, Seen: func(resp *http.Response) {
		c.noteDate(resp)
		c.answered(resp)
	}}
}

// lifetime is more than a clock can be off that somebody looks at.
const lifetime = 100 * 365 * 24 * time.Hour

// noteDate takes the Date of AWS's answers alone, which have a request ID: what
// else answers may have any.
func (c *client) noteDate(resp *http.Response) {
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || resp.Header.Get("X-Amzn-Requestid") == "" {
		return
	}
	// The header has whole seconds, cut off.
	if off := -time.Until(date.Add(500 * time.Millisecond)); off.Abs() < lifetime {
		c.clockOff.Store(int64(off))
	}
}

// configFor returns how AWS is reached for a profile, signing with the given
// keys.
func (c *client) configFor(p profile, region, id, secretKey, token string) (aws.Config, error) {
	cfg := c.base.Copy()
	cfg.Region = region
	cfg.Credentials = credentials.NewStaticCredentialsProvider(id, secretKey, token)
	inner := cfg.HTTPClient
	if p.caBundle != "" && os.Getenv("AWS_CA_BUNDLE") == "" {
		if buildable, ok := inner.(*awshttp.BuildableClient); ok {
			var err error
			if inner, err = trusting(buildable, "ca_bundle in "+sectionOf(p.name), p.caBundle); err != nil {
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
func badBundle(p profile, err error) error {
	advice := ""
	switch {
	case strings.Contains(p.caBundle, "$"):
		advice = "Write the path out: AWS's tools know no variables there."
	case !filepath.IsAbs(expandHome(p.caBundle)):
		advice = "Write the whole path: daypass's agent does not run in your folder."
	}
	return &creds.Error{Code: creds.CodeBadProfile, Message: err.Error(), Advice: advice}
}

// retrying follows a profile's own settings on calls that fail. The environment
// comes first.
func retrying(p profile, cfg *aws.Config) (err error) {
	if p.maxAttempts != "" && os.Getenv("AWS_MAX_ATTEMPTS") == "" {
		if cfg.RetryMaxAttempts, err = parseMaxAttempts("max_attempts in "+sectionOf(p.name), p.maxAttempts); err != nil {
			return err
		}
	}
	if p.retryMode != "" && os.Getenv("AWS_RETRY_MODE") == "" {
		cfg.RetryMode, err = parseRetryMode("retry_mode in "+sectionOf(p.name), p.retryMode)
	}
	return err
}

// endpointFor returns a profile's own endpoint for a service. The environment
// comes first; the SDK has then set base already.
func endpointFor(base *string, own endpoints, service string) *string {
	if own.ignore {
		return nil
	}
	if base != nil {
		return base
	}
	for _, own := range []string{service, own.all} {
		if own != "" {
			return aws.String(own)
		}
	}
	return nil
}

// endpointName names where calls of a service go to for a profile's own
// settings, "" for AWS's endpoint of the region.
func (c *client) endpointName(service string, own endpoints) string {
	own = allowed(c.base, own)
	var base string
	for _, source := range c.base.ConfigSources {
		if e, ok := source.(environment); ok {
			if !own.ignore {
				base, _, _ = e.GetServiceBaseEndpoint(context.Background(), service)
			}
			own.fips = own.fips || e.fips == aws.FIPSEndpointStateEnabled
			own.dualStack = own.dualStack || e.dualStack == aws.DualStackEndpointStateEnabled
		}
	}
	if service == sts.ServiceID {
		base = cmp.Or(base, own.sts, own.all)
	}
	if own.fips {
		base += " fips"
	}
	if own.dualStack {
		base += " dual-stack"
	}
	return base
}

func (c *client) sts(p profile, region, id, secretKey, token string) (*sts.Client, error) {
	cfg, err := c.configFor(p, region, id, secretKey, token)
	if err != nil {
		return nil, err
	}
	own := allowed(cfg, p.endpoints)
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.BaseEndpoint = endpointFor(o.BaseEndpoint, own, own.sts)
		if own.fips {
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
		}
		if own.dualStack {
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}
	}), nil
}

func (c *client) iam(p profile, region, id, secretKey string) (*iam.Client, error) {
	cfg, err := c.configFor(p, region, id, secretKey, "")
	if err != nil {
		return nil, err
	}
	own := allowed(cfg, p.endpoints)
	return iam.NewFromConfig(cfg, func(o *iam.Options) {
		o.BaseEndpoint = endpointFor(o.BaseEndpoint, own, own.iam)
		if own.fips {
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
		}
		if own.dualStack {
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}
	}), nil
}

// clockWords says how far a clock is off.
func clockWords(off time.Duration) string {
	if off < 0 {
		return words.Duration(off.Abs()) + " behind AWS's"
	}
	return words.Duration(off) + " ahead of AWS's"
}
