package console_test

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"daypass/creds/awstest"
	"daypass/creds/console"
	"daypass/internal/partition"
	"daypass/internal/secret"
)

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// identities returns those of one partition, each with credentials for the console.
type identities struct {
	role, sso, chained, user, session *types.Credentials
}

func config(w *awstest.AWS, region string, c *types.Credentials) aws.Config {
	cfg := aws.Config{Region: region, HTTPClient: &http.Client{Transport: w.Transport()}, Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	if c != nil {
		cfg.Credentials = credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, aws.ToString(c.SessionToken))
	}
	return cfg
}

// people makes a user, roles and a portal in a partition, and signs all in.
func people(t *testing.T, w *awstest.AWS, partition, region, account string) identities {
	t.Helper()
	acct := w.IAM.AccountIn(partition, account)
	alice := acct.User("alice")
	id, key := alice.AccessKey()
	long := &types.Credentials{AccessKeyId: &id, SecretAccessKey: &key}
	near := acct.Role("Near", awstest.Trust{Principals: []string{alice.ARN()}})
	far := acct.Role("Far", awstest.Trust{Principals: []string{near.ARN()}})
	assume := func(by *types.Credentials, role *awstest.Role) *types.Credentials {
		in := &sts.AssumeRoleInput{RoleArn: aws.String(role.ARN()), RoleSessionName: aws.String("daypass")}
		return must[*sts.AssumeRoleOutput](t)(sts.NewFromConfig(config(w, region, by)).AssumeRole(t.Context(), in)).Credentials
	}
	var who identities
	who.role = assume(long, near)
	who.chained = assume(who.role, far)
	client := sts.NewFromConfig(config(w, region, long))
	who.session = must[*sts.GetSessionTokenOutput](t)(client.GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})).Credentials
	who.user = must[*sts.GetFederationTokenOutput](t)(client.GetFederationToken(t.Context(), &sts.GetFederationTokenInput{
		Name: aws.String(console.FederationName("alice")), Policy: aws.String(console.AllowAll),
	})).Credentials
	who.sso = portalCredentials(t, w, region, acct)
	return who
}

func portalCredentials(t *testing.T, w *awstest.AWS, region string, acct *awstest.Account) *types.Credentials {
	t.Helper()
	const startURL = "https://d-abc123.awsapps.com/start"
	center := w.SSO.IdentityCenter(region, startURL)
	center.Assign(acct, "Development", "dev@example.com", "ReadOnly")
	oidc := ssooidc.NewFromConfig(config(w, region, nil))
	c := must[*ssooidc.RegisterClientOutput](t)(oidc.RegisterClient(t.Context(), &ssooidc.RegisterClientInput{
		ClientName: aws.String("test"), ClientType: aws.String("public"), Scopes: []string{"sso:account:access"},
	}))
	d := must[*ssooidc.StartDeviceAuthorizationOutput](t)(oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, StartUrl: aws.String(startURL),
	}))
	if err := center.Approve(*d.UserCode); err != nil {
		t.Fatal(err)
	}
	token := must[*ssooidc.CreateTokenOutput](t)(oidc.CreateToken(t.Context(), &ssooidc.CreateTokenInput{
		ClientId: c.ClientId, ClientSecret: c.ClientSecret, DeviceCode: d.DeviceCode, GrantType: aws.String("urn:ietf:params:oauth:grant-type:device_code"),
	}))
	rc := must[*sso.GetRoleCredentialsOutput](t)(sso.NewFromConfig(config(w, region, nil)).GetRoleCredentials(t.Context(), &sso.GetRoleCredentialsInput{
		AccessToken: token.AccessToken, AccountId: aws.String(acct.ID()), RoleName: aws.String("ReadOnly"),
	})).RoleCredentials
	return &types.Credentials{AccessKeyId: rc.AccessKeyId, SecretAccessKey: rc.SecretAccessKey, SessionToken: rc.SessionToken}
}

func partitionOf(t *testing.T, region string) partition.Partition {
	t.Helper()
	return must[partition.Partition](t)(console.PartitionOf(region))
}

