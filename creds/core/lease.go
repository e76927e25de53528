package core

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"syscall"
	"time"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/atomicfile"
	"daypass/creds/profile"
)

// leaseOf returns for how long a profile is lent; zero if it is not sensitive.
func (m *Manager) leaseOf(name string) time.Duration {
	p := m.settings().Profile[name]
	if !p.Sensitive {
		return 0
	}
	return cmp.Or(time.Duration(p.Lease), creds.DefaultLease)
}

// boundByLease bounds the lifetime of a session that is made for a sensitive
// profile itself: AWS knows no shorter one than a quarter of an hour.
func (m *Manager) boundByLease(name string, wanted time.Duration) time.Duration {
	if lease := m.leaseOf(name); lease > 0 {
		return min(wanted, max(lease, creds.MinSession))
	}
	return wanted
}

// isOver reports whether what the profile was lent is to be taken back.
func (h held) isOver(now time.Time) bool { return !h.Lease.IsZero() && !h.Lease.After(now) }

// ends returns when what a profile holds ends: with its lease, if it has one.
func (h held) ends(expires time.Time) time.Time {
	if !h.Lease.IsZero() && h.Lease.Before(expires) {
		return h.Lease
	}
	return expires
}

// leaseEnd returns the end of a lease that begins now. Leases end by the wall
// clock: a machine that sleeps lends nothing.
func leaseEnd(lease time.Duration) time.Time {
	if lease == 0 {
		return time.Time{}
	}
	return time.Now().Round(0).Add(lease)
}

// settings returns what the person has chosen; nobody changes it.
func (m *Manager) settings() creds.Settings { return *m.chosen.Load() }

func (m *Manager) readSettings() {
	s := m.cfg.Settings()
	m.chosen.Store(&s)
}

// SettingsChanged is to be called when the settings have changed.
func (m *Manager) SettingsChanged() {
	m.readSettings()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rebuild()
	m.publish()
}

// NoteSettings notes what is wrong with the file of the settings, or that
// nothing is.
func (m *Manager) NoteSettings(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.setProblem(topicSettings, fileProblem(err)) {
		m.publish()
	}
}

// NotePath notes folders of the setting path that are not looked into; nil if there
// are none.
func (m *Manager) NotePath(err error) {
	if err != nil {
		err = &creds.Error{
			Code: creds.CodeFile, Message: err.Error(),
			Advice: "Change the folder, or path in config.toml, and end the agent with \"daypass stop\".",
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.setProblem(topicPath, err) {
		m.publish()
	}
}

// NoteConsole notes why the bookmarks and the visits cannot be read, or that they
// can.
func (m *Manager) NoteConsole(bookmarks, visits error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	news := m.setProblem(topicBookmarks, fileProblem(bookmarks))
	if m.setProblem(topicVisits, fileProblem(visits)) || news {
		m.publish()
	}
}

// fileProblem is a fault of a file that people edit, or of the file system.
func fileProblem(err error) error {
	var system syscall.Errno
	switch {
	case err == nil:
		return nil
	case errors.As(err, &system) || errors.Is(err, atomicfile.ErrNotRegular):
		return &creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)}
	}
	return &creds.Error{Code: creds.CodeBadFile, Message: err.Error()}
}

// adjustLeases begins a lease for what a profile held when it was marked, and
// ends those of profiles that are sensitive no more. It is called with the lock
// held.
func (m *Manager) adjustLeases() {
	for name, h := range m.store.Held {
		lease := m.leaseOf(name)
		if (lease > 0) == !h.Lease.IsZero() {
			continue
		}
		h.Lease = leaseEnd(lease)
		m.store.Held[name] = h
		m.unsaved, m.again = true, time.Time{}
	}
}

// planLeases says when each lease ends. It is called with the lock held.
func (m *Manager) planLeases(each func(name string, at time.Time)) {
	for name, h := range m.store.Held {
		if h.Lease.IsZero() {
			continue
		}
		at := h.Lease
		if f := m.facts[name]; f != nil {
			if f.ending {
				continue
			}
			if f.unreturned && f.retry.After(at) {
				at = f.retry
			}
		}
		each(name, at)
	}
}

// endLeases takes back what was lent for a time that is over, each by itself: one
// that takes long does not hold up the others.
func (m *Manager) endLeases(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.planLeases(func(name string, at time.Time) {
		if at.After(now) {
			return
		}
		m.factsOf(name).ending = true
		m.startLocked("the end of a lease", func(ctx context.Context) {
			_ = m.takeBack(ctx, name) // it is tried again
		}, func() {
			if f := m.facts[name]; f != nil {
				f.ending = false
				if m.store.Held[name].isOver(time.Now()) {
					f.unreturned, f.retry = true, later(f.retry)
				}
			}
		})
	})
}

// TakeBack ends all leases at once, and what is under way to begin one: the screen
// was locked, say, or the agent ends. With them ends what programs may have for an
// hour without a question: the person is gone who said so.
func (m *Manager) TakeBack(ctx context.Context) error {
	m.mu.Lock()
	clear(m.allowed)
	var names []string
	for name, h := range m.store.Held {
		if !h.Lease.IsZero() {
			names = append(names, name)
		}
	}
	for _, f := range m.flights {
		if f.profile != "" && m.leaseOf(f.profile) > 0 {
			names = append(names, f.profile)
		}
	}
	m.mu.Unlock()
	slices.Sort(names)
	return m.takeBack(ctx, slices.Compact(names)...)
}

