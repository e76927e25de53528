package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/awscall"
	"daypass/creds/profile"
	"daypass/creds/words"
	"daypass/sso"
)

// signIn is what is known of one sign-in to Identity Center.
type signIn struct {
	// token is what the token cache holds; has is false if that is nothing.
	token sso.Token
	has   bool
	// over is set when there was a token and a person must sign in for the
	// next one.
	over     bool
	renewing bool
	failed   *creds.Error
	// failures counts the silent renewals that failed in a row; none is
	// tried before retry.
	failures int
	retry    time.Time
	// sweep is the refresh of all profiles after a sign-in, while it runs, and
	// swept the last one, over or not.
	sweep, swept *sweep
	// leaving is set while the session is being signed out.
	leaving bool
	// missing is since when the file of the token is gone, while that may still
	// be another program that replaces it.
	missing time.Time
	// taken are the profiles whose credentials went because another program
	// signed out: they get them again with a token. back gives them.
	taken map[string]bool
	back  *sweep
	// stranger is whom the token belongs to if that is another person than the
	// profiles do, who was not confirmed; see [signIn.unconfirmed].
	stranger stranger
}

// sweeps are those under way.
func (f *signIn) sweeps() []*sweep {
	return slices.DeleteFunc([]*sweep{f.sweep, f.back}, func(s *sweep) bool { return s == nil })
}

// silent reports whether the session can do without a person.
func (f *signIn) silent(now time.Time) bool {
	return f.has && f.missing.IsZero() && !f.over && f.unconfirmed() == nil && (f.token.Expires.After(now) || f.token.Renewable(now))
}

// signInOf is called with the lock held.
func (m *Manager) signInOf(id string) *signIn {
	f := m.signIns[id]
	if f == nil {
		f = &signIn{}
		m.signIns[id] = f
	}
	return f
}

// topicTokens is what problems of the token cache are about, each session's its
// own.
func topicTokens(id string) string { return "7 token " + id }

// askingSignIn is the key in [Manager.asking] for an open question about a sign-in.
func askingSignIn(id string) string { return "sign-in " + id }

// ssoSession gets the credentials of the account and role that a chain starts
// from.
func (m *Manager) ssoSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	base := c.Base.SSO
	s := base.SignIn()
	for attempt := 0; ; attempt++ {
		got, err := m.sso.RoleCredentials(ctx, s, base.AccountID, base.RoleName)
		if err == nil {
			if err := m.admit(ctx, s, c, got, o); err != nil {
				return session{}, err
			}
			one, err := m.ssoCredentials(c, r, got)
			if err != nil {
				return session{}, err
			}
			if lifetime := one.Expires.Sub(one.Issued); o.Duration > lifetime+time.Minute {
				one.Note = fmt.Sprintf("%s instead of %s: the permission set of Identity Center decides", words.Duration(lifetime.Round(time.Minute)), words.Duration(o.Duration))
			}
			m.remember(one)
			m.learnToken(ctx, s)
			return one, nil
		}
		if !wantsSignIn(err) || attempt > 0 {
			return session{}, sso.Explain(c.Subject(), err)
		}
		m.noteOver(ctx, s, err)
		if err := m.mayAsk(c.Asked, o); err != nil {
			return session{}, err
		}
		if err := m.signIn(ctx, s, c.Asked, o); err != nil {
			return session{}, err
		}
	}
}

// ssoCredentials makes a session of what the portal has given, if that can be one.
func (m *Manager) ssoCredentials(c profile.Chain, r request, got sso.Credentials) (session, error) {
	one := session{
		request: r, AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken,
		Issued: m.client.Now(), Expires: got.Expires, AccountID: c.Base.SSO.AccountID,
	}
	if fault := one.fault(); fault != nil {
		return session{}, m.client.Explain(awscall.PurposeOf(c, true), fault)
	}
	return one, nil
}

