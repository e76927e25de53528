package awstest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daypass/creds/awstest"
	"daypass/sso"
)

// cliV2 is Debian's AWS CLI v2. Another aws, a v1 mostly, may come before it on
// PATH, and v1 has no aws sso login.
const cliV2 = "/usr/bin/aws"

// newCLIV2World is a world that AWS CLI v2 can sign in to. Debian's 2.9.19
// ignores AWS_ENDPOINT_URL, so it uses a proxy.
func newCLIV2World(t *testing.T) *clientWorld {
	t.Helper()
	w := newClientWorld(t)
	if major, _ := w.cliVersion(t, cliV2); major != 2 {
		t.Fatalf("%s is AWS CLI v%d; this test wants v2", cliV2, major)
	}
	w.write(t, "config", "\n"+w.SSO.Config())
	proxy := newAWSProxy(t, w.AWS)
	w.env = slices.DeleteFunc(w.env, func(kv string) bool { return strings.HasPrefix(kv, "AWS_ENDPOINT_URL") })
	w.env = append(w.env, "HTTPS_PROXY="+proxy.url, "AWS_CA_BUNDLE="+proxy.caBundle)
	// It polls twice at once, the second time as soon as the browser has started.
	w.SSO.Center.Set(awstest.SSOSettings{Interval: time.Nanosecond})
	return w
}

// browse makes the CLI's browser press a button of the page that it opens.
func (w *clientWorld) browse(t *testing.T, decision string) {
	t.Helper()
	person := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		address := r.FormValue("url")
		_, page := open(t, w.AWS.Transport(), address)
		press(t, w.AWS.Transport(), address, page, decision)
	}))
	t.Cleanup(person.Close)
	script := filepath.Join(t.TempDir(), "browser")
	text := fmt.Sprintf("#!/usr/bin/env python3\nimport sys, urllib.parse, urllib.request\n"+
		"urllib.request.urlopen(%q, urllib.parse.urlencode({'url': sys.argv[1]}).encode()).read()\n", person.URL)
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "BROWSER="+script)
}

// cli runs the CLI, which must succeed if want is empty and else fail saying so.
func (w *clientWorld) cli(t *testing.T, want string, args ...string) string {
	t.Helper()
	stdout, stderr, err := w.run(t, "", cliV2, args...)
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(stderr, want)) {
		t.Fatalf("aws %s: %v\n%s\nwant %q", strings.Join(args, " "), err, stderr, want)
	}
	return stdout
}

// loginArgs requests the device code, which was the CLI's default until 2.22.
func (w *clientWorld) loginArgs(t *testing.T) []string {
	t.Helper()
	args := []string{"sso", "login", "--profile", "sso-dev-admin"}
	if _, minor := w.cliVersion(t, cliV2); minor >= 22 {
		args = append(args, "--use-device-code")
	}
	return args
}

func TestAWSCLIv2SignsInRenewsAndSignsOut(t *testing.T) {
	t.Parallel()
	w := newCLIV2World(t)
	w.browse(t, "approve")
	if out := w.cli(t, "", w.loginArgs(t)...); !strings.Contains(out, "Successfully logged into Start URL: "+awstest.SampleStartURL) {
		t.Errorf("it says %q", out)
	}
	path := tokenPath(w.home, awstest.SampleSession)
	who := w.identity(t, "sso-dev-admin")
	if !strings.HasPrefix(who.Arn, devAdmin) {
		t.Errorf("sso-dev-admin is %s", who.Arn)
	}

	first := readToken(t, path)
	first.ExpiresAt = time.Now().Add(5 * time.Minute).UTC().Truncate(time.Second)
	if err := os.WriteFile(path, must(json.Marshal(first))(t), 0o600); err != nil {
		t.Fatal(err)
	}
	// Not sso-deploy: as a source, 2.9.19 looks for sso_session in the wrong
	// profile, and ends with "'NoneType' object has no attribute 'get_frozen_token'".
	if who := w.identity(t, "sso-prod-readonly"); !strings.HasPrefix(who.Arn, "arn:aws:sts::666666666666:assumed-role/AWSReservedSSO_ReadOnly_") {
		t.Errorf("sso-prod-readonly is %s", who.Arn)
	}
	wantRenewed(t, w.AWS, path, first)

	w.cli(t, "", "sso", "logout")
	if calls := w.AWS.Calls("Logout"); len(calls) != 1 || calls[0].Code != "" {
		t.Errorf("logout was %+v", calls)
	}
	w.cli(t, "Error loading SSO Token", "--profile", "sso-dev-admin", "sts", "get-caller-identity")
}

// Its cached credentials would be valid for another hour.
func TestAWSCLIv2DoesNothingMoreOnceItsRolesAreForgotten(t *testing.T) {
	t.Parallel()
	w := newCLIV2World(t)
	role := w.SSO.Production.Role("Behind", awstest.Trust{Principals: []string{w.SSO.Legacy.Role(w.SSO.Archive, "ReadOnly").ARN()}})
	w.write(t, "config", "\n[profile behind]\nrole_arn = "+role.ARN()+"\nsource_profile = sso-legacy\nrole_session_name = me\n")
	cache := filepath.Join(w.home, ".aws", "cli", "cache")
	forget := func(s sso.Session, g sso.Grant, assumed ...sso.AssumedRole) {
		t.Helper()
		if err := sso.NewRoleCache(cache, nil).Forget(t.Context(), s, []sso.Grant{g}, assumed); err != nil {
			t.Fatal(err)
		}
		if left := must(os.ReadDir(cache))(t); len(left) > 0 {
			t.Errorf("%v stay", left)
		}
	}
	corp := sso.Session{Name: awstest.SampleSession, StartURL: awstest.SampleStartURL}
	path, _ := signInTo(t, w.AWS, w.SSO.Center, w.home, awstest.SampleSession, time.Hour, "sso:account:access")
	w.identity(t, "sso-dev-admin")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	w.identity(t, "sso-dev-admin") // without a token
	forget(corp, sso.Grant{AccountID: w.SSO.Development.ID(), RoleName: "AdministratorAccess"})
	w.cli(t, "Error loading SSO Token", "--profile", "sso-dev-admin", "sts", "get-caller-identity")

	legacy := sso.Session{StartURL: awstest.SampleLegacyStartURL}
	path, _ = signInTo(t, w.AWS, w.SSO.Legacy, w.home, awstest.SampleLegacyStartURL, time.Hour)
	w.identity(t, "sso-legacy")
	w.identity(t, "behind")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	w.identity(t, "behind")
	forget(legacy, sso.Grant{AccountID: w.SSO.Archive.ID(), RoleName: "ReadOnly"}, sso.AssumedRole{ARN: role.ARN(), SessionName: "me"})
	w.cli(t, "Error loading SSO Token", "--profile", "behind", "sts", "get-caller-identity")
}

func TestAWSCLIv2ReportsThatItWasDenied(t *testing.T) {
	t.Parallel()
	w := newCLIV2World(t)
	w.browse(t, "deny")
	w.cli(t, "(AccessDeniedException) when calling the CreateToken operation", w.loginArgs(t)...)
}

// identity is the identity of a profile for the CLI.
func (w *clientWorld) identity(t *testing.T, profile string) (who cliIdentity) {
	t.Helper()
	if err := json.Unmarshal([]byte(w.cli(t, "", "--output", "json", "--profile", profile, "sts", "get-caller-identity")), &who); err != nil {
		t.Fatal(err)
	}
	return who
}
