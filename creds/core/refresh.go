package core

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/creds/safely"
	"daypass/creds/words"
)

// RefreshOptions say what kind of refresh is wanted.
type RefreshOptions struct {
	// Duration of the session; zero takes the profile's own or the default.
	Duration time.Duration
	// Force asks for new credentials though the present ones last.
	Force bool
	// SignIn is how a person who has to sign in would do that.
	SignIn creds.SignInOptions
	// Requester is who asked; a prompt tells.
	Requester creds.Requester
	// consent is set where a person has to be asked first whether the program
	// may have the profile.
	consent bool
	// slots, unless nil, bounds how many ask AWS at the same time. Writing needs
	// none: what waits to be written is written together.
	slots chan struct{}
	// unattended work asks nobody: it stops where a person would be needed.
	unattended bool
	// wanted is set for work that nobody asked for: it gives nothing to a
	// profile of which wanted says no, as that has been logged out.
	wanted func(name string) bool
}

var (
	// errEnded is what asks for work when [Manager.Run] has returned.
	errEnded = errors.New("daypass's agent is ending")
	// errNeedsPerson ends unattended work.
	errNeedsPerson = errors.New("a person is needed")
)

// Refresh gives a profile credentials that last, and writes them to the
// credentials file. All callers that ask for the same profile at the same time
// share one refresh, which goes on when they have left. Its result is an
// [creds.Error] where there is a code for it.
func (m *Manager) Refresh(ctx context.Context, name string, o RefreshOptions) (creds.Status, error) {
	if o.Duration != 0 && (o.Duration < creds.MinSession || o.Duration > creds.MaxSession) {
		return creds.Status{}, creds.Errorf(creds.CodeBadRequest, "a session lasts from 15 minutes to 36 hours, not %s", words.Duration(o.Duration))
	}
	now, err := m.prepare(ctx, name, o.Requester)
	if err != nil {
		return creds.Status{}, err
	}
	if len(now.chain.Roles) > 0 && o.Duration > creds.MaxRole {
		return creds.Status{}, creds.Errorf(creds.CodeBadRequest, "a role's session lasts 12 hours at most, not %s", words.Duration(o.Duration))
	}
	if err := m.mayBeWritten(ctx, name, now.chain, o); err != nil {
		return creds.Status{}, err
	}
	o.consent = m.wantsConsent(now, o.Requester)
	m.touch(name)
	m.mu.Lock()
	f := m.facts[name]
	underWay := f != nil && f.refreshing
	m.mu.Unlock()
	if underWay || o.Force || m.leaseOf(name) > 0 || !m.satisfies(now, o) {
		if _, err := m.refreshProfile(ctx, name, now.whole, o); err != nil {
			return creds.Status{}, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status(name)
}

// satisfies reports whether what a profile has is what a refresh would give it.
func (m *Manager) satisfies(now standing, o RefreshOptions) bool {
	if !now.settled() || !now.session.lasts(m.client.Now()) || now.session.shorter(now.chain, o.Duration) {
		return false
	}
	if o.Duration == 0 {
		return now.held.Chosen || now.held.request == now.own
	}
	chosen, err := m.request(now.chain, o.Duration)
	return err == nil && now.held.request == chosen
}

// prepare reads what a refresh needs and says how the profile stands.
func (m *Manager) prepare(ctx context.Context, name string, by creds.Requester) (standing, error) {
	if err := m.load(ctx, by); err != nil {
		return standing{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread()
	s, err := m.stand(name)
	if _, known := m.files.Profiles[name]; !known {
		if problem, broken := m.problems[topicFiles]; broken {
			return s, &problem
		}
	}
	if problem := m.problems[topicSessions]; err != nil && problem.Code == creds.CodeKeyringUnavailable {
		// The profile may lack nothing but the keyring of yesterday.
		return s, &problem
	}
	return s, err
}

// Credentials returns credentials for a program: those at hand if they last
// long enough, else fresh ones. While a person is asked it waits as long as
// ctx allows; what the person answers later serves the next call.
func (m *Manager) Credentials(ctx context.Context, name string, by creds.Requester) (creds.Credentials, error) {
	if got, ok := m.atHand(name); ok {
		return got, nil
	}
	now, err := m.prepare(ctx, name, by)
	if err != nil {
		return creds.Credentials{}, err
	}
	m.touch(name)
	o := RefreshOptions{Requester: by}
	lent := m.leaseOf(name) > 0
	switch {
	case m.wantsConsent(now, by):
		o.consent = true
	case now.session.left(m.client.Now()) > time.Minute:
		// Old credentials are servable until they end: nobody waits for
		// newer ones, and nobody is asked.
		fresh := now.session.servable(m.client.Now())
		m.mu.Lock()
		f := m.facts[name]
		resting := f != nil && f.retry.After(time.Now())
		m.mu.Unlock()
		if !lent && !resting && (!fresh || !now.settled()) {
			m.startRefresh(name, now.chain, now.own, RefreshOptions{Requester: by, Force: !fresh, unattended: true})
		}
		return m.forProgram(now, now.session), nil
	}
	if failed := m.justFailed(name); failed != nil && by.Surface == creds.SurfaceProgram {
		return creds.Credentials{}, failed
	}
	got, err := m.refreshProfile(ctx, name, now.whole, o)
	if err != nil && (creds.AsError(err).Code != creds.CodeFile || !got.usable(m.client.Now())) {
		// A program needs no file: what could not be written for others, on a full
		// disk say, is good for it all the same.
		return creds.Credentials{}, err
	}
	m.mu.Lock()
	now.held = m.store.Held[name]
	m.mu.Unlock()
	return m.forProgram(now, got), nil
}

// failureLasts is how long a program that asks again gets the same answer:
// SDKs retry at once, and AWS need not be asked each time.
const failureLasts = 5 * time.Second

func (m *Manager) justFailed(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.facts[name]
	if f == nil || f.failed == nil || time.Since(f.failedAt) > failureLasts {
		return nil
	}
	return f.failed
}

// atHand is the quick way of a request that needs no work: it stats the two
// AWS files and looks up a map.
func (m *Manager) atHand(name string) (creds.Credentials, bool) {
	m.mu.Lock()
	m.reread()
	now, err := m.stand(name)
	m.mu.Unlock()
	if err != nil || !now.settled() || !now.session.servable(m.client.Now()) {
		return creds.Credentials{}, false
	}
	m.touch(name)
	return m.forProgram(now, now.session), true
}

// touch notes that a profile is in use. The world is told once a minute: menus
// need no more.
func (m *Manager) touch(name string) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.store.Held[name]
	if !ok {
		return
	}
	h.LastUsed = now
	m.store.Held[name] = h
	if f := m.factsOf(name); now.Sub(f.told) > time.Minute {
		f.told = now
		m.publish()
	}
}

func (m *Manager) forProgram(now standing, s session) creds.Credentials {
	return creds.Credentials{
		AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken,
		// Programs go by this machine's clock.
		Expires: now.held.ends(s.Expires.Add(m.client.FarOff())), AccountID: s.AccountID, Region: now.chain.Region,
	}
}

// refreshProfile obtains a session for a profile and writes it to the
// credentials file. Where nobody can be asked for the code of a device that is the
// user's, and not the role's own, the key alone has to do, as with the AWS CLI.
func (m *Manager) refreshProfile(ctx context.Context, name string, c profile.Chain, o RefreshOptions) (session, error) {
	one, err := m.refreshBy(ctx, name, c, o)
	if err == nil || !c.MFAOfSource {
		return one, err
	}
	if creds.AsError(err).Code != creds.CodeNobodyToAsk && (o.unattended || !errors.Is(err, errNeedsPerson)) {
		return one, err
	}
	return m.refreshBy(ctx, name, c.WithKeyAlone(), o)
}

// refreshBy is refreshProfile by one way, in one flight for all who ask for the
// same. Whoever asks for something else waits until that flight has ended: two that
// write to one section would leave there what came last, not what was asked for last.
func (m *Manager) refreshBy(ctx context.Context, name string, c profile.Chain, o RefreshOptions) (session, error) {
	r, err := m.request(c, o.Duration)
	if err != nil {
		return session{}, err
	}
	asked := false
	for {
		f := m.startRefresh(name, c, r, o)
		one, err := m.await(ctx, f)
		switch {
		case ctx.Err() != nil:
			return one, err
		case errors.Is(err, context.Canceled) && m.life.Err() != nil:
			return one, errEnded
		case errors.Is(err, context.Canceled):
			return one, creds.Errorf(creds.CodeDeclined, "profile %q was logged out meanwhile", name)
		case errors.Is(err, errNeedsPerson) && !o.unattended && !asked:
			asked = true // silent work was joined, here or on the way
		case errors.Is(err, errEnded) || f.serves(r, o):
			return one, err
		}
	}
}

// serves reports whether a flight of a profile does what a refresh asks for.
func (f *flight) serves(r request, o RefreshOptions) bool {
	if o.Force && !f.asked.Force && !o.unattended {
		return false
	}
	return o.Duration == 0 || f.request == r
}

func (m *Manager) startRefresh(name string, c profile.Chain, r request, o RefreshOptions) *flight {
	// A chain that was changed meanwhile is another refresh.
	f := &flight{key: "profile " + name + " " + r.Origin, profile: name, base: c.Base.Name, request: r, asked: o}
	return m.join(f, func(ctx context.Context) (session, error) {
		done, err := o.turn(ctx)
		if err != nil {
			return session{}, err
		}
		defer done()
		if o.wanted != nil && !o.wanted(name) {
			return session{}, errNeedsPerson
		}
		m.begin(name)
		one, err := safely.Get(m.cfg.Log, "the refresh of a profile", func() (session, error) { return m.give(ctx, name, c, r, o, done) })
		m.finish(name, one, o, err)
		return one, err
	})
}

// give obtains a session for a profile and writes it. done is called when AWS has
// been asked.
func (m *Manager) give(ctx context.Context, name string, c profile.Chain, r request, o RefreshOptions, done func()) (session, error) {
	one, err := m.obtainForProfile(ctx, name, c, o)
	done()
	if err != nil {
		return session{}, m.mayWantCode(c, err)
	}
	if r.Lifetime > 0 && r.Lifetime < o.Duration && (one.Note == "" || one.Note == withoutCode) {
		one.addNote(fmt.Sprintf("%s instead of %s: the profile is sensitive, and its session is as long as it is unlocked", words.Duration(r.Lifetime), words.Duration(o.Duration)))
	}
	return one, m.keep(ctx, name, c, one, o)
}

// mayWantCode says of a role that AWS denies to the key alone that it may want a code.
func (m *Manager) mayWantCode(c profile.Chain, err error) error {
	known := creds.AsError(err)
	switch {
	case c.Spared == "" || known.Code != creds.CodeDenied:
		return err
	case m.goesByKeyAlone(c.Asked):
		return &creds.Error{
			Code: creds.CodeDenied, Message: known.Message,
			Advice: fmt.Sprintf("If the role wants an MFA code, set mfa_serial in %s, or mfa_of_source to true in daypass's settings.", profile.SectionOf(c.Asked)),
		}
	}
	return &creds.Error{Code: creds.CodeNobodyToAsk, Message: fmt.Sprintf(
		"%s; it may want the MFA code of %s, and there is neither a desktop nor a terminal to ask for it", strings.TrimSuffix(known.Message, "."), c.Spared)}
}

// turn waits until one more may ask AWS.
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

// obtainForProfile asks a person for the consent first where it takes one.
func (m *Manager) obtainForProfile(ctx context.Context, name string, c profile.Chain, o RefreshOptions) (session, error) {
	if o.consent {
		if err := m.consent(ctx, name, c, o.Requester); err != nil {
			return session{}, err
		}
	}
	return m.obtain(ctx, c, o)
}

// mayRenew reports whether a profile still holds what is to be renewed.
func (m *Manager) mayRenew(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, isHeld := m.store.Held[name]
	return isHeld && m.leaving[name] == 0
}

// flight is a piece of work under way that any number of callers wait for.
type flight struct {
	key string
	// profile is whose refresh it is; "" for a session on the way.
	profile string
	// base is the profile whose key all starts from.
	base string
	// signIn is the ID of the session that is signed in to, or "".
	signIn string
	// request and asked are what the flight of a profile does.
	request request
	asked   RefreshOptions
	done    chan struct{}
	cancel  context.CancelFunc
	// waiting counts the flights that wait for this one.
	waiting int
	// These are set before done is closed.
	session session
	err     error
}

// join joins the flight of the same key, or starts this one.
func (m *Manager) join(f *flight, work func(context.Context) (session, error)) *flight {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.joinLocked(f, work)
}

func (m *Manager) joinLocked(f *flight, work func(context.Context) (session, error)) *flight {
	if under, ok := m.flights[f.key]; ok {
		return under
	}
	f.done = make(chan struct{})
	ctx, cancel := context.WithCancel(m.life)
	f.cancel = cancel
	if m.life.Err() != nil {
		f.err = errEnded
		close(f.done)
		cancel()
		return f
	}
	m.flights[f.key] = f
	m.flying.Go(func() {
		defer cancel()
		f.session, f.err = safely.Get(m.cfg.Log, "a refresh", func() (session, error) { return work(ctx) })
		m.mu.Lock()
		m.leave(f)
		m.mu.Unlock()
		close(f.done)
	})
	return f
}

// leave makes sure that nobody joins a flight any more. It is called with the
// lock held.
func (m *Manager) leave(f *flight) {
	if m.flights[f.key] == f {
		delete(m.flights, f.key)
	}
}

// await waits for a flight as long as ctx allows. The flight goes on.
func (m *Manager) await(ctx context.Context, f *flight) (session, error) {
	select {
	case <-f.done:
		return f.session, f.err
	case <-ctx.Done():
		return session{}, ctx.Err()
	}
}

// need joins or starts a flight on behalf of another one, whose ctx is given. When
// that is cancelled and no other flight waits for this one, it is cancelled too.
func (m *Manager) need(ctx context.Context, f *flight, work func(context.Context) (session, error)) (session, error) {
	m.mu.Lock()
	f = m.needLocked(f, work)
	m.mu.Unlock()
	return m.awaitNeeded(ctx, f)
}

// needLocked is the first half of need; [Manager.awaitNeeded] is the other.
func (m *Manager) needLocked(f *flight, work func(context.Context) (session, error)) *flight {
	f = m.joinLocked(f, work)
	f.waiting++
	return f
}

func (m *Manager) awaitNeeded(ctx context.Context, f *flight) (session, error) {
	one, err := m.await(ctx, f)
	m.mu.Lock()
	f.waiting--
	idle := ctx.Err() != nil && f.waiting == 0
	if idle {
		m.leave(f)
	}
	m.mu.Unlock()
	if idle {
		f.cancel()
		<-f.done
	}
	return one, err
}

func (m *Manager) factsOf(name string) *facts {
	f := m.facts[name]
	if f == nil {
		f = &facts{}
		m.facts[strings.Clone(name)] = f
	}
	return f
}

func (m *Manager) begin(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.factsOf(name)
	f.refreshing = true
	m.publish()
}

// wentUnasked reports whether nothing failed, but a person decided against it or
// was not there to be asked.
func wentUnasked(err error) bool {
	code := creds.AsError(err).Code
	return code == creds.CodeDeclined || code == creds.CodeNobodyToAsk
}

// finish notes how a refresh ended.
func (m *Manager) finish(name string, one session, o RefreshOptions, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.factsOf(name)
	f.refreshing = false
	m.setProblem(topicClock, m.client.ClockProblem())
	switch {
	case err == nil:
		f.failed, f.failures = nil, 0
		m.forgetEnded(m.client.Now())
		// However the clocks run, nothing is renewed twice in a row.
		f.retry = time.Now().Add(glance)
		m.cfg.Log.Info("refreshed", "profile", name, "expires", one.Expires)
	case errors.Is(err, errNeedsPerson) || errors.Is(err, context.Canceled):
	case wentUnasked(err):
		f.failed = nil
	default:
		f.failed, f.failedAt = creds.AsError(err), time.Now()
		m.cfg.Log.Warn("not refreshed", "profile", name, "err", err)
	}
	switch {
	case err == nil || !o.unattended:
	case errors.Is(err, errNeedsPerson):
		// The person may come any moment.
		f.retry = time.Now().Add(glance)
	default:
		f.failures++
		f.retry = time.Now().Add(backoff(f.failures))
	}
	m.publish()
}
