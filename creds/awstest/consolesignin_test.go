package awstest_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/signin/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
)

const (
	sameDevice   = "arn:aws:signin:::devtools/same-device"
	crossDevice  = "arn:aws:signin:::devtools/cross-device"
	signInBase   = "https://eu-west-1.signin.aws.amazon.com"
	confirmation = signInBase + "/v1/sessions/confirmation"
)

// dpop makes proofs as a right client does; a test changes what it wants wrong.
type dpop struct {
	key           *ecdsa.PrivateKey
	header, claim map[string]any
	jwk           map[string]any
	// mangle changes the finished proof.
	mangle func(proof string) string
}

func newDPoP(t *testing.T) *dpop {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	point := must(key.PublicKey.Bytes())(t)
	jwk := map[string]any{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
	return &dpop{
		key: key, jwk: jwk, mangle: func(proof string) string { return proof },
		header: map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk},
		claim:  map[string]any{"htm": "POST", "htu": signInBase + "/v1/token"},
	}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// proof is a new proof, with the claims of now where the test set no others.
func (d *dpop) proof(t *testing.T, now time.Time) string {
	t.Helper()
	claims := map[string]any{"jti": rand.Text(), "iat": now.Unix()}
	for name, value := range d.claim {
		claims[name] = value
	}
	text := b64(must(json.Marshal(d.header))(t)) + "." + b64(must(json.Marshal(claims))(t))
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, d.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	raw := make([]byte, 64)
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:])
	return d.mangle(text + "." + b64(raw))
}

// signInWorld is a sample whose sign-in service a program asks.
type signInWorld struct {
	*awstest.Sample
	dpop   *dpop
	client string
	// changes are of the body of each call.
	changes map[string]string
	// request changes each call.
	request func(*http.Request)
}

func newSignInWorld(t *testing.T) *signInWorld {
	t.Helper()
	return &signInWorld{Sample: awstest.NewSample(), dpop: newDPoP(t), client: sameDevice, request: func(*http.Request) {}}
}

func (w *signInWorld) redirectURI() string {
	if w.client == crossDevice {
		return confirmation
	}
	return loopback
}

// address is that of the page, with changes.
func (w *signInWorld) address(changes url.Values) string {
	q := url.Values{
		"response_type": {"code"}, "client_id": {w.client}, "state": {"state-1"}, "code_challenge_method": {"SHA-256"},
		"scope": {"openid"}, "redirect_uri": {w.redirectURI()}, "code_challenge": {challenge()},
	}
	for name, values := range changes {
		q[name] = values
	}
	return signInBase + "/v1/authorize?" + q.Encode()
}

// code is the code that the identity's consent makes.
func (w *signInWorld) code(t *testing.T, who *awstest.ConsoleIdentity) string {
	t.Helper()
	return query(t, must(who.Approve(w.address(nil)))(t)).Get("code")
}

// tokenAnswer is a good or bad answer to a call for tokens.
type tokenAnswer struct {
	status      int
	exception   string
	AccessToken struct {
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string `json:"secretAccessKey"`
		SessionToken    string `json:"sessionToken"`
	} `json:"accessToken"`
	TokenType    string `json:"tokenType"`
	ExpiresIn    int    `json:"expiresIn"`
	RefreshToken string `json:"refreshToken"`
	IDToken      string `json:"idToken"`
	Error        string `json:"error"`
	Message      string `json:"message"`
}

// token calls for tokens with these members.
func (w *signInWorld) token(t *testing.T, body map[string]string) (ans tokenAnswer) {
	t.Helper()
	body["clientId"] = w.client
	for name, value := range w.changes {
		body[name] = value
	}
	r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, signInBase+"/v1/token", bytes.NewReader(must(json.Marshal(body))(t))))(t)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("DPoP", w.dpop.proof(t, w.AWS.Now()))
	w.request(r)
	resp := must(w.AWS.Transport().RoundTrip(r))(t)
	text := must(io.ReadAll(resp.Body))(t)
	if err := json.Unmarshal(text, &ans); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	ans.status, ans.exception = resp.StatusCode, resp.Header.Get("X-Amzn-Errortype")
	return ans
}

func (w *signInWorld) redeem(t *testing.T, code string) tokenAnswer {
	t.Helper()
	return w.token(t, map[string]string{
		"grantType": "authorization_code", "code": code, "codeVerifier": verifier, "redirectUri": w.redirectURI(),
	})
}

func (w *signInWorld) refresh(t *testing.T, token string) tokenAnswer {
	t.Helper()
	return w.token(t, map[string]string{"grantType": "refresh_token", "refreshToken": token})
}

