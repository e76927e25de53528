package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
)

// windows opens windows, and each only once: one that is open comes to the
// front instead.
type windows struct {
	log *slog.Logger
	// raise brings a window to the front.
	raise func(window string)

	mu   sync.Mutex
	open map[string]bool
}

// show returns at once. The window closes when ctx ends.
func (w *windows) show(ctx context.Context, args ...string) {
	key := strings.Join(args, "\x00")
	if i := strings.IndexByte(key, 0); i >= 0 && args[0] == "status" {
		key = key[:i] // whatever it was to say
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open[key] {
		w.raise(args[0])
		return
	}
	if w.open == nil {
		w.open = map[string]bool{}
	}
	w.open[key] = true
	go func() {
		if err := showWindow(ctx, args...); err != nil {
			w.log.Warn("a window failed", "error", err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open, key)
	}()
}
