package main

import (
	"context"
	"log/slog"
	"sync"

	"daypass/creds/agent"
	"daypass/creds/agentapi"
	"daypass/internal/safely"
)

// windows opens windows, each only once: an open one comes to the front.
type windows struct {
	log   *slog.Logger
	focus focus
	// raise brings a window to the front.
	raise func(window agentapi.Window, arg string)
	// failed reports to the person why there is no window.
	failed func(why error)

	mu   sync.Mutex
	open map[string]*agent.Opening
}

// show opens a window and returns at once. arg is the window's object, or "". The window
// closes when ctx ends.
func (w *windows) show(ctx context.Context, window agentapi.Window, arg string, flags ...string) *agent.Opening {
	key := string(window)
	switch window {
	case agentapi.WindowImport, agentapi.WindowMigrate:
		key += " " + arg // each session has its own
	case agentapi.WindowKey, agentapi.WindowRotate:
		key = string(agentapi.WindowKey) + " " + arg // and so has each profile
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if opening := w.open[key]; opening != nil {
		w.raise(window, arg)
		return opening
	}
	if w.open == nil {
		w.open = map[string]*agent.Opening{}
	}
	opening := agent.NewOpening()
	w.open[key] = opening
	args := append([]string{string(window)}, flags...)
	if arg != "" {
		args = append(args, "--", arg) // whatever it begins with
	}
	go func() {
		err := safely.Do(w.log, "a window", func() error {
			return w.run(ctx, func() { opening.End(nil) }, args...)
		})
		w.mu.Lock()
		delete(w.open, key)
		w.mu.Unlock()
		opening.End(err)
		if err != nil {
			w.log.Warn("a window failed", "error", err)
			w.failed(err)
		}
	}()
	return opening
}