// good is an answer that must be a good one.
func (ans tokenAnswer) good(t *testing.T) tokenAnswer {
	t.Helper()
	if ans.status != 200 || ans.RefreshToken == "" {
		t.Fatalf("answer %d %s %s: %s", ans.status, ans.exception, ans.Error, ans.Message)
	}
	return ans
}

func (ans tokenAnswer) wantRefused(t *testing.T, exception, code, message string) {
	t.Helper()
	if ans.status != 400 || ans.exception != exception || ans.Error != code || !strings.Contains(ans.Message, message) {
		t.Errorf("answer %d %s %s: %q\nwant 400 %s %s: %q", ans.status, ans.exception, ans.Error, ans.Message, exception, code, message)
	}
}

func (ans tokenAnswer) config(w *awstest.AWS) aws.Config {
	return config(w, "eu-west-1", ans.AccessToken.AccessKeyID, ans.AccessToken.SecretAccessKey, ans.AccessToken.SessionToken)
}

func TestASignInToTheConsoleBecomesCredentialsWhichAreRenewed(t *testing.T) {
	for name, identity := range map[string]func(*signInWorld) *awstest.ConsoleIdentity{
		"an IAM user":      func(w *signInWorld) *awstest.ConsoleIdentity { return w.Console.Alice },
		"a role's session": func(w *signInWorld) *awstest.ConsoleIdentity { return w.Console.Bob },
		"the root user":    func(w *signInWorld) *awstest.ConsoleIdentity { return w.Console.Root },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSignInWorld(t)
				who := identity(w)
				first := w.redeem(t, w.code(t, who)).good(t)
				if first.TokenType != "aws_sigv4" || first.ExpiresIn != 900 {
					t.Errorf("%s for %d s", first.TokenType, first.ExpiresIn)
				}
				var claims struct {
					Sub, Aud string
					Iat, Exp int64
				}
				text := must(base64.RawURLEncoding.DecodeString(strings.Split(first.IDToken, ".")[1]))(t)
				if err := json.Unmarshal(text, &claims); err != nil {
					t.Fatal(err)
				}
				if claims.Sub != who.ARN() || claims.Aud != sameDevice || claims.Iat != time.Now().Unix() || claims.Exp <= claims.Iat {
					t.Errorf("ID token %+v", claims)
				}
				if got := whoami(t, sts.NewFromConfig(first.config(w.AWS))); got != who.ARN() {
					t.Errorf("the credentials are %s, want %s", got, who.ARN())
				}

				time.Sleep(14 * time.Minute)
				next := w.refresh(t, first.RefreshToken).good(t)
				if next.IDToken != "" || next.RefreshToken == first.RefreshToken {
					t.Errorf("a renewal has an ID token (%t), or the same refresh token", next.IDToken != "")
				}
				time.Sleep(2 * time.Minute)
				if got := whoami(t, sts.NewFromConfig(next.config(w.AWS))); got != who.ARN() {
					t.Errorf("the renewed credentials are %s, want %s", got, who.ARN())
				}
				_, err := sts.NewFromConfig(first.config(w.AWS)).GetCallerIdentity(t.Context(), nil)
				wantRefusal(t, err, 403, "ExpiredToken", "")

				time.Sleep(12*time.Hour - 21*time.Minute)
				last := w.refresh(t, next.RefreshToken).good(t)
				if last.ExpiresIn != 5*60 {
					t.Errorf("the last credentials last %d s, want until the session ends", last.ExpiresIn)
				}
				time.Sleep(5 * time.Minute)
				w.refresh(t, last.RefreshToken).wantRefused(t, "AccessDeniedException", "TOKEN_EXPIRED", "The refresh token has expired.")

				var calls []string
				for _, call := range w.AWS.Calls("CreateOAuth2Token") {
					calls = append(calls, call.Params.Get("grantType")+" "+call.Code)
					if call.Params.Has("refreshToken") || call.Params.Has("code") || call.Params.Has("codeVerifier") {
						t.Errorf("the log has secrets: %v", call.Params)
					}
				}
				if diff := cmp.Diff([]string{"authorization_code ", "refresh_token ", "refresh_token ", "refresh_token TOKEN_EXPIRED"}, calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestCredentialsOfTheConsoleAssumeRolesAndCallIAMButMakeNoSessions(t *testing.T) {
	w := newSignInWorld(t)
	alice := w.redeem(t, w.code(t, w.Console.Alice)).good(t).config(w.AWS)
	assumed := must(sts.NewFromConfig(alice).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::111122223333:role/Deploy"), RoleSessionName: aws.String("me"),
	}))(t)
	if got := whoami(t, stsWith(w.AWS, assumed.Credentials)); got != "arn:aws:sts::111122223333:assumed-role/Deploy/me" {
		t.Errorf("the role is %s", got)
	}
	must(iam.NewFromConfig(alice).GetUser(t.Context(), nil))(t)
	_, err := sts.NewFromConfig(alice).GetSessionToken(t.Context(), nil)
	wantRefusal(t, err, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
}

func TestOnlyARolesSignInFederatesIntoTheConsole(t *testing.T) {
	w := newSignInWorld(t)
	for _, row := range []struct {
		who  *awstest.ConsoleIdentity
		want int
	}{{w.Console.Bob, 200}, {w.Console.Alice, 400}, {w.Console.Root, 400}} {
		c := w.redeem(t, w.code(t, row.who)).good(t).AccessToken
		session := must(json.Marshal(map[string]string{"sessionId": c.AccessKeyID, "sessionKey": c.SecretAccessKey, "sessionToken": c.SessionToken}))(t)
		q := url.Values{"Action": {"getSigninToken"}, "Session": {string(session)}}
		resp, _ := open(t, w.AWS.Transport(), "https://signin.aws.amazon.com/federation?"+q.Encode())
		if resp.StatusCode != row.want {
			t.Errorf("%s: %d, want %d", row.who.ARN(), resp.StatusCode, row.want)
		}
	}
}

func TestProofsThatAreNotAsTheyMustBeAreRefused(t *testing.T) {
	for name, row := range map[string]struct {
		change func(t *testing.T, w *signInWorld)
		want   string
	}{
		"none": {func(_ *testing.T, w *signInWorld) {
			w.request = func(r *http.Request) { r.Header.Del("DPoP") }
		}, "one DPoP header"},
		"two of them": {func(t *testing.T, w *signInWorld) {
			w.request = func(r *http.Request) { r.Header.Add("DPoP", w.dpop.proof(t, w.AWS.Now())) }
		}, "one DPoP header"},
		"no JWT":                   {func(_ *testing.T, w *signInWorld) { w.dpop.mangle = func(p string) string { return p[:20] } }, "no JWT"},
		"padded base64":            {func(_ *testing.T, w *signInWorld) { w.dpop.mangle = func(p string) string { return p + "==" } }, "signature"},
		"another type":             {func(_ *testing.T, w *signInWorld) { w.dpop.header["typ"] = "JWT" }, "typ"},
		"another algorithm":        {func(_ *testing.T, w *signInWorld) { w.dpop.header["alg"] = "none" }, "alg"},
		"a critical extension":     {func(_ *testing.T, w *signInWorld) { w.dpop.header["crit"] = []string{"x"} }, "critical"},
		"another curve":            {func(_ *testing.T, w *signInWorld) { w.dpop.jwk["crv"] = "P-384" }, "P-256"},
		"another kind of key":      {func(_ *testing.T, w *signInWorld) { w.dpop.jwk["kty"] = "RSA" }, "P-256"},
		"a private key":            {func(_ *testing.T, w *signInWorld) { w.dpop.jwk["d"] = "AAAA" }, "private"},
		"a coordinate of 31 bytes": {func(_ *testing.T, w *signInWorld) { w.dpop.jwk["x"] = b64(make([]byte, 31)) }, "coordinate x"},
		"a coordinate of 33 bytes": {func(_ *testing.T, w *signInWorld) { w.dpop.jwk["y"] = b64(make([]byte, 33)) }, "coordinate y"},
		"a padded coordinate":      {func(_ *testing.T, w *signInWorld) { w.dpop.jwk["y"] = w.dpop.jwk["y"].(string) + "=" }, "coordinate y"},
		"no point of the curve":    {func(_ *testing.T, w *signInWorld) { w.dpop.jwk["y"] = w.dpop.jwk["x"] }, "no point"},
		"a key that did not sign":  {func(t *testing.T, w *signInWorld) { w.dpop.key = newDPoP(t).key }, "signature is wrong"},
		"another method":           {func(_ *testing.T, w *signInWorld) { w.dpop.claim["htm"] = "post" }, "htm"},
		"another region's address": {func(_ *testing.T, w *signInWorld) {
			w.dpop.claim["htu"] = "https://us-east-1.signin.aws.amazon.com/v1/token"
		}, "htu"},
		"an address without a path": {func(_ *testing.T, w *signInWorld) { w.dpop.claim["htu"] = signInBase }, "htu"},
		"a path alone":              {func(_ *testing.T, w *signInWorld) { w.dpop.claim["htu"] = "/v1/token" }, "htu"},
		"no id":                     {func(_ *testing.T, w *signInWorld) { w.dpop.claim["jti"] = "" }, "jti is missing"},
		"no time":                   {func(_ *testing.T, w *signInWorld) { w.dpop.claim["iat"] = nil }, "iat is missing"},
		"a signature in ASN.1": {func(t *testing.T, w *signInWorld) {
			w.dpop.mangle = func(p string) string {
				text := p[:strings.LastIndexByte(p, '.')]
				sum := sha256.Sum256([]byte(text))
				return text + "." + b64(must(ecdsa.SignASN1(rand.Reader, w.dpop.key, sum[:]))(t))
			}
		}, "64 bytes"},
		"an id that was used": {func(t *testing.T, w *signInWorld) {
			w.dpop.claim["jti"] = "once"
			w.redeem(t, w.code(t, w.Console.Alice)).good(t)
		}, "jti was used"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSignInWorld(t)
			code := w.code(t, w.Console.Alice)
			row.change(t, w)
			w.redeem(t, code).wantRefused(t, "ValidationException", "INVALID_REQUEST", row.want)
		})
	}
}

// What looks unusual but is right by RFC 9449 passes.
func TestProofsMayBeWrittenInOtherWays(t *testing.T) {
	for name, change := range map[string]func(*dpop){
		"an address with a port":          func(d *dpop) { d.claim["htu"] = "HTTPS://EU-west-1.signin.aws.amazon.com:443/v1/token" },
		"an address with a query":         func(d *dpop) { d.claim["htu"] = signInBase + "/v1/token?a=b#c" },
		"a key with an id":                func(d *dpop) { d.jwk["kid"] = "1" },
		"a time with fractions":           func(d *dpop) { d.claim["iat"] = float64(time.Now().UnixMilli()) / 1000 },
		"a time four minutes in the past": func(d *dpop) { d.claim["iat"] = time.Now().Add(-4 * time.Minute).Unix() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newSignInWorld(t)
			change(w.dpop)
			w.redeem(t, w.code(t, w.Console.Alice)).good(t)
		})
	}
}

