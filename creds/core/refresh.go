package core

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/internal/safely"
	"daypass/internal/words"
)

// RefreshOptions say what kind of refresh is wanted.
type RefreshOptions struct {
	// Duration of the session; zero takes the profile's own or the default.
	Duration time.Duration
	// Force asks for new credentials even if the present ones last.
	Force bool
	// Keep leaves credentials that are still valid as they are, however long they last.
	Keep bool
	// SignIn is how the person would sign in, if that is needed.
	SignIn creds.SignInOptions
	// Requester is who asked; a prompt shows it.
	Requester creds.Requester
	// consent is set if a person must first allow the program to have the profile, and keeps
	// if the program gets what the end of the lease does not reach.
	consent, keeps bool
	// least is how long the credentials must last at least; zero leaves that to daypass.
	least time.Duration
	// slots, unless nil, bounds how many refreshes ask AWS at the same time. Writing
	// needs no slot: what waits is written together.
	slots chan struct{}
	// key, unless nil, is one that the request has brought, and that is stored nowhere.
	key *creds.LongTermKey
	// unattended work asks nobody: it stops where a person would be needed.
	unattended bool
	// wanted is set for work that nobody asked for. A profile of which it says no has
	// been logged out, and is given nothing.
	wanted func(name string) bool
}

// refresher gives profiles credentials that last, and writes them.
type refresher struct {
	*owners
	asker  asker
	keeper *keeper
	issuer *issuer
	writer *writer
}

// refresh returns what the profile got; see [Manager.Refresh].
func (r *refresher) refresh(ctx context.Context, name string, o RefreshOptions) (session, error) {
	if o.Duration != 0 && (o.Duration < creds.MinSession || o.Duration > creds.MaxSession) {
		return session{}, creds.Errorf(creds.CodeBadRequest, "a session lasts from 15 minutes to 36 hours, not %s", words.Duration(o.Duration))
	}
	now, err := r.prepare(ctx, name, o.Requester)
	if err != nil {
		return session{}, err
	}
	if len(now.chain.Roles) > 0 && o.Duration > creds.MaxRole {
		return session{}, creds.Errorf(creds.CodeBadRequest, "a role's session lasts 12 hours at most, not %s", words.Duration(o.Duration))
	}
	if err := r.writer.mayBeWritten(ctx, name, now.chain, o); err != nil {
		return session{}, err
	}
	o.consent = r.asker.wantsConsent(now, o.Requester) || r.wouldProlong(now, o)
	r.touch(name)
	if r.activity.get(name).refreshing || o.Force || r.choices.leaseOf(name) > 0 || !r.satisfies(now, o) {
		return r.refreshProfile(ctx, name, now.whole, o)
	}
	return now.session, nil
}

// satisfies reports whether a profile already has what a refresh would give it.
func (r *refresher) satisfies(now holding, o RefreshOptions) bool {
	if o.Keep && now.isWritten() && now.session.usable(r.aws.Now()) {
		return true
	}
	if !r.isGiven(now) || !r.lastsFor(now, o.least) || now.session.shorter(o.Duration) || !now.session.lasts(r.aws.Now(), leastFor(now.chain, o.Duration)) {
		return false
	}
	if o.Duration == 0 {
		return now.held.Chosen || now.held.request == now.own
	}
	chosen, err := r.request(now.chain, o.Duration)
	return err == nil && now.held.request == chosen
}

// prepare reads what a refresh needs and returns what the profile has.
func (r *refresher) prepare(ctx context.Context, name string, by creds.Requester) (holding, error) {
	if err := r.keeper.load(ctx, by); err != nil {
		return holding{}, err
	}
	r.reread()
	now, err := r.holding(name)
	if busy := r.moving(append(now.chain.Names(), name)...); busy != nil {
		return now, busy
	}
	if err == nil && creds.IsWithin(by.Within, now.chain.Base.Name) {
		return now, errCircle(now.chain)
	}
	if _, known := r.files.set().Profiles[name]; !known {
		if problem := r.problems.get(topicFiles); problem != nil {
			return now, problem
		}
	}
	if problem := r.problems.get(topicSessions); err != nil && problem != nil && problem.Code == creds.CodeKeyringUnavailable {
		// The profile may lack nothing but the keyring that it was in.
		return now, problem
	}
	return now, err
}

