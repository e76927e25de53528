package localpage_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"daypass/creds/localpage"
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
