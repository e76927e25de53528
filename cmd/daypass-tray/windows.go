package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"daypass/creds/agentapi"
)

// windows opens windows, and each only once: one that is open comes to the
// front instead.
type windows struct {
	log *slog.Logger
	// raise brings a window to the front.
	raise func(window agentapi.Window)

	mu   sync.Mutex
	open map[string]bool
}

// show returns at once. The window closes when ctx ends.
func (w *windows) show(ctx context.Context, window agentapi.Window, args ...string) {
	key := string(window)
	if window == agentapi.WindowImport || window == agentapi.WindowMigrate {
		key += " " + args[len(args)-1] // each session has its own
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open[key] {
		w.raise(window)
		return
	}
	if w.open == nil {
		w.open = map[string]bool{}
	}
	w.open[key] = true
	go func() {
		if err := showWindow(ctx, slices.Insert(args, 0, string(window))...); err != nil {
			w.log.Warn("a window failed", "error", err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open, key)
	}()
}
