package sso_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"daypass/internal/signin"
)

// knock sends a raw request to the port and returns status, headers and page.
func knock(t *testing.T, host, request string) (*http.Response, string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(page)
}

func request(method, target, host string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", method, target, host)
}

func TestOnlyTheRightCallbackEndsTheWait(t *testing.T) {
	w := newWorld(t)
	token, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: func(_ context.Context, address string) error {
		redirect, err := w.ic.Consent(address, true)
		if err != nil {
			return err
		}
		good, err := url.Parse(redirect)
		if err != nil {
			return err
		}
		state, code := good.Query().Get("state"), good.Query().Get("code")
		for name, tc := range map[string]struct {
			request string
			status  int
		}{
			"a wrong state":         {request("GET", "/oauth/callback?code="+code+"&state=wrong", good.Host), 400},
			"no state":              {request("GET", "/oauth/callback?code="+code, good.Host), 400},
			"an empty state":        {request("GET", "/oauth/callback?state=&code="+code, good.Host), 400},
			"two states":            {request("GET", "/oauth/callback?code="+code+"&state="+state+"&state=wrong", good.Host), 400},
			"two codes":             {request("GET", "/oauth/callback?state="+state+"&code=forged&code="+code, good.Host), 400},
			"a code and an error":   {request("GET", "/oauth/callback?error=access_denied&code="+code+"&state="+state, good.Host), 400},
			"neither":               {request("GET", "/oauth/callback?state="+state, good.Host), 400},
			"an error, wrong state": {request("GET", "/oauth/callback?error=access_denied&state=wrong", good.Host), 400},
			"an error that is none": {request("GET", "/oauth/callback?error=%3Cscript%3E&state="+state, good.Host), 400},
			"a broken query":        {request("GET", "/oauth/callback?state="+state+"&code=%zz", good.Host), 400},
			"another path":          {request("GET", "/favicon.ico", good.Host), 404},
			"a path above":          {request("GET", "/oauth/callback/?"+good.RawQuery, good.Host), 404},
			"another method":        {request("POST", "/oauth/callback?"+good.RawQuery, good.Host), 405},
			"a head":                {request("HEAD", "/oauth/callback?"+good.RawQuery, good.Host), 405},
			"another host's name":   {request("GET", "/oauth/callback?"+good.RawQuery, "evil.example"), 421},
			"localhost":             {request("GET", "/oauth/callback?"+good.RawQuery, "localhost:"+good.Port()), 421},
			"no port":               {request("GET", "/oauth/callback?"+good.RawQuery, "127.0.0.1"), 421},
			"no HTTP":               {"\x16\x03\x01\x02\x00\r\n\r\n", 400},
		} {
			resp, page := knock(t, good.Host, tc.request)
			if resp.StatusCode != tc.status || strings.Contains(page, code) || strings.Contains(page, state) || strings.Contains(page, "script") {
				t.Errorf("%s: %s\n%s", name, resp.Status, page)
			}
		}
		resp, page := knock(t, good.Host, request("GET", good.RequestURI(), good.Host))
		checkPage(t, resp, page)
		if strings.Contains(page, code) || strings.Contains(page, state) {
			t.Errorf("a secret is in the page:\n%s", page)
		}
		return nil
	}})
	if err != nil || token.AccessToken.IsZero() {
		t.Error(err)
	}
	if n := w.calls("CreateToken"); n != 1 {
		t.Errorf("AWS was asked for a token %d times", n)
	}
}

// checkPage looks at what a browser shows in the end.
func checkPage(t *testing.T, resp *http.Response, page string) {
	t.Helper()
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "You can close this tab") || !strings.Contains(page, "prefers-color-scheme: dark") {
		t.Errorf("%s\n%s", resp.Status, page)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("Content-Security-Policy: %q", policy)
	}
	if !resp.Close {
		t.Error("the connection stays open")
	}
	for _, foreign := range []string{"<script", "http://", "https://", "<img", "<link"} {
		if strings.Contains(page, foreign) {
			t.Errorf("the page has %s", foreign)
		}
	}
}

func TestThePortIsClosedOnceTheCallbackIsThere(t *testing.T) {
	w := newWorld(t)
	var host string
	if _, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: func(ctx context.Context, address string) error {
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		back, err := url.Parse(u.Query().Get("redirect_uri"))
		if err != nil {
			return err
		}
		host = back.Host
		// Browsers connect ahead of time and say nothing.
		idle, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
		if err != nil {
			return err
		}
		t.Cleanup(func() { idle.Close() })
		return w.visitor(true)(ctx, address)
	}}); err != nil {
		t.Fatal(err)
	}
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host); err == nil {
		conn.Close()
		t.Errorf("%s still listens", host)
	}
	if ip, _, err := net.SplitHostPort(host); err != nil || ip != "127.0.0.1" {
		t.Errorf("it listened on %s", host)
	}
}
