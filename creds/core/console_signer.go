package core

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/awsfile"
	"daypass/creds/consolesignin"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/internal/signin"
	"daypass/sso"
)

// consoleSigner signs people in to the console, keeps that alive, and follows the login
// cache that is shared with the AWS CLI and SDKs.
type consoleSigner struct {
	*owners
	asker     asker
	writer    *writer
	refresher *refresher
}

// errOtherLogin says that a profile names somebody else since a person signed in for it:
// what was asked for is asked for anew.
var errOtherLogin = lang.Error("the profile is signed in to the console as somebody else now")

// anewWithin is how long before its end a sign-in is replaced by a person who asks for new
// credentials.
const anewWithin = time.Hour

// dueBefore is how long before their end credentials are asked for anew. It is a little
// earlier than the client's own bound, so that the client finds them due.
const dueBefore = consolesignin.RenewBefore + time.Second

// credentials gets those of the sign-in that a chain starts from.
func (s *consoleSigner) credentials(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	of := s.loginOf(c.Base)
	of.Profile = c.Asked
	wanted := o.Force && !o.unattended
	least := max(dueBefore, leastFor(c, max(o.Duration, o.least)))
	if wanted {
		least = consolesignin.Lifetime // more than any has left
	}
	before := s.logins.get(of.ARN)
	anew := of.ARN == "" || wanted && endsWithin(before.token, anewWithin)
	for {
		if !anew {
			token, err := s.fresh(ctx, of, least)
			if err == nil || s.isGoodEnough(token, r, o) {
				return s.take(c, r, token)
			}
			if least == 0 || !wantsConsole(err) {
				return session{}, err
			}
		}
		ask := creds.Prompt{Kind: creds.PromptConsole, SignIn: &creds.SignIn{Identity: of.ARN}, Profile: c.Asked, Requester: o.Requester}
		if err := s.asker.mayAsk(c.Asked, ask, o); err != nil {
			return session{}, err
		}
		if err := s.signIn(ctx, c, before.token, o); err != nil {
			return session{}, err
		}
		anew, least = false, 0
	}
}

// endsWithin reports whether a sign-in is known to end so soon.
func endsWithin(t consolesignin.Token, soon time.Duration) bool {
	ends := t.Ends()
	return !ends.IsZero() && time.Until(ends) < soon
}

// wantsConsole reports whether a person must sign in, also because the file was damaged.
func wantsConsole(err error) bool {
	return errors.Is(err, consolesignin.ErrNoToken) || errors.Is(err, consolesignin.ErrOver) || errors.Is(err, consolesignin.ErrDamaged)
}

// fresh returns credentials that last, and records what came of it.
func (s *consoleSigner) fresh(ctx context.Context, of consolesignin.Session, least time.Duration) (consolesignin.Token, error) {
	token, err := s.freshSomewhere(ctx, of, least)
	switch {
	case err == nil || errors.Is(err, consolesignin.ErrUnsaved):
		s.readLogin(ctx, of)
		s.problems.set(topicLogin(of.ARN), err)
		err = nil
	case errors.Is(err, consolesignin.ErrOver) || creds.AsError(err).Code == creds.CodeDenied:
		s.noteOver(of, err)
	case wantsConsole(err):
		s.readLogin(ctx, of)
	}
	return token, err
}

// freshSomewhere asks for it in one region after the other.
func (s *consoleSigner) freshSomewhere(ctx context.Context, of consolesignin.Session, least time.Duration) (token consolesignin.Token, first error) {
	for n, at := range s.placesOf(of) {
		got, err := s.console.Fresh(ctx, at, least)
		switch {
		case n == 0:
			token, first = got, err
		case !errors.Is(err, consolesignin.ErrOver):
			token = got
		}
		if err == nil || errors.Is(err, consolesignin.ErrUnsaved) {
			s.logins.change(of.ARN, func(f *login) { f.at = at })
		}
		if !errors.Is(err, consolesignin.ErrOver) {
			return token, err
		}
	}
	return token, first
}

// isGoodEnough reports whether credentials that could not be renewed serve all the same:
// those that are newer than what is stored, and, until they end, any for a program.
func (s *consoleSigner) isGoodEnough(token consolesignin.Token, r request, o RefreshOptions) bool {
	if time.Until(token.Expires) < time.Minute {
		return false
	}
	return o.Requester.Surface.IsProgram() && !o.unattended || token.AccessKeyID != s.store.session(r).AccessKeyID && !o.Force
}

