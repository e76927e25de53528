package machine

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestAnEventThatPanicsEndsNothing(t *testing.T) {
	const hush = "hush-hush"
	var logged bytes.Buffer
	stumble := func() { panic(hush) }
	e := Events{Locked: stumble, Woke: stumble}.kept(slog.New(slog.NewTextHandler(&logged, nil)))
	e.Locked()
	e.Woke()
	if e.Online != nil {
		t.Error("what nobody wants is wanted")
	}
	if n := strings.Count(logged.String(), "a panic was caught"); n != 2 || strings.Contains(logged.String(), hush) {
		t.Errorf("%d panics in\n%s", n, &logged)
	}
}
