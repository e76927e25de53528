package core

import (
	"context"
	"errors"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/sso"
)

// signOut ends SSO sessions, and follows other programs that do.
type signOut struct {
	*owners
	keeper  *keeper
	writer  *writer
	signer  *signer
	sweeper *sweeper
}

func signedOut(id string) error {
	return creds.Errorf(creds.CodeDeclined, "the session %q was signed out meanwhile", id)
}

// end does what [Manager.SignOut] says.
func (s *signOut) end(ctx context.Context, id string) error {
	if err := s.keeper.load(ctx, creds.Requester{}); err != nil {
		return err
	}
	of, err := s.findSession(id)
	if err != nil {
		return err
	}
	id = of.ID()
	s.signIns.change(id, func(f *signIn) { f.leaving = true })
	defer s.signIns.change(id, func(f *signIn) { f.leaving = false })
	names := s.view.usersOf(id)
	defer s.writer.blockRenewals(names...)()
	if err = s.cancel(ctx, id); err == nil {
		err = s.flights.cancel(ctx, func(f about) bool { return slices.Contains(names, f.profile) || slices.Contains(names, f.base) })
	}
	if err != nil {
		return err
	}
	unsaid := s.sso.Logout(ctx, of)
	s.signer.readToken(ctx, of)
	s.signIns.change(id, func(f *signIn) { f.over, f.failed = false, nil })
	s.problems.set(topicTokens(id), nil)
	return errors.Join(sso.Explain("", unsaid), s.releaseSession(ctx, of))
}

// cancel cancels what is under way for sessions, except the refreshes of single
// profiles. The sign-in comes first, as one that succeeds begins a sweep.
func (s *signOut) cancel(ctx context.Context, ids ...string) error {
	err := s.flights.cancel(ctx, func(f about) bool { return slices.Contains(ids, f.signIn) })
	for _, id := range ids {
		s.sweeper.stop(id)
	}
	return err
}

// heldOf returns the profiles of a session that hold something.
func (s *signOut) heldOf(id string) []string {
	return slices.DeleteFunc(s.view.usersOf(id), func(name string) bool {
		_, ok := s.store.held(name)
		return !ok
	})
}

// releaseSession removes the credentials of a session's profiles, and forgets those that
// no profile was given: they would work without a sign-in.
func (s *signOut) releaseSession(ctx context.Context, of sso.Session) error {
	names := s.heldOf(of.ID())
	s.store.forget(func(origin string) bool { return profile.ComesFrom(origin, of.ID()) })
	return errors.Join(s.writer.release(ctx, names...), s.forgetRoles(ctx, of))
}

// forgetRoles removes what the AWS CLI has cached of a session's roles and of those
// behind them: it would go on using that.
func (s *signOut) forgetRoles(ctx context.Context, of sso.Session) error {
	if s.cfg.Roles == nil {
		return nil
	}
	grants, assumed := s.rolesOf(of.ID())
	s.signIns.forgetList(of.ID())
	return sso.Explain("", s.cfg.Roles.Forget(ctx, of, grants, assumed))
}

// rolesOf returns the roles that a session is known to give, from profiles and the last
// list of accounts, and those that profiles assume with them.
func (s *signOut) rolesOf(id string) (grants []sso.Grant, assumed []sso.AssumedRole) {
	for _, p := range s.files.set().Profiles {
		if p.SSOSession() == id && p.SSO.AccountID != "" {
			grants = append(grants, sso.Grant{AccountID: p.SSO.AccountID, RoleName: p.SSO.RoleName})
		}
	}
	list, _ := s.signIns.list(id)
	for _, account := range list.accounts {
		for _, role := range account.Roles {
			grants = append(grants, sso.Grant{AccountID: account.ID, RoleName: role})
		}
	}
	return grants, s.assumedBy(s.view.usersOf(id))
}

// assumedBy returns the roles that profiles assume.
func (o *owners) assumedBy(names []string) (assumed []sso.AssumedRole) {
	all := o.resolver()
	for _, name := range names {
		c, _ := all.Resolve(name) // even a partly resolved chain is of use
		for _, r := range c.Roles {
			p := r.Profile
			assumed = append(assumed, sso.AssumedRole{
				ARN: p.RoleARN, SessionName: p.SessionName, ExternalID: p.ExternalID, MFASerial: p.MFASerial, Duration: p.Duration,
			})
		}
	}
	return assumed
}

// signOutGrace is how long a token's file must be gone before it counts as another
// program's sign-out: some replace it in two steps.
const signOutGrace = 5 * time.Second

// noteNoToken records that the token cache holds no token for a session, and reports
// whether that is news.
func (s *signOut) noteNoToken(of sso.Session) (news bool) {
	now := time.Now()
	var token sso.Token
	awaits := false
	ending := s.back.isOver()
	s.signIns.change(of.ID(), func(f *signIn) {
		switch {
		case f.token.IsZero() || f.over || f.leaving || !f.token.Expires.After(now) || ending:
			news = f.has
			f.token, f.has, f.missing = sso.Token{}, false, time.Time{}
		case f.missing.IsZero():
			f.missing, token, awaits = now, f.token, true
		}
	})
	if awaits {
		s.back.start("the wait for a token", func(ctx context.Context) {
			defer s.view.wake()
			s.awaitToken(ctx, of, token, now)
		})
	}
	return news
}

// awaitToken follows another program's sign-out unless the token comes back. It does not
// wait for one that AWS refuses.
func (s *signOut) awaitToken(ctx context.Context, of sso.Session, token sso.Token, since time.Time) {
	grace, cancel := context.WithTimeout(ctx, signOutGrace)
	defer cancel()
	if !s.sso.Refused(grace, of, token) {
		<-grace.Done()
	}
	back, err := s.sso.Peek(ctx, of)
	if ctx.Err() != nil || !s.isSignedOut(of, back, err, since) {
		return
	}
	s.cfg.Log.Info("signed out by another program", "session", of.ID())
	s.follow(ctx, of)
}

// isSignedOut reports whether a token that has been missing since then is gone for good,
// by what the token cache holds now.
func (s *signOut) isSignedOut(of sso.Session, token sso.Token, err error, since time.Time) bool {
	if f := s.signIns.get(of.ID()); !f.missing.Equal(since) {
		return false // it was back, or somebody has signed out here
	}
	if !errors.Is(err, sso.ErrNoToken) {
		if s.signer.noteToken(of, token, err) {
			s.view.publish()
		}
		return false
	}
	gone := false
	s.signIns.change(of.ID(), func(f *signIn) {
		if f.missing.Equal(since) {
			gone = !f.over && !f.leaving
			f.token, f.has, f.missing = sso.Token{}, false, time.Time{}
		}
	})
	s.view.publish()
	return gone
}

// follow does what another program's sign-out of a session requires. Work that somebody
// waits for may go on: it asks for the next sign-in.
func (s *signOut) follow(ctx context.Context, of sso.Session) {
	id := of.ID()
	stay := s.writer.blockRenewals(s.view.usersOf(id)...)
	s.sweeper.stop(id)
	taken := map[string]bool{}
	for _, name := range s.heldOf(id) {
		taken[name] = s.choices.leaseOf(name) == 0
	}
	err := s.releaseSession(ctx, of)
	stay()
	s.signIns.change(id, func(f *signIn) { f.taken = taken })
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("credentials of a session that was signed out stay", "session", id, "err", err)
		s.problems.set(topicTokens(id), err)
		s.view.publish()
	}
	s.sweeper.giveBack(of) // the token may have come back meanwhile
}
