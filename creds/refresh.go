package creds

import (
	"context"
	"errors"
	"fmt"
	"time"

	"daypass/creds/agentapi"
)

// RefreshOptions say what kind of refresh is wanted.
type RefreshOptions struct {
	// Duration of the session; zero takes the profile's own or the default.
	Duration time.Duration
	// Force asks for new credentials though the present ones last.
	Force bool
	// Requester is who asked; a prompt tells.
	Requester agentapi.Requester
	// unattended work asks nobody: it stops where a person would be needed.
	unattended bool
}

// errEnded is what asks for work when [Manager.Run] has returned.
var errEnded = errors.New("daypass's agent is ending")

// errNeedsPerson ends unattended work.
var errNeedsPerson = errors.New("a person is needed")

// Refresh gives a profile credentials that last, and writes them to the
// credentials file. All callers that ask for the same profile at the same time
// share one refresh, which goes on when they have left. Its result is an
// [agentapi.Error] where there is a code for it.
func (m *Manager) Refresh(ctx context.Context, name string, o RefreshOptions) (agentapi.Status, error) {
	if o.Duration != 0 && (o.Duration < MinSession || o.Duration > MaxSession) {
		return agentapi.Status{}, chainError(agentapi.CodeBadRequest, "a session lasts from 15 minutes to 36 hours, not %s", o.Duration)
	}
	c, err := m.prepare(ctx, name, o)
	if err != nil {
		return agentapi.Status{}, err
	}
	now := time.Now()
	m.mu.Lock()
	h, has := m.store.Held[name]
	one := m.store.Sessions[h.Origin]
	good := has && h.Origin == c.origin(len(c.roles)) && h.Written != (writtenKey{}) &&
		one.left(now) > agentapi.Lead(one.Expires.Sub(one.Issued))
	if good && !o.unattended {
		h.LastUsed = now
		m.store.Held[name] = h
		m.publish()
	}
	m.mu.Unlock()
	if !good || o.Force {
		if _, err := m.refreshProfile(ctx, name, c, o); err != nil {
			return agentapi.Status{}, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status(name)
}

// prepare reads what a refresh needs and follows the profile's chain.
func (m *Manager) prepare(ctx context.Context, name string, o RefreshOptions) (chain, error) {
	m.mu.Lock()
	m.reread(ctx)
	m.mu.Unlock()
	if err := m.load(ctx, !o.unattended); err != nil {
		return chain{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c, err := m.profiles().resolve(name)
	if _, known := m.files.profiles[name]; !known {
		if problem, broken := m.problems["files"]; broken {
			return c, &problem
		}
	}
	return c, err
}

// Credentials returns credentials for a program: those at hand if they last
// long enough, else fresh ones. While a person is asked it waits as long as
// ctx allows; what the person answers later serves the next call.
func (m *Manager) Credentials(ctx context.Context, name string, by agentapi.Requester) (agentapi.Credentials, error) {
	if got, ok := m.atHand(ctx, name); ok {
		return got, nil
	}
	o := RefreshOptions{Requester: by}
	c, err := m.prepare(ctx, name, o)
	if err != nil {
		return agentapi.Credentials{}, err
	}
	m.mu.Lock()
	one, has := m.store.Sessions[c.origin(len(c.roles))]
	now := time.Now()
	old := has && one.left(now) > time.Minute
	fresh := has && one.servable(now)
	m.touch(name, now)
	silent := m.needsNobody(c, now)
	m.mu.Unlock()
	switch {
	case fresh || old && !silent:
		// Old credentials are servable until they end: nobody is asked
		// while they do.
		return one.forProgram(c), nil
	case old:
		got, err := m.refreshProfile(ctx, name, c, o)
		if err != nil {
			m.cfg.Log.Warn("the credentials at hand are served, as no newer ones could be had", "profile", name, "err", err)
			return one.forProgram(c), nil //nolint:nilerr // logged
		}
		return got.forProgram(c), nil
	}
	got, err := m.refreshProfile(ctx, name, c, o)
	if err != nil {
		return agentapi.Credentials{}, err
	}
	return got.forProgram(c), nil
}

// atHand is the quick way of a request that needs no work: it stats the two
// AWS files and looks up a map.
func (m *Manager) atHand(ctx context.Context, name string) (agentapi.Credentials, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread(ctx)
	now := time.Now()
	h, ok := m.store.Held[name]
	if !ok {
		return agentapi.Credentials{}, false
	}
	c, err := m.profiles().resolve(name)
	if err != nil || h.Origin != c.origin(len(c.roles)) {
		return agentapi.Credentials{}, false
	}
	one := m.store.Sessions[h.Origin]
	if !one.servable(now) {
		return agentapi.Credentials{}, false
	}
	m.touch(name, now)
	return one.forProgram(c), true
}

// touch notes that a profile is in use. It is called with the lock held.
func (m *Manager) touch(name string, now time.Time) {
	if h, ok := m.store.Held[name]; ok {
		h.LastUsed = now
		m.store.Held[name] = h
	}
}

func (s session) forProgram(c chain) agentapi.Credentials {
	return agentapi.Credentials{
		AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken,
		Expires: s.Expires, AccountID: s.AccountID, Region: c.region,
	}
}

// refreshProfile obtains a session for a profile and writes it to the
// credentials file, in one flight for all who ask.
func (m *Manager) refreshProfile(ctx context.Context, name string, c chain, o RefreshOptions) (session, error) {
	return m.fly(ctx, "profile "+name, func(ctx context.Context) (session, error) {
		m.begin(name)
		one, err := m.obtain(ctx, c, o)
		if err == nil {
			err = m.keep(ctx, name, c, one, !o.unattended)
		}
		m.finish(name, one, err)
		return one, err
	})
}

// fly joins the flight of that key, or starts it.
func (m *Manager) fly(ctx context.Context, key string, work func(context.Context) (session, error)) (session, error) {
	m.mu.Lock()
	f, under := m.flights[key]
	if !under && m.life.Err() != nil {
		m.mu.Unlock()
		return session{}, errEnded
	}
	if !under {
		flightCtx, cancel := context.WithCancel(m.life)
		f = &flight{done: make(chan struct{}), cancel: cancel}
		m.flights[key] = f
		m.flying.Go(func() {
			defer cancel()
			f.session, f.err = work(flightCtx)
			m.mu.Lock()
			delete(m.flights, key)
			m.mu.Unlock()
			close(f.done)
		})
	}
	m.mu.Unlock()
	select {
	case <-f.done:
		return f.session, f.err
	case <-ctx.Done():
		return session{}, ctx.Err()
	}
}

func (m *Manager) factsOf(name string) *facts {
	f := m.facts[name]
	if f == nil {
		f = &facts{}
		m.facts[name] = f
	}
	return f
}

func (m *Manager) begin(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.factsOf(name).refreshing = true
	m.publish()
}

// finish notes how a refresh ended.
func (m *Manager) finish(name string, one session, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.factsOf(name)
	f.refreshing = false
	m.setProblem("clock", m.client.clockProblem())
	switch {
	case err == nil:
		f.failed, f.failures = nil, 0
		m.cfg.Log.Info("refreshed", "profile", name, "expires", one.Expires)
	case errors.Is(err, errNeedsPerson) || errors.Is(err, context.Canceled):
	case asError(err).Code == agentapi.CodeDeclined:
		// The person's own decision is no failure.
		f.failed = nil
	default:
		f.failed = asError(err)
		m.cfg.Log.Warn("not refreshed", "profile", name, "err", err)
	}
	m.publish()
}

// keep stores a session, writes it to the credentials file under the name of
// the profile and of those on its way, and saves it.
func (m *Manager) keep(ctx context.Context, name string, c chain, one session, used bool) error {
	type work struct {
		name string
		c    chain
		one  session
	}
	m.mu.Lock()
	todo := []work{{name, c, one}}
	// Credentials that were made on the way are as good: the person who
	// typed a code for a role may use the user's session too.
	for n := range c.roles {
		on := c.base
		if n > 0 {
			on = c.roles[n-1].profile
		}
		way, ok := m.store.Sessions[c.origin(n)]
		own, err := m.profiles().resolve(on.name)
		if ok && err == nil && own.origin(len(own.roles)) == way.Origin && m.store.Held[on.name].Written.AccessKeyID != way.AccessKeyID {
			todo = append(todo, work{on.name, own, way})
		}
	}
	m.mu.Unlock()
	var failed error
	for _, w := range todo {
		written, err := m.write(ctx, w.name, w.c, w.one)
		if err != nil && w.name == name {
			failed = err
		}
		m.mu.Lock()
		h := m.store.Held[w.name]
		h.Origin, h.Written = w.one.Origin, written
		if used {
			h.LastUsed = time.Now()
		}
		m.store.Held[w.name] = h
		m.mu.Unlock()
	}
	m.save(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	if changed, err := m.files.load(ctx); changed || err != nil {
		m.setProblem("files", err)
		m.rebuild()
	}
	m.publish()
	return failed
}

// write puts a session into the section of the credentials file that belongs
// to the profile, and takes it out of the one it stood in before.
func (m *Manager) write(ctx context.Context, name string, c chain, one session) (writtenKey, error) {
	m.mu.Lock()
	p := m.files.profiles[name]
	before := m.store.Held[name].Written
	hasKey := m.keys[name]
	m.mu.Unlock()
	var kept *LongTermKey
	if hasKey && p.accessKeyID != "" && p.token.IsZero() {
		// Only what the keyring gives back at this moment may be
		// overwritten.
		key, err := m.cfg.Vault.Key(ctx, name)
		if err != nil {
			return writtenKey{}, err
		}
		kept = &key
	}
	section := p.target(m.cfg.Settings.DerivedSuffix, kept)
	if section != name {
		m.mu.Lock()
		taken, exists := m.files.profiles[section]
		m.mu.Unlock()
		if exists && (taken.wantsDerivedName() || taken.source != "" || taken.mfaSerial != "") {
			return writtenKey{}, chainError(agentapi.CodeFile,
				"the credentials of %q belong in the section %q, but a profile of that name has settings of its own", name, section)
		}
	}
	one.Profile = name
	if err := writeSession(ctx, m.cfg.Files.Credentials, section, c.region, one, kept); err != nil {
		return writtenKey{}, err
	}
	if before.Section != "" && before.Section != section {
		if err := removeSession(ctx, m.cfg.Files.Credentials, before); err != nil {
			m.cfg.Log.Warn("old credentials stay in the credentials file", "section", before.Section, "err", err)
		}
	}
	return writtenKey{Section: section, AccessKeyID: one.AccessKeyID}, nil
}

// Logout ends a profile's session: its credentials leave the credentials file
// and the store. AWS knows no way to end them before their time.
func (m *Manager) Logout(ctx context.Context, name string) error {
	if err := m.load(ctx, true); err != nil {
		return err
	}
	m.mu.Lock()
	m.reread(ctx)
	if _, err := m.status(name); err != nil && m.store.Held[name] == (held{}) {
		m.mu.Unlock()
		return err
	}
	f, under := m.flights["profile "+name]
	m.mu.Unlock()
	if under {
		f.cancel()
		select {
		case <-f.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.mu.Lock()
	h, has := m.store.Held[name]
	m.mu.Unlock()
	if !has {
		return nil
	}
	if h.Written != (writtenKey{}) {
		if err := removeSession(ctx, m.cfg.Files.Credentials, h.Written); err != nil {
			return err
		}
	}
	m.mu.Lock()
	delete(m.store.Held, name)
	delete(m.store.Sessions, h.Origin)
	delete(m.facts, name)
	m.mu.Unlock()
	m.save(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread(ctx)
	m.rebuild()
	m.publish()
	return nil
}

// LogoutAll ends the sessions of all profiles.
func (m *Manager) LogoutAll(ctx context.Context) error {
	if err := m.load(ctx, true); err != nil {
		return err
	}
	m.mu.Lock()
	names := make([]string, 0, len(m.store.Held))
	for name := range m.store.Held {
		names = append(names, name)
	}
	m.mu.Unlock()
	var failed []error
	for _, name := range names {
		if err := m.Logout(ctx, name); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", name, err))
		}
	}
	m.mu.Lock()
	// Sessions that no profile holds: a user's, made for a role.
	clear(m.store.Sessions)
	m.mu.Unlock()
	m.save(ctx)
	return errors.Join(failed...)
}
