package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// An agent is idle most of the time, but keeps the memory of its busy moments: Go returns
// little to the system. "go run ./packaging/bench -only idle" measures what is left.
// Collecting sooner within a burst saves nothing of that, and doubles the processor time of
// an import of 5,000 profiles.
const (
	// quietFor is how long after the last activity an agent counts as idle. A login
	// and the roles that are renewed with it are one burst. Connections to AWS, whose
	// buffers have the last answer, are closed before.
	quietFor = 5 * time.Second
	// longest is how long unused secrets may stay in memory during activity.
	longest = 8 * time.Second
)

// keepSmall collects garbage, which overwrites it, and returns unused memory and code to the
// system, once after every burst of activity, until ctx ends. Removing secrets changes a
// snapshot; used reports uses of secrets that do not.
func keepSmall[T any](ctx context.Context, snapshots <-chan T, used <-chan struct{}) {
	afterBursts(ctx, snapshots, used, quietFor, longest, func() {
		runtime.GC() // a sync.Pool is emptied by the second collection
		debug.FreeOSMemory()
		_ = restCode() // if it fails the agent is larger
	})
}

// afterBursts calls do a while after the last activity, and during activity that goes on for
// the longest time.
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
