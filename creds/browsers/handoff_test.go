package browsers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"daypass/internal/localpage"
	"daypass/internal/secret"
)

// link is an address as federation makes them, with a mark to look for.
const link = "https://signin.aws.amazon.com/federation?Action=login&Destination=https%3A%2F%2Fconsole.aws.amazon.com%2F%23a%26b&SigninToken=hush-hush"

func ours(net.Conn) error { return nil }

func handoffFor(t *testing.T, own func(net.Conn) error) *Handoff {
	t.Helper()
	h, err := newHandoff(t.Context(), secret.New(link), Lifetime, localpage.Config{Own: own})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// ask sends a request as the browser does that follows no redirect.
func ask(t *testing.T, h *Handoff, method, path, host string) (*http.Response, string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", h.port.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", method, path, host)
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
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

func isClosed[T any](c <-chan T) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestTheAddressAnswersExactlyOnce(t *testing.T) {
	h := handoffFor(t, ours)
	if strings.Contains(h.Address, "hush") {
		t.Errorf("the secret is in %s", h.Address)
	}
	if other := handoffFor(t, ours); other.path == h.path || len(h.path) < 27 {
		t.Errorf("%s can be guessed", h.path)
	}
	if isClosed(h.Taken()) {
		t.Error("it was taken before anyone asked")
	}
	resp, page := ask(t, h, "GET", h.path, h.port.Host)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != link || page != "" {
		t.Errorf("the answer is %s to %q with %q", resp.Status, resp.Header.Get("Location"), page)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	<-h.Taken()
	for range 2 {
		resp, page = ask(t, h, "GET", h.path, h.port.Host)
		if resp.StatusCode != http.StatusGone || resp.Header.Get("Location") != "" || strings.Contains(page, "hush") {
			t.Errorf("asked again, the answer is %s with %q", resp.Status, page)
		}
	}
}

func TestOneOfManySimultaneousRequestsGetsTheAddress(t *testing.T) {
	h := handoffFor(t, ours)
	statuses := make(chan int, 20)
	var all sync.WaitGroup
	for range cap(statuses) {
		all.Go(func() {
			resp, _ := ask(t, h, "GET", h.path, h.port.Host)
			statuses <- resp.StatusCode
		})
	}
	all.Wait()
	close(statuses)
	got := make(map[int]int)
	for status := range statuses {
		got[status]++
	}
	if got[http.StatusSeeOther] != 1 || got[http.StatusGone] != cap(statuses)-1 {
		t.Errorf("the answers are %v", got)
	}
}

func TestOtherRequestsAreRefusedAndTheLinkStaysValid(t *testing.T) {
	h := handoffFor(t, ours)
	_, port, _ := net.SplitHostPort(h.port.Host)
	for name, tc := range map[string]struct {
		method, path, host string
		want               int
	}{
		"another path":          {"GET", "/", h.port.Host, http.StatusNotFound},
		"a part of the path":    {"GET", h.path[:len(h.path)-1], h.port.Host, http.StatusNotFound},
		"more than the path":    {"GET", h.path + "/", h.port.Host, http.StatusNotFound},
		"an icon":               {"GET", "/favicon.ico", h.port.Host, http.StatusNotFound},
		"a name for this host":  {"GET", h.path, "evil.example:" + port, http.StatusMisdirectedRequest},
		"another name":          {"GET", h.path, "localhost:" + port, http.StatusMisdirectedRequest},
		"no port":               {"GET", h.path, "127.0.0.1", http.StatusMisdirectedRequest},
		"a look at the headers": {"HEAD", h.path, h.port.Host, http.StatusMethodNotAllowed},
		"a form":                {"POST", h.path, h.port.Host, http.StatusMethodNotAllowed},
	} {
		resp, page := ask(t, h, tc.method, tc.path, tc.host)
		if resp.StatusCode != tc.want || resp.Header.Get("Location") != "" || strings.Contains(page, "hush") {
			t.Errorf("%s: %s with %q", name, resp.Status, page)
		}
	}
	if isClosed(h.Taken()) {
		t.Error("it is taken")
	}
	if resp, _ := ask(t, h, "GET", h.path, h.port.Host); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("the browser gets %s", resp.Status)
	}
}

func TestAnotherUserIsRefusedAndTheLinkStaysValid(t *testing.T) {
	var mu sync.Mutex
	verdict := errors.New("a program of user 1001 asked for it")
	h := handoffFor(t, func(net.Conn) error {
		mu.Lock()
		defer mu.Unlock()
		return verdict
	})
	resp, page := ask(t, h, "GET", h.path, h.port.Host)
	if resp.StatusCode != http.StatusForbidden || resp.Header.Get("Location") != "" || strings.Contains(page, "hush") {
		t.Errorf("the answer is %s with %q", resp.Status, page)
	}
	if isClosed(h.Taken()) || h.Denied() == nil {
		t.Errorf("taken: %v, denied: %v", isClosed(h.Taken()), h.Denied())
	}
	mu.Lock()
	verdict = nil
	mu.Unlock()
	if resp, _ := ask(t, h, "GET", h.path, h.port.Host); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("the browser gets %s", resp.Status)
	}
}

func TestTheAddressEnds(t *testing.T) {
	for name, end := range map[string]func(t *testing.T) *Handoff{
		"with its lifetime": func(t *testing.T) *Handoff {
			h, err := NewHandoff(t.Context(), secret.New(link), time.Millisecond, nil)
			if err != nil {
				t.Fatal(err)
			}
			return h
		},
		"with the context": func(t *testing.T) *Handoff {
			ctx, cancel := context.WithCancel(t.Context())
			h, err := NewHandoff(ctx, secret.New(link), Lifetime, nil)
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			return h
		},
		"when closed": func(t *testing.T) *Handoff {
			h := handoffFor(t, ours)
			h.Close()
			h.Close()
			return h
		},
		"and with a connection that says nothing": func(t *testing.T) *Handoff {
			h := handoffFor(t, ours)
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", h.port.Host)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			h.Close()
			return h
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := end(t)
			<-h.Ended()
			if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", h.port.Host); err == nil {
				conn.Close()
				t.Error("it still listens")
			}
			if isClosed(h.Taken()) {
				t.Error("it is taken")
			}
		})
	}
}

func TestOnlyPagesOfTheWebAreHandedOver(t *testing.T) {
	for _, address := range []string{
		"", "x", "javascript:alert(1)//hush-hush", "file:///etc/hush-hush", "//host/hush-hush", "https:hush-hush",
		"https://host/hush-hush\r\nSet-Cookie: a=b", "https://host/a b?hush-hush", "https://host/é?hush-hush", "--https://hush-hush", "ext+container:url=hush-hush",
	} {
		h, err := NewHandoff(t.Context(), secret.New(address), Lifetime, nil)
		if err == nil {
			h.Close()
			t.Errorf("%q is handed over", address)
			continue
		}
		if strings.Contains(err.Error(), "hush") {
			t.Errorf("the secret is in %q", err)
		}
	}
}