// AWS says the same to a clock that is off: https://github.com/aws/aws-cli/issues/10330.
func TestAProofOfAnotherTimeLooksLikeAnExpiredTokenAndEndsNothing(t *testing.T) {
	w := newSignInWorld(t)
	first := w.redeem(t, w.code(t, w.Console.Alice)).good(t)
	for _, off := range []time.Duration{-6 * time.Minute, 6 * time.Minute} {
		w.dpop.claim["iat"] = w.AWS.Now().Add(off).Unix()
		w.refresh(t, first.RefreshToken).wantRefused(t, "AccessDeniedException", "TOKEN_EXPIRED", "")
	}
	delete(w.dpop.claim, "iat")
	w.refresh(t, first.RefreshToken).good(t)
}

func TestCodesAreTradedOnceAndOnlyAsTheyWereAskedFor(t *testing.T) {
	for name, row := range map[string]struct {
		change          func(t *testing.T, w *signInWorld, code string)
		exception, code string
	}{
		"twice": {
			func(t *testing.T, w *signInWorld, code string) { w.redeem(t, code).good(t) },
			"AccessDeniedException", "AUTHCODE_EXPIRED",
		},
		"after ten minutes": {
			func(*testing.T, *signInWorld, string) { time.Sleep(10 * time.Minute) },
			"AccessDeniedException", "AUTHCODE_EXPIRED",
		},
		"after a wrong verifier": {func(t *testing.T, w *signInWorld, code string) {
			w.changes = map[string]string{"codeVerifier": strings.Repeat("x", 43)}
			w.redeem(t, code).wantRefused(t, "ValidationException", "INVALID_REQUEST", "does not match the code challenge")
			w.changes = nil
		}, "AccessDeniedException", "AUTHCODE_EXPIRED"},
		"with a wrong verifier": {change("codeVerifier", strings.Repeat("x", 43)), "ValidationException", "INVALID_REQUEST"},
		"with a short verifier": {change("codeVerifier", strings.Repeat("x", 42)), "ValidationException", "INVALID_REQUEST"},
		"with a long verifier":  {change("codeVerifier", strings.Repeat("x", 129)), "ValidationException", "INVALID_REQUEST"},
		"for another address":   {change("redirectUri", "http://127.0.0.1:41235/oauth/callback"), "ValidationException", "INVALID_REQUEST"},
		"for another client":    {change("clientId", crossDevice), "ValidationException", "INVALID_REQUEST"},
		"for an unknown client": {change("clientId", "arn:aws:signin:::devtools/other"), "ValidationException", "INVALID_REQUEST"},
		"for an unknown grant":  {change("grantType", "password"), "ValidationException", "INVALID_REQUEST"},
		"an unknown code":       {change("code", "unknown"), "ValidationException", "INVALID_REQUEST"},
		"with a token":          {change("refreshToken", "ASOR"), "ValidationException", "INVALID_REQUEST"},
		"as a form": {func(_ *testing.T, w *signInWorld, _ string) {
			w.request = func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
		}, "ValidationException", "INVALID_REQUEST"},
		"without permission": {func(_ *testing.T, w *signInWorld, _ string) {
			w.Console.Account.User("alice").Deny("signin:CreateOAuth2Token")
		}, "AccessDeniedException", "INSUFFICIENT_PERMISSIONS"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSignInWorld(t)
				code := w.code(t, w.Console.Alice)
				row.change(t, w, code)
				w.redeem(t, code).wantRefused(t, row.exception, row.code, "")
			})
		})
	}
}