// signIn has a person sign in, in one flight for all who need it.
func (m *Manager) signIn(ctx context.Context, s sso.Session, profile string, o RefreshOptions) error {
	_, err := m.need(ctx, &flight{key: askingSignIn(s.ID()), signIn: s.ID()}, func(ctx context.Context) (session, error) {
		return session{}, m.signInNow(ctx, s, profile, o)
	})
	return err
}

func (m *Manager) signInNow(ctx context.Context, s sso.Session, profile string, o RefreshOptions) error {
	id := s.ID()
	m.ask(askingSignIn(id), +1)
	defer m.ask(askingSignIn(id), -1)
	way, chosen := o.SignIn, m.settings().SSO[id]
	way.Method, way.Place = cmp.Or(way.Method, chosen.SignIn), cmp.Or(way.Place, chosen.Place)
	var token sso.Token
	err := m.settle(ctx, m.cfg.User.SignIn(ctx, SignInRequest{
		Session: s, Profile: profile, Options: way, Requester: o.Requester,
	}, func(ctx context.Context, way sso.SignIn) error {
		var err error
		token, err = m.sso.Authorize(ctx, s, way)
		return sso.Explain("", err)
	}))
	var unsaved error
	if err == nil {
		unsaved, err = m.useToken(ctx, s, token, profile, o)
	}
	m.readToken(ctx, s)
	m.mu.Lock()
	f := m.signInOf(id)
	switch {
	case err == nil:
		f.over, f.failed, f.failures, f.retry = false, nil, 0, time.Time{}
		m.setProblem(topicTokens(id), sso.Explain("", unsaved))
		delete(m.lists, id) // it may be another person's by now
	case !errors.Is(err, context.Canceled) && !wentUnasked(err):
		f.failed = creds.AsError(err)
	}
	m.mu.Unlock()
	if err == nil {
		m.startSweep(s)
	}
	return err
}

// useToken puts the token of a sign-in into use, once it is known that it is the
// right person's.
func (m *Manager) useToken(ctx context.Context, s sso.Session, token sso.Token, profile string, o RefreshOptions) (unsaved, err error) {
	n := m.whose(ctx, s, token)
	if ctx.Err() == nil {
		err = m.welcome(ctx, s, n, profile, o)
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		if err := m.sso.Discard(context.WithoutCancel(ctx), s, token); err != nil {
			m.cfg.Log.Warn("a sign-in that is not used goes on", "session", s.ID(), "err", err)
		}
		return nil, err
	}
	err = m.sso.Keep(ctx, s, token)
	if errors.Is(err, sso.ErrUnsaved) {
		unsaved, err = err, nil
	}
	if err == nil {
		m.settleIn(s, n)
	}
	return unsaved, sso.Explain("", err)
}

// RereadTokens looks what the token cache holds. Whoever watches the folder
// calls it when something there has changed.
func (m *Manager) RereadTokens(ctx context.Context) {
	m.mu.Lock()
	m.tokensRead = time.Now()
	m.reread() // for sessions that are new
	m.tokensOf = m.files.Sessions
	sessions := slices.Collect(maps.Values(m.files.Sessions))
	m.mu.Unlock()
	changed := false
	for _, s := range sessions {
		token, err := m.sso.Peek(ctx, s)
		if ctx.Err() != nil {
			return
		}
		m.mu.Lock()
		changed = m.noteToken(s, token, err) || changed
		m.mu.Unlock()
	}
	if changed {
		m.mu.Lock()
		m.publish()
		m.mu.Unlock()
	}
}

// tokensFresh is how old what is known of the token cache may be when somebody
// asks for the state of things.
const tokensFresh = time.Second

func (m *Manager) rereadTokensIfOld(ctx context.Context) {
	m.mu.Lock()
	old := time.Since(m.tokensRead) >= tokensFresh
	m.mu.Unlock()
	if old {
		m.RereadTokens(ctx)
	}
}

