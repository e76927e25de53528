package sso_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/internal/secret"
	"daypass/sso"
)

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
