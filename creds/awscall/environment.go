package awscall

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	portal "github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds/profile"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/textfile"
)

// Load returns what the environment says on how AWS is reached:
// AWS_CA_BUNDLE, AWS_ENDPOINT_URL and the like. Go's transport looks up proxies
// itself. Profiles, regions and credentials are not looked at: they are
// daypass's own business. An error names the variable that cannot be followed.
// See https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html.
//
// The SDK's own config package would do it too, but links the metadata service,
// Identity Center and sign-in, which makes an idle agent 2 MB larger.
func Load(ctx context.Context) (aws.Config, error) {
	if err := ctx.Err(); err != nil {
		return aws.Config{}, err
	}
	client, err := httpClient()
	if err != nil {
		return aws.Config{}, err
	}
	env, err := loadEnvironment()
	if err != nil {
		return aws.Config{}, err
	}
	cfg := aws.Config{HTTPClient: client.WithTransportOptions(restSoon), ConfigSources: []any{env}}
	if env.all != "" {
		// The service clients ask no source where AWS_ENDPOINT_URL is all
		// there is.
		cfg.BaseEndpoint = aws.String(env.all)
	}
	if cfg.RetryMode, err = parseRetryMode("AWS_RETRY_MODE", os.Getenv("AWS_RETRY_MODE")); err != nil {
		return aws.Config{}, err
	}
	cfg.RetryMaxAttempts, err = parseMaxAttempts("AWS_MAX_ATTEMPTS", os.Getenv("AWS_MAX_ATTEMPTS"))
	return cfg, err
}

// environment is what the environment says on where AWS is. The SDK's service
// clients ask it through its methods, as one of a config's ConfigSources.
type environment struct {
	// URLs of endpoints: of all services, and of single ones by the names
	// that the SDK has for them.
	all string
	one map[string]string
	// ignore is set if endpoint URLs are ignored, those of profiles included;
	// ignoreSaid if the environment says whether they are, so that profiles do not
	// decide.
	ignore     bool
	ignoreSaid bool
	fips       aws.FIPSEndpointState
	dualStack  aws.DualStackEndpointState
}

// GetServiceBaseEndpoint returns the URL for a service of the SDK.
func (e environment) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	base := cmp.Or(e.one[service], e.all)
	return base, base != "", nil
}

// endpointNames are the variables' names for the services that daypass calls.
func endpointNames() map[string]string {
	return map[string]string{
		sts.ServiceID:     "AWS_ENDPOINT_URL_STS",
		iam.ServiceID:     "AWS_ENDPOINT_URL_IAM",
		portal.ServiceID:  "AWS_ENDPOINT_URL_SSO",
		ssooidc.ServiceID: "AWS_ENDPOINT_URL_SSO_OIDC",
		// That of console sign-ins; the console's links come from the same hosts.
		signin.ServiceID: "AWS_ENDPOINT_URL_SIGNIN",
	}
}

// GetUseFIPSEndpoint returns whether endpoints should be FIPS 140's.
func (e environment) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return e.fips, e.fips != aws.FIPSEndpointStateUnset, nil
}

// GetUseDualStackEndpoint returns whether endpoints should have IPv6 addresses.
func (e environment) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	return e.dualStack, e.dualStack != aws.DualStackEndpointStateUnset, nil
}

// environmentOf returns what [Load] put into a config.
func environmentOf(cfg aws.Config) environment {
	for _, source := range cfg.ConfigSources {
		if e, ok := source.(environment); ok {
			return e
		}
	}
	return environment{}
}

// forService returns where a profile reaches one service: its URL is that of all. The
// environment comes first, then the base of a config, then the profile's own settings.
func (e environment) forService(service, base string, own profile.Endpoints) environment {
	one := environment{all: cmp.Or(e.one[service], e.all, base), fips: e.fips, dualStack: e.dualStack}
	switch service {
	case sts.ServiceID:
		one.all = cmp.Or(one.all, own.STS, own.All)
	case iam.ServiceID:
		one.all = cmp.Or(one.all, own.IAM, own.All)
	case signin.ServiceID:
		one.all = cmp.Or(one.all, own.Signin, own.All)
	}
	if e.ignore || own.Ignore && !e.ignoreSaid {
		one.all = ""
	}
	if own.FIPS && e.fips == aws.FIPSEndpointStateUnset {
		one.fips = aws.FIPSEndpointStateEnabled
	}
	if own.DualStack && e.dualStack == aws.DualStackEndpointStateUnset {
		one.dualStack = aws.DualStackEndpointStateEnabled
	}
	return one
}