// take stores the session that a token is.
func (s *consoleSigner) take(c profile.Chain, r request, token consolesignin.Token) (session, error) {
	end := token.Expires.Add(-s.aws.FarOff()) // the cache has this machine's time
	one := session{
		request: r, AccessKeyID: token.AccessKeyID, SecretAccessKey: token.SecretAccessKey, SessionToken: token.SessionToken,
		Issued: end.Add(-consolesignin.Lifetime), Expires: end, AccountID: cmp.Or(token.AccountID, profile.AccountOf(token.ARN)),
	}
	if fault := one.fault(); fault != nil {
		return session{}, s.aws.Explain(awscall.PurposeOf(c, true), fault)
	}
	s.store.put(one)
	return one, nil
}

// signIn has a person sign in, in one flight for all who need it. It returns errOtherLogin
// if the profile that the chain starts from names somebody else since. before is the token
// that was known when that was needed.
func (s *consoleSigner) signIn(ctx context.Context, c profile.Chain, before consolesignin.Token, o RefreshOptions) error {
	key := loginKey(c.Base.LoginSession(), c.Base.Name)
	_, _, err := s.flights.need(ctx, aboutLogin(key), about{login: key, base: c.Base.Name}, func(ctx context.Context) (session, error) {
		// A flight that has just ended may have signed in.
		if now, err := s.holding(c.Asked); err == nil && now.chain.Base.LoginSession() != c.Base.LoginSession() {
			return session{}, errOtherLogin
		}
		if f := s.logins.get(key); f.isSilent(time.Now()) && f.token.AccessKeyID != before.AccessKeyID {
			return session{}, nil
		}
		return session{}, s.signInNow(ctx, c, o)
	})
	return err
}

func (s *consoleSigner) signInNow(ctx context.Context, c profile.Chain, o RefreshOptions) error {
	of := s.loginOf(c.Base)
	of.Profile = c.Asked
	key := loginKey(of.ARN, c.Base.Name)
	defer s.asker.asking(aboutLogin(key))()
	asked := c.Asked
	if of.ARN == "" {
		asked = c.Base.Name // by which those who wait for a role behind it know the question, too
	}
	var token consolesignin.Token
	err := s.asker.settle(ctx, s.cfg.User.SignIn(ctx, SignInRequest{
		Kind: creds.PromptConsole, About: creds.SignIn{Identity: of.ARN}, Profile: asked, Options: o.SignIn, Requester: o.Requester,
	}, func(ctx context.Context, way signin.Way) error {
		var err error
		token, err = s.console.Authorize(ctx, of, way)
		return err
	}))
	if err != nil {
		return err
	}
	released, err := s.welcome(ctx, of, c, token, o)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		if err := s.console.Discard(context.WithoutCancel(ctx), of, token); err != nil {
			s.cfg.Log.Warn("a sign-in that is not used goes on", "profile", c.Base.Name, "err", err)
		}
		return err
	}
	unsaved := s.console.Keep(ctx, token)
	if unsaved != nil && !errors.Is(unsaved, consolesignin.ErrUnsaved) {
		return unsaved
	}
	s.logins.change(token.ARN, func(f *login) {
		f.isRenewed()
		f.at = of
		f.at.ARN = token.ARN
	})
	s.cfg.Log.Info("signed in to the console", "profile", c.Base.Name)
	changed := token.ARN != of.ARN
	if changed {
		if err := s.nameLogin(of, c.Base, token); err != nil {
			return err
		}
	}
	of.ARN = token.ARN
	s.readLogin(ctx, of)
	s.problems.set(topicLogin(of.ARN), unsaved)
	s.logins.owe(of.ARN, append(released, s.lacking(of.ARN)...)...)
	s.logins.leave(c.Asked) // who waits for the sign-in gets them
	s.give(of.ARN)
	if changed {
		return errOtherLogin
	}
	return nil
}

// welcome accepts who has signed in if that is who the profile names, if it names nobody
// yet, or if a person confirms it. Then it removes what was given with the former sign-in,
// and returns the profiles that had it.
func (s *consoleSigner) welcome(ctx context.Context, of consolesignin.Session, c profile.Chain, token consolesignin.Token, o RefreshOptions) (released []string, err error) {
	if of.ARN == "" || of.ARN == token.ARN {
		return nil, nil
	}
	ask := creds.Prompt{
		Kind: creds.PromptPerson, Person: &creds.Person{Before: of.ARN, Now: token.ARN}, Profile: c.Base.Name, Requester: o.Requester,
	}
	if err := s.asker.mayAsk(c.Asked, ask, o); err != nil {
		return nil, err
	}
	yes := func(context.Context, creds.AnswerRequest) error { return nil } // there is no other answer
	if err := s.asker.settle(ctx, s.cfg.User.Ask(ctx, ask, yes)); err != nil {
		return nil, err
	}
	released = s.heldOf(of.ARN, c.Base.Name)
	defer s.writer.blockRenewals(released...)()
	err = s.flights.cancel(ctx, func(f about) bool { return slices.Contains(released, f.profile) && f.asked.unattended })
	if err == nil {
		err = s.release(ctx, of.ARN, c.Base.Name)
	}
	return released, err
}