// credentials returns credentials for a program; see [Manager.Credentials].
func (r *refresher) credentials(ctx context.Context, name string, o RefreshOptions) (creds.Credentials, error) {
	if got, ok := r.atHand(name, o.least); ok {
		return got, nil
	}
	by := o.Requester
	if err := r.keeper.load(ctx, by); err != nil {
		return creds.Credentials{}, err
	}
	r.reread()
	if of := r.named(name); of != name {
		return r.credentials(ctx, of, o)
	}
	now, err := r.prepare(ctx, name, by)
	if err != nil {
		return creds.Credentials{}, err
	}
	r.touch(name)
	f := r.activity.get(name)
	switch {
	case r.asker.wantsConsent(now, by) || r.wouldProlong(now, o):
		o.consent = true
	case r.lastsFor(now, o.least) && now.session.left(r.aws.Now()) > max(time.Minute, leastLeft(now.chain)):
		// Old credentials serve until they end: nobody waits for newer ones, and nobody
		// is asked.
		fresh := now.session.servable(r.aws.Now(), leastLeft(now.chain))
		sensitive, resting := r.choices.leaseOf(name) > 0, f.retry.After(time.Now())
		if !sensitive && !resting && (!fresh || !now.isWritten()) {
			r.startRefresh(name, now.chain, now.own, RefreshOptions{Requester: by, Force: !fresh, unattended: true})
		}
		return r.forProgram(now, now.session), nil
	}
	if f.failed != nil && time.Since(f.failedAt) <= failureLasts && by.Surface.IsProgram() {
		return creds.Credentials{}, f.failed
	}
	got, err := r.refreshProfile(ctx, name, now.whole, o)
	if err != nil && !needsNoFile(got, err, r.aws.Now()) {
		return creds.Credentials{}, err
	}
	now.held, _ = r.store.held(name)
	return r.forProgram(now, got), nil
}

// failureLasts is how long a program that asks again gets the same answer:
// SDKs retry at once, and AWS need not be asked each time.
const failureLasts = 5 * time.Second

// atHand serves a request that needs no work: it stats the two AWS files and looks up a
// map.
func (r *refresher) atHand(name string, least time.Duration) (creds.Credentials, bool) {
	r.reread()
	now, err := r.holding(name)
	if err != nil || !now.isWritten() || !r.lastsFor(now, least) || !now.session.servable(r.aws.Now(), leastLeft(now.chain)) {
		return creds.Credentials{}, false
	}
	r.touch(name)
	return r.forProgram(now, now.session), true
}

// touch records that a profile is in use. That is published once a minute, which is
// enough for menus.
func (r *refresher) touch(name string) {
	now := time.Now()
	if !r.activity.get(name).requested {
		r.activity.change(name, func(f *facts) { f.requested = true })
		r.view.wake() // it may be renewed silently from now on
	}
	if !r.store.use(name, now) {
		return
	}
	due := false
	r.activity.change(name, func(f *facts) {
		if due = now.Sub(f.usePublished) > time.Minute; due {
			f.usePublished = now
		}
	})
	if due {
		r.view.publish()
	}
}

func (r *refresher) forProgram(now holding, s session) creds.Credentials {
	return creds.Credentials{
		AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken,
		// Programs use this machine's clock.
		Expires: now.held.ends(s.Expires.Add(r.aws.FarOff())), AccountID: s.AccountID, Region: now.chain.Region,
	}
}

// refreshProfile obtains a session for a profile and writes it to the credentials file. If
// a person has changed who the profile is signed in as, it takes what the files say then.
func (r *refresher) refreshProfile(ctx context.Context, name string, c profile.Chain, o RefreshOptions) (session, error) {
	one, err := r.refreshOrAlone(ctx, name, c, o)
	if !errors.Is(err, errOtherLogin) {
		return one, err
	}
	now, err := r.holding(name)
	if err != nil {
		return session{}, err
	}
	o.Force, o.consent = false, false
	if one, err = r.refreshOrAlone(ctx, name, now.whole, o); errors.Is(err, errOtherLogin) {
		err = profile.ChangedMeanwhile(name)
	}
	return one, err
}