func loadEnvironment() (e environment, err error) {
	e.one = map[string]string{}
	if e.ignore, e.ignoreSaid, err = boolean("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"); err != nil {
		return e, err
	}
	if !e.ignore {
		if e.all, err = endpointURL("AWS_ENDPOINT_URL"); err != nil {
			return e, err
		}
		for service, name := range endpointNames() {
			if e.one[service], err = endpointURL(name); err != nil {
				return e, err
			}
		}
	}
	if e.fips, err = state("AWS_USE_FIPS_ENDPOINT", aws.FIPSEndpointStateEnabled, aws.FIPSEndpointStateDisabled); err != nil {
		return e, err
	}
	e.dualStack, err = state("AWS_USE_DUALSTACK_ENDPOINT", aws.DualStackEndpointStateEnabled, aws.DualStackEndpointStateDisabled)
	return e, err
}

// state returns a variable's value as the SDK has it, zero if it has none.
func state[T any](name string, enabled, disabled T) (unset T, err error) {
	on, said, err := boolean(name)
	switch {
	case on:
		return enabled, nil
	case said:
		return disabled, nil
	}
	return unset, err
}

// boolean returns a variable's value, and whether it has one.
func boolean(name string) (value, said bool, err error) {
	switch text := os.Getenv(name); strings.ToLower(text) {
	case "":
		return false, false, nil
	case "true":
		return true, true, nil
	case "false":
		return false, true, nil
	default:
		return false, false, lang.Errorf("%s is %q, neither true nor false", name, text)
	}
}

// endpointURL returns the URL in a variable, or "". The error does not repeat
// it, as a URL may hold a password.
func endpointURL(name string) (string, error) {
	text := os.Getenv(name)
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", lang.Errorf("%s is not the URL of an endpoint, such as http://localhost:4566", name)
	}
	return text, nil
}

// parseRetryMode reads a setting of that name. "legacy", which is what older SDKs did,
// leaves the choice to this one.
func parseRetryMode(name, text string) (aws.RetryMode, error) {
	switch text {
	case "", "legacy":
		return "", nil
	case string(aws.RetryModeStandard):
		return aws.RetryModeStandard, nil
	case string(aws.RetryModeAdaptive):
		return aws.RetryModeAdaptive, nil
	default:
		return "", lang.Errorf("%s is %q, not legacy, standard or adaptive", name, text)
	}
}

// parseMaxAttempts reads a setting of that name, zero if it says nothing.
func parseMaxAttempts(name, text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, ok := profile.WholeNumber(text)
	if !ok || n < 1 {
		return 0, lang.Errorf("%s is %q, not a whole number above zero", name, text)
	}
	return n, nil
}

// expandHome replaces a tilde at the start of a path by the home folder, as botocore
// does; the Go SDK takes it as it is. Neither expands variables.
func expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return home + rest
}

// httpClient returns the SDK's client, which trusts the certificates of AWS_CA_BUNDLE.
func httpClient() (*awshttp.BuildableClient, error) {
	// A person waits for the answer, so a host that is silent for long counts as
	// unreachable.
	client := awshttp.NewBuildableClient().WithTimeout(20 * time.Second).WithDialerOptions(func(d *net.Dialer) {
		d.Timeout = 5 * time.Second
	})
	path := os.Getenv("AWS_CA_BUNDLE")
	if path == "" {
		return client, nil
	}
	return trusting(client, "AWS_CA_BUNDLE", path)
}

// restSoon closes connections before an agent that has become idle gives back
// its memory: calls come in bursts, with most of an hour between them.
func restSoon(t *http.Transport) { t.IdleConnTimeout = 3 * time.Second }

// maxBundle is far above the quarter of a megabyte of a system's own certificates.
const maxBundle = 16 << 20

// trusting returns a client that trusts the certificates in a file. setting is what
// names the file.
func trusting(client *awshttp.BuildableClient, setting, path string) (*awshttp.BuildableClient, error) {
	path = expandHome(path)
	pem, _, err := atomicfile.Read(path, maxBundle)
	if err != nil {
		return nil, lang.Errorf("%s cannot be read: open %s: %w", setting, path, errors.Unwrap(err))
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		if err := textfile.Check(string(pem)); err != nil {
			return nil, lang.Errorf("%s, %s, cannot be used: %w", setting, path, err)
		}
		return nil, lang.Errorf("%s, %s, holds no certificate", setting, path)
	}
	return client.WithTransportOptions(func(t *http.Transport) {
		t.TLSClientConfig = t.TLSClientConfig.Clone()
		t.TLSClientConfig.RootCAs = roots
	}), nil
}

// SigninEndpoint returns the URL that replaces AWS's sign-in to the console, "" for
// AWS's own, in a config of [Load].
func SigninEndpoint(cfg aws.Config) string {
	return environmentOf(cfg).forService(signin.ServiceID, "", profile.Endpoints{}).all
}

// SigninURL returns the URL that a profile's console sign-ins go to, "" for AWS's own of
// the region.
func (c *Client) SigninURL(own profile.Endpoints) string {
	return environmentOf(c.base).forService(signin.ServiceID, aws.ToString(c.base.BaseEndpoint), own).all
}