// change sets a member of the body.
func change(name, value string) func(*testing.T, *signInWorld, string) {
	return func(_ *testing.T, w *signInWorld, _ string) { w.changes = map[string]string{name: value} }
}

// Even if the challenge is theirs.
func TestVerifiersHaveTheLengthThatPKCEWants(t *testing.T) {
	for verifier, want := range map[string]int{
		strings.Repeat("x", 42): 400, strings.Repeat("x", 43): 200, strings.Repeat("x", 128): 200, strings.Repeat("x", 129): 400,
		strings.Repeat("x", 42) + "+": 400,
	} {
		w := newSignInWorld(t)
		sum := sha256.Sum256([]byte(verifier))
		address := w.address(url.Values{"code_challenge": {b64(sum[:])}})
		w.changes = map[string]string{"codeVerifier": verifier}
		if ans := w.redeem(t, query(t, must(w.Console.Alice.Approve(address))(t)).Get("code")); ans.status != want {
			t.Errorf("%s: %d %s, want %d", verifier, ans.status, ans.Message, want)
		}
	}
}

// The query string selects other operations, which are not modelled.
func TestOtherCallsForTokensAreRefused(t *testing.T) {
	w := newSignInWorld(t)
	w.request = func(r *http.Request) { r.URL.RawQuery = "x-amz-client-auth-method=iam" }
	if ans := w.redeem(t, w.code(t, w.Console.Alice)); ans.status != 501 || ans.exception != "NotImplemented" {
		t.Errorf("answer %d %s: %s", ans.status, ans.exception, ans.Message)
	}
	r := request(t, http.MethodPost, "https://eu-west-1.oauth.signin.aws/v1/revoke", `{"token":"ASOR"}`)
	r.Header.Set("Content-Type", "application/json")
	if resp, body := answer(t, w.AWS.Transport(), r); resp.StatusCode != 501 {
		t.Errorf("answer %d %s", resp.StatusCode, body)
	}
}

