package awstest_test

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds/awstest"
)

// tokenFile is the CLI's file of a session's token.
type tokenFile struct {
	StartURL              string    `json:"startUrl"`
	Region                string    `json:"region"`
	AccessToken           string    `json:"accessToken"`
	ExpiresAt             time.Time `json:"expiresAt"`
	ClientID              string    `json:"clientId"`
	ClientSecret          string    `json:"clientSecret"`
	RegistrationExpiresAt time.Time `json:"registrationExpiresAt"`
	RefreshToken          string    `json:"refreshToken,omitempty"`
}

// tokenPath is where clients look for the token of a session, by its name, or
// of a legacy profile, by its start URL.
func tokenPath(home, key string) string {
	sum := sha1.Sum([]byte(key))
	return filepath.Join(home, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json")
}

// signInTo signs in to an instance and writes the token to the [tokenPath] of
// key, as if it were valid for so long.
func signInTo(t *testing.T, w *awstest.AWS, ic *awstest.IdentityCenter, home, key string, left time.Duration, scopes ...string) (path string, first tokenFile) {
	t.Helper()
	c, token := clientsOf(w, ic).signIn(t, scopes...)
	first = tokenFile{
		StartURL: ic.StartURL(), Region: ic.Region(), AccessToken: *token.AccessToken,
		ExpiresAt: time.Now().Add(left).UTC().Truncate(time.Second), ClientID: *c.ClientId, ClientSecret: *c.ClientSecret,
		RegistrationExpiresAt: time.Unix(c.ClientSecretExpiresAt, 0).UTC(), RefreshToken: aws.ToString(token.RefreshToken),
	}
	path = tokenPath(home, key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, must(json.Marshal(first))(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, first
}

func readToken(t *testing.T, path string) (f tokenFile) {
	t.Helper()
	if err := json.Unmarshal(must(os.ReadFile(path))(t), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

const devAdmin = "arn:aws:sts::444444444444:assumed-role/AWSReservedSSO_AdministratorAccess_"

// wantRenewed asserts that the client renewed the token once, and wrote a valid one.
func wantRenewed(t *testing.T, w *awstest.AWS, path string, first tokenFile) {
	t.Helper()
	now := readToken(t, path)
	if now.RefreshToken == first.RefreshToken || now.AccessToken == first.AccessToken || time.Until(now.ExpiresAt) < 50*time.Minute {
		t.Errorf("the token file has not been renewed: until %v", now.ExpiresAt)
	}
	renewals := 0
	for _, call := range w.Calls("CreateToken") {
		if call.Params.Get("grantType") == "refresh_token" && call.Code == "" {
			renewals++
		}
	}
	if renewals != 1 {
		t.Errorf("%d renewals, want 1", renewals)
	}
	_, portal := unsigned(w, awstest.SampleRegion)
	must(portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: &now.AccessToken}))(t)
}

const boto3SSOScript = `
import boto3, sys
for profile in sys.argv[1:]:
    print(boto3.Session(profile_name=profile).client("sts").get_caller_identity()["Arn"])
`

func TestBoto3UsesAndRenewsASession(t *testing.T) {
	t.Parallel()
	w := newClientWorld(t)
	w.write(t, "config", "\n"+w.SSO.Config())
	w.env = append(w.env, "AWS_ENDPOINT_URL_SSO="+w.url, "AWS_ENDPOINT_URL_SSO_OIDC="+w.url)
	path, first := signInTo(t, w.AWS, w.SSO.Center, w.home, awstest.SampleSession, 5*time.Minute, "sso:account:access")
	signInTo(t, w.AWS, w.SSO.Legacy, w.home, awstest.SampleLegacyStartURL, time.Hour)
	stdout, stderr, err := w.run(t, boto3SSOScript, "python3", "-", "sso-dev-admin", "sso-prod-readonly", "sso-deploy", "sso-legacy")
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if !matches(`^`+devAdmin+`[0-9a-f]{16}/alice
arn:aws:sts::666666666666:assumed-role/AWSReservedSSO_ReadOnly_[0-9a-f]{16}/alice
arn:aws:sts::666666666666:assumed-role/Deploy/botocore-session-\d+
arn:aws:sts::888888888888:assumed-role/AWSReservedSSO_ReadOnly_[0-9a-f]{16}/alice
$`, stdout) {
		t.Errorf("boto3 saw\n%s", stdout)
	}
	wantRenewed(t, w.AWS, path, first)
}

func TestAWSCLIUsesAndRenewsASession(t *testing.T) {
	t.Parallel()
	w := newClientWorld(t)
	if !w.heedsEndpointVariable(t) {
		t.Log("this AWS CLI asks the portal at AWS's own host whatever its settings say; a proxy leads it here in another test")
		return
	}
	w.write(t, "config", "\n"+w.SSO.Config())
	path, first := signInTo(t, w.AWS, w.SSO.Center, w.home, awstest.SampleSession, 5*time.Minute, "sso:account:access")
	var who cliIdentity
	w.aws(t, &who, "--profile", "sso-dev-admin", "sts", "get-caller-identity")
	if !strings.HasPrefix(who.Arn, devAdmin) {
		t.Errorf("sso-dev-admin is %s", who.Arn)
	}
	w.aws(t, &who, "--profile", "sso-deploy", "sts", "get-caller-identity")
	if !strings.HasPrefix(who.Arn, "arn:aws:sts::666666666666:assumed-role/Deploy/") {
		t.Errorf("sso-deploy is %s", who.Arn)
	}
	wantRenewed(t, w.AWS, path, first)

	w.SSO.Center.Unassign(w.SSO.Production)
	w.awsRefused(t, "(ForbiddenException) when calling the GetRoleCredentials operation: No access",
		"--profile", "sso-prod-readonly", "sts", "get-caller-identity")
}

func TestGoSDKUsesAndRenewsASession(t *testing.T) {
	t.Parallel()
	s := awstest.NewSample()
	path, first := signInTo(t, s.AWS, s.SSO.Center, t.TempDir(), awstest.SampleSession, -time.Minute, "sso:account:access")
	oidc, portal := unsigned(s.AWS, awstest.SampleRegion)
	provider := ssocreds.New(portal, s.SSO.Development.ID(), "AdministratorAccess", awstest.SampleStartURL, func(o *ssocreds.Options) {
		o.CachedTokenFilepath = path
		o.SSOTokenProvider = ssocreds.NewSSOTokenProvider(oidc, path)
	})
	client := sts.New(sts.Options{Region: awstest.SampleRegion, Credentials: provider, HTTPClient: &http.Client{Transport: s.AWS.Transport()}})
	if got := whoami(t, client); !strings.HasPrefix(got, devAdmin) {
		t.Errorf("the role is %s", got)
	}
	wantRenewed(t, s.AWS, path, first)
}