// loginOf is a login to a service's page.
func loginOf(t *testing.T, c *types.Credentials, region, service string) console.Login {
	t.Helper()
	p := partitionOf(t, region)
	return console.Login{
		AccessKeyID: *c.AccessKeyId, SecretAccessKey: secret.New(*c.SecretAccessKey), SessionToken: secret.New(*c.SessionToken), Partition: p,
		Destination: must[string](t)(console.Destination(p, console.Page{Service: service, Region: region}, "")),
	}
}

// visit opens an address in a browser that follows redirects, and returns the page with its
// values.
func visit(t *testing.T, browser *http.Client, address string) (status int, at string, facts map[string]string) {
	t.Helper()
	r := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))
	resp := must[*http.Response](t)(browser.Do(r))
	defer resp.Body.Close()
	page := string(must[[]byte](t)(io.ReadAll(resp.Body)))
	facts = map[string]string{}
	for _, m := range regexp.MustCompile(`<dd id="(\w+)">(.*)</dd>`).FindAllStringSubmatch(page, -1) {
		facts[m[1]] = html.UnescapeString(m[2])
	}
	return resp.StatusCode, resp.Request.URL.String(), facts
}

func newBrowser(t *testing.T, w *awstest.AWS) *http.Client {
	t.Helper()
	return &http.Client{Transport: w.Transport(), Jar: must[*cookiejar.Jar](t)(cookiejar.New(nil))}
}

// Every partition and kind of identity, by the forms of their addresses; the stand-in checks
// who gets in.
func TestEveryIdentityOfEveryPartitionGetsToItsConsole(t *testing.T) {
	for _, p := range []struct{ partition, region, account, signin, s3, iam, home string }{
		{
			"aws", "eu-west-1", "111111111111", "https://us-east-1.signin.aws.amazon.com",
			"https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1",
			"https://console.aws.amazon.com/iam/home",
			"https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1",
		},
		{
			"aws-cn", "cn-northwest-1", "222222222222", "https://signin.amazonaws.cn",
			"https://cn-northwest-1.console.amazonaws.cn/s3/home?region=cn-northwest-1",
			"https://console.amazonaws.cn/iam/home",
			"https://cn-northwest-1.console.amazonaws.cn/console/home?region=cn-northwest-1",
		},
		{
			"aws-us-gov", "us-gov-east-1", "333333333333", "https://signin.amazonaws-us-gov.com",
			"https://us-gov-east-1.console.amazonaws-us-gov.com/s3/home?region=us-gov-east-1",
			"https://console.amazonaws-us-gov.com/iam/home",
			"https://us-gov-east-1.console.amazonaws-us-gov.com/console/home?region=us-gov-east-1",
		},
		{
			"aws-eusc", "eusc-de-east-1", "444444444444", "https://signin.amazonaws-eusc.eu",
			"https://eusc-de-east-1.console.amazonaws-eusc.eu/s3/home?region=eusc-de-east-1",
			"https://console.amazonaws-eusc.eu/iam/home",
			"https://eusc-de-east-1.console.amazonaws-eusc.eu/console/home?region=eusc-de-east-1",
		},
	} {
		w := awstest.New()
		who := people(t, w, p.partition, p.region, p.account)
		federation := console.Federation{Client: &http.Client{Transport: w.Transport()}}
		for _, tt := range []struct {
			name     string
			creds    *types.Credentials
			duration time.Duration // where it is legal
			identity string
		}{
			{"role", who.role, 2 * time.Hour, "assumed-role/Near/daypass"},
			{"SSO", who.sso, 12 * time.Hour, "assumed-role/AWSReservedSSO_ReadOnly_"},
			{"chained", who.chained, 0, "assumed-role/Far/daypass"},
			{"IAM user", who.user, 0, "federated-user/alice"},
		} {
			t.Run(p.partition+" "+tt.name, func(t *testing.T) {
				for service, want := range map[string]string{"s3": p.s3, "iam": p.iam, "": p.home} {
					login := loginOf(t, tt.creds, p.region, service)
					login.Duration = tt.duration
					link := must[secret.Text](t)(federation.Link(t.Context(), login)).Reveal()
					u := must[*url.URL](t)(url.Parse(link))
					q := u.Query()
					if u.Scheme+"://"+u.Host+u.Path != p.signin+"/federation" || len(q) != 3 || q.Get("Action") != "login" ||
						q.Get("Destination") != want || q.Get("SigninToken") == "" {
						t.Errorf("the link to %q is %s", service, link)
					}
					status, at, facts := visit(t, newBrowser(t, w), link)
					if status != 200 || at != want || facts["account"][:12] != p.account || !regexp.MustCompile(`^arn:`+p.partition+`:sts::\d+:`+tt.identity).MatchString(facts["identity"]) {
						t.Errorf("it leads to %s (%d): %v", at, status, facts)
					}
				}
				calls := w.Calls("GetSigninToken")
				if got := calls[len(calls)-1].Params.Get("SessionDuration"); got != map[bool]string{true: fmt.Sprint(int(tt.duration.Seconds()))}[tt.duration > 0] {
					t.Errorf("the session duration that was sent is %q", got)
				}
			})
		}
	}
}

