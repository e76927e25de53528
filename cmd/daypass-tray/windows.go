package main

import (
	"context"
	"log/slog"
	"sync"

	"daypass/creds/agentapi"
	"daypass/creds/safely"
)

// windows opens windows, and each only once: one that is open comes to the
// front instead.
type windows struct {
	log   *slog.Logger
	focus focus
	// raise brings a window to the front.
	raise func(window agentapi.Window, arg string)

	mu   sync.Mutex
	open map[string]bool
}

// show returns at once. arg is what the window is about, or "". The window closes
// when ctx ends.
func (w *windows) show(ctx context.Context, window agentapi.Window, arg string, flags ...string) {
	key := string(window)
	if window == agentapi.WindowImport || window == agentapi.WindowMigrate {
		key += " " + arg // each session has its own
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open[key] {
		w.raise(window, arg)
		return
	}
	if w.open == nil {
		w.open = map[string]bool{}
	}
	w.open[key] = true
	args := append([]string{string(window)}, flags...)
	if arg != "" {
		args = append(args, "--", arg) // whatever it begins with
	}
	go func() {
		if err := safely.Do(w.log, "a window", func() error { return w.run(ctx, args...) }); err != nil {
			w.log.Warn("a window failed", "error", err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open, key)
	}()
}
