package awstest_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds/awstest"
)

const (
	ssoRegion = "eu-west-1"
	startURL  = "https://d-abc123.awsapps.com/start"
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B
	loopback  = "http://127.0.0.1:41234/oauth/callback"
)

// ssoWorld is an instance with two accounts and its clients, in process.
type ssoWorld struct {
	aws    *awstest.AWS
	ic     *awstest.IdentityCenter
	dev    *awstest.Account
	prod   *awstest.Account
	oidc   *ssooidc.Client
	portal *sso.Client
}

func newSSOWorld() *ssoWorld {
	aws := awstest.New()
	w := clientsOf(aws, aws.SSO.IdentityCenter(ssoRegion, startURL))
	w.dev, w.prod = w.aws.IAM.Account("444444444444"), w.aws.IAM.Account("555555555555")
	w.ic.Assign(w.dev, "Development", "dev@example.com", "AdministratorAccess", "ReadOnly")
	w.ic.Assign(w.prod, "Production", "prod@example.com", "ReadOnly")
	return w
}

// clientsOf are an instance with its clients.
func clientsOf(w *awstest.AWS, ic *awstest.IdentityCenter) *ssoWorld {
	oidc, portal := unsigned(w, ic.Region())
	return &ssoWorld{aws: w, ic: ic, oidc: oidc, portal: portal}
}

// unsigned are the clients of a region, which have no keys.
func unsigned(w *awstest.AWS, region string) (*ssooidc.Client, *sso.Client) {
	cfg := config(w, region, "", "", "")
	cfg.Credentials = nil
	return ssooidc.NewFromConfig(cfg), sso.NewFromConfig(cfg)
}

// register registers a client for the device code, with scopes if any are given.
func (w *ssoWorld) register(t *testing.T, scopes ...string) *ssooidc.RegisterClientOutput {
	t.Helper()
	return must(w.oidc.RegisterClient(t.Context(), &ssooidc.RegisterClientInput{
		ClientName: aws.String("test"), ClientType: aws.String("public"), Scopes: scopes,
	}))(t)
}

// registerPKCE registers a client for the authorization code, as the CLI does.
func (w *ssoWorld) registerPKCE(t *testing.T) *ssooidc.RegisterClientOutput {
	t.Helper()
	return must(w.oidc.RegisterClient(t.Context(), &ssooidc.RegisterClientInput{
		ClientName: aws.String("test"), ClientType: aws.String("public"), Scopes: []string{"sso:account:access"},
		GrantTypes: []string{"authorization_code", "refresh_token"}, IssuerUrl: aws.String(startURL),
		RedirectUris: []string{"http://127.0.0.1/oauth/callback"},
	}))(t)
}

func (w *ssoWorld) device(t *testing.T, c *ssooidc.RegisterClientOutput) *ssooidc.StartDeviceAuthorizationOutput {
	t.Helper()
	return must(w.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(w.ic.StartURL()),
	}))(t)
}

func (w *ssoWorld) poll(ctx context.Context, c *ssooidc.RegisterClientOutput, deviceCode *string) (*ssooidc.CreateTokenOutput, error) {
	return w.oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, DeviceCode: deviceCode,
		GrantType: aws.String("urn:ietf:params:oauth:grant-type:device_code"),
	})
}

func (w *ssoWorld) refresh(ctx context.Context, c *ssooidc.RegisterClientOutput, token *string) (*ssooidc.CreateTokenOutput, error) {
	return w.oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, RefreshToken: token, GrantType: aws.String("refresh_token"),
	})
}

// signIn signs in by device code and returns the client with what it got.
func (w *ssoWorld) signIn(t *testing.T, scopes ...string) (*ssooidc.RegisterClientOutput, *ssooidc.CreateTokenOutput) {
	t.Helper()
	c := w.register(t, scopes...)
	d := w.device(t, c)
	if err := w.ic.Approve(*d.UserCode); err != nil {
		t.Fatal(err)
	}
	return c, must(w.poll(t.Context(), c, d.DeviceCode))(t)
}

// list asks the portal for the accounts.
func (w *ssoWorld) list(t *testing.T, token *string) error {
	t.Helper()
	_, err := w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token})
	return err
}