// readToken is RereadTokens for one session.
func (m *Manager) readToken(ctx context.Context, s sso.Session) {
	token, err := m.sso.Peek(context.WithoutCancel(ctx), s)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.noteToken(s, token, err) {
		m.publish()
	}
}

// learnToken is readToken for a session that nothing was known of, since
// another program has signed in.
func (m *Manager) learnToken(ctx context.Context, s sso.Session) {
	m.mu.Lock()
	f := m.signInOf(s.ID())
	known := f.has && f.missing.IsZero()
	m.mu.Unlock()
	if !known {
		m.readToken(ctx, s)
	}
}

// noteToken notes what the token cache holds for a session, and reports whether
// that is news. It is called with the lock held.
func (m *Manager) noteToken(s sso.Session, token sso.Token, err error) (news bool) {
	id := s.ID()
	f := m.signInOf(id)
	now := time.Now()
	switch {
	case err == nil:
		news = !f.has || !f.missing.IsZero() || f.token.AccessToken != token.AccessToken || !f.token.Expires.Equal(token.Expires)
		if f.unconfirmed() != nil && m.sso.Rejected(s, token.AccessToken) {
			f.stranger.token = token.AccessToken // renewed, and theirs still
		}
		f.token, f.has, f.missing = token, true, time.Time{}
		if news && f.silent(now) || news && token.Expires.After(now) {
			f.over, f.failed, f.failures, f.retry = false, nil, 0, time.Time{}
			m.setProblem(topicTokens(id), nil)
		}
		m.giveBackLocked(s)
	case errors.Is(err, sso.ErrNoToken):
		return m.noteNoTokenLocked(s)
	default:
		m.cfg.Log.Warn("a token was not read", "session", id, "err", err)
		problem := error(&creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)})
		if errors.Is(err, sso.ErrDamaged) {
			problem = sso.Explain("", err)
		}
		news = m.setProblem(topicTokens(id), problem)
		f.has, f.missing = false, time.Time{}
		if errors.Is(err, sso.ErrDamaged) {
			f.token = sso.Token{} // set aside by us: that its file is gone means nothing
		}
	}
	return news
}

