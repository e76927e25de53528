package core

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/safely"
	"daypass/internal/signin"
	"daypass/sso"
)

// signer signs people in to Identity Center, and follows the token cache that is shared
// with the AWS CLI and SDKs.
type signer struct {
	*owners
	asker   asker
	keeper  *keeper
	sweeper *sweeper
	signOut *signOut
}

// signInPrompt is what a person is asked where a session is to be signed in to.
func signInPrompt(to sso.Session, name string, o RefreshOptions) creds.Prompt {
	return creds.Prompt{
		Kind: creds.PromptSSO, SignIn: &creds.SignIn{Session: to.ID(), StartURL: to.StartURL}, Profile: name, Requester: o.Requester,
	}
}

// signIn has a person sign in, in one flight for all who need it.
func (s *signer) signIn(ctx context.Context, to sso.Session, name string, o RefreshOptions) error {
	if o.asksNobody() {
		return s.asker.mayAsk(name, signInPrompt(to, name, o), o)
	}
	_, _, err := s.flights.need(ctx, aboutSignIn(to.ID()), about{signIn: to.ID()}, func(ctx context.Context) (session, error) {
		return session{}, s.signInNow(ctx, to, name, o)
	})
	return err
}

func (s *signer) signInNow(ctx context.Context, to sso.Session, name string, o RefreshOptions) error {
	id := to.ID()
	defer s.asker.asking(aboutSignIn(id))()
	way, chosen := o.SignIn, s.choices.settings().SSO[id]
	way.Method, way.Place = cmp.Or(way.Method, chosen.SignIn), cmp.Or(way.Place, chosen.Place)
	var token sso.Token
	err := s.asker.settle(ctx, s.cfg.User.SignIn(ctx, SignInRequest{
		Kind: creds.PromptSSO, About: creds.SignIn{Session: id, StartURL: to.StartURL}, Profile: name, Options: way, Requester: o.Requester,
	}, func(ctx context.Context, way signin.Way) error {
		var err error
		token, err = s.sso.Authorize(ctx, to, way)
		return sso.Explain("", err)
	}))
	var unsaved error
	if err == nil {
		unsaved, err = s.useToken(ctx, to, token, name, o)
	}
	s.readToken(ctx, to)
	switch {
	case err == nil:
		s.signIns.change(id, (*signIn).isRenewed)
		s.problems.set(topicTokens(id), sso.Explain("", unsaved))
		s.signIns.forgetList(id) // it may now be another person's
		s.sweeper.start(to)
	case !errors.Is(err, context.Canceled) && !wentUnasked(err):
		s.signIns.change(id, func(f *signIn) { f.failed = creds.AsError(err) })
	}
	return err
}

// useToken puts the token of a sign-in into use once it is known to be the right
// person's.
func (s *signer) useToken(ctx context.Context, to sso.Session, token sso.Token, name string, o RefreshOptions) (unsaved, err error) {
	n := s.whose(ctx, to, token)
	if ctx.Err() == nil {
		err = s.welcome(ctx, to, n, name, o)
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		if err := s.sso.Discard(context.WithoutCancel(ctx), to, token); err != nil {
			s.cfg.Log.Warn("a sign-in that is not used goes on", "session", to.ID(), "err", err)
		}
		return nil, err
	}
	err = s.sso.Keep(ctx, to, token)
	if errors.Is(err, sso.ErrUnsaved) {
		unsaved, err = err, nil
	}
	if err == nil {
		s.settleIn(to, n)
	}
	return unsaved, sso.Explain("", err)
}

