package sso_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"daypass/internal/secret"
	"daypass/sso"
)

// corpSession is that of the recorded AWS CLI.
var corpSession = sso.Session{
	Name: "corp", StartURL: "https://d-abc123.awsapps.com/start", Region: "us-east-1", Scopes: []string{"sso:account:access"},
}

var deviceFlow, browserFlow = []string(nil), []string{"authorization_code", "refresh_token"}

// sameToken compares secrets and leaves out what is not exported.
var sameToken = cmp.Options{
	cmp.Comparer(func(a, b secret.Text) bool { return a == b }),
	cmpopts.IgnoreUnexported(sso.Token{}, sso.Registration{}),
}

func tokenOf(s sso.Session, access string) sso.Token {
	return sso.Token{
		StartURL: s.StartURL, Region: s.Region,
		AccessToken: secret.New(access), Expires: time.Date(2100, 1, 2, 3, 4, 5, 0, time.UTC),
		RefreshToken: secret.New("refresh-" + access),
		Registration: sso.Registration{
			ClientID: "client", ClientSecret: secret.New("client-secret"), Expires: time.Date(2100, 4, 1, 0, 0, 0, 0, time.UTC),
		},
	}
}

func registrationOf(id string, grants []string) sso.Registration {
	return sso.Registration{
		ClientID: id, ClientSecret: secret.New("secret of " + id), Expires: time.Date(2100, 4, 1, 0, 0, 0, 0, time.UTC),
		Scopes: []string{"sso:account:access"}, GrantTypes: grants,
	}
}

// put writes a file that has not been touched for a while, so that nobody takes
// it for half written.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func jsonOf(t *testing.T, path string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return o
}

func TestFilesHaveTheNamesThatAWSsToolsGiveThem(t *testing.T) {
	var vectors struct {
		Tokens []struct{ Input, Kind, File string }
		// The names of the fields are those of the vectors.
		Registrations []struct {
			StartURL string `json:"startUrl"`
			Region   string
			Scopes   []string
			Session  string `json:"session_name"`
			SHA1     string
		}
	}
	readVectors(t, "cache-keys.json", &vectors)
	if len(vectors.Tokens) < 10 || len(vectors.Registrations) < 4 {
		t.Fatalf("there are %d tokens and %d registrations", len(vectors.Tokens), len(vectors.Registrations))
	}
	for _, v := range vectors.Tokens {
		s := sso.Session{Name: v.Input, StartURL: "https://elsewhere"}
		if v.Kind == "start_url" {
			s = sso.Session{StartURL: v.Input}
		}
		if got := sso.TokenName(s); got != v.File {
			t.Errorf("the token of %s %q is %s, not %s", v.Kind, v.Input, got, v.File)
		}
	}
	for _, v := range vectors.Registrations {
		s := sso.Session{Name: v.Session, StartURL: v.StartURL, Region: v.Region, Scopes: v.Scopes}
		if got := sso.RegistrationName(s); got != v.SHA1+".json" {
			t.Errorf("the registration of %+v is %s, not %s", s, got, v.SHA1)
		}
	}
}

func TestWhatTheAWSCLIWroteIsUsed(t *testing.T) {
	legacy := sso.Session{StartURL: corpSession.StartURL, Region: corpSession.Region}
	for run, c := range map[string]struct {
		session sso.Session
		grants  []string
		token   string
	}{
		"device_session": {corpSession, deviceFlow, "access.1795252798"},
		"pkce":           {corpSession, browserFlow, "access.1795252796"},
		"device_legacy":  {legacy, deviceFlow, "access.1795252815"},
		"logout":         {corpSession, browserFlow, ""},
	} {
		t.Run(run, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // in 2000, when all this was valid
				cache := sso.NewCache(filepath.Join("testdata/cli-capture", run, "sso-cache"), nil)
				token, err := cache.Token(t.Context(), c.session)
				if (c.token == "") != errors.Is(err, sso.ErrNoToken) || token.AccessToken != secret.New(c.token) {
					t.Errorf("the token is %q (%v)", token.AccessToken.Reveal(), err)
				}
				if c.token != "" && !token.Renewable(time.Now()) {
					t.Error("the token cannot be renewed")
				}
				reg, err := cache.Registration(t.Context(), c.session, c.grants)
				if err != nil || reg.ClientID != "client-1" || reg.ClientSecret != secret.New("secret-1") {
					t.Errorf("the registration is %q (%v)", reg.ClientID, err)
				}
				other := deviceFlow
				if c.grants == nil {
					other = browserFlow
				}
				if _, err := cache.Registration(t.Context(), c.session, other); !errors.Is(err, sso.ErrNoRegistration) {
					t.Errorf("it is used for the other flow too: %v", err)
				}
			})
		})
	}
}

