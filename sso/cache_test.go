package sso_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"daypass/creds/secret"
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

func TestRegistrationsAreNamedByPythonsJSON(t *testing.T) {
	sessions := []sso.Session{
		{Name: "plain", StartURL: "https://a/start", Region: "r"},
		{Name: "dépôt ключ 鍵 🔑", StartURL: "https://a/start?x=1&y=<2>", Region: "r", Scopes: []string{"ä", "sso:account:access"}},
		{Name: "a\"b\\c/d\te\x7ff\x01\u2028", StartURL: "https://a/'#/", Region: "r", Scopes: []string{"s"}},
		{StartURL: "https://a/start/#/", Region: "r", Scopes: []string{"s"}},
	}
	const script = `
import hashlib, json, sys
for s in json.load(sys.stdin):
    args = {'tool': 'botocore', 'startUrl': s['StartURL'], 'region': s['Region'], 'scopes': s['Scopes'], 'session_name': s['Name'] or None}
    print(hashlib.sha1(json.dumps(args, sort_keys=True).encode('utf-8')).hexdigest() + '.json')
`
	in, err := json.Marshal(sessions)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "python3", "-c", script)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, s := range sessions {
		got = append(got, sso.RegistrationName(s))
	}
	if diff := cmp.Diff(strings.Fields(string(out)), got); diff != "" {
		t.Errorf("Python (-) and we (+): %s", diff)
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

func TestWhatATokensFileMayBe(t *testing.T) {
	const rest = `,"startUrl":"https://d-abc123.awsapps.com/start","region":"us-east-1"}`
	at := time.Date(2100, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		text    string
		damaged string // a word of why; the file is then set aside
		none    string // a word of why; the file then stays
	}{
		"by the book":                      {text: `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05Z"` + rest},
		"by an old AWS CLI":                {text: `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05UTC"` + rest},
		"by Python's isoformat":            {text: `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05+00:00"` + rest},
		"with another offset":              {text: `{"accessToken":"a","expiresAt":"2100-01-02T04:04:05+0100"` + rest},
		"with fractions of seconds":        {text: `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05.678901Z"` + rest},
		"with nulls":                       {text: `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05Z","refreshToken":null` + rest},
		"with a useless registration time": {text: `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05Z","registrationExpiresAt":5` + rest},
		"with what readers need only":      {text: `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05Z"}`},
		"with the portal's other spelling": {text: `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05Z","startUrl":"https://D-abc123.awsapps.com/start/#/"}`},
		"empty":                            {text: "", damaged: "empty"},
		"blank":                            {text: "\n\n", damaged: "empty"},
		"torn":                             {text: `{"accessToken":"a","exp`, damaged: "not a JSON object"},
		"a list":                           {text: `["accessToken"]`, damaged: "not a JSON object"},
		"null":                             {text: `null`, damaged: "not a JSON object"},
		"not text":                         {text: "{\"accessToken\":\"\xff\"}", damaged: "UTF-8"},
		"huge":                             {text: strings.Repeat(" ", 1<<20) + "{}", damaged: "too large"},
		"without an end":                   {text: `{"accessToken":"a"}`, damaged: "expiresAt is no time"},
		"with an end that is no time":      {text: `{"accessToken":"a","expiresAt":"soon"}`, damaged: "expiresAt is no time"},
		"with an end that is a number":     {text: `{"accessToken":"a","expiresAt":5}`, damaged: "expiresAt is of the wrong type"},
		"with an empty token":              {text: `{"accessToken":"","expiresAt":"2100-01-02T03:04:05Z"}`, damaged: "accessToken is empty"},
		"of aws login":                     {text: `{"accessToken":{"accessKeyId":"ASIA1"},"tokenType":"aws_sigv4"}`, none: "another kind"},
		"a registration":                   {text: `{"clientId":"c","clientSecret":"s","expiresAt":"2100-01-02T03:04:05Z"}`, none: "another kind"},
		"of another start URL":             {text: `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05Z","startUrl":"https://old.awsapps.com/start"}`, none: "of https://old.awsapps.com/start;"},
		"of another region":                {text: `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05Z","region":"eu-west-1"}`, none: "of region eu-west-1;"},
		"in capitals":                      {text: `{"ACCESSTOKEN":"a","expiresAt":"2100-01-02T03:04:05Z"}`, none: "another kind"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var log bytes.Buffer
			cache := sso.NewCache(dir, slog.New(slog.NewTextHandler(&log, nil)))
			file := sso.TokenName(corpSession)
			put(t, filepath.Join(dir, file), c.text)
			got, err := cache.Token(t.Context(), corpSession)
			switch {
			case c.damaged != "":
				var damaged *sso.Damaged
				if !errors.As(err, &damaged) || !errors.Is(err, sso.ErrDamaged) || !strings.Contains(err.Error(), c.damaged) || !strings.HasSuffix(err.Error(), `sign in to "corp" again`) || strings.Contains(err.Error(), "\n") {
					t.Fatalf("the error is %v", err)
				}
				if data, err := os.ReadFile(damaged.Aside); err != nil || string(data) != c.text {
					t.Errorf("%q has been set aside (%v)", data, err)
				}
				if diff := cmp.Diff([]string{file + ".unreadable"}, names(t, dir)); diff != "" {
					t.Error(diff)
				}
				if strings.Count(log.String(), "set aside") != 1 {
					t.Errorf("the log is %s", &log)
				}
				if _, err := cache.Token(t.Context(), corpSession); !errors.Is(err, sso.ErrNoToken) {
					t.Errorf("the next error is %v", err)
				}
			case c.none != "":
				if !errors.Is(err, sso.ErrNoToken) || !strings.Contains(err.Error(), c.none) {
					t.Errorf("the error is %v", err)
				}
				if data, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(data) != c.text {
					t.Errorf("the file is now %q (%v)", data, err)
				}
			case err != nil:
				t.Error(err)
			default:
				if got.AccessToken != secret.New("a") || !got.Expires.Equal(at) || got.Region != "us-east-1" || got.StartURL == "" || got.Renewable(at.AddDate(-1, 0, 0)) {
					t.Errorf("it is read as %+v", got)
				}
			}
		})
	}
}