// signInAndRefresh does what [Manager.SignIn] says.
func (s *signer) signInAndRefresh(ctx context.Context, id string, o RefreshOptions) (creds.SSOLoginReply, error) {
	if err := s.keeper.load(ctx, o.Requester); err != nil {
		return creds.SSOLoginReply{}, err
	}
	to, err := s.findSession(id)
	if err != nil {
		return creds.SSOLoginReply{}, err
	}
	if err := s.mayServe(to); err != nil {
		return creds.SSOLoginReply{}, err
	}
	id = to.ID()
	signedIn := !o.Force
	if signedIn {
		_, err := s.sso.Token(ctx, to)
		if signedIn = err == nil; err != nil && !wantsSignIn(err) {
			return creds.SSOLoginReply{}, sso.Explain("", err)
		}
	}
	var all *sweep
	if signedIn {
		s.readToken(ctx, to)
		if err := s.admitCached(ctx, to, o); err != nil {
			return creds.SSOLoginReply{}, s.unlessSignedOut(ctx, id, sso.Explain("", err))
		}
		all = s.sweeper.start(to)
	} else {
		if err := s.signIn(ctx, to, "", o); err != nil {
			return creds.SSOLoginReply{}, s.unlessSignedOut(ctx, id, err)
		}
		all = s.signIns.get(id).swept // it may be over by now
	}
	select {
	case <-all.done:
	case <-ctx.Done():
		return creds.SSOLoginReply{}, ctx.Err()
	}
	refreshed, failed, broken := all.result()
	if broken {
		return creds.SSOLoginReply{}, signedOut(id)
	}
	return creds.SSOLoginReply{Session: s.view.session(to), Refreshed: refreshed, Failed: failed}, nil
}

// mayServe refuses, before a browser opens, a session whose scopes give nothing to the
// profiles that name its accounts. A session without such profiles is signed in to for
// its token, which other programs use.
func (s *signer) mayServe(to sso.Session) error {
	err := to.CheckScopes()
	if err == nil {
		return nil
	}
	for _, p := range s.files.set().Profiles {
		if p.HasSSO && p.SSO.Session == to.Name && p.SSO.AccountID != "" {
			return sso.Explain("", err)
		}
	}
	return nil
}

// withToken runs do, which needs an access token. If a person asked and has to sign in
// first, it opens the browser.
func (s *signer) withToken(ctx context.Context, of sso.Session, o RefreshOptions, do func() error) error {
	err := s.admitCached(ctx, of, o)
	if err == nil {
		err = do()
	}
	if wantsSignIn(err) {
		s.noteOver(ctx, of, err)
		if o.Requester.Surface == creds.SurfaceProgram || s.cfg.User == nil {
			return sso.Explain("", err)
		}
		if err := s.signIn(ctx, of, "", o); err != nil {
			return s.unlessSignedOut(ctx, of.ID(), err)
		}
		err = do()
	}
	return sso.Explain("", err)
}

// wantsSignIn reports whether a person must sign in, also because the token's file was
// damaged.
func wantsSignIn(err error) bool {
	return errors.Is(err, sso.ErrSignIn) || errors.Is(err, sso.ErrDamaged)
}

// unlessSignedOut explains a flight that was cancelled by none of those who wait for it.
func (s *signer) unlessSignedOut(ctx context.Context, id string, err error) error {
	if !errors.Is(err, context.Canceled) || ctx.Err() != nil {
		return err
	}
	if s.back.isOver() {
		return errEnded
	}
	return signedOut(id)
}

// findSession returns the SSO session of an ID, or of a start URL in another form.
func (o *owners) findSession(id string) (sso.Session, error) {
	o.reread()
	sessions := o.files.set().Sessions
	if s, ok := sessions[id]; ok {
		return s, nil
	}
	for _, other := range sessions {
		if slices.Contains(other.Spellings, id) {
			return other, nil
		}
	}
	if problem := o.problems.get(topicFiles); problem != nil {
		return sso.Session{}, problem
	}
	return sso.Session{}, creds.Errorf(creds.CodeNoSession, "there is no session %q in the AWS config file", id)
}

// rereadTokens reads the token cache.
func (s *signer) rereadTokens(ctx context.Context) {
	s.reread() // for sessions that are new
	sessions := s.files.set().Sessions
	s.signIns.startReading(sessions)
	changed := false
	for _, of := range sessions {
		token, err := s.sso.Peek(ctx, of)
		if ctx.Err() != nil {
			return
		}
		changed = s.noteToken(of, token, err) || changed
	}
	if changed {
		s.view.publish()
	}
}

// tokensFresh is how old the last look at the token cache may be when somebody asks for
// the state.
const tokensFresh = time.Second

func (s *signer) rereadTokensIfOld(ctx context.Context) {
	if time.Since(s.signIns.readAt()) >= tokensFresh {
		s.rereadTokens(ctx)
	}
}

// readToken is rereadTokens for one session.
func (s *signer) readToken(ctx context.Context, of sso.Session) {
	token, err := s.sso.Peek(context.WithoutCancel(ctx), of)
	if s.noteToken(of, token, err) {
		s.view.publish()
	}
}