func (m *Manager) takeBack(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	defer m.depart(names...)()
	m.endLeasesNow(names)
	err := m.ground(ctx, func(f *flight) bool { return slices.Contains(names, f.profile) })
	if err == nil {
		err = m.release(ctx, names...)
	}
	if err != nil {
		m.cfg.Log.Warn("what was lent was not taken back", "profiles", names, "err", err)
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, name := range names {
			if _, ok := m.store.Held[name]; ok {
				f := m.factsOf(name)
				f.retry, f.unreturned = time.Now().Add(glance), true
			}
		}
		return err
	}
	m.cfg.Log.Info("taken back", "profiles", names)
	return nil
}

// endLeasesNow has nobody get what profiles hold from now on, however long it takes
// to take it out of the file. If that fails, it is tried again.
func (m *Manager) endLeasesNow(names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now().Round(0)
	for _, name := range names {
		if h, ok := m.store.Held[name]; ok && h.Lease.After(now) {
			h.Lease = now
			m.store.Held[name] = h
		}
	}
	m.publish()
}

// hourLong is how long [creds.GrantHour] lasts.
const hourLong = time.Hour

// programRule returns what programs get that want a profile for which a person
// has to be asked.
func (m *Manager) programRule(name string) creds.ProgramRule {
	if rule := m.settings().Profile[name].Programs; rule != "" && rule != creds.ProgramsAsk {
		return rule
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.allowed[name].After(time.Now()) {
		return creds.ProgramsAlways
	}
	return creds.ProgramsAsk
}

// mayAsk refuses to ask a person on behalf of a program that the person wants to
// hear nothing of.
func (m *Manager) mayAsk(name string, o RefreshOptions) error {
	switch {
	case o.unattended || m.cfg.User == nil:
		return errNeedsPerson
	case o.Requester.Surface == creds.SurfaceProgram && m.programRule(name) == creds.ProgramsNever:
		return refusedToPrograms(name)
	}
	return nil
}

func refusedToPrograms(name string) error {
	return creds.Errorf(creds.CodeDeclined,
		`the settings refuse profile %q to programs where a person has to be asked (programs = "never"); refresh it by hand first`, name)
}

// wantsConsent reports whether a person has to be asked first whether a program
// may have a profile, given how it stands.
func (m *Manager) wantsConsent(now standing, by creds.Requester) bool {
	return by.Surface == creds.SurfaceProgram && !now.inFile && m.leaseOf(now.chain.Asked) > 0
}

// consent asks whether a program may have a sensitive profile.
func (m *Manager) consent(ctx context.Context, name string, c profile.Chain, by creds.Requester) error {
	switch m.programRule(name) {
	case creds.ProgramsAlways:
		return nil
	case creds.ProgramsNever:
		return refusedToPrograms(name)
	case creds.ProgramsAsk:
	}
	if m.cfg.User == nil {
		return errNeedsPerson
	}
	grant, err := m.cfg.User.Consent(ctx, ConsentRequest{
		Profile: name, AccountID: c.Account(), Lease: m.leaseOf(name), Requester: by,
	})
	if err != nil {
		return err
	}
	return m.follow(ctx, name, grant)
}

// follow does as a person has decided on programs, and remembers it.
func (m *Manager) follow(ctx context.Context, name string, grant creds.Grant) error {
	rule := creds.ProgramRule("")
	switch grant {
	case creds.GrantOnce:
		return nil
	case creds.GrantHour:
		m.mu.Lock()
		m.allowed[name] = time.Now().Round(0).Add(hourLong)
		m.mu.Unlock()
		return nil
	case creds.GrantAlways:
		rule = creds.ProgramsAlways
	case creds.GrantNever:
		rule = creds.ProgramsNever
	default:
		return creds.Errorf(creds.CodeBadRequest, "%q is no answer; programs may have a profile once, for an hour, always or never", grant)
	}
	if err := m.cfg.Choose(ctx, name, rule); err != nil {
		// The person has decided all the same.
		m.cfg.Log.Warn("what was decided on programs was not written to the settings", "profile", name, "err", err)
	}
	if grant == creds.GrantNever {
		return refusedToPrograms(name)
	}
	return nil
}

// NeverForPrograms is what a [User] returns for a question that a person has
// closed for good: programs are not to ask for the profile again.
type NeverForPrograms struct{ Profile string }

// Error returns the sentence for the program.
func (e *NeverForPrograms) Error() string { return refusedToPrograms(e.Profile).Error() }

// settle turns a person's "never" into what is remembered and what the program
// is told.
func (m *Manager) settle(ctx context.Context, err error) error {
	var never *NeverForPrograms
	if !errors.As(err, &never) {
		return err
	}
	return m.follow(ctx, never.Profile, creds.GrantNever)
}

// leaseNothing takes back what was lent while the agent can still do so.
func (m *Manager) leaseNothing() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), savePatience, errSlowSave)
	defer cancel()
	_ = m.TakeBack(ctx) // logged
}

// Unwrap returns the error with its code.
func (e *NeverForPrograms) Unwrap() error { return refusedToPrograms(e.Profile) }