func TestATokenOfWhereAVanityURLLeadsIsTheSessions(t *testing.T) {
	vanity := sso.Session{Name: "corp", StartURL: "https://aws.corp.example", Region: "us-east-1"}
	for startURL, ok := range map[string]bool{
		"https://aws.corp.example/":          true,
		"https://d-abc123.awsapps.com/start": true,
		"https://aws.other.example":          false,
		"https://awsapps.com.evil.example":   false,
	} {
		cache := sso.NewCache(t.TempDir(), nil)
		put(t, filepath.Join(cache.Dir(), sso.TokenName(vanity)), `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05Z","startUrl":"`+startURL+`"}`)
		if _, err := cache.Token(t.Context(), vanity); (err == nil) != ok || err != nil && !errors.Is(err, sso.ErrNoToken) {
			t.Errorf("%s: %v", startURL, err)
		}
	}
}

func TestSettingAsideDeletesNothing(t *testing.T) {
	dir := t.TempDir()
	cache := sso.NewCache(dir, nil)
	path := filepath.Join(dir, sso.TokenName(corpSession))
	for n := range 3 {
		put(t, path, fmt.Sprint("junk ", n))
		if _, err := cache.Token(t.Context(), corpSession); !errors.Is(err, sso.ErrDamaged) {
			t.Fatal(err)
		}
	}
	for n, suffix := range []string{"", "-2", "-3"} {
		if data, err := os.ReadFile(path + ".unreadable" + suffix); err != nil || string(data) != fmt.Sprint("junk ", n) {
			t.Errorf("the one %q is %q (%v)", suffix, data, err)
		}
	}
}

func TestAFileThatIsBeingWrittenIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	cache := sso.NewCache(dir, nil)
	path := filepath.Join(dir, sso.TokenName(corpSession))
	whole := `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05Z"}`
	synctest.Test(t, func(t *testing.T) {
		if err := os.WriteFile(path, nil, 0o600); err != nil { // as open(path, 'w') leaves it
			t.Fatal(err)
		}
		time.AfterFunc(300*time.Millisecond, func() { _ = os.WriteFile(path, []byte(whole[:30]), 0o600) })
		time.AfterFunc(600*time.Millisecond, func() { _ = os.WriteFile(path, []byte(whole), 0o600) })
		if got, err := cache.Token(t.Context(), corpSession); err != nil || got.AccessToken != secret.New("a") {
			t.Errorf("it is read as %q (%v)", got.AccessToken.Reveal(), err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(300*time.Millisecond, func() { _ = os.Remove(path) })
		if _, err := cache.Token(t.Context(), corpSession); !errors.Is(err, sso.ErrNoToken) {
			t.Errorf("the error of one that goes away is %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := cache.Token(ctx, corpSession); !errors.Is(err, ctx.Err()) || errors.Is(err, sso.ErrDamaged) {
			t.Errorf("the error of a caller who leaves is %v", err)
		}
		if _, err := cache.Token(t.Context(), corpSession); !errors.Is(err, sso.ErrDamaged) {
			t.Errorf("the error of one that stays empty is %v", err)
		}
	})
}

func TestUnknownFieldsStay(t *testing.T) {
	dir := t.TempDir()
	cache := sso.NewCache(dir, nil)
	path := filepath.Join(dir, sso.TokenName(corpSession))
	put(t, path, `{"accessToken":"a","expiresAt":"2100-01-02T03:04:05Z","future":{"n":[1e400,"<&>"]},"registrationExpiresAt":"whenever"}`)
	token, err := cache.Token(t.Context(), corpSession)
	if err != nil {
		t.Fatal(err)
	}
	token.AccessToken = secret.New("b")
	if err := cache.StoreToken(t.Context(), corpSession, token); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), `"future":{"n":[1e400,"<&>"]}`) || !strings.Contains(string(data), `"registrationExpiresAt":"whenever"`) {
		t.Errorf("the file is now %s (%v)", data, err)
	}
	path = filepath.Join(dir, sso.RegistrationName(corpSession))
	put(t, path, `{"clientId":"c","clientSecret":"s","expiresAt":"2100-01-02T03:04:05Z","future":"f"}`)
	reg, err := cache.Registration(t.Context(), corpSession, deviceFlow)
	if err != nil {
		t.Fatal(err)
	}
	if err := cache.StoreRegistration(t.Context(), corpSession, reg); err != nil {
		t.Fatal(err)
	}
	if got := jsonOf(t, path)["future"]; got != "f" {
		t.Errorf("the registration's field is now %v", got)
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v", token, token, token), fmt.Sprintf("%v %+v %#v", reg, reg, reg)} {
		if strings.Contains(shown, "<&>") || strings.Contains(shown, `"f"`) {
			t.Errorf("unknown fields are printed: %s", shown)
		}
	}
}

