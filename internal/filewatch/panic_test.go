package filewatch_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daypass/internal/filewatch"
)

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestAWatchThatPanicsGoesOn(t *testing.T) {
	const hush = "hush-hush"
	h := newHome(t)
	var logged lockedBuffer
	files := filewatch.Watcher{Log: slog.New(slog.NewTextHandler(&logged, nil))}
	var stumbles atomic.Bool
	changes := files.Folder(t.Context(), h.dir, 0, func(string) bool {
		if stumbles.Swap(false) {
			panic(hush)
		}
		return true
	})
	<-changes
	stumbles.Store(true)
	limit := time.After(30 * time.Second)
	for n := 0; ; n++ {
		h.write("file", strings.Repeat("x", n%100))
		select {
		case <-changes:
			if log := logged.String(); !strings.Contains(log, "a panic was caught") || strings.Contains(log, hush) {
				t.Errorf("the log is\n%s", log)
			}
			return
		case <-limit:
			t.Fatalf("nothing is reported any more; the log is\n%s", logged.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
