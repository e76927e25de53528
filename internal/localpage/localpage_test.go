package localpage_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daypass/internal/localpage"
)

func TestAPageIsShownAndNothingIsKept(t *testing.T) {
	w := httptest.NewRecorder()
	localpage.Write(w, http.StatusGone, "Gone", "It was good for one time.")
	body := w.Body.String()
	for _, part := range []string{"<title>daypass: Gone</title>", "<h1>Gone</h1><p>It was good for one time.</p>"} {
		if !strings.Contains(body, part) {
			t.Errorf("no %s in\n%s", part, body)
		}
	}
	if strings.Contains(body, "%!") {
		t.Errorf("a verb of the format is left in\n%s", body)
	}
	if w.Code != http.StatusGone {
		t.Errorf("status %d", w.Code)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"X-Content-Type-Options": "nosniff", "Connection": "close",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") {
		t.Errorf("scripts may run: %q", policy)
	}
}

func TestAnAnswerThatPanicsEndsItselfAlone(t *testing.T) {
	const hush = "hush-hush"
	listener, err := localpage.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	var times atomic.Int32
	p := localpage.Serve(listener, localpage.Config{
		Path: "/here", Log: slog.New(slog.NewTextHandler(&logged, nil)), Own: func(net.Conn) error { return nil },
		Answer: func(w http.ResponseWriter, _ *http.Request) int {
			if times.Add(1) == 1 {
				panic(hush)
			}
			localpage.Write(w, http.StatusOK, "Welcome", "Come in.")
			return 0
		},
	})
	for _, want := range []int{http.StatusInternalServerError, http.StatusOK} {
		resp, err := http.Get("http://" + p.Host + "/here")
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != want || strings.Contains(string(page), hush) {
			t.Errorf("%s, %v\n%s", resp.Status, err, page)
		}
	}
	p.Close(time.Minute)
	if !strings.Contains(logged.String(), "a panic was caught") || strings.Contains(logged.String(), hush) {
		t.Errorf("the log is\n%s", &logged)
	}
}