// refreshOrAlone is refreshProfile by one chain, or by the key of that alone. If nobody can be asked for a code, and the device is the user's and not the role's
// own, it uses the key alone, as the AWS CLI does.
func (r *refresher) refreshOrAlone(ctx context.Context, name string, c profile.Chain, o RefreshOptions) (session, error) {
	one, err := r.refreshBy(ctx, name, c, o)
	if err == nil || !c.MFAOfSource {
		return one, err
	}
	if creds.AsError(err).Code != creds.CodeNobodyToAsk && (o.unattended || !errors.Is(err, errNeedsPerson)) {
		return one, err
	}
	return r.refreshBy(ctx, name, c.WithKeyAlone(), o)
}

// refreshBy is refreshProfile by one chain, in one flight for all who ask for the same.
// Whoever asks for something else waits until that flight has ended: of two that write
// to one section the last to finish would win, not the last that was asked for.
func (r *refresher) refreshBy(ctx context.Context, name string, c profile.Chain, o RefreshOptions) (session, error) {
	wanted, err := r.request(c, o.Duration)
	if err != nil {
		return session{}, err
	}
	asked := false
	for {
		f := r.startRefresh(name, c, wanted, o)
		one, err := f.wait(ctx)
		switch {
		case ctx.Err() != nil:
			return one, err
		case errors.Is(err, context.Canceled) && r.back.isOver():
			return one, errEnded
		case errors.Is(err, context.Canceled) && r.moving(name) != nil:
			return one, r.moving(name)
		case errors.Is(err, context.Canceled):
			return one, creds.Errorf(creds.CodeDeclined, "profile %q was logged out meanwhile", name)
		case errors.Is(err, errNeedsPerson) && !o.asksNobody() && !asked:
			asked = true // silent work was joined, here or on the way
		case errors.Is(err, errEnded) || f.about.serves(wanted, o):
			return one, err
		}
	}
}

// serves reports whether a profile's flight does what a refresh asks for.
func (a about) serves(r request, o RefreshOptions) bool {
	if o.Force && !a.asked.Force && !o.unattended {
		return false
	}
	if o.least > a.asked.least || o.consent && o.keeps && !a.asked.keeps {
		return false // or a person has been asked for less than this
	}
	// Where AWS accepts no lifetime, the note depends on the duration.
	return o.Duration == 0 || a.request == r && (r.Lifetime > 0 || a.asked.Duration == o.Duration)
}

func (r *refresher) startRefresh(name string, c profile.Chain, wanted request, o RefreshOptions) *flight[about, session] {
	// A chain that was changed meanwhile is another refresh.
	key := o.flightKey("profile " + name + " " + wanted.Origin)
	return r.flights.start(key, about{profile: name, base: c.Base.Name, request: wanted, asked: o}, func(ctx context.Context) (session, error) {
		done, err := o.turn(ctx)
		if err != nil {
			return session{}, err
		}
		defer done()
		if busy := r.moving(c.Names()...); busy != nil {
			return session{}, busy
		}
		if o.wanted != nil && !o.wanted(name) {
			return session{}, errNeedsPerson
		}
		if o.unattended && !o.Force {
			if now, err := r.holding(name); err == nil && now.own == wanted && r.satisfies(now, o) {
				return now.session, nil // from a flight that has just ended
			}
		}
		r.begin(name, o)
		one, err := safely.Get(r.cfg.Log, "the refresh of a profile", func() (session, error) { return r.give(ctx, name, c, wanted, o, done) })
		r.finish(name, one, o, err)
		return one, err
	})
}

// give obtains a session for a profile and writes it. done is called when AWS has been
// asked.
func (r *refresher) give(ctx context.Context, name string, c profile.Chain, wanted request, o RefreshOptions, done func()) (session, error) {
	one, err := r.obtain(ctx, name, c, o)
	done()
	if err != nil {
		return session{}, r.mayWantCode(c, err, o)
	}
	if wanted.Lifetime > 0 && wanted.Lifetime < o.Duration && (one.Note == "" || one.Note == lang.T(withoutCode)) {
		one.addNote(lang.Sprintf("%s instead of %s: the profile is sensitive, and its session is as long as it is unlocked",
			words.Duration(wanted.Lifetime), words.Duration(o.Duration)))
	}
	return one, r.writer.keep(ctx, name, c, one, o)
}