func TestRegistrationsOfBothFlowsLiveSideBySide(t *testing.T) {
	dir := t.TempDir()
	cache := sso.NewCache(dir, nil)
	want := func(grants []string, id string) {
		t.Helper()
		reg, err := cache.Registration(t.Context(), corpSession, grants)
		if id == "" && !errors.Is(err, sso.ErrNoRegistration) || id != "" && (err != nil || reg.ClientID != id) {
			t.Errorf("for %v there is %q (%v), not %q", grants, reg.ClientID, err, id)
		}
	}
	store := func(id string, grants []string) {
		t.Helper()
		if err := cache.StoreRegistration(t.Context(), corpSession, registrationOf(id, grants)); err != nil {
			t.Fatal(err)
		}
	}
	cli := filepath.Join(dir, sso.RegistrationName(corpSession))
	want(browserFlow, "")
	store("browser-1", browserFlow)
	if diff := cmp.Diff(map[string]any{
		"clientId": "browser-1", "clientSecret": "secret of browser-1", "expiresAt": "2100-04-01T00:00:00Z",
		"scopes": []any{"sso:account:access"}, "grantTypes": []any{"authorization_code", "refresh_token"},
	}, jsonOf(t, cli)); diff != "" {
		t.Errorf("the AWS CLI finds %s", diff)
	}
	want(browserFlow, "browser-1")
	want(deviceFlow, "")
	store("device-1", deviceFlow)
	want(browserFlow, "browser-1")
	want(deviceFlow, "device-1")
	// The AWS CLI knows one file, and overwrites what it has no use for.
	put(t, cli, `{"clientId":"device-cli","clientSecret":"s","expiresAt":"2100-01-02T03:04:05Z"}`)
	want(deviceFlow, "device-cli")
	want(browserFlow, "")
	store("browser-2", browserFlow)
	want(deviceFlow, "device-cli")
	want(browserFlow, "browser-2")
	// What is made anew takes the place of what was found.
	store("device-2", deviceFlow)
	want(deviceFlow, "device-2")
	want(browserFlow, "browser-2")
	// One that is about to expire is in nobody's way.
	put(t, cli, `{"clientId":"old","clientSecret":"s","expiresAt":"`+time.Now().UTC().Add(14*time.Minute).Format(time.RFC3339)+`"}`)
	want([]string{"urn:ietf:params:oauth:grant-type:device_code"}, "device-1")
	store("browser-3", browserFlow)
	if got := jsonOf(t, cli)["clientId"]; got != "browser-3" {
		t.Errorf("the AWS CLI finds %v", got)
	}
	for _, name := range names(t, dir) {
		if _, has := jsonOf(t, filepath.Join(dir, name))["accessToken"]; has {
			t.Errorf("aws sso logout would delete %s", name)
		}
	}
	for range 2 {
		if err := cache.RemoveRegistration(t.Context(), corpSession); err != nil {
			t.Error(err)
		}
		if left := names(t, dir); len(left) > 0 {
			t.Errorf("there are still %v", left)
		}
	}
}

func TestARegistrationIsUsedForWhatItWasMadeFor(t *testing.T) {
	const device = "urn:ietf:params:oauth:grant-type:device_code"
	for _, c := range []struct {
		has, want []string
		ok        bool
	}{
		{nil, nil, true},
		{nil, []string{device}, true},
		{nil, browserFlow, false},
		{[]string{device, "refresh_token"}, nil, true},
		{[]string{device, "refresh_token"}, []string{device}, true},
		{[]string{device}, []string{device, "refresh_token"}, false},
		{browserFlow, browserFlow, true},
		{browserFlow, []string{device}, false},
		{browserFlow, nil, false},
		{[]string{"authorization_code"}, browserFlow, false},
		{append(slices.Clone(browserFlow), device), []string{device}, true},
		{append(slices.Clone(browserFlow), device), browserFlow, true},
	} {
		cache := sso.NewCache(t.TempDir(), nil)
		if err := cache.StoreRegistration(t.Context(), corpSession, registrationOf("c", c.has)); err != nil {
			t.Fatal(err)
		}
		if _, err := cache.Registration(t.Context(), corpSession, c.want); (err == nil) != c.ok || err != nil && !errors.Is(err, sso.ErrNoRegistration) {
			t.Errorf("%v used for %v: %v", c.has, c.want, err)
		}
	}
}

func TestADamagedRegistrationIsSetAside(t *testing.T) {
	dir := t.TempDir()
	cache := sso.NewCache(dir, nil)
	file := sso.RegistrationName(corpSession)
	put(t, filepath.Join(dir, file), `{"clientId":"c"`)
	if _, err := cache.Registration(t.Context(), corpSession, browserFlow); !errors.Is(err, sso.ErrDamaged) {
		t.Errorf("the error is %v", err)
	}
	if diff := cmp.Diff([]string{file + ".unreadable"}, names(t, dir)); diff != "" {
		t.Error(diff)
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
