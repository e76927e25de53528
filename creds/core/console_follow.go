package core

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/consolesignin"
	"daypass/creds/profile"
	"daypass/internal/safely"
)

// rereadLogins reads the login cache.
func (s *consoleSigner) rereadLogins(ctx context.Context) {
	s.reread() // for profiles that are new
	all := s.view.consoleLogins()
	s.logins.startReading(all)
	for _, arn := range slices.Sorted(maps.Keys(all)) {
		s.readLogin(ctx, all[arn][0])
		if ctx.Err() != nil {
			return
		}
	}
}

// rereadLoginsIfOld is rereadLogins if the last time is long ago.
func (s *consoleSigner) rereadLoginsIfOld(ctx context.Context) {
	if time.Since(s.logins.readAt()) >= tokensFresh {
		s.rereadLogins(ctx)
	}
}

// followFiles does what a change of the AWS files calls for: another program may have
// signed in as somebody whom no profile named before.
func (s *consoleSigner) followFiles(ctx context.Context) {
	all := s.view.consoleLogins()
	if len(all) == 0 {
		return
	}
	if !s.logins.wereRead(all) {
		s.rereadLogins(ctx)
		return
	}
	for arn := range all {
		s.oweChanged(arn)
		s.give(arn)
	}
}

// readLogin reads the file of a sign-in.
func (s *consoleSigner) readLogin(ctx context.Context, of consolesignin.Session) {
	if of.ARN == "" {
		return
	}
	token, err := s.console.Peek(context.WithoutCancel(ctx), of)
	if s.noteToken(of, token, err) {
		s.view.publish()
	}
}

// noteToken records what the login cache holds for a sign-in, and reports whether that is
// news.
func (s *consoleSigner) noteToken(of consolesignin.Session, token consolesignin.Token, err error) (news bool) {
	arn := of.ARN
	switch {
	case err == nil:
		s.logins.change(arn, func(f *login) {
			same := f.token.AccessKeyID == token.AccessKeyID && f.token.RefreshToken == token.RefreshToken
			if news = !f.has || !f.missing.IsZero() || !same || !f.token.Expires.Equal(token.Expires); news && !same {
				f.isRenewed()
			}
			f.token, f.has, f.missing = token, true, time.Time{}
		})
		if news {
			s.problems.set(topicLogin(arn), nil)
		}
		s.oweChanged(arn)
		s.give(arn)
	case errors.Is(err, consolesignin.ErrNoToken):
		return s.noteNoToken(of)
	default:
		if news = s.problems.set(topicLogin(arn), err); news {
			s.cfg.Log.Warn("the file of a console sign-in was not read", "profile", of.Profile, "err", err)
		}
		s.logins.change(arn, func(f *login) {
			f.has, f.missing = false, time.Time{}
			if errors.Is(err, consolesignin.ErrDamaged) {
				f.token = consolesignin.Token{} // set aside: a missing file means nothing
			}
		})
	}
	return news
}

// oweChanged records that profiles hold what another sign-in gave them: another program
// has signed in for them as somebody else.
func (s *consoleSigner) oweChanged(arn string) {
	resolver := s.resolver()
	for _, name := range s.heldOf(arn, "") {
		c, err := resolver.Resolve(name)
		h, _, inFile := s.store.heldInFile(name)
		f := s.activity.get(name)
		if err == nil && inFile && h.Lease.IsZero() && !profile.ComesFromLogin(h.Origin, arn) && c.Base.LoginSession() == arn &&
			!f.refreshing && (f.failures == 0 || !f.retry.After(time.Now())) {
			s.logins.owe(arn, name)
		}
	}
}

// noteOver records that AWS has ended a sign-in or allows it nothing any more, as err says.
// Nothing is tried again silently until the file changes or a person signs in.
func (s *consoleSigner) noteOver(of consolesignin.Session, err error) {
	news := false
	s.logins.change(of.ARN, func(f *login) {
		if news = !f.over && !f.leaving; news {
			f.over, f.failed = true, creds.AsError(err)
		}
	})
	if news {
		s.cfg.Log.Info("the console sign-in is over", "profile", of.Profile, "err", err)
		s.view.publish()
	}
}

