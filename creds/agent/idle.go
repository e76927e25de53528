package agent

import (
	"sync"
	"time"
)

// idleLimit is how long an agent stays idle that was started on demand and that nobody
// can see.
const idleLimit = 15 * time.Minute

// idle calls a function after a while without activity. It sets one timer, at the end of
// the last activity, so that an idle agent sleeps. A nil one does nothing.
type idle struct {
	limit time.Duration

	mu    sync.Mutex
	busy  int
	timer *time.Timer
}

func newIdle(limit time.Duration, end func()) *idle {
	return &idle{limit: limit, timer: time.AfterFunc(limit, end)}
}

// begin marks the begin of an activity, and done its end.
func (i *idle) begin() {
	if i == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.busy++
	i.timer.Stop()
}

func (i *idle) done() {
	if i == nil {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.busy--; i.busy == 0 {
		i.timer.Reset(i.limit)
	}
}

func (i *idle) stop() {
	if i != nil {
		i.timer.Stop()
	}
}
