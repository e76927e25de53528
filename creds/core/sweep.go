package core

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/internal/safely"
	"daypass/sso"
)

// sweepMost is how many profiles a sign-in refreshes by itself. Those of larger sessions
// are refreshed when they are asked for, which then needs nobody either.
const sweepMost = 500

// sweep is a refresh of the profiles of an SSO session after a sign-in.
type sweep struct {
	ctx    context.Context //nolint:containedctx // that of its own work
	cancel context.CancelFunc
	done   chan struct{}

	mu           sync.Mutex
	total, count int
	refreshed    int
	failed       []creds.ProfileError
	// left are the profiles logged out meanwhile.
	left map[string]bool
	// broken is set when the session was signed out meanwhile.
	broken bool
	// again is set when another caller waits for the sweep, who may know of profiles
	// that did not exist when it began.
	again bool
}

func newSweep(life context.Context) *sweep {
	ctx, cancel := context.WithCancel(life)
	return &sweep{ctx: ctx, cancel: cancel, done: make(chan struct{}), left: map[string]bool{}}
}

// leave excludes profiles from the rest of the sweep.
func (s *sweep) leave(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		s.left[name] = true
	}
}

// wants reports whether a profile is to be given something.
func (s *sweep) wants(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.left[name]
}

// progress returns how many profiles are done, and how many there are.
func (s *sweep) progress() (done, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count, s.total
}

// goOn makes the sweep look for more profiles when it is done with its first ones.
func (s *sweep) goOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.again = true
}

// isToGoOn reports whether goOn was called since the last isToGoOn.
func (s *sweep) isToGoOn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	again := s.again
	s.again = false
	return again
}

// stop ends the sweep and waits until it has ended.
func (s *sweep) stop() {
	s.mu.Lock()
	s.broken = true
	s.mu.Unlock()
	s.cancel()
	<-s.done
}

// takeOn adds profiles, up to the limit, and returns those that it added.
func (s *sweep) takeOn(names []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names = names[:min(len(names), sweepMost-s.total)]
	s.total += len(names)
	s.failed = slices.DeleteFunc(s.failed, func(e creds.ProfileError) bool { return slices.Contains(names, e.Profile) })
	return names
}

// note counts a profile that is done.
func (s *sweep) note(name string, err error, cancelled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	switch {
	case err == nil:
		s.refreshed++
	case s.left[name] || cancelled:
	case errors.Is(err, errNeedsPerson):
		s.failed = append(s.failed, creds.ProfileError{
			Profile: name, Err: &creds.Error{Code: creds.CodeSignInNeeded, Message: lang.T("the session was over again")},
		})
	default:
		s.failed = append(s.failed, creds.ProfileError{Profile: name, Err: creds.AsError(err)})
	}
}

// result returns what the sweep achieved, and whether it was broken off.
func (s *sweep) result() (refreshed int, failed []creds.ProfileError, broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	failed = slices.SortedFunc(slices.Values(s.failed), func(a, b creds.ProfileError) int { return strings.Compare(a.Profile, b.Profile) })
	return s.refreshed, failed, s.broken
}

// sweeper refreshes the profiles of SSO sessions.
type sweeper struct {
	*owners
	keeper    *keeper
	refresher *refresher
}

// start refreshes a session's profiles whose credentials do not last, most recently used
// first. A sweep that runs already goes on with those that it did not begin with.
func (s *sweeper) start(of sso.Session) *sweep {
	s.reread()
	chains := s.toSweep(of.ID())
	var all *sweep
	joined := false
	s.signIns.change(of.ID(), func(f *signIn) {
		if joined = f.sweep != nil; joined {
			all = f.sweep
			all.goOn()
			return
		}
		all = newSweep(s.back.life)
		f.taken, f.swept = nil, all
		if len(chains) > 0 {
			f.sweep = all
		}
	})
	switch {
	case joined:
	case len(chains) == 0:
		close(all.done)
	default:
		s.run(all, of.ID(), chains, func(f *signIn) **sweep { return &f.sweep }, func(ctx context.Context) { s.learnNames(ctx, of) })
		s.view.publish()
	}
	return all
}

