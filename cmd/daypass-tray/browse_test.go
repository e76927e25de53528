package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
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
		if err := b.browse(ctx, signInPage); err != nil {
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
	if err := b.browse(ctx, signInPage); err != nil {
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
	err := b.browse(t.Context(), signInPage)
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
	if err := b.browse(t.Context(), signInPage); err != nil || given != signInPage {
		t.Errorf("it was given %s, %v", given, err)
	}
	for name, tc := range map[string]struct {
		env, kernel string
		want        bool
	}{
		"WSL 2":           {"", "Linux version 5.15.90.1-microsoft-standard-WSL2 (root@build)", true},
		"WSL 1":           {"", "Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)", true},
		"another kernel":  {"Debian", "Linux version 6.1.0", true},
		"Debian":          {"", "Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)", false},
		"no such machine": {"", "", false},
	} {
		if got := inWSL(func(string) string { return tc.env }, tc.kernel); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
