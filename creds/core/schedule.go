package core

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"daypass/creds"
	"daypass/sso"
)

const (
	// glance is how often the wall clock is looked at while something is
	// due: timers stop while a machine sleeps. Programs that ask are
	// answered by the wall clock in any case.
	glance = time.Minute
	// renewFor is how long a profile is renewed silently after somebody
	// last asked for it: a working day. What depends on a sign-in to Identity
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

// later puts off what would be due again at once, though it has just been tried.
func later(at time.Time) time.Time {
	if now := time.Now(); !at.After(now) {
		return now.Add(glance)
	}
	return at
}

// schedule starts what is due: it waits for nothing else, or what is due next would
// come late. Work that has ended wakes it.
type schedule struct {
	*owners
	keeper    *keeper
	refresher *refresher
	leases    leases
	signer    *signer
	// tried is closed when the saved sessions have been read, or could not
	// be without a person.
	tried chan struct{}

	mu sync.Mutex
	// slots bound how many silent renewals ask AWS at the same time, for each
	// SSO session and, under "", for all that depend on none.
	slots map[string]chan struct{}
}

// run reads the saved sessions and starts what is due, until ctx ends.
func (s *schedule) run(ctx context.Context) error {
	s.keeper.tidyFolders()
	// While the files are read here.
	s.back.start("the reading of what the last agent has left", func(ctx context.Context) {
		defer s.view.wake()
		defer close(s.tried)
		s.keeper.loadQuietly(ctx)
		s.signer.rereadTokens(ctx)
	})
	s.reread()
	for {
		now := time.Now()
		s.tryAgain(now)
		s.leases.end(now)
		s.signer.startRenewals(now)
		s.renew(now)
		next := s.next(now)
		s.cfg.Log.Debug("looked what is due", "next", next)
		if err := s.sleep(ctx, next); err != nil {
			return err
		}
	}
}

// shutDown ends all work, and saves what could not be saved before.
func (s *schedule) shutDown() {
	s.back.shutDown()
	if s.keyring.known() && s.keeper.isUnsaved() {
		_ = s.keeper.save(false) // the last chance; logged
	}
}

// startPatience bounds how long the first answers wait for the keyring: an
// agent that was just started must not deny the sessions of the last one.
const startPatience = 3 * time.Second

// awaitStart waits until the saved sessions were read.
func (s *schedule) awaitStart(ctx context.Context) {
	select {
	case <-s.tried:
		return
	default:
	}
	patience := time.NewTimer(startPatience)
	defer patience.Stop()
	select {
	case <-s.tried:
	case <-patience.C:
	case <-ctx.Done():
	}
}

// sleep waits until next, until the state has changed, or until ctx ends; with
// nothing due it sets no timer at all.
func (s *schedule) sleep(ctx context.Context, next time.Time) error {
	var alarm <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(max(0, min(time.Until(next), glance)))
		defer timer.Stop()
		alarm = timer.C
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.view.due:
	case <-alarm:
	}
	return nil
}

// hurry has what failed silently tried again at once.
func (s *schedule) hurry() {
	s.activity.hurry()
	s.signIns.hurry()
	s.keeper.hurry()
	s.view.publish() // which wakes run
}

// tryAgain has tried again what could not be done: to read a keyring that was locked
// when the session began, and to save.
func (s *schedule) tryAgain(now time.Time) {
	at, is := s.keeper.due()
	if !is || now.Before(at) {
		return
	}
	s.keeper.setTrying(true)
	s.back.start("another try to read or to save the sessions", func(ctx context.Context) {
		defer s.view.wake()
		defer s.keeper.setTrying(false) // also after a panic
		s.keeper.tryAgain(ctx)
	})
}

// plan calls each with the time at which the session of each profile is to be
// renewed that can be renewed silently.
func (s *schedule) plan(now time.Time, each func(name string, at time.Time, is holding)) {
	resolver := s.resolver()
	for name, h := range s.store.allHeld() {
		is, err := s.holdingBy(resolver, name)
		if err != nil || !is.inFile || s.departures.has(name) || !h.Lease.IsZero() || !s.needsNobody(is.chain) || now.Sub(h.LastUsed) > renewFor && !sourceOf(is.chain).renewsUnused() {
			continue
		}
		// A minute before programs would be given old ones.
		lifetime := is.session.Expires.Sub(is.session.Issued)
		before := max(min(16*time.Minute, lifetime*4/15), creds.Lead(lifetime))
		at := is.session.Expires.Add(s.aws.FarOff()).Add(-before)
		if !is.isWritten() && is.session.usable(s.aws.Now()) {
			at = now // it only has to be written
		}
		f := s.activity.get(name)
		if f.refreshing || f.queued {
			continue
		}
		if f.retry.After(at) {
			at = f.retry
		}
		if id := is.chain.SSOSession; id != "" {
			if f := s.signIns.get(id); !f.token.Expires.After(now) && (f.renewing || f.failures > 0) {
				continue // not each of its profiles tries to renew the session's token
			}
		}
		each(name, at, is)
	}
}

// next returns when there will be something to do; zero if there will not.
func (s *schedule) next(now time.Time) time.Time {
	var next time.Time
	take := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	if at, is := s.keeper.due(); is {
		next = at
	}
	s.plan(now, func(_ string, at time.Time, _ holding) { take(at) })
	s.leases.plan(func(_ string, at time.Time) { take(at) })
	s.signer.planRenewals(now, func(_ sso.Session, at time.Time) { take(at) })
	return next
}

// renew starts the renewals that are due.
func (s *schedule) renew(now time.Time) {
	s.plan(now, func(name string, at time.Time, is holding) {
		if at.After(now) {
			return
		}
		s.activity.change(name, func(f *facts) { f.queued = true })
		s.back.start("a renewal", func(ctx context.Context) {
			defer s.view.wake()
			defer s.activity.changeKnown(name, func(f *facts) { f.queued, f.retry = false, later(f.retry) }) // also after a panic
			s.cfg.Log.Debug("renewing", "profile", name, "due", at)
			// finish has noted a failure, and when to try again.
			_, _ = s.refresher.refreshProfile(ctx, name, is.chain, RefreshOptions{
				Force: is.isWritten(), unattended: true, wanted: s.refresher.mayRenew, slots: s.slotsFor(is.chain.SSOSession),
			})
		})
	})
}

// slotsFor returns the turns of renewals that depend on an SSO session, or on none:
// a portal that is silent does not hold up the others.
func (s *schedule) slotsFor(session string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	slots := s.slots[session]
	if slots == nil {
		slots = make(chan struct{}, renewing)
		s.slots[session] = slots
	}
	return slots
}
