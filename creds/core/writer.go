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
)

// writer writes sessions to the credentials file and takes them out of it.
type writer struct {
	*owners
	keeper *keeper
	// turn holds a token while nobody writes the file.
	turn chan struct{}

	mu sync.Mutex
	// waiting is what is to be written, together.
	waiting []*pendingWrite
}

func newWriter(o *owners, k *keeper) *writer {
	w := &writer{owners: o, keeper: k, turn: make(chan struct{}, 1)}
	w.turn <- struct{}{}
	return w
}

// keep writes a session to the credentials file under its profile's name, writes those
// on its way under theirs, and saves them.
func (w *writer) keep(ctx context.Context, name string, c profile.Chain, one session, o RefreshOptions) error {
	var failed error
	if o.wanted == nil || o.wanted(name) {
		failed = w.write(ctx, name, one, o)
	}
	w.keepSources(ctx, name, c, o)
	return failed
}

// keepSources writes the sessions that the last role of a chain was assumed through to the
// credentials file, under their profiles' names: the person who typed a code for a role may
// use the user's session. name is left out.
func (w *writer) keepSources(ctx context.Context, name string, c profile.Chain, o RefreshOptions) {
	o.Duration = 0 // chosen for the other profile
	for n := range c.Roles {
		on := c.Base
		if n > 0 {
			on = c.Roles[n-1].Profile
		}
		if on.Name == name || o.wanted != nil && !o.wanted(on.Name) || w.choices.leaseOf(on.Name) > 0 {
			continue
		}
		now, err := w.holding(on.Name)
		if err != nil || now.chain.Origin(len(now.chain.Roles)) != w.store.origin(c.Origin(n)) || now.isWritten() || !now.session.usable(w.aws.Now()) {
			continue
		}
		if err := w.write(ctx, on.Name, now.session, o); err != nil {
			w.cfg.Log.Warn("a session made on the way was not written", "profile", on.Name, "err", err)
		}
	}
}

// pendingWrite is a session to be written to the credentials file. Those that are ready
// at the same time, hundreds after a sign-in, are written together.
type pendingWrite struct {
	name string
	one  session
	entry
	unattended bool
	// byPerson is set if a person asked for it, or has allowed a program to have it.
	byPerson bool
	chosen   bool
	lease    time.Time
	done     chan struct{}
	// These are set before done is closed; until then written is what is expected.
	written writtenKey
	err     error
}

// give changes what a profile has been given.
func (p *pendingWrite) give(h *held, isHeld bool) {
	before := h.Written
	if p.err == nil || !isHeld {
		h.request, h.Chosen, h.Written = p.one.request, p.chosen, p.written
	}
	if p.err == nil && before.Section == p.written.Section {
		h.Written.Made = p.written.Made || before.Made
	}
	if !p.unattended || h.LastUsed.IsZero() {
		h.LastUsed = time.Now()
	}
	if p.err == nil {
		if p.byPerson || p.lease.IsZero() || h.Lease.IsZero() {
			h.Lease = p.lease
		}
		h.Before = nil
	}
}

// write puts a session into the profile's section of the credentials file, removes it
// from the former one, and saves it.
func (w *writer) write(ctx context.Context, name string, one session, o RefreshOptions) error {
	p := &pendingWrite{name: name, one: one, unattended: o.asksNobody(), chosen: o.Duration != 0, done: make(chan struct{})}
	p.byPerson = !o.unattended && (o.consent || !o.Requester.Surface.IsProgram())
	if p.entry, p.err = w.prepare(ctx, name, one, o); p.err != nil {
		w.hold(p)
		_ = w.keeper.save(!o.asksNobody()) // as below
		w.republish()
		return p.err
	}
	w.mu.Lock()
	w.waiting = append(w.waiting, p)
	w.mu.Unlock()
	select {
	case <-p.done:
	case <-w.turn:
		// Whoever has the turn writes for all who wait for it.
		w.writeAll()
		w.turn <- struct{}{}
	}
	return p.err
}

// writeAll writes what waits.
func (w *writer) writeAll() {
	w.mu.Lock()
	all := w.waiting
	w.waiting = nil
	w.mu.Unlock()
	if len(all) == 0 {
		return
	}
	entries := make([]entry, len(all))
	attended := false
	for i, p := range all {
		p.lease = leaseEnd(w.choices.leaseOf(p.name))
		p.written = p.expected(w.files.set())
		entries[i] = p.entry
		attended = attended || !p.unattended
	}
	w.store.startReplacing(all)
	// Saved before the write, so that after a kill in between the next agent knows both
	// the old and the new. A failure becomes a problem and is retried.
	_ = w.keeper.save(attended)
	// Not a caller's context: others wait for the same write. The agent's end cancels
	// it, or another program's lock on the file would hold that up.
	ctx := w.back.life
	written, err := writeSessions(ctx, w.cfg.Files.Credentials, entries...)
	var old []writtenKey
	asExpected := true
	for i, p := range all {
		expected := p.written
		p.written = writtenKey{}
		switch {
		case err == nil:
			p.written = written[i]
		case len(all) == 1:
			p.err = err
		default:
			// One that cannot be written must not block the others.
			var alone []writtenKey
			if alone, p.err = writeSessions(ctx, w.cfg.Files.Credentials, p.entry); p.err == nil {
				p.written = alone[0]
			}
		}
		asExpected = asExpected && p.err == nil && p.written == expected
		if before := w.hold(p); p.err == nil && before.Section != "" && before.Section != p.written.Section {
			old = append(old, before)
		}
	}
	if err := removeSessions(ctx, w.cfg.Files.Credentials, old...); err != nil {
		w.cfg.Log.Warn("old credentials stay in the credentials file", "err", err)
	}
	if !asExpected {
		_ = w.keeper.save(attended)
	}
	w.republish()
	w.store.endReplacing()
	for _, p := range all {
		close(p.done)
	}
}