// nameLogin writes to the config file who is signed in for a profile, and the region that
// is asked for them unless the profile has one.
func (s *consoleSigner) nameLogin(of consolesignin.Session, base profile.Profile, token consolesignin.Token) error {
	section := awsfile.Profile(base.Name)
	// Not a caller's context: somebody has signed in.
	err := awsfile.Update(s.back.life, awsfile.Config, s.cfg.Files.Config, func(f *awsfile.File) error {
		if err := f.Set(section, "login_session", token.ARN); err != nil || base.Region != "" {
			return err
		}
		return f.Set(section, "region", of.Region)
	})
	if err != nil {
		s.cfg.Log.Warn("who is signed in to the console was not written", "profile", base.Name, "err", err)
		return &creds.Error{
			Code: creds.AsError(profile.FileError(err)).Code,
			Message: lang.Sprintf("you are signed in to the console as %s, but %s was not changed to say so: %v",
				token.ARN, profile.SectionOf(base.Name), err),
			Advice: lang.Sprintf("Add this line to %s of %s: login_session = %s", profile.SectionOf(base.Name), s.cfg.Files.Config, token.ARN),
		}
	}
	s.republish()
	return nil
}

// heldOf returns the profiles of a sign-in that hold something: those that start from a
// base, or all for "".
func (s *consoleSigner) heldOf(arn, base string) []string {
	return slices.DeleteFunc(s.view.usersOfLogin(arn, base), func(name string) bool {
		_, isHeld := s.store.held(name)
		return !isHeld
	})
}

// release removes the credentials of a sign-in's profiles: of those that start from a base,
// or of all for "". It forgets those that no profile was given, and removes what the AWS
// CLI has cached of roles behind them: they would work without the sign-in.
func (s *consoleSigner) release(ctx context.Context, arn, base string) error {
	names := s.heldOf(arn, base)
	s.store.forget(func(origin string) bool {
		return profile.ComesFromLogin(origin, arn) && (base == "" || strings.HasPrefix(origin, profile.OriginPrefix(base)))
	})
	return errors.Join(s.writer.release(ctx, names...), s.forgetRoles(ctx, arn, base))
}

// forgetRoles removes what the AWS CLI has cached of the roles behind a sign-in.
func (s *consoleSigner) forgetRoles(ctx context.Context, arn, base string) error {
	if s.cfg.Roles == nil {
		return nil
	}
	assumed := s.assumedBy(s.view.usersOfLogin(arn, base))
	if len(assumed) == 0 {
		return nil
	}
	return sso.Explain("", s.cfg.Roles.Forget(ctx, sso.Session{Name: arn}, nil, assumed))
}

// lacking returns the profiles of a sign-in that a new one gives credentials: the signed
// in identity's own, and the roles behind it that hold something.
func (s *consoleSigner) lacking(arn string) []string {
	resolver := s.resolver()
	return slices.DeleteFunc(s.view.usersOfLogin(arn, ""), func(name string) bool {
		now, err := s.holdingBy(resolver, name)
		_, isHeld := s.store.held(name)
		return err != nil || s.isGiven(now) || len(now.chain.Roles) > 0 && !isHeld
	})
}

// isGiven reports whether a profile has what it can have.
func (o *owners) isGiven(now holding) bool {
	return now.isWritten() && now.session.lasts(o.aws.Now(), leastLeft(now.chain))
}

// give gives profiles what they are owed, once there is a sign-in that does without a
// person. The others get it when they are asked for.
func (s *consoleSigner) give(arn string) {
	f := s.logins.get(arn)
	if len(f.owed) == 0 || f.leaving || !f.isSilent(time.Now()) || s.back.isOver() {
		return
	}
	slots := make(chan struct{}, renewing)
	resolver := s.resolver()
	for _, name := range s.logins.giveOwed(arn) {
		now, err := s.holdingBy(resolver, name)
		if err != nil || s.departures.has(name) || s.choices.leaseOf(name) > 0 || s.isGiven(now) {
			s.logins.gave(arn, name)
			continue
		}
		started := s.back.start("the refresh of a profile", func(ctx context.Context) {
			defer s.logins.gave(arn, name)
			// finish has recorded a failure.
			_, _ = s.refresher.refreshProfile(ctx, name, now.chain, RefreshOptions{
				unattended: true, wanted: func(name string) bool { return s.logins.isGiving(arn, name) }, slots: slots,
			})
		})
		if !started {
			return
		}
	}
}
