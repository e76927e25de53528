package sso_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"daypass/internal/signin"
)

// asNobody goes to an address of this machine as another user, and returns what
// comes back.
func asNobody(ctx context.Context, address *url.URL) (string, error) {
	const words = `exec 3<>/dev/tcp/%s/%s; printf 'GET %%s HTTP/1.1\r\nHost: %%s\r\n\r\n' '%s' '%s' >&3; cat <&3`
	cmd := exec.CommandContext(ctx, "/bin/bash", "-c",
		fmt.Sprintf(words, address.Hostname(), address.Port(), address.RequestURI(), address.Host))
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.Output()
	return string(out), err
}

// TestAnotherUserNeitherEndsNorTakesOverASignIn has somebody on the same machine who
// knows all that the browser does.
func TestAnotherUserNeitherEndsNorTakesOverASignIn(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("only root can run a process as another user")
	}
	w := newWorld(t)
	token, err := w.client.SignIn(t.Context(), w.session, signin.Way{Open: func(ctx context.Context, address string) error {
		redirect, err := w.ic.Consent(address, true)
		if err != nil {
			return err
		}
		good, err := url.Parse(redirect)
		if err != nil {
			return err
		}
		state := good.Query().Get("state")
		for name, query := range map[string]url.Values{
			"a denial":            {"error": {"access_denied"}, "state": {state}},
			"a problem":           {"error": {"invalid_client"}, "state": {state}},
			"a code of his own":   {"code": {"forged"}, "state": {state}},
			"the very same again": good.Query(),
		} {
			at := *good
			at.RawQuery = query.Encode()
			page, err := asNobody(ctx, &at)
			if err != nil || !strings.Contains(page, " 403 ") || !strings.Contains(page, "for nobody else") || strings.Contains(page, state) {
				t.Errorf("%s: %v\n%s", name, err, page)
			}
		}
		resp, page := knock(t, good.Host, request("GET", good.RequestURI(), good.Host))
		checkPage(t, resp, page)
		return nil
	}})
	if err != nil || token.AccessToken.IsZero() {
		t.Error(err)
	}
	if n := w.calls("CreateToken"); n != 1 {
		t.Errorf("AWS was asked for a token %d times", n)
	}
}