func (w *ssoWorld) credentials(ctx context.Context, token *string, account *awstest.Account, role string) (*sso.GetRoleCredentialsOutput, error) {
	return w.portal.GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{
		AccessToken: token, AccountId: aws.String(account.ID()), RoleName: &role,
	})
}

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorizeURL is the address that the CLI opens, with changes.
func authorizeURL(c *ssooidc.RegisterClientOutput, changes url.Values) string {
	q := url.Values{
		"response_type": {"code"}, "client_id": {*c.ClientId}, "redirect_uri": {loopback}, "state": {"state-1"},
		"code_challenge_method": {"S256"}, "code_challenge": {challenge()}, "scopes": {"sso:account:access"},
	}
	for name, values := range changes {
		q[name] = values
	}
	return "https://oidc." + ssoRegion + ".amazonaws.com/authorize?" + q.Encode()
}

// query returns the query of a redirect.
func query(t *testing.T, redirect string) url.Values {
	t.Helper()
	return must(url.Parse(redirect))(t).Query()
}

func TestADeviceCodeBecomesRoleCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		c := w.register(t, "sso:account:access")
		if want := time.Now().Add(90 * 24 * time.Hour).Unix(); c.ClientSecretExpiresAt != want || c.ClientIdIssuedAt != time.Now().Unix() {
			t.Errorf("registration %d to %d, want the end at %d", c.ClientIdIssuedAt, c.ClientSecretExpiresAt, want)
		}
		d := w.device(t, c)
		if d.ExpiresIn != 600 || d.Interval != 1 || *d.VerificationUri != "https://device.sso.eu-west-1.amazonaws.com/" ||
			*d.VerificationUriComplete != *d.VerificationUri+"?user_code="+*d.UserCode {
			t.Errorf("%d s, interval %d, %s, %s", d.ExpiresIn, d.Interval, *d.VerificationUri, *d.VerificationUriComplete)
		}
		_, err := w.poll(t.Context(), c, d.DeviceCode)
		wantRefusal(t, err, 400, "AuthorizationPendingException", "")
		if err := w.ic.Approve(*d.UserCode); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		token := must(w.poll(t.Context(), c, d.DeviceCode))(t)
		if token.ExpiresIn != 3600 || *token.TokenType != "Bearer" || token.RefreshToken == nil {
			t.Errorf("token of %d s, %s, refresh token %v", token.ExpiresIn, *token.TokenType, token.RefreshToken != nil)
		}

		rc := must(w.credentials(t.Context(), token.AccessToken, w.dev, "AdministratorAccess"))(t).RoleCredentials
		if got := time.Until(time.UnixMilli(rc.Expiration)); got != time.Hour {
			t.Errorf("role credentials for %v, want 1h", got)
		}
		s := sts.NewFromConfig(config(w.aws, ssoRegion, *rc.AccessKeyId, *rc.SecretAccessKey, *rc.SessionToken))
		arn := whoami(t, s)
		if !matches(`^arn:aws:sts::444444444444:assumed-role/AWSReservedSSO_AdministratorAccess_[0-9a-f]{16}/alice$`, arn) {
			t.Errorf("the credentials are %s", arn)
		}
		if role := w.ic.Role(w.dev, "AdministratorAccess").ARN(); !matches(
			`^arn:aws:iam::444444444444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_AdministratorAccess_[0-9a-f]{16}$`, role) {
			t.Errorf("the role is %s", role)
		}
	})
}

func TestAnAuthorizationCodeBecomesATokenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		c := w.registerPKCE(t)
		q := query(t, must(w.ic.Consent(authorizeURL(c, nil), true))(t))
		if q.Get("state") != "state-1" {
			t.Errorf("redirect with %v", q)
		}
		trade := func() (*ssooidc.CreateTokenOutput, error) {
			return w.oidc.CreateToken(t.Context(), codeInput(c, q.Get("code")))
		}
		token := must(trade())(t)
		must(w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token.AccessToken}))(t)
		_, err := trade()
		wantRefusal(t, err, 400, "InvalidGrantException", "")

		q = query(t, must(w.ic.Consent(authorizeURL(c, nil), false))(t))
		if q.Get("error") != "access_denied" || q.Get("state") != "state-1" || q.Has("code") {
			t.Errorf("denied: %v", q)
		}
	})
}

func codeInput(c *ssooidc.RegisterClientOutput, code string) *ssooidc.CreateTokenInput {
	return &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, GrantType: aws.String("authorization_code"),
		Code: &code, CodeVerifier: aws.String(verifier), RedirectUri: aws.String(loopback),
	}
}
