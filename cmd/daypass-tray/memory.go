package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// An agent is idle nearly all of its time, and what it once needed stays with it: Go
// gives little back to the system by itself. "go run ./packaging/bench -only idle" has
// what is left. To collect sooner within a burst saves nothing of that, and an import of
// 5,000 profiles beside 10,000 then takes half as much processor time again.
const (
	// quietFor is how long nothing has happened when an agent is taken to be
	// idle. A login and the roles that are renewed with it are one burst. A
	// connection to AWS, whose buffers hold the last answer, is closed before.
	quietFor = 5 * time.Second
	// longest is how long secrets that are not needed any more lie about while
	// there is no rest.
	longest = 8 * time.Second
)

// keepSmall collects what is no longer in use, which is overwritten, and gives
// unused memory and code that rests back to the system, once after every burst of
// activity, until ctx ends. What takes secrets away changes a snapshot; used
// reports secrets that were used and change none.
func keepSmall[T any](ctx context.Context, snapshots <-chan T, used <-chan struct{}) {
	afterBursts(ctx, snapshots, used, quietFor, longest, func() {
		runtime.GC() // a sync.Pool is emptied by the second collection
		debug.FreeOSMemory()
		_ = restCode() // the agent is only larger then
	})
}

// afterBursts calls do whenever there was activity and then none for a while, and
// in the midst of activity that has gone on for the longest time. It needs no
// wake-up in between.
func afterBursts[T any](ctx context.Context, snapshots <-chan T, used <-chan struct{}, quiet, longest time.Duration, do func()) {
	over := time.NewTimer(quiet)
	defer over.Stop()
	began := time.Now() // of the burst
	atRest := false
	for {
		select {
		case _, ok := <-snapshots:
			if !ok {
				return
			}
		case <-used:
		case <-over.C:
			do()
			atRest = true
			continue
		case <-ctx.Done():
			return
		}
		if atRest {
			began, atRest = time.Now(), false
		}
		over.Reset(min(quiet, longest-time.Since(began)))
	}
}
