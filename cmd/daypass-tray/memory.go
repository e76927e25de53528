package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// An agent is idle nearly all of its time, and what it once needed stays with it:
// Go collects when the heap has doubled, and gives little back to the system.
// Collecting sooner saved 2.6 MB of 22.1 (10 profiles, linux/amd64), and giving
// back when idle one more; "go run ./packaging/bench -only idle" has what is left.
const (
	// collectAt is how many percent the heap may grow until it is collected.
	collectAt = 25
	// quietFor is how long nothing has happened when an agent is taken to be
	// idle. A login and the roles that are renewed with it are one burst.
	quietFor = 5 * time.Second
)

// keepSmall gives unused memory and code that rests back to the system once after
// every burst of activity, until ctx ends.
func keepSmall[T any](ctx context.Context, activity <-chan T) {
	debug.SetGCPercent(collectAt)
	afterBursts(ctx, activity, quietFor, func() {
		runtime.GC() // a sync.Pool is emptied by the second collection
		debug.FreeOSMemory()
		_ = restCode() // the agent is only larger then
	})
}

// afterBursts calls do whenever there was activity and then none for a while. It
// needs no wake-up in between.
func afterBursts[T any](ctx context.Context, activity <-chan T, quiet time.Duration, do func()) {
	over := time.NewTimer(quiet)
	defer over.Stop()
	for {
		select {
		case _, ok := <-activity:
			if !ok {
				return
			}
			over.Reset(quiet)
		case <-over.C:
			do()
		case <-ctx.Done():
			return
		}
	}
}
