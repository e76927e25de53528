package sso_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/sso"
)

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
