package core

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/atomicfile"
	"daypass/creds/safely"
	"daypass/creds/vault"
)

// loading is one attempt to read the keyring and the saved sessions. All who
// need it wait for the same one: a person is asked to unlock the keyring once.
type loading struct {
	attended bool
	done     chan struct{}
	// These are set before done is closed.
	err error
	at  time.Time
}

// declineLasts is how long programs get the same answer after the keyring could
// not be unlocked: each of them would open the keyring's own window again.
const declineLasts = time.Minute

// load reads the keyring and the saved sessions, unless that was done. The
// keyring may ask a person to unlock it.
func (m *Manager) load(ctx context.Context, by creds.Requester) error {
	l := m.startLoading(true, by)
	if l == nil {
		return nil
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !l.attended && l.err != nil {
		return m.load(ctx, by)
	}
	return l.err
}

// Unlock has a keyring read that was locked, or did not answer, for which a person
// may be asked, and does what has waited for that.
func (m *Manager) Unlock(ctx context.Context, by creds.Requester) error {
	if err := m.load(ctx, by); err != nil {
		return err
	}
	m.mu.Lock()
	unsaved := m.unsaved
	m.mu.Unlock()
	if unsaved {
		return m.save(true)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if problem, ok := m.problems[topicSessions]; ok && problem.Code == creds.CodeKeyringUnavailable {
		return &problem
	}
	return nil
}

// loadQuietly is load with nobody to ask: it leaves a locked keyring alone.
func (m *Manager) loadQuietly(ctx context.Context) {
	l := m.startLoading(false, creds.Requester{})
	if l == nil {
		return
	}
	select {
	case <-l.done:
	case <-ctx.Done():
	}
}

// startLoading returns the attempt to wait for, or nil when all is loaded.
func (m *Manager) startLoading(attended bool, by creds.Requester) *loading {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.loaded {
		return nil
	}
	if l := m.loading; l != nil {
		select {
		case <-l.done:
			if attended && l.attended && by.Surface == creds.SurfaceProgram && time.Since(l.at) < declineLasts {
				return l
			}
		default:
			return l
		}
	}
	l := &loading{attended: attended, done: make(chan struct{})}
	m.loading = l
	if m.life.Err() != nil {
		l.err = errEnded
		close(l.done)
		return l
	}
	m.flying.Go(func() {
		l.err = safely.Do(m.cfg.Log, "the reading of the saved sessions", func() error { return m.loadNow(m.life, attended) })
		l.at = time.Now()
		close(l.done)
	})
	return l
}

func (m *Manager) loadNow(ctx context.Context, attended bool) error {
	var err error
	if !attended {
		err = m.mustBeOpen(ctx)
	}
	var names []string
	if err == nil {
		names, err = m.cfg.Vault.KeyNames(ctx)
	}
	var read store
	var warning, unread error
	if err == nil {
		read, warning, unread, err = m.readSaved(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.again = time.Now().Add(glance)
	if err != nil && wentUnasked(err) {
		// The person has closed the question: what it was about is as before.
		m.setProblem(topicKeyring, vault.ErrLocked())
	} else {
		m.setProblem(topicKeyring, err)
	}
	if err == nil {
		m.loaded = true
		m.setProblem(topicSessions, warning)
		m.setProblem(topicSaving, unread)
		m.unsaved = unread != nil // the file is tried again
		for _, name := range names {
			m.keys[name] = true
		}
		m.store = read
		m.forgetEnded(m.client.Now())
	}
	_, filesErr := m.files.load(ctx)
	m.noteFilesLocked(filesErr)
	m.rebuild()
	m.publish()
	return err
}

// tidyFolders makes the folders of our own private again, in case they are not, and
// removes temporary files, with secrets in them, that killed processes have left.
func (m *Manager) tidyFolders() {
	for _, folder := range []string{m.cfg.StateDir, filepath.Join(m.cfg.StateDir, "keyring")} {
		if err := atomicfile.MakePrivate(folder); err != nil {
			m.cfg.Log.Warn("a folder of daypass is open to other users", "err", err)
		}
	}
	folders := []string{m.cfg.StateDir}
	for _, path := range []string{m.cfg.Files.Config, m.cfg.Files.Credentials} {
		if file, err := atomicfile.Follow(path); err == nil {
			folders = append(folders, filepath.Dir(file))
		}
	}
	if m.cfg.Tokens != nil {
		folders = append(folders, m.cfg.Tokens.Dir())
	}
	slices.Sort(folders)
	for _, folder := range slices.Compact(folders) {
		atomicfile.SweepFolder(folder)
	}
}

func (m *Manager) readSaved(ctx context.Context) (read store, warning, unread, err error) {
	<-m.saving
	defer func() { m.saving <- struct{}{} }()
	read, warning, err = m.saved.load(ctx)
	return read, warning, m.saved.unread, err
}

// mustBeOpen refuses where the keyring would ask a person who did not ask for
// anything.
func (m *Manager) mustBeOpen(ctx context.Context) error {
	locked, err := m.cfg.Vault.Locked(ctx)
	if err == nil && locked {
		err = vault.ErrLocked()
	}
	return err
}

// forgetEnded drops sessions that ended over a day ago: the menus have shown
// them long enough. What was written to the credentials file stays known as
// long as it stands there. It is called with the lock held.
func (m *Manager) forgetEnded(now time.Time) {
	for one := range m.store.Sessions.all() {
		if one.left(now) < -24*time.Hour {
			m.store.Sessions.remove(one.request)
		}
	}
	for name, h := range m.store.Held {
		if m.store.Sessions.get(h.request).Expires.IsZero() && m.files.read && !m.stands(h.Written) {
			delete(m.store.Held, name)
		}
	}
}

// save writes the sessions. That they could not be saved is a problem, and
// tried again; they are good until the agent ends.
// Without a person a locked keyring is left alone.
func (m *Manager) save(attended bool) error {
	<-m.saving
	defer func() { m.saving <- struct{}{} }()
	m.mu.Lock()
	current := m.store.clone()
	m.mu.Unlock()
	// Not a caller's context: what a person has paid a code for is saved
	// though nobody waits, and while the agent ends.
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(m.life), savePatience, errSlowSave)
	defer cancel()
	var err, warning error
	if !attended && m.saved.identity == nil {
		err = m.mustBeOpen(ctx)
	}
	if err == nil && m.saved.unread != nil {
		current, warning, err = m.readAgain(ctx, current)
	}
	if err == nil {
		var more error
		more, err = m.saved.save(ctx, current)
		warning = cmp.Or(more, warning)
	}
	if err != nil {
		m.cfg.Log.Error("the sessions were not saved", "err", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unsaved, m.again = err != nil, time.Now().Add(glance)
	news := m.setProblem(topicSaving, err)
	if warning != nil {
		news = m.setProblem(topicSessions, warning) || news
	}
	if news {
		m.publish()
	}
	return err
}

// Unsaved returns in a sentence why the sessions are not saved, so that they end
// with the agent; "" if they are.
func (m *Manager) Unsaved() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.problems[topicSaving].Message
}

// readAgain reads saved sessions that could not be read before, and puts them
// beside the present ones, which are newer. It is called with the token of saving.
func (m *Manager) readAgain(ctx context.Context, current store) (all store, warning, err error) {
	read, warning, err := m.saved.load(ctx)
	if err != nil {
		return current, nil, err
	}
	if m.saved.unread != nil {
		return current, warning, m.saved.unread
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.store.addMissing(read)
	m.forgetEnded(m.client.Now())
	m.rebuild()
	return m.store.clone(), warning, nil
}

// savePatience bounds a save while the agent ends. Only the first one asks the
// keyring.
const savePatience = 10 * time.Second

var errSlowSave = &creds.Error{
	Code: creds.CodeKeyringLocked, Message: "the sessions could not be saved: the keyring did not answer in time",
}
