package awstest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
)

func TestPollingTooFastSlowsTheClientDownForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		w.ic.Set(awstest.SSOSettings{Interval: 5 * time.Second})
		c := w.register(t, "sso:account:access")
		d := w.device(t, c)
		if d.Interval != 5 {
			t.Errorf("interval %d, want 5", d.Interval)
		}
		const pending, slow = "AuthorizationPendingException", "SlowDownException"
		for _, step := range []struct {
			wait time.Duration
			want string
		}{
			{0, pending}, // the first poll may come at once
			{5 * time.Second, pending},
			{4 * time.Second, slow},
			{9 * time.Second, slow}, // the interval is 10 s by now
			{14 * time.Second, slow},
			{20 * time.Second, pending},
		} {
			time.Sleep(step.wait)
			_, err := w.poll(t.Context(), c, d.DeviceCode)
			wantRefusal(t, err, 400, step.want, "")
		}
		if err := w.ic.Approve(*d.UserCode); err != nil { // which makes no poll welcome sooner
			t.Fatal(err)
		}
		time.Sleep(19 * time.Second)
		_, err := w.poll(t.Context(), c, d.DeviceCode)
		wantRefusal(t, err, 400, slow, "")
		time.Sleep(25 * time.Second)
		must(w.poll(t.Context(), c, d.DeviceCode))(t)
	})
}

func TestADeviceCodeEndsInOneWayOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		c, other := w.register(t, "sso:account:access"), w.register(t, "sso:account:access")

		denied := w.device(t, c)
		if err := w.ic.Deny(*denied.UserCode); err != nil {
			t.Fatal(err)
		}
		_, err := w.poll(t.Context(), c, denied.DeviceCode)
		wantRefusal(t, err, 400, "AccessDeniedException", "")
		if err := w.ic.Approve(*denied.UserCode); err == nil {
			t.Error("what was denied can be approved")
		}

		approved := w.device(t, c)
		if err := w.ic.Approve(strings.ToLower(strings.ReplaceAll(*approved.UserCode, "-", ""))); err != nil {
			t.Fatal(err)
		}
		_, err = w.poll(t.Context(), other, approved.DeviceCode)
		wantRefusal(t, err, 400, "InvalidGrantException", "")
		must(w.poll(t.Context(), c, approved.DeviceCode))(t)
		time.Sleep(time.Second)
		_, err = w.poll(t.Context(), c, approved.DeviceCode)
		wantRefusal(t, err, 400, "InvalidGrantException", "")

		late := w.device(t, c)
		time.Sleep(10 * time.Minute)
		_, err = w.poll(t.Context(), c, late.DeviceCode)
		wantRefusal(t, err, 400, "ExpiredTokenException", "")
		if err := w.ic.Approve(*late.UserCode); err == nil {
			t.Error("what has expired can be approved")
		}
		_, err = w.poll(t.Context(), c, aws.String("made up"))
		wantRefusal(t, err, 400, "InvalidGrantException", "")
	})
}

func TestARefreshTokenIsSpentByItsUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		c, first := w.signIn(t, "sso:account:access")
		time.Sleep(7*time.Hour + 30*time.Minute) // of 8
		second := must(w.refresh(t.Context(), c, first.RefreshToken))(t)
		if *second.RefreshToken == *first.RefreshToken || *second.AccessToken == *first.AccessToken {
			t.Error("a token is given out again")
		}
		if second.ExpiresIn != 1800 {
			t.Errorf("the last access token is for %d s, want what is left of the session, 1800", second.ExpiresIn)
		}
		_, err := w.refresh(t.Context(), c, first.RefreshToken)
		wantRefusal(t, err, 400, "InvalidGrantException", "")
		_, err = w.refresh(t.Context(), w.register(t, "sso:account:access"), second.RefreshToken)
		wantRefusal(t, err, 400, "InvalidGrantException", "") // another client's

		time.Sleep(30 * time.Minute)
		_, err = w.refresh(t.Context(), c, second.RefreshToken)
		wantRefusal(t, err, 400, "InvalidGrantException", "") // the session is over
		wantRefusal(t, w.list(t, second.AccessToken), 401, "UnauthorizedException", "Session token not found or invalid")
	})
}

func TestAClientWithoutScopesGetsOneTokenForTheWholeSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		_, token := w.signIn(t)
		if token.RefreshToken != nil || token.ExpiresIn != 8*3600 {
			t.Errorf("refresh token %v, %d s", token.RefreshToken != nil, token.ExpiresIn)
		}
		time.Sleep(8*time.Hour - time.Second)
		if err := w.list(t, token.AccessToken); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		wantRefusal(t, w.list(t, token.AccessToken), 401, "UnauthorizedException", "")
	})
}

