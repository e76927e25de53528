package core

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
)

// keep writes a session to the credentials file under the name of its profile,
// and those on its way under theirs, and saves them.
func (m *Manager) keep(ctx context.Context, name string, c profile.Chain, one session, o RefreshOptions) error {
	type work struct {
		name string
		one  session
	}
	m.mu.Lock()
	todo := []work{{name, one}}
	// Credentials that were made on the way are as good: the person who
	// typed a code for a role may use the user's session too.
	for n := range c.Roles {
		on := c.Base
		if n > 0 {
			on = c.Roles[n-1].Profile
		}
		now, err := m.stand(on.Name)
		if err == nil && now.chain.Origin(len(now.chain.Roles)) == c.Origin(n) && !now.settled() && now.session.usable(m.client.Now()) {
			todo = append(todo, work{on.Name, now.session})
		}
	}
	m.mu.Unlock()
	var failed error
	for _, w := range todo {
		if o.wanted != nil && !o.wanted(w.name) || w.name != name && m.leaseOf(w.name) > 0 {
			continue
		}
		if w.name != name {
			o.Duration = 0 // chosen for the other profile
		}
		err := m.write(ctx, w.name, w.one, o)
		switch {
		case w.name == name:
			failed = err
		case err != nil:
			m.cfg.Log.Warn("a session made on the way was not written", "profile", w.name, "err", err)
		}
	}
	return failed
}

// pendingWrite is a session on its way into the credentials file. Those that
// are ready at the same time, hundreds after a sign-in, are written together.
type pendingWrite struct {
	name string
	one  session
	entry
	unattended bool
	chosen     bool
	done       chan struct{}
	// These are set before done is closed.
	written writtenKey
	err     error
}

// write puts a session into the section of the credentials file that belongs
// to the profile, takes it out of the one it stood in before, and saves it.
func (m *Manager) write(ctx context.Context, name string, one session, o RefreshOptions) error {
	w := &pendingWrite{name: name, one: one, unattended: o.unattended, chosen: o.Duration != 0, done: make(chan struct{})}
	var err error
	if w.entry, err = m.prepareWrite(ctx, name, one, o); err != nil {
		m.hold(w, err)
		_ = m.save(!o.unattended) // as below
		m.changed()
		return err
	}
	m.mu.Lock()
	m.toWrite = append(m.toWrite, w)
	m.mu.Unlock()
	select {
	case <-w.done:
	case <-m.writing:
		// Whoever has the turn writes for all who wait for it.
		m.writeAll()
		m.writing <- struct{}{}
	}
	return w.err
}

// writeAll writes what waits.
func (m *Manager) writeAll() {
	m.mu.Lock()
	all := m.toWrite
	m.toWrite = nil
	for _, w := range all {
		m.replacing[w.section] = replacement{m.store.Held[w.name].Written.AccessKeyID, w.one.AccessKeyID}
	}
	m.mu.Unlock()
	if len(all) == 0 {
		return
	}
	// No caller's context: others wait for the same write. The agent's end does
	// break it off, or another program that keeps the file locked would hold
	// that up.
	ctx := m.life
	entries := make([]entry, len(all))
	attended := false
	for i, w := range all {
		entries[i] = w.entry
		attended = attended || !w.unattended
	}
	written, err := writeSessions(ctx, m.cfg.Files.Credentials, entries...)
	var old []writtenKey
	for i, w := range all {
		switch {
		case err == nil:
			w.written = written[i]
		case len(all) == 1:
			w.err = err
		default:
			// One that cannot be written must not keep the others out.
			var alone []writtenKey
			if alone, w.err = writeSessions(ctx, m.cfg.Files.Credentials, w.entry); w.err == nil {
				w.written = alone[0]
			}
		}
		if before := m.hold(w, w.err); w.err == nil && before.Section != "" && before.Section != w.written.Section {
			old = append(old, before)
		}
	}
	if err := removeSessions(ctx, m.cfg.Files.Credentials, old...); err != nil {
		m.cfg.Log.Warn("old credentials stay in the credentials file", "err", err)
	}
	_ = m.save(attended) // a problem that the snapshot tells, and that is tried again
	m.changed()
	m.mu.Lock()
	clear(m.replacing)
	m.mu.Unlock()
	for _, w := range all {
		close(w.done)
	}
}

