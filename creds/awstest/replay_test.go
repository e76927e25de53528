package awstest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds/awstest"
)

// recorded is a request that AWS CLI 2.36.7 sent to a recorder, and what the
// recorder said.
type recorded struct {
	Method, Path string
	RawQuery     string `json:"raw_query"`
	Headers      map[string]string
	Body         map[string]any
	Said         string // of a poll: pending, slow, denied, expired, or nothing for a token
	Status       int
}

// replay is a recorded conversation of the CLI. What the recorder made up is
// replaced by what the stand-in gives out.
type replay struct {
	world    *awstest.AWS
	ic       *awstest.IdentityCenter
	given    map[string]string // by the name that the CLI sends it under
	userCode string
	polls    int
	interval time.Duration
}

// hosts are those of AWS where the CLI would have sent the paths.
var hosts = map[string]string{
	"/client/register": "oidc", "/device_authorization": "oidc", "/token": "oidc", "/authorize": "oidc",
	"/federation/credentials": "portal.sso", "/logout": "portal.sso",
}

func TestWhatTheRealCLISentIsAccepted(t *testing.T) {
	files := must(filepath.Glob("testdata/cli-capture/*.jsonl"))(t)
	if len(files) != 8 {
		t.Fatalf("%d conversations, want 8", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := awstest.New()
				r := &replay{world: w, ic: w.SSO.IdentityCenter("us-east-1", startURL), given: map[string]string{}, interval: time.Second}
				r.ic.Assign(w.IAM.Account("123456789012"), "Development", "dev@example.com", "R")
				for line := range bytes.Lines(must(os.ReadFile(file))(t)) {
					var rec recorded
					if err := json.Unmarshal(line, &rec); err != nil {
						t.Fatal(err)
					}
					r.say(t, rec)
				}
			})
		})
	}
}

// say sends a request and asserts the status that the recorder gave.
func (r *replay) say(t *testing.T, rec recorded) {
	t.Helper()
	if rec.Body["deviceCode"] != nil {
		r.beforePoll(t, rec)
	}
	req := r.request(t, rec)
	resp, body := answer(t, r.world.Transport(), req)
	if rec.Path == "/authorize" && resp.StatusCode == http.StatusOK { // the recorder approved by itself
		resp, _ = press(t, r.world.Transport(), req.URL.String(), body, "approve")
		r.given["code"] = query(t, resp.Header.Get("Location")).Get("code")
	}
	if resp.StatusCode != rec.Status {
		t.Errorf("%s %s: %d %s, want %d", rec.Method, rec.Path, resp.StatusCode, body, rec.Status)
	}
	if want := map[string]string{
		"pending": "authorization_pending", "slow": "slow_down", "denied": "access_denied", "expired": "expired_token",
	}[rec.Said]; want != "" && !strings.Contains(body, `"`+want+`"`) {
		t.Errorf("%s: %s, want %s", rec.Path, body, want)
	}
	var out map[string]any
	if json.Unmarshal([]byte(body), &out) == nil {
		for name, value := range out {
			if s, ok := value.(string); ok {
				r.given[name] = s
			}
		}
		if code := out["userCode"]; code != nil {
			r.userCode = code.(string)
		}
	}
}

// beforePoll waits as a client must, for the recorder's clients polled without
// a pause, and does what the person did.
func (r *replay) beforePoll(t *testing.T, rec recorded) {
	t.Helper()
	if r.polls++; r.polls > 1 && rec.Said != "slow" {
		time.Sleep(r.interval)
	}
	var err error
	switch rec.Said {
	case "slow":
		r.interval += 5 * time.Second
	case "denied":
		err = r.ic.Deny(r.userCode)
	case "expired":
		time.Sleep(10 * time.Minute)
	case "":
		err = r.ic.Approve(r.userCode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (r *replay) request(t *testing.T, rec recorded) *http.Request {
	t.Helper()
	for name := range rec.Body {
		if given := r.given[name]; given != "" {
			rec.Body[name] = given
		}
	}
	body := ""
	if rec.Body != nil {
		body = string(must(json.Marshal(rec.Body))(t))
	}
	address := "https://" + hosts[rec.Path] + ".us-east-1.amazonaws.com" + rec.Path
	if rec.RawQuery != "" {
		address += "?" + strings.Replace(rec.RawQuery, "client-1", r.given["clientId"], 1)
	}
	req := request(t, rec.Method, address, body)
	for name, value := range rec.Headers {
		if name == "x-amz-sso_bearer_token" {
			value = r.given["accessToken"]
		}
		req.Header.Set(name, value)
	}
	return req
}
