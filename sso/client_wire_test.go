package sso_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"daypass/internal/signin"
)

// shape is what a request looks like: its line and the names of its fields,
// with those values that are the same each time.
type shape struct {
	Request string
	Fields  map[string]any
}

// fixed are the fields whose values must be the AWS CLI's own.
var fixed = map[string]bool{
	"clientType": true, "grantTypes": true, "redirectUris": true, "issuerUrl": true, "scopes": true, "grantType": true, "startUrl": true,
	"response_type": true, "code_challenge_method": true, "role_name": true, "account_id": true,
}

func newShape(method, path string, fields map[string]any) shape {
	for name := range fields {
		if !fixed[name] {
			fields[name] = "…"
		}
	}
	return shape{method + " " + path, fields}
}

func fieldsOf(query url.Values) map[string]any {
	fields := map[string]any{}
	for name := range query {
		fields[name] = query.Get(name)
	}
	return fields
}

// recorded reads what the AWS CLI 2.36.7 sent.
func recorded(t *testing.T, name string) []shape {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "cli-requests", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var shapes []shape
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var r struct {
			Method, Path string
			Query        map[string]any
			Body         map[string]any
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		fields := map[string]any{}
		for name, value := range r.Query {
			fields[name] = value
		}
		for name, value := range r.Body {
			fields[name] = value
		}
		shapes = append(shapes, newShape(r.Method, r.Path, fields))
	}
	return shapes
}

// recorder is a transport that keeps the shapes of what goes through.
type recorder struct {
	http.RoundTripper
	t      *testing.T
	mu     sync.Mutex
	shapes []shape
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	fields := fieldsOf(req.URL.Query())
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		if len(body) > 0 {
			if err := json.Unmarshal(body, &fields); err != nil {
				r.t.Errorf("body of %s: %v", req.URL.Path, err)
			}
		}
	}
	if req.Header.Get("Authorization") != "" {
		r.t.Errorf("%s is signed", req.URL.Path)
	}
	if (req.Header.Get("x-amz-sso_bearer_token") != "") != strings.HasPrefix(req.URL.Host, "portal.sso.") {
		r.t.Errorf("%s has a bearer token, or has not", req.URL.Path)
	}
	r.add(newShape(req.Method, req.URL.Path, fields))
	return r.RoundTripper.RoundTrip(req)
}

func (r *recorder) add(s shape) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shapes = append(r.shapes, s)
}

func TestRequestsHaveTheFieldsOfTheAWSCLIs(t *testing.T) {
	for name, run := range map[string]func(t *testing.T, w *world, rec *recorder){
		"pkce_then_role": func(t *testing.T, w *world, rec *recorder) {
			t.Helper()
			signInRecorded(t, w, rec)
			if _, err := w.client.RoleCredentials(t.Context(), w.session, "123456789012", "R"); err != nil {
				t.Fatal(err)
			}
		},
		"logout": func(t *testing.T, w *world, rec *recorder) {
			t.Helper()
			signInRecorded(t, w, rec)
			if err := w.client.Logout(t.Context(), w.session); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { compareRequests(t, name, run) })
	}
	t.Run("device_session", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			compareRequests(t, "device_session", func(t *testing.T, w *world, _ *recorder) {
				t.Helper()
				w.signedIn(t)
			})
		})
	})
}

func compareRequests(t *testing.T, name string, run func(t *testing.T, w *world, rec *recorder)) {
	t.Helper()
	w := newWorld(t)
	w.ic = w.aws.SSO.IdentityCenter("us-east-1", startURL)
	w.ic.Assign(w.aws.IAM.Account("123456789012"), "Recorded", "r@corp.example", "R")
	w.session.Region = "us-east-1"
	rec := &recorder{RoundTripper: w.aws.Transport(), t: t}
	w.transport.RoundTripper = rec
	run(t, w, rec)
	if diff := cmp.Diff(withoutPolls(recorded(t, name)), withoutPolls(rec.shapes)); diff != "" {
		t.Errorf("the AWS CLI's requests (-), ours (+):\n%s", diff)
	}
}

// signInRecorded signs in and records where the browser went, too.
func signInRecorded(t *testing.T, w *world, rec *recorder) {
	t.Helper()
	var once sync.Once
	if _, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: w.visitor(true), Show: func(p signin.Page) {
		once.Do(func() {
			u, err := url.Parse(p.URL)
			if err != nil {
				t.Error(err)
				return
			}
			rec.add(newShape(http.MethodGet, u.Path, fieldsOf(u.Query())))
		})
	}}); err != nil {
		t.Fatal(err)
	}
}

// withoutPolls leaves out a request that is as the one before: who polls how
// often is up to the person.
func withoutPolls(shapes []shape) []shape {
	var kept []shape
	for _, s := range shapes {
		if len(kept) == 0 || !cmp.Equal(kept[len(kept)-1], s) {
			kept = append(kept, s)
		}
	}
	return kept
}

func TestARefreshHasTheFieldsOfTheAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		token := w.signedIn(t)
		token.Expires = time.Now().Add(time.Minute)
		if err := w.cache.StoreToken(t.Context(), w.session, token); err != nil {
			t.Fatal(err)
		}
		rec := &recorder{RoundTripper: w.aws.Transport(), t: t}
		w.transport.RoundTripper = rec
		client := w.newClient(aws.Config{})
		if _, err := client.Token(t.Context(), w.session); err != nil {
			t.Fatal(err)
		}
		want := []shape{{"POST /token", map[string]any{"clientId": "…", "clientSecret": "…", "grantType": "refresh_token", "refreshToken": "…"}}}
		if diff := cmp.Diff(want, rec.shapes); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