// hold records what a profile was given, and returns what was written for it before.
func (w *writer) hold(p *pendingWrite) (before writtenKey) {
	p.lease = leaseEnd(w.choices.leaseOf(p.name))
	was := w.store.hold(p.name, p.give)
	if p.err == nil {
		w.activity.change(p.name, func(f *facts) { f.failed = nil })
	}
	return was.Written
}

// prepare says what to write for a profile.
func (w *writer) prepare(ctx context.Context, name string, one session, o RefreshOptions) (entry, error) {
	if !w.store.isReplacing() {
		w.reread() // else what is being written is read when that has ended
	}
	now, err := w.holding(name)
	if err != nil {
		return entry{}, err
	}
	c, same := now.by(w.store.origin(one.Origin))
	if !same {
		return entry{}, profile.ChangedMeanwhile(name)
	}
	e, err := w.placeOf(ctx, name, c, o)
	e.session = one
	return e, err
}

// mayBeWritten says why a profile's credentials could not be written, before a person is
// asked for anything.
func (w *writer) mayBeWritten(ctx context.Context, name string, c profile.Chain, o RefreshOptions) error {
	if err := w.mayBeRead(); err != nil {
		return err
	}
	_, err := w.placeOf(ctx, name, c, o)
	return err
}

// mayBeRead says why the AWS files could not be read last. Old content is good enough to
// read from, but not to write to.
func (w *writer) mayBeRead() error {
	w.reread()
	if problem := w.problems.get(topicFiles); problem != nil {
		return problem
	}
	return nil
}

// placeOf returns where a profile's credentials belong.
func (w *writer) placeOf(ctx context.Context, name string, c profile.Chain, o RefreshOptions) (entry, error) {
	files := w.files.set()
	p, at := files.Profiles[name], files.PlaceOf(name)
	if at.Refused != nil {
		return entry{}, at.Refused
	}
	e := entry{asMFA: at.Layout == creds.LayoutAWSMFA && at.Section != ""}
	if n := len(c.Roles); n > 0 {
		e.roleARN = c.Roles[n-1].ARN
	}
	if at.Section != "" {
		e.section = strings.Clone(at.Section)
		e.aside = w.asideIn(files, e.section, name, c)
		return e, e.aside.taken
	}
	if w.keyring.has(name) && p.HasLongTermKey() {
		// Only what the keyring returns right now may be overwritten.
		key, err := w.keeper.key(ctx, name, o)
		if err != nil {
			return entry{}, err
		}
		e.kept = &key
	}
	// Cloned: a part of the file's text would keep all of it in memory for as long as
	// this profile holds something.
	e.section, e.aside = strings.Clone(p.Name), w.asideIn(files, files.DerivedName(name, at.Suffix), name, c)
	if at.Aside || wantsAside(p, e.kept) {
		e.section = e.aside.section
	}
	if e.section == e.aside.section && e.aside.taken != nil {
		return entry{}, e.aside.taken
	}
	return e, nil
}

// asideIn says what is in the way of a profile's credentials in a section of another
// name, or of the profile's own that has nothing else.
func (w *writer) asideIn(files *profile.Set, section, name string, c profile.Chain) aside {
	a := aside{section: section, region: c.Region}
	is, exists := files.Section(section)
	before, _ := w.store.held(name)
	if isOurs := before.Written.Section == section && before.Written.Region; section == name && is.Region != "" && !isOurs {
		a.region = "" // a person has written one, and it stays
	}
	switch {
	case exists && is.HasLongTermKey():
		a.taken = creds.Errorf(creds.CodeLongTermKey,
			"the credentials of %q belong in the section %q, where a long-term access key stands", name, section)
	case exists && (is.WantsDerivedName() || is.Source != "" || is.MFASerial != "" && section != name):
		a.taken = profile.Occupied(name, is)
	}
	return a
}

// blockRenewals keeps profiles from being renewed until done is called. It also excludes
// them from running sweeps.
func (w *writer) blockRenewals(names ...string) (done func()) {
	done = w.departures.add(names...)
	w.signIns.leave(names...)
	w.logins.leave(names...)
	return done
}

// release removes what profiles hold from the credentials file and the store. What
// cannot be removed from the file stays held.
func (w *writer) release(ctx context.Context, names ...string) error {
	var written []writtenKey
	for _, name := range names {
		h, _ := w.store.held(name)
		written = append(written, h.written()...)
	}
	if err := removeSessions(ctx, w.cfg.Files.Credentials, written...); err != nil {
		return err
	}
	w.store.release(names...)
	w.activity.forget(names...)
	err := w.keeper.save(true)
	w.republish()
	if err != nil {
		return lang.Errorf("logged out, but a restart would bring the session back: %w", err)
	}
	return nil
}

// releaseAll is release for a logout of everything. It also forgets what was made for
// none of them.
func (w *writer) releaseAll(ctx context.Context, names []string) error {
	err := w.release(ctx, names...)
	w.store.forgetUnheld()
	return errors.Join(err, w.keeper.save(true))
}
