// Package safely keeps a panic within the piece of work that it comes from: one request,
// one refresh or one click fails, and the agent, which serves all others, goes on.
//
// The value of a panic may hold a secret, so only its type is logged and reported, and
// the stack, which has addresses and no texts, is logged.
package safely

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"daypass/internal/lang"
)

// Panic is the error of a piece of work that panicked.
type Panic struct {
	// Doing names the work, as the end of a sentence: "the refresh of a profile".
	Doing string
	// Type is the type of what it panicked with.
	Type string
}

// Error returns a sentence for people.
func (p *Panic) Error() string {
	return lang.Sprintf("a fault in daypass itself (%s) ended %s; the agent's log says where, and trying again may do", p.Type, p.Doing)
}

// Do does a piece of work, and returns a [*Panic] if it panics. A nil log discards.
func Do(log *slog.Logger, doing string, work func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = caught(log, doing, value)
		}
	}()
	return work()
}

// Run is Do for work without an error.
func Run(log *slog.Logger, doing string, work func()) {
	_ = Do(log, doing, func() error { // logged
		work()
		return nil
	})
}

// Get is Do for work with a result.
func Get[T any](log *slog.Logger, doing string, work func() (T, error)) (result T, err error) {
	err = Do(log, doing, func() error {
		var err error
		result, err = work()
		return err
	})
	return result, err
}

// A loop that panics pauses, longer each time: the cause may still be there.
const (
	firstPause   = time.Second
	longestPause = time.Minute
)

// Keep runs a loop until it returns, and starts it again if it panics, until ctx ends.
// The loop's context ends with each run.
func Keep(ctx context.Context, log *slog.Logger, doing string, loop func(context.Context)) {
	pause := firstPause
	for {
		began := time.Now()
		err := Do(log, doing, func() error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			loop(ctx)
			return nil
		})
		if err == nil || ctx.Err() != nil {
			return
		}
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		pause = min(2*pause, longestPause)
	}
}

func caught(log *slog.Logger, doing string, value any) error {
	p := &Panic{Doing: doing, Type: fmt.Sprintf("%T", value)}
	if log != nil {
		log.Error("a panic was caught", "while", doing, "type", p.Type, "stack", string(debug.Stack()))
	}
	return p
}
