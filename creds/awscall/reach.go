package awscall

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	portal "github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds/profile"
	"daypass/internal/answers"
)

// Place is an endpoint, and how it is reached.
type Place struct {
	// URL is where the calls go.
	URL *url.URL
	// Trusts is the file of certificates that a profile names, or "".
	Trusts string

	client aws.HTTPClient
}

// STSPlace returns the endpoint of STS for a profile.
func (c *Client) STSPlace(ctx context.Context, p profile.Profile, region string) (Place, error) {
	client, err := c.STS(p, region, "", "", "")
	if err != nil {
		return Place{}, err
	}
	o := client.Options()
	at, err := o.EndpointResolverV2.ResolveEndpoint(ctx, sts.EndpointParameters{
		Region: aws.String(o.Region), Endpoint: o.BaseEndpoint,
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	})
	return Place{URL: &at.URI, Trusts: p.CABundle, client: o.HTTPClient}, err
}

// IdentityCenterPlaces returns the two endpoints of Identity Center: of its sign-in, and of
// its portal.
func (c *Client) IdentityCenterPlaces(ctx context.Context, region string) ([]Place, error) {
	cfg := c.Config()
	cfg.Region = region
	o := ssooidc.NewFromConfig(cfg).Options()
	oidc, err := o.EndpointResolverV2.ResolveEndpoint(ctx, ssooidc.EndpointParameters{
		Region: aws.String(o.Region), Endpoint: o.BaseEndpoint,
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	})
	if err != nil {
		return nil, err
	}
	p := portal.NewFromConfig(cfg).Options()
	at, err := p.EndpointResolverV2.ResolveEndpoint(ctx, portal.EndpointParameters{
		Region: aws.String(p.Region), Endpoint: p.BaseEndpoint,
		UseFIPS:      aws.Bool(p.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack: aws.Bool(p.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	})
	return []Place{{URL: &oidc.URI, client: cfg.HTTPClient}, {URL: &at.URI, client: cfg.HTTPClient}}, err
}

// SigninPlace returns the endpoint of console sign-ins in a region. own is a URL that
// replaces AWS's, or "".
func (c *Client) SigninPlace(ctx context.Context, region, own string) (Place, error) {
	cfg := c.Config()
	cfg.Region = region
	o := signin.NewFromConfig(cfg, func(o *signin.Options) {
		if o.BaseEndpoint == nil && own != "" {
			o.BaseEndpoint = aws.String(own)
		}
	}).Options()
	at, err := o.EndpointResolverV2.ResolveEndpoint(ctx, signin.EndpointParameters{
		Region: aws.String(o.Region), Endpoint: o.BaseEndpoint,
		UseFIPS:         aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack:    aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		IsOAuthEndpoint: aws.Bool(false),
	})
	return Place{URL: &at.URI, client: cfg.HTTPClient}, err
}

// Reached is what an endpoint has answered.
type Reached struct {
	// Status is that of HTTP.
	Status int
	// Ahead is how far this machine's clock is ahead of AWS's, if Dated.
	Ahead time.Duration
	Dated bool
}

// Reach asks an endpoint for nothing in particular, without any key. Whatever AWS answers,
// it has been reached.
func (p Place) Reach(ctx context.Context) (Reached, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL.String(), nil)
	if err != nil {
		return Reached{}, err
	}
	client, done := answers.Stay(p.client)
	defer done()
	resp, err := client.Do(req)
	if err != nil {
		return Reached{}, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close() // nothing was sent
	r := Reached{Status: resp.StatusCode}
	// Answers without a request ID are not AWS's, and may have any Date.
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil && resp.Header.Get("X-Amzn-Requestid") != "" {
		r.Ahead, r.Dated = -time.Until(date.Add(500*time.Millisecond)), true // it has whole seconds, cut off
	}
	return r, nil
}

// Proxy returns the host of the proxy through which the endpoint is reached, "" for none,
// as the connection itself is made.
func (p Place) Proxy() string {
	proxy := proxyOf(p.client)
	if proxy == nil {
		return ""
	}
	u, err := proxy(&http.Request{URL: p.URL})
	if err != nil || u == nil {
		return ""
	}
	return u.Host
}

func proxyOf(client aws.HTTPClient) func(*http.Request) (*url.URL, error) {
	switch known := client.(type) {
	case answers.Client:
		return proxyOf(known.HTTP)
	case *awshttp.BuildableClient:
		return known.GetTransport().Proxy
	case *http.Client:
		if t, ok := known.Transport.(*http.Transport); ok {
			return t.Proxy
		}
	}
	return nil
}