func TestTokensAreStoredAsTheAWSCLIStoresThem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), ".aws", "sso", "cache")
	cache := sso.NewCache(dir, nil)
	want := tokenOf(corpSession, "a<b>&c")
	want.Expires = want.Expires.Add(999 * time.Millisecond).In(time.FixedZone("", 3600))
	if err := cache.StoreToken(t.Context(), corpSession, want); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "ee0bfd2552fbd840c02cc48b6e823320543c450f.json")
	if diff := cmp.Diff(map[string]any{
		"startUrl": corpSession.StartURL, "region": "us-east-1", "accessToken": "a<b>&c", "expiresAt": "2100-01-02T03:04:05Z",
		"refreshToken": "refresh-a<b>&c", "clientId": "client", "clientSecret": "client-secret", "registrationExpiresAt": "2100-04-01T00:00:00Z",
	}, jsonOf(t, path)); diff != "" {
		t.Error(diff)
	}
	got, err := cache.Token(t.Context(), corpSession)
	want.Expires = time.Date(2100, 1, 2, 3, 4, 5, 0, time.UTC)
	if diff := cmp.Diff(want, got, sameToken); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for range 2 {
		if err := cache.RemoveToken(t.Context(), corpSession); err != nil {
			t.Error(err)
		}
		if _, err := cache.Token(t.Context(), corpSession); !errors.Is(err, sso.ErrNoToken) {
			t.Errorf("the error is %v", err)
		}
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("there are still %v", left)
	}
}

func TestWhatATokenIsGoodFor(t *testing.T) {
	now := time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)
	whole := tokenOf(corpSession, "a")
	whole.Expires = now.Add(time.Hour)
	without := func(change func(*sso.Token)) sso.Token {
		t := whole
		change(&t)
		return t
	}
	for name, c := range map[string]struct {
		token sso.Token
		want  bool
	}{
		"all there":               {whole, true},
		"no refresh token":        {without(func(t *sso.Token) { t.RefreshToken = secret.Text{} }), false},
		"no client":               {without(func(t *sso.Token) { t.Registration.ClientID = "" }), false},
		"no client secret":        {without(func(t *sso.Token) { t.Registration.ClientSecret = secret.Text{} }), false},
		"a registration that was": {without(func(t *sso.Token) { t.Registration.Expires = now }), false},
		"nothing":                 {sso.Token{}, false},
	} {
		if got := c.token.Renewable(now); got != c.want {
			t.Errorf("%s: it can be renewed: %t", name, got)
		}
	}
	if got := whole.Left(now); got != time.Hour {
		t.Errorf("%v are left", got)
	}
	if got := whole.Left(now.AddDate(1, 0, 0)); got != 0 {
		t.Errorf("%v are left of what has expired", got)
	}
	if whole.IsZero() || !(sso.Token{}).IsZero() {
		t.Error("what is no token is one")
	}
}

func TestHalfATokenIsNotStored(t *testing.T) {
	dir := t.TempDir()
	cache := sso.NewCache(dir, nil)
	for _, token := range []sso.Token{{}, {AccessToken: secret.New("a")}, {Expires: time.Now()}} {
		if err := cache.StoreToken(t.Context(), corpSession, token); err == nil {
			t.Errorf("%+v was stored", token)
		}
	}
	for _, reg := range []sso.Registration{{}, {ClientID: "c", ClientSecret: secret.New("s")}, {ClientID: "c", Expires: time.Now()}} {
		if err := cache.StoreRegistration(t.Context(), corpSession, reg); err == nil {
			t.Errorf("%+v was stored", reg)
		}
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("there are %v", left)
	}
}
