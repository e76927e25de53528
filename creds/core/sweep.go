package core

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/creds/safely"
	"daypass/sso"
)

// sweepMost is how many profiles are refreshed by themselves after a sign-in.
// Those of larger sessions are refreshed when they are asked for, which then
// needs nobody either.
const sweepMost = 500

// sweep refreshes the profiles of a session after a sign-in.
type sweep struct {
	done   chan struct{}
	cancel context.CancelFunc

	// These belong to the manager's lock until done is closed.
	total, count int
	refreshed    int
	failed       []creds.ProfileError
	// left are the profiles that have been logged out meanwhile.
	left map[string]bool
	// broken is set when the session was signed out meanwhile.
	broken bool
	// again is set when somebody else waits for it, who may know of profiles that
	// were not there when it began.
	again bool
}

// startSweep refreshes the profiles of a session that have no credentials that
// last; what was used last comes first. A sweep that runs already goes on with
// those that it has not begun with.
func (m *Manager) startSweep(s sso.Session) *sweep {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread()
	f := m.signInOf(s.ID())
	if f.sweep != nil {
		f.sweep.again = true
		return f.sweep
	}
	chains := m.toSweep(s.ID())
	f.taken = nil
	if len(chains) == 0 || m.life.Err() != nil {
		f.swept = newSweep()
		close(f.swept.done)
		return f.swept
	}
	f.swept = m.runSweepLocked(&f.sweep, s.ID(), chains, func(ctx context.Context) { m.learnNames(ctx, s) })
	m.publish()
	return f.swept
}

func newSweep() *sweep {
	return &sweep{done: make(chan struct{}), cancel: func() {}, left: map[string]bool{}}
}

// runSweepLocked starts a sweep in its place, which it leaves at its end. then is
// the last part of its work.
func (m *Manager) runSweepLocked(place **sweep, id string, chains map[string]profile.Chain, then func(context.Context)) *sweep {
	all := newSweep()
	*place = all
	names := m.takeOnLocked(all, chains)
	var ctx context.Context
	ctx, all.cancel = context.WithCancel(m.life)
	m.flying.Go(func() {
		defer all.cancel()
		for {
			safely.Run(m.cfg.Log, "the refresh of a session's profiles", func() {
				m.sweepAll(ctx, all, names, chains)
				then(ctx)
			})
			m.mu.Lock()
			if !all.again || ctx.Err() != nil {
				break
			}
			all.again = false
			chains = m.toSweep(id)
			names = m.takeOnLocked(all, chains)
			m.mu.Unlock()
		}
		defer m.mu.Unlock()
		*place = nil
		slices.SortFunc(all.failed, func(a, b creds.ProfileError) int { return strings.Compare(a.Profile, b.Profile) })
		close(all.done)
		m.publish()
	})
	return all
}

// takeOnLocked returns the profiles that a sweep is to refresh, in their order, as
// far as there are not too many.
func (m *Manager) takeOnLocked(all *sweep, chains map[string]profile.Chain) []string {
	names := slices.SortedFunc(maps.Keys(chains), func(a, b string) int {
		return cmp.Or(m.store.Held[b].LastUsed.Compare(m.store.Held[a].LastUsed), strings.Compare(a, b))
	})
	names = names[:min(len(names), sweepMost-all.total)]
	all.total += len(names)
	all.failed = slices.DeleteFunc(all.failed, func(e creds.ProfileError) bool { return slices.Contains(names, e.Profile) })
	return names
}

// toSweep returns the chains of the profiles to refresh: accounts and roles of
// the session itself, and roles behind them that are in use, or were until another
// program signed out. It is called with the lock held.
func (m *Manager) toSweep(id string) map[string]profile.Chain {
	chains := map[string]profile.Chain{}
	taken := m.signInOf(id).taken
	for _, name := range m.hanging[id] {
		now, err := m.stand(name)
		_, isHeld := m.store.Held[name]
		if err != nil || m.leaving[name] > 0 || m.leaseOf(name) > 0 || len(now.chain.Roles) > 0 && !isHeld && !taken[name] {
			continue
		}
		if !now.settled() || !now.session.lasts(m.client.Now()) {
			chains[name] = now.chain
		}
	}
	return chains
}

// endSignIns ends what is under way for sessions, the refreshes of single
// profiles aside. A sign-in that ends well begins a sweep, so it comes first.
func (m *Manager) endSignIns(ctx context.Context, ids ...string) error {
	err := m.ground(ctx, func(f *flight) bool { return slices.Contains(ids, f.signIn) })
	for _, id := range ids {
		m.stopSweep(id)
	}
	return err
}