func TestAnAdministratorEndsSessionsAndRegistrations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		c, token := w.signIn(t, "sso:account:access")
		w.ic.EndSessions()
		wantRefusal(t, w.list(t, token.AccessToken), 401, "UnauthorizedException", "")
		_, err := w.refresh(t.Context(), c, token.RefreshToken)
		wantRefusal(t, err, 400, "InvalidGrantException", "")

		c, token = w.signIn(t, "sso:account:access") // and the next one works
		d := w.device(t, c)
		w.ic.ExpireRegistrations()
		_, err = w.refresh(t.Context(), c, token.RefreshToken)
		wantRefusal(t, err, 401, "InvalidClientException", "")
		_, err = w.poll(t.Context(), c, d.DeviceCode)
		wantRefusal(t, err, 401, "InvalidClientException", "")
		w.signIn(t, "sso:account:access")

		w.ic.Set(awstest.SSOSettings{Registration: time.Minute})
		c = w.register(t)
		time.Sleep(time.Minute)
		_, err = w.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
			ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(startURL),
		})
		wantRefusal(t, err, 401, "InvalidClientException", "")
	})
}

func TestAnAuthorizationCodeIsForItsClientVerifierAndAddress(t *testing.T) {
	type input = ssooidc.CreateTokenInput
	as := func(in *input, c *ssooidc.RegisterClientOutput) {
		in.ClientId, in.ClientSecret = c.ClientId, c.ClientSecret
	}
	for _, tt := range []struct {
		name   string
		change func(*testing.T, *ssoWorld, *input)
		status int
		code   string
	}{
		{"another verifier", func(_ *testing.T, _ *ssoWorld, in *input) { *in.CodeVerifier = strings.Repeat("x", 43) }, 400, "InvalidGrantException"},
		{"a verifier too short for RFC 7636", func(_ *testing.T, _ *ssoWorld, in *input) { *in.CodeVerifier = "short" }, 400, "InvalidRequestException"},
		{"no verifier", func(_ *testing.T, _ *ssoWorld, in *input) { in.CodeVerifier = nil }, 400, "InvalidRequestException"},
		{"another port", func(_ *testing.T, _ *ssoWorld, in *input) { *in.RedirectUri = "http://127.0.0.1:1/oauth/callback" }, 400, "InvalidGrantException"},
		{"too late", func(*testing.T, *ssoWorld, *input) { time.Sleep(time.Minute) }, 400, "InvalidGrantException"},
		{"another client", func(t *testing.T, w *ssoWorld, in *input) { as(in, w.registerPKCE(t)) }, 400, "InvalidGrantException"},
		{"a client of device codes", func(t *testing.T, w *ssoWorld, in *input) { as(in, w.register(t)) }, 400, "UnauthorizedClientException"},
		{"another secret", func(_ *testing.T, _ *ssoWorld, in *input) { in.ClientSecret = aws.String("guess") }, 401, "InvalidClientException"},
		{"a scope that was not registered", func(_ *testing.T, _ *ssoWorld, in *input) { in.Scope = []string{"codewhisperer:analysis"} }, 400, "InvalidScopeException"},
		{"an unknown grant", func(_ *testing.T, _ *ssoWorld, in *input) { *in.GrantType = "password" }, 400, "UnsupportedGrantTypeException"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSSOWorld()
				c := w.registerPKCE(t)
				in := codeInput(c, query(t, must(w.ic.Consent(authorizeURL(c, nil), true))(t)).Get("code"))
				tt.change(t, w, in)
				_, err := w.oidc.CreateToken(t.Context(), in)
				wantRefusal(t, err, tt.status, tt.code, "")
			})
		})
	}
}

func TestAWrongVerifierSpendsTheCode(t *testing.T) {
	w := newSSOWorld()
	c := w.registerPKCE(t)
	in := codeInput(c, query(t, must(w.ic.Consent(authorizeURL(c, nil), true))(t)).Get("code"))
	in.CodeVerifier = aws.String(strings.Repeat("x", 43))
	_, err := w.oidc.CreateToken(t.Context(), in)
	wantRefusal(t, err, 400, "InvalidGrantException", "")
	in.CodeVerifier = aws.String(verifier)
	_, err = w.oidc.CreateToken(t.Context(), in)
	wantRefusal(t, err, 400, "InvalidGrantException", "")
}

// postJSON posts to SSO OIDC at AWS's own host.
func postJSON(t *testing.T, w *awstest.AWS, path, body string) (*http.Response, string) {
	t.Helper()
	r := request(t, http.MethodPost, "https://oidc."+ssoRegion+".amazonaws.com"+path, body)
	r.Header.Set("Content-Type", "application/json")
	return answer(t, w.Transport(), r)
}

// The refusal is the one recorded in https://github.com/boto/boto3/issues/3891.
func TestOIDCRefusalsHaveAWSsShape(t *testing.T) {
	w := newSSOWorld()
	c := w.register(t)
	body := must(json.Marshal(map[string]string{
		"clientId": *c.ClientId, "clientSecret": *c.ClientSecret, "deviceCode": *w.device(t, c).DeviceCode,
		"grantType": "urn:ietf:params:oauth:grant-type:device_code",
	}))(t)
	resp, got := postJSON(t, w.aws, "/token", string(body))
	if want := `{"error":"authorization_pending","error_description":"Authorization is still pending"}`; got != want {
		t.Errorf("body %s\nwant %s", got, want)
	}
	want := map[string]string{
		"X-Amzn-Errortype": "AuthorizationPendingException:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/",
		"Content-Type":     "application/json",
	}
	for name, value := range want {
		if resp.Header.Get(name) != value {
			t.Errorf("%s: %s, want %s", name, resp.Header.Get(name), value)
		}
	}
	if resp.StatusCode != 400 || resp.Header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("status %d, headers %v", resp.StatusCode, resp.Header)
	}
}

