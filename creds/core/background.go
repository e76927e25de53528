package core

import (
	"context"
	"log/slog"
	"sync"

	"daypass/internal/lang"
	"daypass/internal/safely"
)

// errEnded is the error of work that is started after [Manager.Run] has returned.
var errEnded = lang.Error("daypass's agent is ending")

// background runs work that outlives its caller, but not the manager.
type background struct {
	log *slog.Logger
	// life ends with shutDown.
	life context.Context //nolint:containedctx // the lifetime of the object itself
	end  context.CancelFunc

	// mu is held while work starts and while life ends, so that no work starts later.
	mu      sync.Mutex
	running sync.WaitGroup
}

func newBackground(log *slog.Logger) *background {
	life, end := context.WithCancel(context.Background())
	return &background{log: log, life: life, end: end}
}

// start runs work in its own goroutine. It returns false if the manager is ending. doing
// describes the work in the log if it panics.
func (b *background) start(doing string, work func(ctx context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isOver() {
		return false
	}
	b.running.Go(func() { safely.Run(b.log, doing, func() { work(b.life) }) })
	return true
}

// isOver reports whether the manager is ending.
func (b *background) isOver() bool { return b.life.Err() != nil }

// shutDown cancels all work and waits until it has ended.
func (b *background) shutDown() {
	b.mu.Lock()
	b.end()
	b.mu.Unlock()
	b.running.Wait()
}