// planRenewals calls each with every sign-in whose credentials are to be renewed, and when.
func (s *consoleSigner) planRenewals(now time.Time, each func(of consolesignin.Session, at time.Time)) {
	for arn, all := range s.view.consoleLogins() {
		f := s.logins.get(arn)
		if !f.has || !f.missing.IsZero() || f.over || f.renewing || f.leaving || !f.lives(now) {
			continue
		}
		at := f.token.Expires.Add(-consolesignin.RenewBefore)
		if f.retry.After(at) {
			at = f.retry
		}
		each(all[0], at)
	}
}

// startRenewals renews the credentials that end soon, whoever signed in: a plain "aws" has
// them from the same cache.
func (s *consoleSigner) startRenewals(now time.Time) {
	s.planRenewals(now, func(of consolesignin.Session, at time.Time) {
		if at.After(now) {
			return
		}
		setRenewing := func(renewing bool) { s.logins.change(of.ARN, func(f *login) { f.renewing = renewing }) }
		setRenewing(true)
		s.back.start("the renewal of a console sign-in", func(ctx context.Context) {
			defer s.view.wake()
			defer setRenewing(false) // also after a panic
			s.renew(ctx, of)
		})
	})
}

func (s *consoleSigner) renew(ctx context.Context, of consolesignin.Session) {
	s.cfg.Log.Debug("renewing the credentials of a console sign-in", "profile", of.Profile)
	err := safely.Do(s.cfg.Log, "the renewal of a console sign-in", func() error {
		asking, done := s.outlive(ctx, lastAnswer)
		defer done()
		_, err := s.fresh(asking, of, dueBefore)
		return err
	})
	s.logins.change(of.ARN, func(f *login) {
		// Whatever the clocks and the cache do, nothing is renewed twice in a row.
		f.renewing, f.retry = false, time.Now().Add(glance)
		switch {
		case err == nil:
			f.failed, f.failures = nil, 0
		case f.over || wantsConsole(err) || ctx.Err() != nil:
		default:
			f.failures++
			f.failed, f.retry = creds.AsError(err), time.Now().Add(renewalPause(f.failures, time.Until(f.token.Expires)))
			s.cfg.Log.Warn("the credentials of a console sign-in were not renewed", "profile", of.Profile, "err", err)
		}
	})
	s.view.publish()
}

// lastAnswer is how long an agent that ends waits for the answer to a renewal: AWS takes
// the refresh token only once, and the next one would be lost.
const lastAnswer = 5 * time.Second

// outlive returns a context that ends so long after ctx, or with done.
func (s *consoleSigner) outlive(ctx context.Context, grace time.Duration) (longer context.Context, done func()) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		safely.Run(s.cfg.Log, "the wait for an answer", func() {
			timer := time.NewTimer(grace)
			defer timer.Stop()
			select {
			case <-timer.C:
				cancel(context.Cause(ctx))
			case <-longer.Done():
			}
		})
	})
	return longer, func() {
		stop()
		cancel(nil)
	}
}

// renewalPause is how long a renewal waits after n failures in a row: as backoff, but so
// that it is tried often enough while the old credentials have left as long as that.
func renewalPause(n int, left time.Duration) time.Duration {
	pause := backoff(n)
	if left > 0 {
		pause = min(pause, max(30*time.Second, left/3))
	}
	return pause
}

// noteNoToken records that the login cache holds nothing for a sign-in, and reports whether
// that is news. A file that was there may only be on its way.
func (s *consoleSigner) noteNoToken(of consolesignin.Session) (news bool) {
	now := time.Now()
	awaits := false
	ending := s.back.isOver()
	s.logins.change(of.ARN, func(f *login) {
		switch {
		case f.token.AccessKeyID == "" || f.leaving || ending || !f.token.Expires.After(now) && (f.over || !f.lives(now)):
			news = f.has
			f.token, f.has, f.missing = consolesignin.Token{}, false, time.Time{}
			f.isRenewed()
		case f.missing.IsZero():
			f.missing, awaits = now, true
		}
	})
	if awaits {
		s.back.start("the wait for a console sign-in", func(ctx context.Context) {
			defer s.view.wake()
			s.awaitLogin(ctx, of, now)
		})
	}
	return news
}