func TestRegistrationsAreJudged(t *testing.T) {
	const pkce = `"clientName":"x","clientType":"public","grantTypes":["authorization_code"],"issuerUrl":"` + startURL + `"`
	for _, tt := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"no name", `{"clientType":"public"}`, 400, "invalid_request"},
		{"no JSON", `clientName=x`, 400, "invalid_request"},
		{"a number for a name", `{"clientName":1,"clientType":"public"}`, 400, "invalid_request"},
		{"a confidential client", `{"clientName":"x","clientType":"confidential"}`, 400, "invalid_client_metadata"},
		{"an unknown scope", `{"clientName":"x","clientType":"public","scopes":["all"]}`, 400, "invalid_scope"},
		{"an unknown grant", `{"clientName":"x","clientType":"public","grantTypes":["password"]}`, 400, "unsupported_grant_type"},
		{"an unknown field", `{"clientName":"x","clientType":"public","color":"red"}`, 501, "not_implemented"},
		{"no redirect", `{` + pkce + `}`, 400, "invalid_redirect_uri"},
		{"an open redirect", `{` + pkce + `,"redirectUris":["http://example.com/oauth/callback"]}`, 400, "invalid_redirect_uri"},
		{"a name for loopback", `{` + pkce + `,"redirectUris":["http://localhost/oauth/callback"]}`, 400, "invalid_redirect_uri"},
		{"another path", `{` + pkce + `,"redirectUris":["http://127.0.0.1/callback"]}`, 400, "invalid_redirect_uri"},
		{"a query", `{` + pkce + `,"redirectUris":["http://127.0.0.1/oauth/callback?x"]}`, 400, "invalid_redirect_uri"},
		{
			"an issuer that is none", `{"clientName":"x","clientType":"public","grantTypes":["authorization_code"],` +
				`"issuerUrl":"https://d-nobody.awsapps.com/start","redirectUris":["http://127.0.0.1/oauth/callback"]}`, 400, "invalid_request",
		},
		{"IPv6", `{` + pkce + `,"redirectUris":["http://[::1]/oauth/callback"]}`, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := postJSON(t, newSSOWorld().aws, "/client/register", tt.body)
			var out struct {
				Error    string
				ClientID string
			}
			if err := json.Unmarshal([]byte(body), &out); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if resp.StatusCode != tt.status || out.Error != tt.want || (out.ClientID == "") != (tt.want != "") {
				t.Errorf("%d %s\nwant %d %s", resp.StatusCode, body, tt.status, tt.want)
			}
		})
	}
}

func TestAStartURLIsOneOfItsRegion(t *testing.T) {
	w := newSSOWorld()
	c := w.register(t)
	for u, want := range map[string]string{
		startURL: "", startURL + "/": "", startURL + "#/": "", "https://d-nobody.awsapps.com/start": "InvalidRequestException",
	} {
		_, err := w.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
			ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: &u,
		})
		if want == "" && err != nil {
			t.Errorf("%s: %v", u, err)
		}
		if want != "" {
			wantRefusal(t, err, 400, want, "")
		}
	}
	elsewhere, _ := unsigned(w.aws, "us-east-1")
	_, err := elsewhere.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(startURL),
	})
	wantRefusal(t, err, 401, "InvalidClientException", "") // registered elsewhere
}

func TestCallsOfSSOAreLoggedWithoutSecrets(t *testing.T) {
	w := newSSOWorld()
	c, token := w.signIn(t, "sso:account:access")
	must(w.refresh(t.Context(), c, token.RefreshToken))(t)
	must(w.credentials(t.Context(), token.AccessToken, w.dev, "ReadOnly"))(t)
	var got []string
	for _, call := range w.aws.Calls("") {
		got = append(got, strings.Join([]string{call.Service, call.Action, call.Caller, call.Region, call.Code}, " "))
		for _, secret := range []*string{c.ClientSecret, token.AccessToken, token.RefreshToken} {
			if strings.Contains(call.Params.Encode(), *secret) {
				t.Errorf("%s has a secret among %v", call.Action, call.Params)
			}
		}
		for _, name := range []string{"clientSecret", "deviceCode", "refreshToken", "code", "codeVerifier"} {
			if call.Params.Has(name) {
				t.Errorf("%s has %s", call.Action, name)
			}
		}
	}
	want := []string{
		"sso-oidc RegisterClient  eu-west-1 ", "sso-oidc StartDeviceAuthorization  eu-west-1 ", "sso-oidc CreateToken  eu-west-1 ",
		"sso-oidc CreateToken  eu-west-1 ", "sso GetRoleCredentials alice eu-west-1 ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if got := w.aws.Calls("CreateToken")[1].Params.Get("grantType"); got != "refresh_token" {
		t.Errorf("grantType %q", got)
	}
}
