package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// An agent is idle most of the time, but keeps the memory of its busy moments: Go collects
// when the heap has doubled, and returns little to the system. Collecting sooner saved
// 2.6 MB of 22.1 (10 profiles, linux/amd64), and returning memory when idle another one;
// "go run ./packaging/bench -only idle" measures the rest.
const (
	// collectSmallAt is how many percent the heap may grow until it is collected, and
	// collectAt the same where more than smallHeap is in use: at 25 percent an import of
	// 5,000 profiles beside 10,000 takes half as much processor time again.
	collectSmallAt = 25
	collectAt      = 100
	smallHeap      = 16 << 20 // bytes
	// quietFor is how long after the last activity an agent counts as idle. A login
	// and the roles that are renewed with it are one burst. Connections to AWS, whose
	// buffers have the last answer, are closed before.
	quietFor = 5 * time.Second
	// longest is how long unused secrets may stay in memory during activity.
	longest = 8 * time.Second
)

// keepSmall collects garbage, which overwrites it, and returns unused memory and code to the
// system after every burst of activity, until ctx ends. Removing secrets changes a
// snapshot; used reports uses of secrets that do not.
func keepSmall[T any](ctx context.Context, snapshots <-chan T, used <-chan struct{}) {
	debug.SetGCPercent(collectSmallAt)
	afterBursts(ctx, snapshots, used, quietFor, longest, func() {
		runtime.GC() // a sync.Pool is emptied by the second collection
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		debug.SetGCPercent(percentFor(memory.HeapAlloc))
		debug.FreeOSMemory()
		_ = restCode() // if it fails the agent is larger
	})
}

// percentFor returns how many percent a heap may grow of which so many bytes are in use.
func percentFor(inUse uint64) int {
	if inUse > smallHeap {
		return collectAt
	}
	return collectSmallAt
}

// afterBursts calls do a while after the last activity, and once more after the longest time:
// on a busy machine something may still have been in hand the first time. During activity
// that goes on it calls do after the longest time, too.
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
			if !atRest {
				over.Reset(longest)
			}
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
