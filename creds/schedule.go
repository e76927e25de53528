package creds

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"daypass/creds/agentapi"
)

const (
	// glance is how often the wall clock is looked at while something is
	// due: timers stand still while a machine sleeps. Programs that ask are
	// answered by the wall clock in any case.
	glance = time.Minute
	// renewFor is how long a profile is renewed silently after somebody
	// last asked for it: a working day.
	renewFor = 12 * time.Hour
	// renewing bounds how many profiles are renewed at the same time.
	renewing = 8
)

// backoff is how long silent renewal waits after failing n times in a row: from
// half a minute up to a quarter of an hour, and up to half as much again, so
// that profiles that failed together do not come back together.
func backoff(n int) time.Duration {
	wait := min(30*time.Second<<min(n-1, 10), 15*time.Minute)
	return wait + rand.N(wait/2) //nolint:gosec // nothing depends on its being hard to guess
}

// Run renews, until ctx ends, the sessions that need nobody: roles while the
// session of their user lasts, and users without MFA. It also ends all
// refreshes when it returns.
func (m *Manager) Run(ctx context.Context) error {
	defer m.land()
	if err := m.load(ctx, false); err != nil && ctx.Err() == nil {
		m.cfg.Log.Info("the saved sessions are read later", "err", err)
	}
	m.mu.Lock()
	m.reread(ctx)
	m.mu.Unlock()
	close(m.tried)
	for {
		due, next := m.due(time.Now())
		m.renew(ctx, due)
		if len(due) > 0 {
			_, next = m.due(time.Now())
		}
		if err := m.sleep(ctx, next); err != nil {
			return err
		}
	}
}

// land ends all refreshes and waits until they have.
func (m *Manager) land() {
	m.mu.Lock()
	m.end() // under the lock: no flight starts from here on
	m.mu.Unlock()
	m.flying.Wait()
}

// sleep waits until next, until the state has changed, or until ctx ends; with
// nothing due it sets no timer at all.
func (m *Manager) sleep(ctx context.Context, next time.Time) error {
	var alarm <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(max(0, min(time.Until(next), glance)))
		defer timer.Stop()
		alarm = timer.C
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-m.wake:
	case <-alarm:
	}
	return nil
}

// due returns the profiles whose sessions are to be renewed now, and when the
// next one will be.
func (m *Manager) due(now time.Time) (due []string, next time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, h := range m.store.Held {
		one, ok := m.store.Sessions[h.Origin]
		if !ok || now.Sub(h.LastUsed) > renewFor {
			continue
		}
		c, err := m.profiles().resolve(name)
		if err != nil || c.origin(len(c.roles)) != h.Origin || !m.needsNobody(c, now) {
			continue
		}
		// A minute before programs would have to wait for it.
		lifetime := one.Expires.Sub(one.Issued)
		at := one.Expires.Add(-max(min(16*time.Minute, lifetime*4/15), agentapi.Lead(lifetime)))
		if f := m.facts[name]; f != nil {
			if f.refreshing {
				continue
			}
			if f.retry.After(at) {
				at = f.retry
			}
		}
		switch {
		case !at.After(now):
			due = append(due, name)
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	return due, next
}

func (m *Manager) renew(ctx context.Context, names []string) {
	var all sync.WaitGroup
	slots := make(chan struct{}, renewing)
	for _, name := range names {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			_, err := m.Refresh(ctx, name, RefreshOptions{Force: true, unattended: true})
			if err != nil {
				m.mu.Lock()
				defer m.mu.Unlock()
				f := m.factsOf(name)
				f.failures++
				f.retry = time.Now().Add(backoff(f.failures))
			}
		})
	}
	all.Wait()
}