// obtain first asks a person for consent, if that is needed.
func (r *refresher) obtain(ctx context.Context, name string, c profile.Chain, o RefreshOptions) (session, error) {
	if o.consent {
		if err := r.asker.consent(ctx, name, c, o); err != nil {
			return session{}, err
		}
	}
	return r.issuer.obtain(ctx, c, o)
}

// mayWantCode says of a role that AWS denies to the key alone that it may want a code.
func (r *refresher) mayWantCode(c profile.Chain, err error, o RefreshOptions) error {
	known := creds.AsError(err)
	switch {
	case c.Spared == "" || known.Code != creds.CodeDenied:
		return err
	case r.choices.goesByKeyAlone(c.Asked):
		return &creds.Error{
			Code: creds.CodeDenied, Message: known.Message,
			Advice: lang.Sprintf("If the role wants an MFA code, set mfa_serial in %s, or mfa_of_source to true in daypass's settings.", profile.SectionOf(c.Asked)),
		}
	}
	if o.isUnasked() {
		return unaskedError{&creds.Error{Code: creds.CodeNobodyToAsk, Message: lang.Sprintf(
			"%s; it may want the MFA code of %s, and nobody is to be asked for it", strings.TrimSuffix(known.Message, "."), c.Spared)}}
	}
	return &creds.Error{Code: creds.CodeNobodyToAsk, Message: lang.Sprintf(
		"%s; it may want the MFA code of %s, and there is neither a desktop nor a terminal to ask for it", strings.TrimSuffix(known.Message, "."), c.Spared)}
}

// turn waits for a slot to ask AWS.
func (o RefreshOptions) turn(ctx context.Context) (done func(), err error) {
	if o.slots == nil {
		return func() {}, nil
	}
	select {
	case o.slots <- struct{}{}:
		return sync.OnceFunc(func() { <-o.slots }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// mayRenew reports whether a profile still holds what is to be renewed.
func (r *refresher) mayRenew(name string) bool {
	_, isHeld := r.store.held(name)
	return isHeld && !r.departures.has(name)
}

// begin notes that a refresh of a profile is under way.
func (r *refresher) begin(name string, o RefreshOptions) {
	if o.isUnasked() {
		return // it is over at once, and beside it a person may be waited for
	}
	r.activity.change(name, func(f *facts) { f.refreshing = true })
	r.view.publish()
}

// wentUnasked reports whether nothing failed, but a person declined or was not there to
// be asked.
func wentUnasked(err error) bool {
	code := creds.AsError(err).Code
	return code == creds.CodeDeclined || code == creds.CodeNobodyToAsk
}

// finish notes how a refresh ended.
func (r *refresher) finish(name string, one session, o RefreshOptions, err error) {
	r.problems.set(topicClock, r.aws.ClockProblem())
	if err == nil {
		r.store.forgetEnded(r.aws.Now())
		r.cfg.Log.Info("refreshed", "profile", name, "expires", one.Expires)
	}
	needsPerson := errors.Is(err, errNeedsPerson)
	r.activity.change(name, func(f *facts) {
		if !o.isUnasked() {
			f.refreshing = false
		}
		switch {
		case err == nil:
			f.failed, f.failures = nil, 0
			// Whatever the clocks do, nothing is renewed twice in a row.
			f.retry = time.Now().Add(glance)
		case needsPerson || errors.Is(err, context.Canceled) || errors.Is(err, errOtherLogin):
		case wentUnasked(err):
			f.failed = nil
		default:
			f.failed, f.failedAt = creds.AsError(err), time.Now()
			r.cfg.Log.Warn("not refreshed", "profile", name, "err", f.failed)
		}
		switch {
		case err == nil || !o.unattended:
		case needsPerson:
			// A person may come at any moment.
			f.retry = time.Now().Add(glance)
		default:
			f.failures++
			f.retry = time.Now().Add(backoff(f.failures))
		}
	})
	r.view.publish()
}