// awaitLogin follows another program's sign-out unless the file comes back.
func (s *consoleSigner) awaitLogin(ctx context.Context, of consolesignin.Session, since time.Time) {
	grace := time.NewTimer(signOutGrace)
	defer grace.Stop()
	select {
	case <-grace.C:
	case <-ctx.Done():
		return
	}
	token, err := s.console.Peek(ctx, of)
	if f := s.logins.get(of.ARN); ctx.Err() != nil || !f.missing.Equal(since) {
		return // it was back, or somebody has signed out here
	}
	if !errors.Is(err, consolesignin.ErrNoToken) {
		if s.noteToken(of, token, err) {
			s.view.publish()
		}
		return
	}
	gone := false
	s.logins.change(of.ARN, func(f *login) {
		if f.missing.Equal(since) {
			gone = !f.leaving
			f.token, f.has, f.missing = consolesignin.Token{}, false, time.Time{}
			f.isRenewed()
		}
	})
	if gone {
		s.cfg.Log.Info("signed out of the console by another program", "profile", of.Profile)
		s.followSignOut(ctx, of)
	}
	s.view.publish()
}

// followSignOut takes away what came from a sign-in that another program has ended. What
// is not sensitive comes back with the next one. Work that somebody waits for may go on: it
// asks for that.
func (s *consoleSigner) followSignOut(ctx context.Context, of consolesignin.Session) {
	done := s.writer.blockRenewals(s.view.usersOfLogin(of.ARN, "")...)
	taken := slices.DeleteFunc(s.heldOf(of.ARN, ""), func(name string) bool { return s.choices.leaseOf(name) > 0 })
	err := s.release(ctx, of.ARN, "")
	done()
	s.logins.owe(of.ARN, taken...)
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("credentials of a console sign-in that was ended stay", "profile", of.Profile, "err", err)
		s.problems.set(topicLogin(of.ARN), err)
	}
	s.give(of.ARN) // it may have come back meanwhile
}

// end ends a sign-in, at AWS and on this machine, with all that came from it. It does the
// rest even if AWS does not end it: the error then says so.
func (s *consoleSigner) end(ctx context.Context, of consolesignin.Session) error {
	setLeaving := func(leaving bool) { s.logins.change(of.ARN, func(f *login) { f.leaving = leaving }) }
	setLeaving(true)
	defer setLeaving(false)
	names := s.view.usersOfLogin(of.ARN, "")
	defer s.writer.blockRenewals(names...)()
	before := s.logins.get(of.ARN)
	err := s.flights.cancel(ctx, func(f about) bool {
		return f.login == of.ARN || slices.Contains(names, f.profile) || slices.Contains(names, f.base)
	})
	if err != nil {
		return err
	}
	// What is on this machine first: AWS may not answer.
	released := s.release(ctx, of.ARN, "")
	unrevoked, unremoved := s.console.End(ctx, s.placesOf(of)[0])
	if !before.isSilent(time.Now()) {
		unrevoked = nil // it had ended there before
	}
	s.readLogin(ctx, of)
	s.logins.change(of.ARN, (*login).isRenewed)
	s.problems.set(topicLogin(of.ARN), nil)
	s.view.publish()
	return errors.Join(unremoved, released, unrevoked)
}

// ofProfile returns the sign-in that is a profile's own.
func (s *consoleSigner) ofProfile(name string) (of consolesignin.Session, is bool) {
	c, err := s.resolver().Resolve(name)
	if err != nil || c.Source != creds.KindConsole || c.Base.Name != name || c.Base.LoginSession() == "" {
		return of, false
	}
	return s.loginOf(c.Base), true
}
