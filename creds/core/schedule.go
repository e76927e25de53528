package core

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/consolesignin"
	"daypass/sso"
)

const (
	// glance is how often to look at the wall clock while something is due: timers stop
	// while a machine sleeps. Programs are answered by the wall clock in any case.
	glance = time.Minute
	// renewFor is how long a profile is renewed silently after its last use: a working
	// day. A profile that depends on a sign-in to Identity Center is renewed for as long
	// as that lasts.
	renewFor = 12 * time.Hour
	// renewing bounds how many profiles are renewed at the same time.
	renewing = 8
)

// backoff is how long silent renewal waits after n failures in a row: from half a minute
// to a quarter of an hour, plus up to half of that at random, so that profiles that
// failed together do not retry together.
func backoff(n int) time.Duration {
	wait := min(30*time.Second<<min(n-1, 10), 15*time.Minute)
	return wait + rand.N(wait/2) //nolint:gosec // nothing depends on its being hard to guess
}

// later puts off a retry that would be due at once though it was just tried.
func later(at time.Time) time.Time {
	if now := time.Now(); !at.After(now) {
		return now.Add(glance)
	}
	return at
}

// schedule starts what is due and waits for none of it: otherwise what is due next would
// be late. Work that ends wakes it.
type schedule struct {
	*owners
	keeper    *keeper
	refresher *refresher
	leases    leases
	signer    *signer
	console   *consoleSigner
	custody   *Custody
	// tried is closed when the saved sessions have been read, or could not be read
	// without a person.
	tried chan struct{}

	mu sync.Mutex
	// slots bound how many silent renewals ask AWS at the same time: those of each SSO
	// session and, under "", all others.
	slots map[string]chan struct{}
}

// run reads the saved sessions and starts what is due, until ctx ends.
func (s *schedule) run(ctx context.Context) error {
	s.keeper.tidyFolders()
	// Meanwhile the files are read here.
	s.back.start("the reading of what the last agent has left", func(ctx context.Context) {
		defer s.view.wake()
		defer close(s.tried)
		s.note(topicJournal, s.journal.open())
		s.keeper.loadQuietly(ctx)
		s.signer.rereadTokens(ctx)
		s.console.rereadLogins(ctx)
	})
	s.reread()
	for {
		now := time.Now()
		s.tryAgain(now)
		s.leases.end(now)
		s.signer.startRenewals(now)
		s.console.startRenewals(now)
		s.custody.startDue(now)
		rotator{s.custody}.askAges(now)
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

// startPatience bounds how long the first answers wait for the keyring: an agent that
// was just started must not deny the sessions of the last one.
const startPatience = 3 * time.Second

// awaitStart waits until the saved sessions have been read.
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

// sleep waits until next, a change of state or the end of ctx. It sets no timer if
// nothing is due.
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

// hurry retries failed silent work at once.
func (s *schedule) hurry() {
	s.activity.hurry()
	s.signIns.hurry()
	s.logins.hurry()
	s.keeper.hurry()
	s.custody.hurry()
	s.view.publish() // which wakes run
}

// tryAgain retries what failed: reading a keyring that was locked at the start, and
// saving.
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

// plan calls each with every profile that can be renewed silently, and when. A sensitive
// one is renewed while it is unlocked if AWS gives credentials for minutes alone.
func (s *schedule) plan(now time.Time, each func(name string, at time.Time, is holding)) {
	resolver := s.resolver()
	for name, h := range s.store.allHeld() {
		is, err := s.holdingBy(resolver, name)
		if err != nil || !is.inFile || s.departures.has(name) || !h.Lease.IsZero() && leastLeft(is.chain) == 0 || !s.needsNobody(is.chain) || now.Sub(h.LastUsed) > renewFor && !sourceOf(is.chain).renewsUnused() {
			continue
		}
		// A minute before the old session becomes too short for programs.
		lifetime := is.session.Expires.Sub(is.session.Issued)
		before := max(min(16*time.Minute, lifetime*4/15), creds.Lead(lifetime), leastLeft(is.chain))
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
		if sourceOf(is.chain).waits(s.owners, is, now) {
			continue
		}
		each(name, at, is)
	}
}

// next returns when something is due next; zero if nothing is.
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
	s.custody.plan(func(_ journalEntry, at time.Time) { take(at) })
	s.leases.plan(func(_ string, at time.Time) { take(at) })
	s.signer.planRenewals(now, func(_ sso.Session, at time.Time) { take(at) })
	s.console.planRenewals(now, func(_ consolesignin.Session, at time.Time) { take(at) })
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
			// finish has recorded a failure and when to retry.
			_, _ = s.refresher.refreshProfile(ctx, name, is.chain, RefreshOptions{
				Force: is.isWritten(), unattended: true, wanted: s.refresher.mayRenew, slots: s.slotsFor(is.chain.SSOSession),
			})
		})
	})
}

// slotsFor returns the slots for renewals of an SSO session, or of none: a silent portal
// does not hold up the others.
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