// stopSweep ends the sweeps of a session and waits until they have ended.
func (m *Manager) stopSweep(id string) {
	m.mu.Lock()
	all := m.signInOf(id).sweeps()
	for _, one := range all {
		one.broken = true
	}
	m.mu.Unlock()
	for _, one := range all {
		one.cancel()
		<-one.done
	}
}

// learnNames asks what the accounts of a session's profiles are called, where
// that is not known.
func (m *Manager) learnNames(ctx context.Context, s sso.Session) {
	m.mu.Lock()
	unknown := slices.ContainsFunc(m.hanging[s.ID()], func(name string) bool {
		account := m.files.Profiles[name].SSO.AccountID
		return account != "" && m.store.Names[account] == ""
	})
	m.mu.Unlock()
	if !unknown {
		return
	}
	names, err := m.sso.AccountNames(ctx, s)
	if err != nil {
		m.cfg.Log.Info("the names of accounts were not learnt", "session", s.ID(), "err", err)
		return
	}
	m.noteNames(names)
}

// noteNames keeps the names of accounts.
func (m *Manager) noteNames(names map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := maps.Clone(m.store.Names)
	maps.Copy(m.store.Names, names)
	if maps.Equal(before, m.store.Names) {
		return
	}
	m.unsaved, m.again = true, time.Time{} // saved by Run, soon
	m.rebuild()
	m.publish()
}

func (m *Manager) sweepAll(ctx context.Context, all *sweep, names []string, chains map[string]profile.Chain) {
	wanted := func(name string) bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return !all.left[name]
	}
	slots := make(chan struct{}, renewing)
	var workers sync.WaitGroup
	for _, name := range names {
		workers.Go(func() {
			err := safely.Do(m.cfg.Log, "the refresh of a profile", func() error {
				_, err := m.refreshProfile(ctx, name, chains[name], RefreshOptions{unattended: true, wanted: wanted, slots: slots})
				return err
			})
			m.mu.Lock()
			defer m.mu.Unlock()
			all.count++
			switch {
			case err == nil:
				all.refreshed++
			case all.left[name] || ctx.Err() != nil:
			case errors.Is(err, errNeedsPerson):
				all.failed = append(all.failed, creds.ProfileError{
					Profile: name, Err: &creds.Error{Code: creds.CodeSignInNeeded, Message: "the session was over again"},
				})
			default:
				all.failed = append(all.failed, creds.ProfileError{Profile: name, Err: creds.AsError(err)})
			}
		})
	}
	workers.Wait()
}

// renewTokenBefore is when the token of a session is renewed; the client knows
// best whether it is time.
const renewTokenBefore = 20 * time.Minute

// planTokens says when the token of each session is to be renewed. It is called
// with the lock held.
func (m *Manager) planTokens(now time.Time, each func(s sso.Session, at time.Time)) {
	for id, s := range m.files.Sessions {
		f := m.signIns[id]
		if f == nil || !f.has || !f.missing.IsZero() || f.over || f.renewing || !f.token.Renewable(now) {
			continue
		}
		at := f.token.Expires.Add(-renewTokenBefore)
		if f.retry.After(at) {
			at = f.retry
		}
		each(s, at)
	}
}

// renewTokens renews the tokens that end soon, so that neither a profile nor a
// plain "aws" waits for it. It returns before that is done.
func (m *Manager) renewTokens(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.planTokens(now, func(s sso.Session, at time.Time) {
		if at.After(now) {
			return
		}
		m.signInOf(s.ID()).renewing = true
		m.startLocked("the renewal of a token", func(ctx context.Context) { m.renewToken(ctx, s) }, func() {
			m.signInOf(s.ID()).renewing = false
		})
	})
}

func (m *Manager) renewToken(ctx context.Context, s sso.Session) {
	m.cfg.Log.Debug("renewing the token", "session", s.ID())
	err := safely.Do(m.cfg.Log, "the renewal of a token", func() error {
		_, err := m.sso.Token(ctx, s)
		if errors.Is(err, sso.ErrSignIn) {
			m.noteOver(ctx, s, err)
		}
		m.readToken(ctx, s)
		return err
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.signInOf(s.ID())
	f.renewing = false
	switch {
	case err == nil:
		// A short token may be renewed later than planned here.
		f.failed, f.failures, f.retry = nil, 0, time.Now().Add(glance)
	case errors.Is(err, sso.ErrSignIn) || ctx.Err() != nil:
	default:
		f.failures++
		f.retry = time.Now().Add(backoff(f.failures))
		f.failed = creds.AsError(sso.Explain("", err))
		m.cfg.Log.Warn("a token was not renewed", "session", s.ID(), "err", err)
	}
	m.publish()
}