// run starts a sweep, which clears its place when it ends. then is the last part of its
// work.
func (s *sweeper) run(all *sweep, id string, chains map[string]profile.Chain, place func(*signIn) **sweep, then func(context.Context)) {
	names := s.takeOn(all, chains)
	started := s.back.start("the refresh of a session's profiles", func(context.Context) {
		defer s.view.publish()
		defer close(all.done)
		defer all.cancel()
		for {
			safely.Run(s.cfg.Log, "the refresh of a session's profiles", func() {
				s.refreshAll(all, names, chains)
				then(all.ctx)
			})
			goesOn := false
			s.signIns.change(id, func(f *signIn) {
				if goesOn = all.isToGoOn() && all.ctx.Err() == nil; !goesOn {
					*place(f) = nil
				}
			})
			if !goesOn {
				return
			}
			chains = s.toSweep(id)
			names = s.takeOn(all, chains)
		}
	})
	if !started {
		all.cancel()
		s.signIns.change(id, func(f *signIn) { *place(f) = nil })
		close(all.done)
	}
}

// takeOn returns the profiles that a sweep is to refresh, in order.
func (s *sweeper) takeOn(all *sweep, chains map[string]profile.Chain) []string {
	names := slices.Collect(maps.Keys(chains))
	s.store.byLastUse(names)
	return all.takeOn(names)
}

// toSweep returns the chains of the profiles to refresh: the session's own accounts and
// roles, and roles behind them that are in use, or were until another program signed
// out.
func (s *sweeper) toSweep(id string) map[string]profile.Chain {
	chains := map[string]profile.Chain{}
	taken := s.signIns.get(id).taken
	resolver := s.resolver()
	for _, name := range s.view.usersOf(id) {
		now, err := s.holdingBy(resolver, name)
		_, isHeld := s.store.held(name)
		if err != nil || s.departures.has(name) || s.choices.leaseOf(name) > 0 || len(now.chain.Roles) > 0 && !isHeld && !taken[name] {
			continue
		}
		if !s.isGiven(now) {
			chains[name] = now.chain
		}
	}
	return chains
}

// stop ends the sweeps of a session and waits until they have ended.
func (s *sweeper) stop(id string) {
	f := s.signIns.get(id)
	for _, one := range f.sweeps() {
		one.stop()
	}
}

// learnNames asks for the names of a session's accounts that are unknown.
func (s *sweeper) learnNames(ctx context.Context, of sso.Session) {
	profiles := s.files.set().Profiles
	unknown := slices.ContainsFunc(s.view.usersOf(of.ID()), func(name string) bool {
		account := profiles[name].SSO.AccountID
		return account != "" && s.store.nameBook().accountName(account) == ""
	})
	if !unknown {
		return
	}
	names, err := s.sso.AccountNames(ctx, of)
	if err != nil {
		s.cfg.Log.Info("the names of accounts were not learnt", "session", of.ID(), "err", err)
		return
	}
	s.noteNames(names)
}

// noteNames keeps the names of accounts.
func (s *sweeper) noteNames(names map[string]string) {
	if s.store.nameBook().learnNames(names) {
		s.keeper.saveSoon()
		s.view.publishAll()
	}
}

func (s *sweeper) refreshAll(all *sweep, names []string, chains map[string]profile.Chain) {
	slots := make(chan struct{}, renewing)
	var workers sync.WaitGroup
	for _, name := range names {
		workers.Go(func() {
			err := safely.Do(s.cfg.Log, "the refresh of a profile", func() error {
				_, err := s.refresher.refreshProfile(all.ctx, name, chains[name], RefreshOptions{unattended: true, wanted: all.wants, slots: slots})
				return err
			})
			all.note(name, err, all.ctx.Err() != nil)
		})
	}
	workers.Wait()
}

// giveBack renews credentials that another program's sign-out took from profiles, once
// there is a token. A sign-in under way does that itself.
func (s *sweeper) giveBack(of sso.Session) {
	id := of.ID()
	may := func(f *signIn) bool {
		return len(f.taken) > 0 && f.back == nil && !f.leaving && f.isSilent(time.Now())
	}
	f := s.signIns.get(id)
	if !may(&f) || s.questions.isOpen(aboutSignIn(id)) || s.back.isOver() {
		return
	}
	chains := s.toSweep(id)
	var all *sweep
	s.signIns.change(id, func(f *signIn) {
		if !may(f) {
			return
		}
		maps.DeleteFunc(chains, func(name string, _ profile.Chain) bool { return !f.taken[name] })
		f.taken = nil
		if len(chains) > 0 {
			all = newSweep(s.back.life)
			f.back = all
		}
	})
	if all != nil {
		s.cfg.Log.Info("a token is back: the credentials are renewed that went with it", "session", id, "profiles", len(chains))
		s.run(all, id, chains, func(f *signIn) **sweep { return &f.back }, func(context.Context) {})
	}
}