// hold notes what a profile has been given, and returns what was written for it
// before.
func (m *Manager) hold(w *pendingWrite, err error) (before writtenKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, isHeld := m.store.Held[w.name]
	before = h.Written
	if err == nil || !isHeld {
		h.request, h.Chosen, h.Written = w.one.request, w.chosen, w.written
	}
	if err == nil && before.Section == w.written.Section {
		h.Written.Made = w.written.Made || before.Made
	}
	if !w.unattended || h.LastUsed.IsZero() {
		h.LastUsed = time.Now()
	}
	if err == nil {
		h.Lease = leaseEnd(m.leaseOf(w.name))
		m.factsOf(w.name).failed = nil
	}
	m.store.Held[w.name] = h
	return before
}

// prepareWrite says what to write for a profile.
func (m *Manager) prepareWrite(ctx context.Context, name string, one session, o RefreshOptions) (entry, error) {
	m.mu.Lock()
	if len(m.replacing) == 0 {
		m.reread() // else what is being written is read when that has ended
	}
	now, err := m.stand(name)
	m.mu.Unlock()
	if err != nil {
		return entry{}, err
	}
	c, same := now.by(one.Origin)
	if !same {
		return entry{}, profile.ChangedMeanwhile(name)
	}
	e, err := m.placeOf(ctx, name, c, o)
	e.session = one
	return e, err
}

// mayBeWritten says why a profile's credentials could not be written, before a
// person is asked for what they take.
func (m *Manager) mayBeWritten(ctx context.Context, name string, c profile.Chain, o RefreshOptions) error {
	if err := m.mayBeRead(); err != nil {
		return err
	}
	_, err := m.placeOf(ctx, name, c, o)
	return err
}

// mayBeRead says why the AWS files could not be read last. What was read before
// stays good for reading, but nothing can be written then.
func (m *Manager) mayBeRead() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread()
	if problem, broken := m.problems[topicFiles]; broken {
		return &problem
	}
	return nil
}

// placeOf says where a profile's credentials belong.
func (m *Manager) placeOf(ctx context.Context, name string, c profile.Chain, o RefreshOptions) (entry, error) {
	m.mu.Lock()
	p, hasKey := m.files.Profiles[name], m.keys[name]
	m.mu.Unlock()
	e := entry{}
	if hasKey && p.HasLongTermKey() {
		// Only what the keyring gives back at this moment may be
		// overwritten.
		key, err := m.keyringKey(ctx, name, o)
		if err != nil {
			return entry{}, err
		}
		e.kept = &key
	}
	// A piece of the file's text would keep all of it in memory as long as this
	// profile holds something: another text for each profile.
	e.section, e.aside = strings.Clone(p.Name), m.asideOf(name, c)
	if wantsAside(p, e.kept) {
		e.section = e.aside.section
	}
	if e.section == e.aside.section && e.aside.taken != nil {
		return entry{}, e.aside.taken
	}
	return e, nil
}

// asideOf returns the section with a name of its own that a profile's
// credentials may go to.
func (m *Manager) asideOf(name string, c profile.Chain) aside {
	suffix := m.settings().DerivedSuffix
	m.mu.Lock()
	a := aside{section: m.files.DerivedName(name, suffix), region: c.Region}
	taken, exists := m.files.Profiles[a.section]
	m.mu.Unlock()
	switch {
	case exists && taken.HasLongTermKey():
		a.taken = creds.Errorf(creds.CodeLongTermKey,
			"the credentials of %q belong in the section %q, where a long-term access key stands", name, a.section)
	case exists && (taken.WantsDerivedName() || taken.Source != "" || taken.MFASerial != ""):
		a.taken = &creds.Error{
			Code:    creds.CodeBadFile,
			Message: fmt.Sprintf("the credentials of %q belong in the section %q, but a profile of that name has settings of its own", name, a.section),
			Advice:  "Rename that profile, or choose another derived_suffix in daypass's settings.",
		}
	}
	return a
}

