package core

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/sso"
)

func signedOut(id string) error {
	return creds.Errorf(creds.CodeDeclined, "the session %q was signed out meanwhile", id)
}

// SignOut ends a session at AWS and forgets its token, and the credentials of
// all its profiles.
func (m *Manager) SignOut(ctx context.Context, id string) error {
	if err := m.load(ctx, creds.Requester{}); err != nil {
		return err
	}
	s, err := m.findSession(id)
	if err != nil {
		return err
	}
	id = s.ID()
	m.mu.Lock()
	f := m.signInOf(id)
	f.leaving = true
	names := slices.Clone(m.hanging[id])
	m.mu.Unlock()
	defer m.depart(names...)()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		f.leaving = false
	}()
	if err = m.endSignIns(ctx, id); err == nil {
		err = m.ground(ctx, func(f *flight) bool { return slices.Contains(names, f.profile) || slices.Contains(names, f.base) })
	}
	if err != nil {
		return err
	}
	told := m.sso.Logout(ctx, s)
	m.readToken(ctx, s)
	m.mu.Lock()
	f.over, f.failed = false, nil
	m.setProblem(topicTokens(id), nil)
	m.mu.Unlock()
	return errors.Join(sso.Explain("", told), m.releaseSession(ctx, s))
}

// heldOf returns the profiles of a session that hold something.
func (m *Manager) heldOf(id string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for _, name := range m.hanging[id] {
		if _, ok := m.store.Held[name]; ok {
			names = append(names, name)
		}
	}
	return names
}

// releaseSession takes the credentials of a session's profiles away, and forgets
// those that no profile was given: they would do without a sign-in.
func (m *Manager) releaseSession(ctx context.Context, s sso.Session) error {
	id := s.ID()
	names := m.heldOf(id)
	m.mu.Lock()
	maps.DeleteFunc(m.store.Sessions, func(origin string, _ []session) bool { return profile.ComesFrom(origin, id) })
	m.mu.Unlock()
	return errors.Join(m.release(ctx, names...), m.forgetRoles(ctx, s))
}

// signOutGrace is how long a token's file must be gone until that means that
// another program has signed out: some replace it in two steps.
const signOutGrace = 5 * time.Second

// noteNoTokenLocked notes that the token cache holds no token for a session, and
// reports whether that is news.
func (m *Manager) noteNoTokenLocked(s sso.Session) (news bool) {
	f := m.signInOf(s.ID())
	now := time.Now()
	switch {
	case f.token.IsZero() || f.over || f.leaving || !f.token.Expires.After(now) || m.life.Err() != nil:
		news = f.has
		f.token, f.has, f.missing = sso.Token{}, false, time.Time{}
	case f.missing.IsZero():
		f.missing = now
		token := f.token
		m.startLocked("the wait for a token", func(ctx context.Context) { m.awaitToken(ctx, s, token, now) }, func() {})
	}
	return news
}

// awaitToken follows another program's sign-out, unless the token comes back. One
// that AWS refuses is not waited for.
func (m *Manager) awaitToken(ctx context.Context, s sso.Session, token sso.Token, since time.Time) {
	grace, cancel := context.WithTimeout(ctx, signOutGrace)
	defer cancel()
	if !m.sso.Refused(grace, s, token) {
		<-grace.Done()
	}
	back, err := m.sso.Peek(ctx, s)
	if ctx.Err() != nil || !m.isSignedOut(s, back, err, since) {
		return
	}
	m.cfg.Log.Info("signed out by another program", "session", s.ID())
	m.followSignOut(ctx, s)
}

// isSignedOut reports whether a token that has been missing since a moment is gone
// for good, by what the token cache holds now.
func (m *Manager) isSignedOut(s sso.Session, token sso.Token, err error, since time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.signInOf(s.ID())
	if !f.missing.Equal(since) {
		return false // it was back, or somebody has signed out here
	}
	if !errors.Is(err, sso.ErrNoToken) {
		if m.noteToken(s, token, err) {
			m.publish()
		}
		return false
	}
	gone := !f.over && !f.leaving
	f.token, f.has, f.missing = sso.Token{}, false, time.Time{}
	m.publish()
	return gone
}

// followSignOut does after another program has signed out of a session. What a
// person or a program waits for at this moment may go on: it asks for the next
// sign-in.
func (m *Manager) followSignOut(ctx context.Context, s sso.Session) {
	id := s.ID()
	m.mu.Lock()
	names := slices.Clone(m.hanging[id])
	m.mu.Unlock()
	stay := m.depart(names...)
	m.stopSweep(id)
	taken := map[string]bool{}
	for _, name := range m.heldOf(id) {
		taken[name] = m.leaseOf(name) == 0
	}
	err := m.releaseSession(ctx, s)
	stay()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.signInOf(id).taken = taken
	if err != nil && ctx.Err() == nil {
		m.cfg.Log.Warn("credentials of a session that was signed out stay", "session", id, "err", err)
		m.setProblem(topicTokens(id), err)
		m.publish()
	}
	m.giveBackLocked(s) // the token may have come back meanwhile
}

// giveBackLocked gives profiles credentials again that another program's sign-out
// has taken, once there is a token. A sign-in that is under way does so itself.
func (m *Manager) giveBackLocked(s sso.Session) {
	id := s.ID()
	f := m.signInOf(id)
	if len(f.taken) == 0 || f.back != nil || f.leaving || !f.silent(time.Now()) || m.asking[askingSignIn(id)] > 0 || m.life.Err() != nil {
		return
	}
	chains := m.toSweep(id)
	maps.DeleteFunc(chains, func(name string, _ profile.Chain) bool { return !f.taken[name] })
	f.taken = nil
	if len(chains) > 0 {
		m.cfg.Log.Info("a token is back: the credentials are renewed that went with it", "session", id, "profiles", len(chains))
		m.runSweepLocked(&f.back, id, chains, func(context.Context) {})
	}
}