func TestARefreshTokenThatIsUsedTwiceEndsTheSession(t *testing.T) {
	w := newSignInWorld(t)
	first := w.redeem(t, w.code(t, w.Console.Alice)).good(t)
	next := w.refresh(t, first.RefreshToken).good(t)
	for _, token := range []string{first.RefreshToken, next.RefreshToken, first.RefreshToken} {
		w.refresh(t, token).wantRefused(t, "AccessDeniedException", "TOKEN_EXPIRED", "")
	}
	if n := w.Console.Alice.Sessions(); n != 0 {
		t.Errorf("%d sessions", n)
	}
	whoami(t, sts.NewFromConfig(next.config(w.AWS))) // issued credentials stay valid
}

func TestARefreshTokenBelongsToItsKeyItsClientAndItsRegion(t *testing.T) {
	w := newSignInWorld(t)
	first := w.redeem(t, w.code(t, w.Console.Alice)).good(t)
	own := w.dpop
	w.dpop = newDPoP(t)
	w.refresh(t, first.RefreshToken).wantRefused(t, "ValidationException", "INVALID_REQUEST", "key is not that of the session")
	w.dpop = own
	w.changes = map[string]string{"clientId": crossDevice}
	w.refresh(t, first.RefreshToken).wantRefused(t, "ValidationException", "INVALID_REQUEST", "Invalid refreshToken")
	w.changes = map[string]string{"refreshToken": first.AccessToken.SessionToken}
	w.refresh(t, "").wantRefused(t, "ValidationException", "INVALID_REQUEST", "Invalid refreshToken")
	w.changes = nil
	for _, elsewhere := range []string{"us-east-1.signin.aws.amazon.com", "cn-north-1.signin.amazonaws.cn"} {
		w.request = func(r *http.Request) { r.URL.Host, r.Host = elsewhere, elsewhere }
		w.dpop.claim["htu"] = "https://" + elsewhere + "/v1/token"
		w.refresh(t, first.RefreshToken).wantRefused(t, "ValidationException", "INVALID_REQUEST", "Invalid refreshToken")
	}
	w.request, w.dpop.claim["htu"] = func(*http.Request) {}, signInBase+"/v1/token"
	w.refresh(t, first.RefreshToken).good(t)
}

