package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"daypass/creds/agent"
	"daypass/creds/browsers"
	"daypass/internal/signin"
)

const signInPage = "https://oidc.eu-west-1.amazonaws.com/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A45678%2Foauth%2Fcallback&state=hush-hush&user_code=ABCD-EFGH"

// follow goes to an address without following where it leads.
func follow(t *testing.T, address string) (status int, leads string) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

func TestTheAddressOfASignInIsInNoArguments(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var given []string
	b := signInBrowser{open: func(address string) error { given = append(given, address); return nil }}
	for range 2 { // opened, and opened again
		if err := b.browse(ctx, agent.SignInPage{URL: signInPage}); err != nil {
			t.Fatal(err)
		}
	}
	for i, address := range given {
		u, err := url.Parse(address)
		if err != nil || u.Hostname() != "127.0.0.1" || u.RawQuery != "" || strings.Contains(address, "hush") || strings.Contains(address, "45678") {
			t.Errorf("the browser was given %s, %v", address, err)
		}
		if i > 0 && address == given[0] {
			t.Error("an address that was used is given again")
		}
		if status, leads := follow(t, address); status != http.StatusSeeOther || leads != signInPage {
			t.Errorf("it leads to %s (%d)", leads, status)
		}
		if status, leads := follow(t, address); status != http.StatusGone || leads != "" {
			t.Errorf("it leads to %s (%d) once more", leads, status)
		}
	}
}

func TestTheHandedAddressEndsWithTheSignIn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan string, 1)
	b := signInBrowser{open: func(address string) error { given <- address; return nil }}
	if err := b.browse(ctx, agent.SignInPage{URL: signInPage}); err != nil {
		t.Fatal(err)
	}
	cancel()
	address := <-given
	for {
		resp, err := http.Get(address)
		if err != nil {
			return
		}
		resp.Body.Close()
	}
}

func TestABrowserThatDoesNotOpenIsAnErrorWithoutTheAddress(t *testing.T) {
	given := ""
	b := signInBrowser{open: func(address string) error { given = address; return errors.New("exit status 3") }}
	err := b.browse(t.Context(), agent.SignInPage{URL: signInPage})
	if err == nil || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("got %v", err)
	}
	if resp, err := http.Get(given); err == nil {
		resp.Body.Close()
		t.Error("somebody still answers")
	}
}

func TestInWSLWindowsBrowserGetsTheAddressItself(t *testing.T) {
	given := ""
	b := signInBrowser{apart: true, open: func(address string) error { given = address; return nil }}
	if err := b.browse(t.Context(), agent.SignInPage{URL: signInPage}); err != nil || given != signInPage {
		t.Errorf("it was given %s, %v", given, err)
	}
}

func TestASignInInAChosenPlaceIsHandedOverAsWell(t *testing.T) {
	b := newSignInBrowser(nil)
	b.apart = true // which the place of one's own choice does not care for
	into := filepath.Join(t.TempDir(), "seen")
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatalf("%v; packaging/deps test installs it", err)
	}
	place := browsers.Place{Command: []string{"/bin/sh", "-c", `printf '%s\n' "$1" >"$0" && exec "$2" -s -D "$0.head" "$1"`, into, "{url}", curl}}
	if err := b.browse(t.Context(), agent.SignInPage{URL: signInPage, Session: "corp", Place: place.String()}); err != nil {
		t.Fatal(err)
	}
	given, err := os.ReadFile(into)
	if err != nil || !strings.HasPrefix(string(given), "http://127.0.0.1:") || strings.Contains(string(given), "hush") {
		t.Errorf("the command was given %s, %v", given, err)
	}
	if status, leads := follow(t, strings.TrimSpace(string(given))); leads != "" {
		t.Errorf("it leads to %s (%d) once more", leads, status)
	}
}

func TestAMissingPlaceIsReportedWithItsSetting(t *testing.T) {
	b := newSignInBrowser(nil)
	b.open = func(string) error { t.Error("the system's browser opens instead"); return nil }
	for session, want := range map[string]string{
		"corp":                           "place in [sso.corp] of config.toml",
		"https://corp.awsapps.com/start": `place in [sso."https://corp.awsapps.com/start"] of config.toml`,
	} {
		page := agent.SignInPage{URL: signInPage, Session: session, Place: "command daypass-no-such-program {url}"}
		err := b.browse(t.Context(), page)
		unopened, ok := errors.AsType[*signin.Unopened](err)
		if !ok || !strings.Contains(unopened.Why, `"daypass-no-such-program" is not found`) || !strings.Contains(unopened.Why, want) || strings.Contains(unopened.Why, "hush") {
			t.Errorf("it says %v", err)
		}
	}
}

func TestAMissingPlaceOfTheConsolesSignInNamesNoSetting(t *testing.T) {
	b := newSignInBrowser(nil)
	b.open = func(string) error { t.Error("the system's browser opens instead"); return nil }
	err := b.browse(t.Context(), agent.SignInPage{URL: signInPage, Profile: "prod", Place: "command daypass-no-such-program {url}"})
	unopened, ok := errors.AsType[*signin.Unopened](err)
	if !ok || !strings.HasSuffix(unopened.Why, "; the place is that of --browser") || strings.Contains(unopened.Why, "hush") {
		t.Errorf("it says %v", err)
	}
}

func TestWithoutAnOpenerTheErrorNamesWhatToInstall(t *testing.T) {
	b := signInBrowser{open: func(string) error { return &exec.Error{Name: "xdg-open,x-www-browser", Err: exec.ErrNotFound} }}
	err := b.browse(t.Context(), agent.SignInPage{URL: signInPage})
	if unopened, ok := errors.AsType[*signin.Unopened](err); !ok || !strings.Contains(unopened.Why, "install xdg-utils, name the folder of xdg-open in the setting path") {
		t.Errorf("it says %v", err)
	}
}
