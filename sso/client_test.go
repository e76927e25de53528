package sso_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds/awstest"
	"daypass/internal/signin"
	"daypass/sso"
)

const (
	region    = "eu-west-1"
	startURL  = "https://d-abc123.awsapps.com/start"
	accountID = "444444444444"
)

// world is an Identity Center with one person, and a client of hers.
type world struct {
	aws       *awstest.AWS
	ic        *awstest.IdentityCenter
	account   *awstest.Account
	dir       string
	cache     *sso.Cache
	client    *sso.Client
	session   sso.Session
	transport *answering
	log       *logged
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{aws: awstest.New(), dir: t.TempDir(), log: &logged{}}
	w.ic = w.aws.SSO.IdentityCenter(region, startURL)
	w.account = w.aws.IAM.Account(accountID)
	w.ic.Assign(w.account, "Development", "dev@corp.example", "Admin", "ReadOnly")
	w.session = sso.Session{Name: "corp", StartURL: startURL, Region: region, Scopes: []string{"sso:account:access"}}
	w.transport = &answering{RoundTripper: w.aws.Transport()}
	w.cache = sso.NewCache(w.dir, w.log.logger())
	w.client = w.newClient(aws.Config{})
	return w
}

// newClient returns a client over the same cache, as another process would be.
func (w *world) newClient(cfg aws.Config) *sso.Client {
	cfg.HTTPClient = &http.Client{Transport: w.transport}
	return sso.NewClient(cfg, w.cache, w.log.logger())
}

// signInByDevice signs in with a person who approves at once.
func (w *world) signInByDevice(t *testing.T) (sso.Token, error) {
	t.Helper()
	return w.client.SignIn(t.Context(), w.session, signin.Way{
		Method: signin.MethodDevice,
		Open: func(_ context.Context, address string) error {
			_, err := w.ic.Consent(address, true)
			return err
		},
	})
}

// signedIn signs in and returns the token.
func (w *world) signedIn(t *testing.T) sso.Token {
	t.Helper()
	token, err := w.signInByDevice(t)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// calls counts the calls that AWS got.
func (w *world) calls(action string) int { return len(w.aws.Calls(action)) }

// wantError fails unless an error is of the kind and says the words, in one
// sentence without a secret.
func wantError(t *testing.T, err, kind error, words string) {
	t.Helper()
	if !errors.Is(err, kind) || !strings.Contains(err.Error(), words) {
		t.Fatalf("got %v, want %v with %q", err, kind, words)
	}
	var typed *sso.Error
	if !errors.As(err, &typed) || strings.ContainsAny(typed.Message, "\n\r") || strings.HasSuffix(typed.Message, ".") {
		t.Errorf("not a sentence for people: %q", err)
	}
	if strings.Contains(err.Error(), "aoaAAAAA") || strings.Contains(err.Error(), "aorAAAAA") {
		t.Errorf("a token in the sentence: %v", err)
	}
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

func jsonAnswer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// hour is the life of awstest's access tokens.
const hour = time.Hour