func TestLogoutFirstTakesTheNextIdentityToItsConsole(t *testing.T) {
	for _, region := range []string{"eu-west-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"} {
		w := awstest.New()
		who := people(t, w, partitionOf(t, region).Name, region, "111111111111")
		federation := console.Federation{Client: &http.Client{Transport: w.Transport()}}
		browser := newBrowser(t, w)
		login := loginOf(t, who.role, region, "s3")
		if status, _, _ := visit(t, browser, must[secret.Text](t)(federation.Link(t.Context(), login)).Reveal()); status != 200 {
			t.Fatalf("%s: the first identity gets %d", region, status)
		}
		login = loginOf(t, who.user, region, "s3")
		if status, _, _ := visit(t, browser, must[secret.Text](t)(federation.Link(t.Context(), login)).Reveal()); status != 400 {
			t.Errorf("%s: without a logout the second gets %d", region, status)
		}
		login.LogoutFirst = true
		link := must[secret.Text](t)(federation.Link(t.Context(), login)).Reveal()
		if status, at, facts := visit(t, browser, link); status != 200 || at != login.Destination || facts["identity"] == "" {
			t.Errorf("%s: with a logout the second gets to %s (%d) as %v", region, at, status, facts)
		}
	}
}

// A server on loopback replaces AWS, as in the demo.
func TestACustomSignInEndpointServesAllSteps(t *testing.T) {
	w := awstest.New()
	who := people(t, w, "aws", "eu-west-1", "111111111111")
	server := must[*awstest.Server](t)(w.Listen(t.Context(), "127.0.0.1:0"))
	defer server.Close()
	login := loginOf(t, who.role, "eu-west-1", "s3")
	for _, first := range []bool{false, true} {
		login.LogoutFirst = first
		link := must[secret.Text](t)(console.Federation{Endpoint: server.URL() + "/"}.Link(t.Context(), login)).Reveal()
		browser := &http.Client{Jar: must[*cookiejar.Jar](t)(cookiejar.New(nil))}
		status, at, facts := visit(t, browser, link)
		if status != 200 || facts["destination"] != login.Destination || facts["region"] != "eu-west-1" {
			t.Errorf("%s leads to %s (%d): %v", link, at, status, facts)
		}
		// An address copied from the address line there is a page too.
		if got, err := console.Clean(at, server.URL()); err != nil || got != login.Destination {
			t.Errorf("its address is cleaned to %q, %v", got, err)
		}
		if _, err := console.Clean(at, ""); err == nil {
			t.Errorf("%s is taken for a page of AWS's", at)
		}
	}
}

func sessionOf(t *testing.T, r *http.Request) map[string]string {
	t.Helper()
	var session map[string]string
	if err := json.Unmarshal([]byte(r.URL.Query().Get("Session")), &session); err != nil {
		t.Error(err)
	}
	return session
}
