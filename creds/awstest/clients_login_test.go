package awstest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
	"daypass/creds/credstest"
)

// loginWorld is a world with a login cache, for programs of others that use the profile
// console-alice.
type loginWorld struct {
	*clientWorld
	path string
}

func newLoginWorld(t *testing.T) *loginWorld {
	t.Helper()
	w := newClientWorld(t)
	w.write(t, "config", "\n"+w.Console.Config())
	cache := filepath.Join(w.home, "cache")
	if err := os.Mkdir(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	// The SDK for Go ignores AWS_ENDPOINT_URL here.
	w.env = append(w.env, "AWS_ENDPOINT_URL_SIGNIN="+w.url, "AWS_LOGIN_CACHE_DIRECTORY="+cache, "AWS_PROFILE=console-alice")
	return &loginWorld{w, filepath.Join(cache, awstest.LoginFileName(w.Console.Alice.ARN()))}
}

// signIn signs alice in with credentials for so long, and with a key unless that is nil. The
// file has a field that nobody knows.
func (w *loginWorld) signIn(t *testing.T, key *ecdsa.PrivateKey, left time.Duration) {
	t.Helper()
	_, content := w.Console.Alice.LoginFile(left)
	if key != nil {
		_, content = w.Console.Alice.LoginFileOf(key, left)
	}
	content = []byte(strings.Replace(string(content), "{", `{"unknown":"kept",`, 1))
	if err := os.WriteFile(w.path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *loginWorld) file(t *testing.T) (file map[string]any) {
	t.Helper()
	if err := json.Unmarshal(must(os.ReadFile(w.path))(t), &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// renewals are the error codes of the calls for tokens.
func (w *loginWorld) renewals() []string {
	codes := []string{}
	for _, call := range w.AWS.Calls("CreateOAuth2Token") {
		codes = append(codes, call.Code)
	}
	return codes
}

// shortKey is a key of which a client that leaves out zeros sends a coordinate of 31 bytes.
func shortKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	for {
		key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
		if must(key.PublicKey.Bytes())(t)[1] == 0 {
			return key
		}
	}
}

// testdata/cli-login.json is what AWS CLI 2.36.7 wrote after "aws login" at this stand-in.
func TestTheFileOfASignInHasTheFormOfTheCLIs(t *testing.T) {
	form := func(content []byte) string {
		values := regexp.MustCompile(`: ?"(arn|ASIA|ASOR|eyJ|-----BEGIN EC PRIVATE KEY-----\\n|aws_sigv4|\d{12})?[^"]*"`)
		return strings.Join(strings.Fields(values.ReplaceAllString(string(content), `:"$1"`)), "")
	}
	s := awstest.NewSample()
	name, content := s.Console.Bob.LoginFile(time.Minute)
	if diff := cmp.Diff(form(must(os.ReadFile("testdata/cli-login.json"))(t)), form(content)); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
	if want := "74d3debe02258de818ba510f53622b481955c97152b789aa8c0c7353a36123d8.json"; name != want {
		t.Errorf("the name is %s, the CLI's %s", name, want)
	}
	file := struct{ DPoPKey string }{}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	if lines := regexp.MustCompile(`(?m)^[^-\n]{64}$`).FindAllString(file.DPoPKey, -1); len(lines) != 2 || !strings.HasSuffix(file.DPoPKey, "-----\n") {
		t.Errorf("the key is\n%s", file.DPoPKey)
	}
}

func TestTheSDKForJavaScriptRenewsTheFileOfASignInWithLessThanFiveMinutesLeft(t *testing.T) {
	t.Parallel()
	js := credstest.JavaScriptLoginClient(t)
	for name, row := range map[string]struct {
		key  *ecdsa.PrivateKey
		left time.Duration
		want []string
	}{
		"six minutes left":                    {nil, 6 * time.Minute, []string{}},
		"four minutes left":                   {nil, 4 * time.Minute, []string{""}},
		"after their end":                     {nil, -time.Minute, []string{""}},
		"a key whose coordinate needs a zero": {shortKey(t), 4 * time.Minute, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLoginWorld(t)
			get := credstest.Ready(t, w.env, js)
			w.signIn(t, row.key, row.left)
			before := w.file(t)
			got := get()[0]
			if got.Error != "" || w.AWS.IAM.CallerOf(got.AccessKeyID) != w.Console.Alice.ARN() {
				t.Errorf("got %+v", got)
			}
			if diff := cmp.Diff(row.want, w.renewals()); diff != "" {
				t.Errorf("renewals (-want +got):\n%s", diff)
			}
			after := w.file(t)
			if renewed := after["refreshToken"] != before["refreshToken"]; renewed != (len(row.want) > 0) {
				t.Errorf("the file is renewed: %t", renewed)
			}
			for _, kept := range []string{"unknown", "idToken", "clientId", "dpopKey", "tokenType"} {
				if after[kept] != before[kept] {
					t.Errorf("%s is %v, was %v", kept, after[kept], before[kept])
				}
			}
		})
	}
}

// It renews only after their end, and cannot with one key of 128: its proof is malformed.
func TestTheSDKForGoRenewsTheFileOfASignInAfterItsEndUnlessTheKeyNeedsAZero(t *testing.T) {
	t.Parallel()
	client := credstest.GoLoginClient(t)
	for name, row := range map[string]struct {
		key  *ecdsa.PrivateKey
		left time.Duration
		want []string
	}{
		"one minute left":                     {nil, time.Minute, []string{}},
		"after their end":                     {nil, -time.Minute, []string{""}},
		"a key whose coordinate needs a zero": {shortKey(t), -time.Minute, []string{"INVALID_REQUEST"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLoginWorld(t)
			w.signIn(t, row.key, row.left)
			got := credstest.Ready(t, w.env, client)()[0]
			if refused := row.key != nil; refused != strings.Contains(got.Error, "coordinate x of the key has not 32 bytes") ||
				refused == (w.AWS.IAM.CallerOf(got.AccessKeyID) == w.Console.Alice.ARN()) {
				t.Errorf("got %+v", got)
			}
			if diff := cmp.Diff(row.want, w.renewals()); diff != "" {
				t.Errorf("renewals (-want +got):\n%s", diff)
			}
		})
	}
}

func TestManyProgramsAtOnceReadTheFileOfASignInWithSixMinutesLeft(t *testing.T) {
	t.Parallel()
	w := newLoginWorld(t)
	golang, js := credstest.GoLoginClient(t), credstest.JavaScriptLoginClient(t)
	var clients []credstest.LoginClient
	for range 4 {
		clients = append(clients, golang, js)
	}
	atOnce := credstest.Ready(t, w.env, clients...)
	w.signIn(t, nil, 6*time.Minute)
	want := w.file(t)["accessToken"].(map[string]any)["accessKeyId"]
	for i, got := range atOnce() {
		if got.Error != "" || got.AccessKeyID != want {
			t.Errorf("program %d got %+v", i, got)
		}
	}
	if calls := w.renewals(); len(calls) > 0 {
		t.Errorf("renewals %q", calls)
	}
}