func TestSessionsEndWithTheReason(t *testing.T) {
	w := newSignInWorld(t)
	for want, end := range map[string]func(){
		"TOKEN_EXPIRED": w.Console.Alice.EndSessions, "USER_CREDENTIALS_CHANGED": w.Console.Alice.ChangePassword,
	} {
		first := w.redeem(t, w.code(t, w.Console.Alice)).good(t)
		if n := w.Console.Alice.Sessions(); n != 1 {
			t.Errorf("%d sessions", n)
		}
		end()
		w.refresh(t, first.RefreshToken).wantRefused(t, "AccessDeniedException", want, "")
	}
	first := w.redeem(t, w.code(t, w.Console.Alice)).good(t)
	w.Console.Account.User("alice").Deny("signin:CreateOAuth2Token")
	w.refresh(t, first.RefreshToken).wantRefused(t, "AccessDeniedException", "INSUFFICIENT_PERMISSIONS", w.Console.Alice.ARN())
}

// sdk is the SDK's client, with a proof of w's on each call.
func (w *signInWorld) sdk(t *testing.T, cfg aws.Config) *signin.Client {
	t.Helper()
	cfg.HTTPClient = &http.Client{Transport: proving{w, t}}
	return signin.NewFromConfig(cfg)
}

type proving struct {
	w *signInWorld
	t *testing.T
}

func (p proving) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/token") {
		r.Header.Set("DPoP", p.w.dpop.proof(p.t, p.w.AWS.Now()))
	}
	return p.w.AWS.Transport().RoundTrip(r)
}

func refreshInput(token string) *signin.CreateOAuth2TokenInput {
	return &signin.CreateOAuth2TokenInput{TokenInput: &types.CreateOAuth2TokenRequestBody{
		ClientId: aws.String(sameDevice), GrantType: aws.String("refresh_token"), RefreshToken: &token,
	}}
}

func TestTheSDKsClientUnderstandsTheAnswers(t *testing.T) {
	w := newSignInWorld(t)
	cfg := config(w.AWS, "eu-west-1", "", "", "")
	cfg.Credentials = nil
	c := w.sdk(t, cfg)
	out := must(c.CreateOAuth2Token(t.Context(), &signin.CreateOAuth2TokenInput{TokenInput: &types.CreateOAuth2TokenRequestBody{
		ClientId: aws.String(sameDevice), GrantType: aws.String("authorization_code"), Code: aws.String(w.code(t, w.Console.Alice)),
		CodeVerifier: aws.String(verifier), RedirectUri: aws.String(loopback),
	}}))(t).TokenOutput
	if *out.ExpiresIn != 900 || *out.TokenType != "aws_sigv4" || out.IdToken == nil {
		t.Errorf("token of %d s, %s, ID token %t", *out.ExpiresIn, *out.TokenType, out.IdToken != nil)
	}
	again := must(c.CreateOAuth2Token(t.Context(), refreshInput(*out.RefreshToken)))(t).TokenOutput
	if again.IdToken != nil {
		t.Error("a renewal has an ID token")
	}
	_, err := c.CreateOAuth2Token(t.Context(), refreshInput(*out.RefreshToken))
	if denied, ok := errors.AsType[*types.AccessDeniedException](err); !ok || denied.Error_ != types.OAuth2ErrorCodeTokenExpired {
		t.Errorf("error %v", err)
	}
	_, err = c.CreateOAuth2Token(t.Context(), refreshInput("ASORunknown"))
	if invalid, ok := errors.AsType[*types.ValidationException](err); !ok || invalid.Error_ != types.OAuth2ErrorCodeInvalidRequest {
		t.Errorf("error %v", err)
	}
}