// Logout ends a profile's session: its credentials leave the credentials file
// and the store, and a refresh under way is ended. AWS knows no way to end them
// before their time.
func (m *Manager) Logout(ctx context.Context, name string) error {
	if err := m.load(ctx, creds.Requester{}); err != nil {
		return err
	}
	m.mu.Lock()
	m.reread()
	_, isHeld := m.store.Held[name]
	_, err := m.status(name)
	m.mu.Unlock()
	if err != nil && !isHeld {
		return err
	}
	defer m.depart(name)()
	if err := m.ground(ctx, func(f *flight) bool { return f.profile == name }); err != nil {
		return err
	}
	return m.release(ctx, name)
}

// LogoutAll ends the sessions of all profiles, and signs out of every session of
// Identity Center: one that stayed would give them all back without a question.
func (m *Manager) LogoutAll(ctx context.Context) error {
	if err := m.load(ctx, creds.Requester{}); err != nil {
		return err
	}
	m.RereadTokens(ctx)
	m.mu.Lock()
	names := slices.Collect(maps.Keys(m.store.Held))
	var sessions, signedIn []string
	for id := range m.files.Sessions {
		sessions = append(sessions, id)
		names = append(names, m.hanging[id]...)
		if m.signInOf(id).has {
			signedIn = append(signedIn, id)
		}
	}
	m.mu.Unlock()
	slices.Sort(sessions)
	defer m.depart(names...)()
	if err := m.endSignIns(ctx, sessions...); err != nil {
		return err
	}
	if err := m.ground(ctx, func(*flight) bool { return true }); err != nil {
		return err
	}
	// Here first: AWS may not answer.
	err := m.releaseEverything(ctx, names)
	for _, id := range sessions {
		if slices.Contains(signedIn, id) {
			err = errors.Join(err, m.SignOut(ctx, id))
		} else if s, gone := m.findSession(id); gone == nil {
			err = errors.Join(err, m.forgetRoles(ctx, s))
		}
	}
	return err
}

func (m *Manager) releaseEverything(ctx context.Context, names []string) error {
	err := m.release(ctx, names...)
	m.mu.Lock()
	if len(m.store.Held) == 0 {
		// What no profile holds: a user's session, made for a role.
		clear(m.store.Sessions)
	}
	m.mu.Unlock()
	return errors.Join(err, m.save(true))
}

// depart keeps profiles from being renewed until the returned function is
// called, and from being given anything by a sweep that runs now.
func (m *Manager) depart(names ...string) (done func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range names {
		m.leaving[name]++
		for _, f := range m.signIns {
			for _, all := range f.sweeps() {
				all.left[name] = true
			}
			delete(f.taken, name)
		}
	}
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, name := range names {
			if m.leaving[name]--; m.leaving[name] == 0 {
				delete(m.leaving, name)
			}
		}
	}
}

// ground cancels flights and waits until they have ended.
func (m *Manager) ground(ctx context.Context, which func(*flight) bool) error {
	m.mu.Lock()
	var ending []*flight
	for _, f := range m.flights {
		if which(f) {
			ending = append(ending, f)
			m.leave(f)
		}
	}
	m.mu.Unlock()
	for _, f := range ending {
		f.cancel()
	}
	for _, f := range ending {
		select {
		case <-f.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// release takes what profiles hold out of the credentials file and the store.
// What cannot be taken out of the file stays held.
func (m *Manager) release(ctx context.Context, names ...string) error {
	m.mu.Lock()
	var written []writtenKey
	for _, name := range names {
		if w := m.store.Held[name].Written; w.Section != "" {
			written = append(written, w)
		}
	}
	m.mu.Unlock()
	if err := removeSessions(ctx, m.cfg.Files.Credentials, written...); err != nil {
		return err
	}
	m.mu.Lock()
	for _, name := range names {
		origin := m.store.Held[name].Origin
		delete(m.store.Held, name)
		delete(m.facts, name)
		m.store.Sessions.keep(origin, func(r request) bool {
			for _, other := range m.store.Held {
				if other.request == r {
					return true
				}
			}
			return false
		})
	}
	m.mu.Unlock()
	err := m.save(true)
	m.changed()
	if err != nil {
		return fmt.Errorf("logged out, but a restart would bring the session back: %w", err)
	}
	return nil
}
