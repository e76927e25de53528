package main

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// times returns when afterBursts acts, from its begin, given the pauses between
// activities.
func times(t *testing.T, pauses ...time.Duration) []time.Duration {
	t.Helper()
	var given []time.Duration
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		activity, used := make(chan int), make(chan struct{})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			afterBursts(ctx, activity, used, 5*time.Second, 8*time.Second, func() { given = append(given, time.Since(began)) })
		}()
		for i, pause := range pauses {
			time.Sleep(pause)
			if i%2 == 0 {
				activity <- 0
			} else {
				used <- struct{}{}
			}
		}
		cancel()
		<-ended
	})
	return given
}

func TestMemoryIsGivenBackTwiceAfterEveryBurst(t *testing.T) {
	got := times(t, 0, time.Second, 4*time.Second, time.Hour, time.Millisecond, time.Hour)
	second := time.Hour + 5*time.Second + time.Millisecond + 5*time.Second
	want := []time.Duration{8 * time.Second, 16 * time.Second, second, second + 8*time.Second}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestActivityWithoutEndDoesNotKeepSecretsInMemory(t *testing.T) {
	got := times(t, slices.Repeat([]time.Duration{700 * time.Millisecond}, 40)...)
	want := []time.Duration{8 * time.Second, 16*time.Second + 400*time.Millisecond, 24*time.Second + 800*time.Millisecond}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoMemoryIsGivenBackWhenTheAgentHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		activity := make(chan int)
		close(activity)
		afterBursts(t.Context(), activity, nil, time.Second, time.Second, func() { t.Error("it was") })
	})
}

func TestALargeHeapIsCollectedLater(t *testing.T) {
	for inUse, want := range map[uint64]int{0: 25, 16 << 20: 25, 16<<20 + 1: 100, 1 << 40: 100} {
		if got := percentFor(inUse); got != want {
			t.Errorf("%d bytes in use: got %d percent, want %d", inUse, got, want)
		}
	}
}