func TestRevocationEndsASessionForWhoeverMay(t *testing.T) {
	w := newSignInWorld(t)
	first := w.redeem(t, w.code(t, w.Console.Alice)).good(t)
	revoke := func(cfg aws.Config, token string) error {
		_, err := w.sdk(t, cfg).RevokeOAuth2TokenWithIAM(t.Context(), &signin.RevokeOAuth2TokenWithIAMInput{Token: &token})
		return err
	}
	own := first.config(w.AWS)

	wrong := config(w.AWS, "eu-west-1", first.AccessToken.AccessKeyID, "wrong", first.AccessToken.SessionToken)
	wantRefusal(t, revoke(wrong, first.RefreshToken), 403, "InvalidSignatureException", "")
	elsewhere := config(w.AWS, "eu-west-1", w.AliceKey.ID, w.AliceKey.Secret, "")
	if denied, ok := errors.AsType[*types.AccessDeniedException](revoke(elsewhere, first.RefreshToken)); !ok || denied.Error_ != types.OAuth2ErrorCodeInsufficientPermissions {
		t.Error("another account's user may end the session")
	}
	wantRefusal(t, revoke(own, first.AccessToken.SessionToken), 400, "ValidationException", "Only refresh tokens can be revoked")
	next := w.refresh(t, first.RefreshToken).good(t)

	for _, token := range []string{"ASORunknown", first.RefreshToken, first.RefreshToken} {
		if err := revoke(own, token); err != nil {
			t.Error(err)
		}
	}
	w.refresh(t, next.RefreshToken).wantRefused(t, "AccessDeniedException", "TOKEN_EXPIRED", "")
	whoami(t, sts.NewFromConfig(own))

	w.Console.Account.User("alice").Deny("signin:RevokeOAuth2Token")
	again := w.redeem(t, w.code(t, w.Console.Alice)).good(t)
	if denied, ok := errors.AsType[*types.AccessDeniedException](revoke(own, again.RefreshToken)); !ok || denied.Error_ != types.OAuth2ErrorCodeInsufficientPermissions {
		t.Error("without the permission it may be revoked")
	}
	if n := w.Console.Alice.Sessions(); n != 1 {
		t.Errorf("%d sessions", n)
	}
	calls := w.AWS.Calls("RevokeOAuth2TokenWithIAM")
	if last := calls[len(calls)-1]; last.Caller != w.Console.Alice.ARN() || last.Region != "eu-west-1" || last.Params.Has("token") || last.Code != "INSUFFICIENT_PERMISSIONS" {
		t.Errorf("the log has %+v", last)
	}
}

func TestFaultsOfTheSignInService(t *testing.T) {
	for name, row := range map[string]struct {
		fault awstest.Fault
		want  func(error) bool
	}{
		"expired":        {awstest.Fault{Code: "TOKEN_EXPIRED"}, isDenied("TOKEN_EXPIRED")},
		"changed":        {awstest.Fault{Code: "USER_CREDENTIALS_CHANGED"}, isDenied("USER_CREDENTIALS_CHANGED")},
		"not permitted":  {awstest.Fault{Code: "INSUFFICIENT_PERMISSIONS"}, isDenied("INSUFFICIENT_PERMISSIONS")},
		"code expired":   {awstest.Fault{Code: "AUTHCODE_EXPIRED"}, isDenied("AUTHCODE_EXPIRED")},
		"not valid":      {awstest.Fault{Code: "INVALID_REQUEST"}, is[*types.ValidationException]},
		"too many calls": {awstest.Fault{Code: "TooManyRequestsError"}, is[*types.TooManyRequestsError]},
		"inner error":    {awstest.Fault{Code: "InternalServerException"}, is[*types.InternalServerException]},
		"a proxy": {awstest.Fault{Status: 407, Body: "<html>Log in to the proxy</html>"}, func(err error) bool {
			resp, ok := errors.AsType[*smithyhttp.ResponseError](err)
			return ok && resp.HTTPStatusCode() == 407
		}},
		"torn":            {awstest.Fault{BreakOff: true}, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		"missing members": {awstest.Fault{Change: func(string) string { return `{"tokenType":"aws_sigv4"}` }}, func(err error) bool { return err == nil }},
		"lost":            {awstest.Fault{Reset: true, Late: true}, func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		"silence":         {awstest.Fault{Delay: time.Hour}, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newSignInWorld(t)
				first := w.redeem(t, w.code(t, w.Console.Alice)).good(t)
				row.fault.Times, row.fault.Where = 1, map[string]string{"grantType": "refresh_token"}
				w.AWS.Faults.Add("CreateOAuth2Token", row.fault)
				cfg := config(w.AWS, "eu-west-1", "", "", "")
				cfg.Credentials = nil
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := w.sdk(t, cfg).CreateOAuth2Token(ctx, refreshInput(first.RefreshToken))
				if !row.want(err) {
					t.Errorf("error %v", err)
				}
				again := w.refresh(t, first.RefreshToken)
				if effect := row.fault.Late || row.fault.BreakOff || row.fault.Change != nil; effect != (again.Error == "TOKEN_EXPIRED") {
					t.Errorf("after that %d %s", again.status, again.Error)
				}
			})
		})
	}
}