// learnToken is readToken for a session without a known token: another program may
// have signed in.
func (s *signer) learnToken(ctx context.Context, of sso.Session) {
	if f := s.signIns.get(of.ID()); !f.has || !f.missing.IsZero() {
		s.readToken(ctx, of)
	}
}

// noteToken records what the token cache holds for a session, and reports whether that
// is news.
func (s *signer) noteToken(of sso.Session, token sso.Token, err error) (news bool) {
	id := of.ID()
	switch {
	case err == nil:
		rejected := s.sso.Rejected(of, token.AccessToken)
		renewed := false
		s.signIns.change(id, func(f *signIn) {
			now := time.Now()
			news = !f.has || !f.missing.IsZero() || f.token.AccessToken != token.AccessToken || !f.token.Expires.Equal(token.Expires)
			if f.unconfirmed() != nil && rejected {
				f.stranger.token = token.AccessToken // renewed, but still theirs
			}
			f.token, f.has, f.missing = token, true, time.Time{}
			if renewed = news && f.isSilent(now) || news && token.Expires.After(now); renewed {
				f.isRenewed()
			}
		})
		if renewed {
			s.problems.set(topicTokens(id), nil)
		}
		s.sweeper.giveBack(of)
	case errors.Is(err, sso.ErrNoToken):
		return s.signOut.noteNoToken(of)
	default:
		s.cfg.Log.Warn("a token was not read", "session", id, "err", err)
		damaged := errors.Is(err, sso.ErrDamaged)
		problem := error(&creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)})
		if damaged {
			problem = sso.Explain("", err)
		}
		news = s.problems.set(topicTokens(id), problem)
		s.signIns.change(id, func(f *signIn) {
			f.has, f.missing = false, time.Time{}
			if damaged {
				f.token = sso.Token{} // set aside by us: a missing file means nothing
			}
		})
	}
	return news
}

// noteOver records that a person must sign in, as err says. A session that another
// program has signed out of is not over, though.
func (s *signer) noteOver(ctx context.Context, of sso.Session, err error) {
	if errors.Is(err, sso.ErrNoToken) {
		s.readToken(ctx, of)
		return
	}
	news := false
	s.signIns.change(of.ID(), func(f *signIn) {
		if news = !f.over && f.has && !f.leaving; news {
			f.over = true
		}
	})
	if news {
		s.cfg.Log.Info("the session is over", "session", of.ID())
		s.view.publish()
	}
}

// renewTokenBefore is how long before its end a session's token is renewed. The client
// decides whether it is really time.
const renewTokenBefore = 20 * time.Minute

// planRenewals calls each with every session whose token is to be renewed, and when.
func (s *signer) planRenewals(now time.Time, each func(of sso.Session, at time.Time)) {
	for id, of := range s.files.set().Sessions {
		f := s.signIns.get(id)
		if !f.has || !f.missing.IsZero() || f.over || f.renewing || !f.token.Renewable(now) {
			continue
		}
		at := f.token.Expires.Add(-renewTokenBefore)
		if f.retry.After(at) {
			at = f.retry
		}
		each(of, at)
	}
}

// startRenewals renews the tokens that end soon, so that neither a profile nor a plain
// "aws" waits for it.
func (s *signer) startRenewals(now time.Time) {
	s.planRenewals(now, func(of sso.Session, at time.Time) {
		if at.After(now) {
			return
		}
		setRenewing := func(renewing bool) { s.signIns.change(of.ID(), func(f *signIn) { f.renewing = renewing }) }
		setRenewing(true)
		s.back.start("the renewal of a token", func(ctx context.Context) {
			defer s.view.wake()
			defer setRenewing(false) // also after a panic
			s.renewToken(ctx, of)
		})
	})
}

func (s *signer) renewToken(ctx context.Context, of sso.Session) {
	s.cfg.Log.Debug("renewing the token", "session", of.ID())
	err := safely.Do(s.cfg.Log, "the renewal of a token", func() error {
		_, err := s.sso.Token(ctx, of)
		if errors.Is(err, sso.ErrSignIn) {
			s.noteOver(ctx, of, err)
		}
		s.readToken(ctx, of)
		return err
	})
	s.signIns.change(of.ID(), func(f *signIn) {
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
			s.cfg.Log.Warn("a token was not renewed", "session", of.ID(), "err", err)
		}
	})
	s.view.publish()
}
