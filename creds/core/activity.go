package core

import (
	"strings"
	"sync"
	"time"

	"daypass/creds"
)

// facts are what has happened to a profile since the agent started.
type facts struct {
	refreshing bool
	// requested is set once a person or a program has asked for the profile.
	requested bool
	// queued is set while a silent renewal waits for its turn. ending is set while the
	// profile is being locked again.
	queued, ending bool
	failed         *creds.Error
	failedAt       time.Time
	// usePublished is when LastUsed was last published.
	usePublished time.Time
	// failures counts the silent renewals that failed in a row. The next one is tried no
	// earlier than retry.
	failures int
	retry    time.Time
	// stillHeld is set while the profile could not be locked again.
	stillHeld bool
}

// activity holds the facts of each profile that has any.
type activity struct {
	mu sync.Mutex
	of map[string]*facts
}

func newActivity() *activity { return &activity{of: map[string]*facts{}} }

func (a *activity) get(name string) facts {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f := a.of[name]; f != nil {
		return *f
	}
	return facts{}
}

func (a *activity) change(name string, change func(*facts)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.of[name]
	if f == nil {
		f = &facts{}
		a.of[strings.Clone(name)] = f
	}
	change(f)
}

// changeKnown changes a profile's facts if there are any.
func (a *activity) changeKnown(name string, change func(*facts)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f := a.of[name]; f != nil {
		change(f)
	}
}

// hurry makes failed silent renewals due at once.
func (a *activity) hurry() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.of {
		if f.failures > 0 {
			f.retry = time.Time{}
		}
	}
}

// forget drops the facts of profiles.
func (a *activity) forget(names ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, name := range names {
		delete(a.of, name)
	}
}

// names returns the profiles that have facts.
func (a *activity) names() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	names := make([]string, 0, len(a.of))
	for name := range a.of {
		names = append(names, name)
	}
	return names
}