func isDenied(code types.OAuth2ErrorCode) func(error) bool {
	return func(err error) bool {
		denied, ok := errors.AsType[*types.AccessDeniedException](err)
		return ok && denied.Error_ == code
	}
}

func is[E error](err error) bool { _, ok := errors.AsType[E](err); return ok }

func TestTooManyCallsForTokensPass(t *testing.T) {
	w := newSignInWorld(t)
	first := w.redeem(t, w.code(t, w.Console.Alice)).good(t)
	w.AWS.Faults.Throttle("CreateOAuth2Token", 1)
	if ans := w.refresh(t, first.RefreshToken); ans.status != 429 || ans.exception != "TooManyRequestsError" {
		t.Errorf("answer %d %s", ans.status, ans.exception)
	}
	w.refresh(t, first.RefreshToken).good(t)
}

// The file is the CLI's; the SDK for Go renews the credentials once they are over, and writes
// it anew.
func TestTheGoSDKReadsTheFileOfASignInAndRenewsIt(t *testing.T) {
	s := awstest.NewSample()
	name, content := s.Console.Alice.LoginFile(-time.Minute)
	path := filepath.Join(t.TempDir(), name)
	if want := must(logincreds.StandardCachedTokenFilepath(s.Console.Alice.ARN(), filepath.Dir(path)))(t); path != want {
		t.Errorf("the file is %s, the SDK's %s", path, want)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := config(s.AWS, "eu-west-1", "", "", "")
	cfg.Credentials = nil
	provider := logincreds.New(signin.NewFromConfig(cfg), path)
	client := sts.New(sts.Options{Region: "eu-west-1", Credentials: provider, HTTPClient: &http.Client{Transport: s.AWS.Transport()}})
	if got := whoami(t, client); got != s.Console.Alice.ARN() {
		t.Errorf("the identity is %s", got)
	}
	var before, after struct{ RefreshToken string }
	if err := errors.Join(json.Unmarshal(content, &before), json.Unmarshal(must(os.ReadFile(path))(t), &after)); err != nil {
		t.Fatal(err)
	}
	if after.RefreshToken == before.RefreshToken {
		t.Error("the file has not been renewed")
	}
	if calls := s.AWS.Calls("CreateOAuth2Token"); len(calls) != 1 || calls[0].Code != "" || calls[0].Caller != s.Console.Alice.ARN() {
		t.Errorf("calls %+v", calls)
	}
}

func TestTheFileOfASignInHasCredentialsForAsLongAsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awstest.NewSample()
		_, content := s.Console.Bob.LoginFile(6 * time.Minute)
		var file struct {
			AccessToken struct {
				AccessKeyID, SecretAccessKey, SessionToken, AccountID string
				ExpiresAt                                             time.Time
			}
			TokenType, ClientID, IDToken, DPoPKey string
		}
		if err := json.Unmarshal(content, &file); err != nil {
			t.Fatal(err)
		}
		at := file.AccessToken
		if time.Until(at.ExpiresAt) != 6*time.Minute || at.AccountID != "111122223333" || file.TokenType != "aws_sigv4" || file.ClientID != sameDevice {
			t.Errorf("the file is %s", content)
		}
		cfg := config(s.AWS, "eu-west-1", "", "", "")
		cfg.Credentials = credentials.NewStaticCredentialsProvider(at.AccessKeyID, at.SecretAccessKey, at.SessionToken)
		time.Sleep(6*time.Minute - time.Second)
		if got := whoami(t, sts.NewFromConfig(cfg)); got != s.Console.Bob.ARN() {
			t.Errorf("the identity is %s", got)
		}
		time.Sleep(time.Second)
		_, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
		wantRefusal(t, err, 403, "ExpiredToken", "")
	})
}

func TestTheSampleHasProfilesOfTheConsole(t *testing.T) {
	const want = `[profile console-alice]
region = eu-west-1
login_session = arn:aws:iam::111122223333:user/alice

[profile console-deploy]
region = eu-west-1
role_arn = arn:aws:iam::111122223333:role/Deploy
source_profile = console-alice
`
	if diff := cmp.Diff(want, awstest.NewSample().Console.Config()); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}
