package core

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
)

func newTestView() *view {
	return newOwners(Config{Settings: func() creds.Settings { return creds.Settings{} }, Log: slog.New(slog.DiscardHandler)}).view
}

// A snapshot of thousands of profiles takes long, and a login must not wait for it.
func TestWhoHasNewsDoesNotWaitForASnapshotThatIsBeingMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newTestView()
		v.making.Lock()
		v.problems.set(topicPath, errEnded)
		v.publish()
		v.publishAll()
		v.making.Unlock()
		time.Sleep(time.Second)
		if got := v.feed.Current().Problems; len(got) != 1 {
			t.Errorf("the problems published are %v", got)
		}
	})
}

func TestOneSnapshotIsMadeOfAllThatTheStartReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newTestView()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		shown := v.feed.Watch(ctx)
		<-shown // of the time before
		v.publishAll()
		time.Sleep(publishPace / 2) // as the keyring may take longer than the files
		synctest.Wait()
		select {
		case <-shown:
			t.Error("there is one of what was read first alone")
		default:
		}
		v.problems.set(topicPath, errEnded)
		v.publishAll()
		time.Sleep(publishPace)
		if got := (<-shown).Problems; len(got) != 1 {
			t.Errorf("the first one has the problems %v", got)
		}
	})
}
