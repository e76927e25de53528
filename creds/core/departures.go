package core

import "sync"

// departures counts the logouts under way for each profile.
type departures struct {
	mu    sync.Mutex
	count map[string]int
}

func newDepartures() *departures { return &departures{count: map[string]int{}} }

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
