package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMemoryIsGivenBackOnceAfterEveryBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		var given []time.Duration
		activity := make(chan int)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			afterBursts(ctx, activity, 5*time.Second, func() { given = append(given, time.Since(began)) })
		}()
		for _, pause := range []time.Duration{0, time.Second, 4 * time.Second, time.Hour, time.Millisecond, time.Hour} {
			time.Sleep(pause)
			activity <- 0
		}
		cancel()
		<-ended
		want := []time.Duration{10 * time.Second, time.Hour + 5*time.Second + time.Millisecond + 5*time.Second}
		if diff := cmp.Diff(want, given); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestNoMemoryIsGivenBackWhenTheAgentHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		activity := make(chan int)
		close(activity)
		afterBursts(t.Context(), activity, time.Second, func() { t.Error("it was") })
	})
}