// noteOver notes that a person must sign in, as err says. A session that another
// program has signed out is not over, though.
func (m *Manager) noteOver(ctx context.Context, s sso.Session, err error) {
	if errors.Is(err, sso.ErrNoToken) {
		m.readToken(ctx, s)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.signInOf(s.ID())
	if f.over || !f.has || f.leaving {
		return
	}
	f.over = true
	m.cfg.Log.Info("the session is over", "session", s.ID())
	m.publish()
}

// findSession returns the session of an ID, or of a start URL in another form.
func (m *Manager) findSession(id string) (sso.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread()
	s, ok := m.files.Sessions[id]
	for _, other := range m.files.Sessions {
		if !ok && slices.Contains(other.Spellings, id) {
			return other, nil
		}
	}
	if !ok {
		if problem, broken := m.problems[topicFiles]; broken {
			return s, &problem
		}
		return s, creds.Errorf(creds.CodeNoSession, "there is no session %q in the AWS config file", id)
	}
	return s, nil
}

// SignIn signs in to a session of Identity Center, unless it lasts, and
// refreshes its profiles.
func (m *Manager) SignIn(ctx context.Context, id string, o RefreshOptions) (creds.SSOLoginReply, error) {
	if err := m.load(ctx, o.Requester); err != nil {
		return creds.SSOLoginReply{}, err
	}
	s, err := m.findSession(id)
	if err != nil {
		return creds.SSOLoginReply{}, err
	}
	if err := m.mayServe(s); err != nil {
		return creds.SSOLoginReply{}, err
	}
	id = s.ID()
	signedIn := !o.Force
	if signedIn {
		_, err := m.sso.Token(ctx, s)
		if signedIn = err == nil; err != nil && !wantsSignIn(err) {
			return creds.SSOLoginReply{}, sso.Explain("", err)
		}
	}
	var all *sweep
	if signedIn {
		m.readToken(ctx, s)
		if err := m.admitCached(ctx, s, o); err != nil {
			return creds.SSOLoginReply{}, m.unlessSignedOut(ctx, id, sso.Explain("", err))
		}
		all = m.startSweep(s)
	} else {
		if err := m.signIn(ctx, s, "", o); err != nil {
			return creds.SSOLoginReply{}, m.unlessSignedOut(ctx, id, err)
		}
		m.mu.Lock()
		all = m.signInOf(id).swept // it may be over by now
		m.mu.Unlock()
	}
	select {
	case <-all.done:
	case <-ctx.Done():
		return creds.SSOLoginReply{}, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if all.broken {
		return creds.SSOLoginReply{}, signedOut(id)
	}
	return creds.SSOLoginReply{Session: m.session(s), Refreshed: all.refreshed, Failed: all.failed}, nil
}

// mayServe refuses a session whose scopes give nothing to the profiles that name an
// account of it, before a browser opens. One that has no such profile is signed in to
// for its token, which other programs use.
func (m *Manager) mayServe(s sso.Session) error {
	err := s.CheckScopes()
	if err == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.files.Profiles {
		if p.HasSSO && p.SSO.Session == s.Name && p.SSO.AccountID != "" {
			return sso.Explain("", err)
		}
	}
	return nil
}

// wantsSignIn reports whether a person must sign in, be it because the token's
// file was damaged.
func wantsSignIn(err error) bool {
	return errors.Is(err, sso.ErrSignIn) || errors.Is(err, sso.ErrDamaged)
}

// unlessSignedOut says why a flight was cancelled that nobody who waits has
// cancelled.
func (m *Manager) unlessSignedOut(ctx context.Context, id string, err error) error {
	if !errors.Is(err, context.Canceled) || ctx.Err() != nil {
		return err
	}
	if m.life.Err() != nil {
		return errEnded
	}
	return signedOut(id)
}

// session returns what the world is told of a session. It is called with the
// lock held.
func (m *Manager) session(s sso.Session) creds.Session {
	id := s.ID()
	out := creds.Session{
		ID: id, StartURL: s.StartURL, Region: s.Region, Legacy: s.Legacy(),
		Profiles: len(m.hanging[id]), Phase: creds.PhaseIdle, Person: m.personOfLocked(s),
	}
	f := m.signIns[id]
	if f == nil {
		return out
	}
	if f.has {
		out.Expires, out.Renewable = f.token.Expires, f.token.Renewable(time.Now())
	}
	out.Over = f.over
	if f.sweep != nil {
		out.Done, out.Total = f.sweep.count, f.sweep.total
	}
	switch {
	case m.asking[askingSignIn(id)] > 0:
		out.Phase = creds.PhaseNeedsSSO
	case f.unconfirmed() != nil:
		out.Stranger = f.unconfirmed()
		out.Phase, out.Err = creds.PhaseFailed, unconfirmed(*out.Stranger)
	case f.failed != nil:
		out.Phase, out.Err = creds.PhaseFailed, f.failed
	}
	return out
}

// withToken does what needs an access token. Where a person must sign in first,
// one who asked is taken to the browser.
func (m *Manager) withToken(ctx context.Context, s sso.Session, o RefreshOptions, do func() error) error {
	err := m.admitCached(ctx, s, o)
	if err == nil {
		err = do()
	}
	if wantsSignIn(err) {
		m.noteOver(ctx, s, err)
		if o.Requester.Surface == creds.SurfaceProgram || m.cfg.User == nil {
			return sso.Explain("", err)
		}
		if err := m.signIn(ctx, s, "", o); err != nil {
			return m.unlessSignedOut(ctx, s.ID(), err)
		}
		err = do()
	}
	return sso.Explain("", err)
}
