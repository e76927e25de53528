package sso

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"

	"daypass/internal/signin"
)

// browser signs in with the authorization code grant: RFC 8252, with the proof
// key of RFC 7636.
func (f *flow) browser(ctx context.Context) (Token, error) {
	state := rand.Text()
	back, err := signin.NewLoopback(ctx, f.client.ports, state, f.client.log)
	if err != nil {
		return Token{}, err
	}
	defer back.Close()

	reg, err := f.registered(ctx, []string{grantCode, grantRefresh})
	if err != nil {
		return Token{}, err
	}
	verifier := signin.Verifier()
	address, err := f.authorizeURL(ctx, reg, back.Redirect, state, verifier)
	if err != nil {
		return Token{}, err
	}
	code, err := f.awaitCode(ctx, back, address)
	if err != nil {
		f.doubt(ctx, err)
		return Token{}, err
	}
	back.Close() // its page is delivered

	out, err := f.client.region(f.session).oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: aws.String(reg.ClientID), ClientSecret: aws.String(reg.ClientSecret.Reveal()),
		GrantType: aws.String(grantCode), Code: aws.String(code), CodeVerifier: aws.String(verifier),
		RedirectUri: aws.String(back.Redirect),
	})
	if isInvalidGrant(err) {
		return Token{}, failure(ErrAWS, err, "no sign-in to %q: AWS does not take the browser's answer any more; start again", f.session.ID())
	}
	if err != nil {
		return Token{}, err
	}
	token := f.token(reg)
	return token, token.take(out)
}

// authorizeURL is the page to open: AWS's in the session's partition, or that of an
// endpoint in the environment or the config file.
func (f *flow) authorizeURL(ctx context.Context, reg Registration, redirect, state, verifier string) (string, error) {
	o := f.client.region(f.session).oidc.Options()
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(ctx, ssooidc.EndpointParameters{
		Region:       aws.String(o.Region),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		Endpoint:     o.BaseEndpoint,
	})
	if err != nil {
		return "", misconfigured(f.session, err, "no sign-in to %q: no endpoint is known for %q, the sso_region in %s: %v", f.session.ID(), o.Region, f.session.section(), err)
	}
	scopes := f.session.Scopes
	if len(scopes) == 0 {
		scopes = []string{defaultScope}
	}
	address := endpoint.URI
	address.Path = strings.TrimSuffix(address.Path, "/") + "/authorize"
	address.RawQuery = url.Values{
		"response_type": {"code"},
		"client_id":     {reg.ClientID},
		"redirect_uri":  {redirect},
		"state":         {state},
		// Plural, as the AWS CLI has it and RFC 6749 has not.
		"scopes":                {strings.Join(scopes, " ")},
		"code_challenge_method": {"S256"},
		"code_challenge":        {signin.Challenge(verifier)},
	}.Encode()
	return f.client.checked(f.session, address.String())
}

// awaitCode opens the browser and waits for its answer.
func (f *flow) awaitCode(ctx context.Context, back *signin.Loopback, address string) (string, error) {
	answer, err := f.AwaitCode(ctx, back, address, f.client.log)
	switch {
	case errors.Is(err, signin.ErrTimeout):
		return "", failure(ErrTimeout, nil, "no sign-in to %q: nobody finished it in the browser within %.0f minutes",
			f.session.ID(), signin.CodeLimit.Minutes())
	case err != nil:
		return "", err
	}
	return f.answer(answer)
}

// doubt removes a cached registration after a sign-in without an answer: if AWS no longer
// knows it, the browser shows an error and never returns.
func (f *flow) doubt(ctx context.Context, err error) {
	if !f.cached || ctx.Err() == nil && !errors.Is(err, ErrTimeout) {
		return
	}
	if err := f.client.cache.RemoveRegistration(context.WithoutCancel(ctx), f.session); err != nil {
		f.client.log.Warn("registration not removed from the cache", "session", f.session.ID(), "error", err)
	}
}

// answer judges what the browser brought: RFC 6749 §4.1.2.
func (f *flow) answer(a signin.Answer) (string, error) {
	switch a.Problem {
	case "":
		return a.Code, nil
	case "access_denied":
		return "", failure(ErrDenied, nil, "no sign-in to %q: it was denied in the browser", f.session.ID())
	case "invalid_client":
		return "", &types.InvalidClientException{}
	case "unauthorized_client":
		return "", &types.UnauthorizedClientException{}
	case "invalid_scope":
		return "", &types.InvalidScopeException{}
	}
	return "", failure(ErrAWS, nil, "no sign-in to %q: AWS sent the browser back with %s", f.session.ID(), a.Problem)
}
