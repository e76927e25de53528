package core

import (
	"sync"
	"time"
)

// departures are the logouts under way for each profile, and the removals that wait for
// their time.
type departures struct {
	mu       sync.Mutex
	count    map[string]int
	removals map[string]*waitingRemoval
}

// waitingRemoval is a removal that can still be undone.
type waitingRemoval struct {
	at time.Time
	// undone is closed if it is.
	undone chan struct{}
}

func newDepartures() *departures {
	return &departures{count: map[string]int{}, removals: map[string]*waitingRemoval{}}
}

// add counts a logout of profiles until done is called.
func (d *departures) add(names ...string) (done func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range names {
		d.count[name]++
	}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, name := range names {
			if d.count[name]--; d.count[name] == 0 {
				delete(d.count, name)
			}
		}
	}
}

// has reports whether a profile is being logged out.
func (d *departures) has(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count[name] > 0
}

// schedule notes when a profile will be removed. undone is closed if that is undone before.
func (d *departures) schedule(name string, at time.Time) (undone <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := &waitingRemoval{at, make(chan struct{})}
	d.removals[name] = w
	return w.undone
}

// removalOf returns when a profile will be removed; zero for never.
func (d *departures) removalOf(name string) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w := d.removals[name]; w != nil {
		return w.at
	}
	return time.Time{}
}

// undo undoes a removal, and reports whether one was waiting.
func (d *departures) undo(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := d.removals[name]
	if w == nil {
		return false
	}
	delete(d.removals, name)
	close(w.undone)
	return true
}

// begin takes a removal that waits, and reports whether there is one: from here on it cannot
// be undone.
func (d *departures) begin(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, waits := d.removals[name]
	delete(d.removals, name)
	return waits
}
