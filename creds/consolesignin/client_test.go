package consolesignin_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/consolesignin"
	"daypass/creds/credstest"
	"daypass/internal/signin"
)

const (
	createToken = "CreateOAuth2Token"
	revokeToken = "RevokeOAuth2TokenWithIAM"
)

// world is an AWS with somebody who may sign in to its console, and a client of theirs.
type world struct {
	*awstest.Sample

	who     *awstest.ConsoleIdentity
	dir     string
	client  *consolesignin.Client
	session consolesignin.Session
	log     *logged
	http    http.RoundTripper
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Sample: awstest.NewSample(), dir: t.TempDir(), log: &logged{}}
	w.who, w.http = w.Console.Alice, w.AWS.Transport()
	w.session = consolesignin.Session{ARN: w.who.ARN(), Region: "eu-west-1", Profile: "web"}
	w.client = w.newClient(aws.Config{})
	t.Cleanup(func() { noSecret(t, w.log.String()) })
	return w
}

// newClient returns a client over the same cache, as another process would be.
func (w *world) newClient(cfg aws.Config) *consolesignin.Client {
	cfg.HTTPClient = &http.Client{Transport: transport{w}}
	return consolesignin.NewClient(cfg, consolesignin.NewCache(w.dir, w.log.logger()), w.log.logger())
}

// transport is the world's, which tests may replace.
type transport struct{ w *world }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t.w.http.RoundTrip(r) }

// answering is an http.RoundTripper.
type answering func(*http.Request) (*http.Response, error)

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) { return a(r) }

// signedInByCLI has the AWS CLI sign in, with so much of the credentials left.
func (w *world) signedInByCLI(t *testing.T, left time.Duration) {
	t.Helper()
	name, content := w.who.LoginFile(left)
	credstest.Write(t, filepath.Join(w.dir, name), string(content))
}

// path is that of the identity's file.
func (w *world) path() string { return filepath.Join(w.dir, consolesignin.FileName(w.session.ARN)) }

func (w *world) file(t *testing.T) string { t.Helper(); return credstest.Content(t, w.path()) }

// calls counts the calls that AWS got.
func (w *world) calls(action string) int { return len(w.AWS.Calls(action)) }

// fresh returns credentials for so long, which must be valid.
func (w *world) fresh(t *testing.T, left time.Duration) consolesignin.Token {
	t.Helper()
	token, err := w.client.Fresh(t.Context(), w.session, left)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// lasts is how long a token's credentials are valid, to the minute.
func lasts(token consolesignin.Token) time.Duration {
	return time.Until(token.Expires).Round(time.Minute)
}

// wantError fails unless an error has the code, is of the kind and says the words, in one
// sentence.
func wantError(t *testing.T, err error, code creds.Code, kind error, words string) {
	t.Helper()
	credstest.WantCode(t, err, code, words)
	if kind != nil && !errors.Is(err, kind) {
		t.Errorf("%v is no %v", err, kind)
	}
	if strings.ContainsAny(err.Error(), "\n\r") || strings.HasSuffix(err.Error(), ".") || creds.AsError(err).Message != err.Error() {
		t.Errorf("not one sentence: %q", err)
	}
	noSecret(t, err.Error())
}

// noSecret fails if a text has the beginning of one of the stand-in's secrets.
func noSecret(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{"ASOR", "PRIVATE KEY", "eyJ"} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret in: %s", text)
		}
	}
}

// signIn signs in with a browser on this machine.
func (w *world) signIn(t *testing.T) (consolesignin.Token, error) {
	t.Helper()
	port := inMemory(t)
	w.client.SetListen(port.listen)
	return w.client.Authorize(t.Context(), w.session, signin.Way{Open: func(ctx context.Context, address string) error {
		redirect, err := w.who.Approve(address)
		if err != nil {
			t.Error(err)
			return err
		}
		return port.get(ctx, redirect)
	}})
}

// logged keeps what is logged, to look for secrets in it.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// remove deletes a file, as "aws logout" does.
func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// writable undoes [credstest.MakeReadOnly].
func writable(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() == 0 {
		if out, err := exec.Command("chattr", "-i", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}
