package core

import (
	"context"
	"math/rand/v2"
	"time"

	"daypass/creds"
	"daypass/creds/safely"
	"daypass/sso"
)

const (
	// glance is how often the wall clock is looked at while something is
	// due: timers stand still while a machine sleeps. Programs that ask are
	// answered by the wall clock in any case.
	glance = time.Minute
	// renewFor is how long a profile is renewed silently after somebody
	// last asked for it: a working day. What hangs on a sign-in to Identity
	// Center is renewed for as long as that lasts.
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

// Run reads the saved sessions and renews, until ctx ends, those that need
// nobody: roles while the session of their user lasts, users without MFA, and
// what comes from a sign-in to Identity Center while that lasts.
// When it returns, all refreshes have ended.
//
// Nothing is waited for here, or what is due next would come late: work is started,
// and publishes a snapshot or wakes Run when it has ended.
func (m *Manager) Run(ctx context.Context) error {
	defer m.land()
	defer m.leaseNothing()
	m.tidyFolders()
	m.mu.Lock()
	m.reread()
	m.startLocked("the reading of what the last agent has left", func(ctx context.Context) {
		m.loadQuietly(ctx)
		m.RereadTokens(ctx)
	}, func() { close(m.tried) })
	m.mu.Unlock()
	for {
		now := time.Now()
		m.catchUp(now)
		m.endLeases(now)
		m.renewTokens(now)
		m.renew(now)
		next := m.next(now)
		m.cfg.Log.Debug("looked what is due", "next", next)
		if err := m.sleep(ctx, next); err != nil {
			return err
		}
	}
}

// startLocked starts work that ends with the manager's life. When it has ended, also
// by a panic, thenLocked notes that, and Run looks what is due.
func (m *Manager) startLocked(doing string, work func(ctx context.Context), thenLocked func()) {
	if m.life.Err() != nil {
		return
	}
	m.flying.Go(func() {
		safely.Run(m.cfg.Log, doing, func() { work(m.life) })
		m.mu.Lock()
		defer m.mu.Unlock()
		thenLocked()
		m.wakeLocked()
	})
}

// land ends all refreshes and waits until they have.
func (m *Manager) land() {
	m.mu.Lock()
	m.end() // under the lock: no flight starts from here on
	m.mu.Unlock()
	m.flying.Wait()
	m.mu.Lock()
	unsaved := m.loaded && m.unsaved
	m.mu.Unlock()
	if unsaved {
		_ = m.save(false) // the last chance; logged
	}
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

// Hurry has what failed silently tried again at once. It is for moments at which
// there may be a network again: the machine woke up, say.
func (m *Manager) Hurry() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.facts {
		if f.failures > 0 {
			f.retry = time.Time{}
		}
	}
	for _, f := range m.signIns {
		if f.failures > 0 {
			f.retry = time.Time{}
		}
	}
	m.again = time.Time{}
	m.publish() // which wakes Run
}

// catchUp has tried again what could not be done: to read a keyring that was locked
// when the session began, and to save.
func (m *Manager) catchUp(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	loaded, unsaved := m.loaded, m.unsaved
	if m.catching || now.Before(m.again) || loaded && !unsaved {
		return
	}
	m.catching = true
	m.startLocked("another try to read or to save the sessions", func(ctx context.Context) {
		if !loaded {
			m.loadQuietly(ctx)
		}
		if unsaved {
			_ = m.save(false) // noted as a problem already
		}
	}, func() { m.catching, m.again = false, later(m.again) })
}

// plan says when the session of each profile is to be renewed that can be
// renewed silently. It is called with the lock held.
func (m *Manager) plan(now time.Time, each func(name string, at time.Time, s standing)) {
	for name, h := range m.store.Held {
		s, err := m.stand(name)
		if err != nil || !s.inFile || m.leaving[name] > 0 || !h.Lease.IsZero() || !m.needsNobody(s.chain) || s.chain.SSOSession == "" && now.Sub(h.LastUsed) > renewFor {
			continue
		}
		// A minute before programs would be given old ones.
		lifetime := s.session.Expires.Sub(s.session.Issued)
		before := max(min(16*time.Minute, lifetime*4/15), creds.Lead(lifetime))
		at := s.session.Expires.Add(m.client.FarOff()).Add(-before)
		if !s.settled() && s.session.usable(m.client.Now()) {
			at = now // it only has to be written
		}
		if f := m.facts[name]; f != nil {
			if f.refreshing || f.queued {
				continue
			}
			if f.retry.After(at) {
				at = f.retry
			}
		}
		if f := m.signIns[s.chain.SSOSession]; f != nil && !f.token.Expires.After(now) && (f.renewing || f.failures > 0) {
			continue // not each of its profiles tries to renew the session's token
		}
		each(name, at, s)
	}
}

// next returns when there will be something to do; zero if there will not.
func (m *Manager) next(now time.Time) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	var next time.Time
	if !m.catching && (!m.loaded || m.unsaved) {
		next = m.again
	}
	m.plan(now, func(_ string, at time.Time, _ standing) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	})
	m.planLeases(func(_ string, at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	})
	m.planTokens(now, func(_ sso.Session, at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	})
	return next
}

// renew starts the renewals that are due.
func (m *Manager) renew(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.plan(now, func(name string, at time.Time, s standing) {
		if at.After(now) {
			return
		}
		m.factsOf(name).queued = true
		m.startLocked("a renewal", func(ctx context.Context) {
			m.cfg.Log.Debug("renewing", "profile", name, "due", at)
			// finish has noted a failure, and when to try again.
			_, _ = m.refreshProfile(ctx, name, s.chain, RefreshOptions{
				Force: s.settled(), unattended: true, wanted: m.mayRenew, slots: m.slotsFor(s.chain.SSOSession),
			})
		}, func() {
			if f := m.facts[name]; f != nil {
				f.queued, f.retry = false, later(f.retry)
			}
		})
	})
}

// later puts off what would be due again at once, though it has just been tried.
func later(at time.Time) time.Time {
	if now := time.Now(); !at.After(now) {
		return now.Add(glance)
	}
	return at
}

// slotsFor returns the turns of renewals that depend on a session of Identity
// Center, or on none: a portal that is silent does not hold up the others.
func (m *Manager) slotsFor(session string) chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	slots := m.slots[session]
	if slots == nil {
		slots = make(chan struct{}, renewing)
		m.slots[session] = slots
	}
	return slots
}
