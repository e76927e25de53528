package core

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/vault"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// keeper reads the vault's keys and the saved sessions, which outlive the agent, and
// saves the sessions.
type keeper struct {
	*owners
	// turn holds a token while nobody reads or writes file.
	turn chan struct{}
	file sessionFile

	mu sync.Mutex
	// loading is the present or the last attempt to load.
	loading *loading
	// unsaved is set while the saved sessions differ from the store's.
	unsaved bool
	// again is when to retry a failed load or save. trying is set during the retry.
	again  time.Time
	trying bool
}

func newKeeper(o *owners) *keeper {
	k := &keeper{
		owners: o, turn: make(chan struct{}, 1),
		file: sessionFile{path: filepath.Join(o.cfg.StateDir, "sessions.age"), vault: o.cfg.Vault},
	}
	k.turn <- struct{}{}
	return k
}

// loading is one attempt to read the keyring and the saved sessions. All callers share
// it, so that a person is asked to unlock the keyring only once.
type loading struct {
	attended bool
	done     chan struct{}
	// These are set before done is closed.
	err error
	at  time.Time
}

// declineLasts is how long programs get the same answer after the keyring was not
// unlocked: each attempt would open the keyring's own window again.
const declineLasts = time.Minute

// load reads the keyring and the saved sessions, unless that was done. The keyring may
// ask a person to unlock it.
func (k *keeper) load(ctx context.Context, by creds.Requester) error {
	if by.Surface == creds.SurfaceUnattended || isUnattended(ctx) {
		return k.loadUnasked(ctx)
	}
	l := k.startLoading(true, by)
	if l == nil {
		return nil
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !l.attended && l.err != nil {
		return k.load(ctx, by)
	}
	return l.err
}

// unattendedKey is that of a context from [Unattended].
type unattendedKey struct{}

// Unattended returns a context for requests that say nothing of who asks: none of them has a
// person unlock the keyring.
func Unattended(ctx context.Context) context.Context {
	return context.WithValue(ctx, unattendedKey{}, true)
}

func isUnattended(ctx context.Context) bool { return ctx.Value(unattendedKey{}) != nil }

// loadUnasked is load for a request that nobody is to be asked for. It does not wait for
// the person whom another one asks.
func (k *keeper) loadUnasked(ctx context.Context) error {
	if k.keyring.known() {
		return nil
	}
	if err := k.mustBeOpen(ctx); err != nil {
		return unasked(err)
	}
	l := k.startLoading(false, creds.Requester{})
	if l == nil {
		return nil
	}
	select {
	case <-l.done:
		return unasked(l.err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// unasked says of a locked keyring that nobody is to be asked to unlock it.
func unasked(err error) error {
	if err == nil || creds.AsError(err).Code != creds.CodeKeyringLocked {
		return err
	}
	return unaskedError{&creds.Error{
		Code: creds.CodeNobodyToAsk, Message: lang.T("the keyring is locked, and nobody is to be asked to unlock it"),
		Advice: lang.T("Unlock it in daypass's window (daypass show), or log in from a terminal without --no-input."),
	}}
}

// loadQuietly is load without a person: it leaves a locked keyring alone.
func (k *keeper) loadQuietly(ctx context.Context) {
	l := k.startLoading(false, creds.Requester{})
	if l == nil {
		return
	}
	select {
	case <-l.done:
	case <-ctx.Done():
	}
}

// unlock is load, and then does what waited for the keyring.
func (k *keeper) unlock(ctx context.Context, by creds.Requester) error {
	if err := k.load(ctx, by); err != nil {
		return err
	}
	if k.isUnsaved() {
		return k.save(true)
	}
	if problem := k.problems.get(topicSessions); problem != nil && problem.Code == creds.CodeKeyringUnavailable {
		return problem
	}
	return nil
}

// startLoading returns the attempt to wait for, or nil when all is loaded.
func (k *keeper) startLoading(attended bool, by creds.Requester) *loading {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keyring.known() {
		return nil
	}
	if l := k.loading; l != nil {
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
	k.loading = l
	started := k.back.start("the reading of the saved sessions", func(ctx context.Context) {
		l.err = safely.Do(k.cfg.Log, "the reading of the saved sessions", func() error { return k.loadNow(ctx, attended) })
		l.at = time.Now()
		close(l.done)
	})
	if !started {
		l.err = errEnded
		close(l.done)
	}
	return l
}

func (k *keeper) loadNow(ctx context.Context, attended bool) error {
	var err error
	if !attended {
		err = k.mustBeOpen(ctx)
	}
	var names vault.Names
	if err == nil {
		names, err = k.cfg.Vault.KeyNames(ctx)
	}
	var read records
	var warning, unread error
	if err == nil {
		read, warning, unread, err = k.readFile(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	k.noteTry(unread != nil)         // the file is retried
	_, filesErr := k.files.look(ctx) // these decide what is still held
	if err != nil && wentUnasked(err) {
		// The person closed the question: the keyring is still locked.
		k.problems.set(topicKeyring, vault.ErrLocked())
	} else {
		k.problems.set(topicKeyring, err)
	}
	if err == nil {
		k.problems.set(topicSessions, warning)
		k.problems.set(topicSaving, unread)
		k.keyring.add(names.Profiles...)
		k.settle(ctx, read)
		k.store.restore(read)
		k.replan()
		_, filesErr = k.files.look(ctx) // with the recipes
		k.relearn(read)
		k.learnFew(ctx)
		k.store.forgetEnded(k.aws.Now())
		k.adjustLeases()
		k.keyring.wasRead()
	}
	k.noteFiles(filesErr)
	k.view.publishAll()
	return err
}

// settle decides by the credentials file what the last agent was writing when it was
// killed. If the file cannot be read, everything that may be in it is kept.
func (k *keeper) settle(ctx context.Context, read records) {
	if !k.files.isRead.Load() {
		return
	}
	if err := removeSessions(ctx, k.cfg.Files.Credentials, read.settle(k.files.set().Sections())...); err != nil {
		k.cfg.Log.Warn("old credentials stay in the credentials file", "err", err)
	}
}

// adjustLeases begins and ends leases to match the settings.
func (k *keeper) adjustLeases() {
	if k.store.adjustLeases(k.choices.leaseOf, func(name string) bool { return k.moving(name) != nil }) {
		k.saveSoon()
	}
}

// readFile reads the saved sessions when nobody is writing them.
func (k *keeper) readFile(ctx context.Context) (read records, warning, unread, err error) {
	<-k.turn
	defer func() { k.turn <- struct{}{} }()
	read, warning, err = k.file.load(ctx)
	return read, warning, k.file.unread, err
}

// mustBeOpen fails if the keyring would ask a person who did not ask for anything.
func (k *keeper) mustBeOpen(ctx context.Context) error {
	locked, err := k.cfg.Vault.Locked(ctx)
	if err == nil && locked {
		err = vault.ErrLocked()
	}
	return err
}

// key reads a key from the keyring. Unattended work leaves a locked keyring alone.
func (k *keeper) key(ctx context.Context, name string, o RefreshOptions) (creds.LongTermKey, error) {
	if o.asksNobody() {
		if err := k.mustBeOpen(ctx); err != nil {
			if o.unattended {
				return creds.LongTermKey{}, needsPerson(err)
			}
			return creds.LongTermKey{}, unasked(err)
		}
	}
	key, err := k.cfg.Vault.Key(ctx, name)
	if err == nil {
		k.learnKeys(map[string]string{name: key.ID}) // saved with the session that it is for
	}
	return key, err
}

// fewItems is how many profiles' items are read before the first answers.
const fewItems = 20

// learnFew reads which keys profiles have whose is not known, unless they are many: work
// that begins before that is known is not shared with work that begins after it.
// [Custody.startItems] reads the others.
func (k *keeper) learnFew(ctx context.Context) {
	learned := map[string]string{}
	for name, id := range k.keyring.all() {
		if id == "" {
			learned[name] = ""
		}
	}
	if len(learned) == 0 || len(learned) > fewItems || k.mustBeOpen(ctx) != nil {
		return
	}
	for name := range learned {
		use, err := k.cfg.Vault.Use(ctx, name)
		if err != nil {
			delete(learned, name) // whoever needs it is given the error
			continue
		}
		learned[name] = use.KeyID
	}
	k.learnKeys(learned)
}

// relearn takes over which keys the profiles had when records were saved, unless that is
// known better by now.
func (k *keeper) relearn(read records) {
	ids := map[string]string{}
	for name, id := range k.keyring.all() {
		if saved := read.KeyIDs[name]; id == "" && saved != "" {
			ids[name] = saved
		}
	}
	k.learnKeys(ids)
}

// save writes the sessions. A failure becomes a problem and is retried; the sessions
// work until the agent ends. Unless attended, it leaves a locked keyring alone.
func (k *keeper) save(attended bool) error {
	<-k.turn
	defer func() { k.turn <- struct{}{} }()
	current := k.store.copy()
	current.KeyIDs = k.keyring.ids()
	// Not a caller's context: a session that a person typed a code for is saved even if
	// nobody waits, and while the agent ends.
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(k.back.life), savePatience, errSlowSave)
	defer cancel()
	var err, warning error
	if !attended && k.file.identity == nil {
		err = k.mustBeOpen(ctx)
	}
	if err == nil && k.file.unread != nil {
		current, warning, err = k.readAgain(ctx, current)
	}
	if err == nil {
		var more error
		more, err = k.file.save(ctx, current)
		warning = cmp.Or(more, warning)
	}
	if err != nil {
		k.cfg.Log.Error("the sessions were not saved", "err", err)
	}
	k.noteTry(err != nil)
	news := k.problems.set(topicSaving, err)
	if warning != nil {
		news = k.problems.set(topicSessions, warning) || news
	}
	if news {
		k.view.publish()
	}
	return err
}

// readAgain reads saved sessions that could not be read before, and adds them to the
// present ones, which are newer. The caller has the turn.
func (k *keeper) readAgain(ctx context.Context, current records) (all records, warning, err error) {
	read, warning, err := k.file.load(ctx)
	if err != nil {
		return current, nil, err
	}
	if k.file.unread != nil {
		return current, warning, k.file.unread
	}
	k.settle(ctx, read)
	k.store.addMissing(read)
	k.replan()
	k.relearn(read)
	k.store.forgetEnded(k.aws.Now())
	k.view.publishAll()
	return k.store.copy(), warning, nil
}

// savePatience bounds a save while the agent ends. Only the first save asks the keyring.
const savePatience = 10 * time.Second

var errSlowSave = &creds.Error{
	Code: creds.CodeKeyringLocked, Message: lang.T("the sessions could not be saved: the keyring did not answer in time"),
}

// saveSoon makes [schedule.run] save the sessions.
func (k *keeper) saveSoon() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unsaved, k.again = true, time.Time{}
}

// noteTry records that loading or saving was just tried, and whether sessions are still
// unsaved.
func (k *keeper) noteTry(unsaved bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unsaved, k.again = unsaved, time.Now().Add(glance)
}

func (k *keeper) isUnsaved() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.unsaved
}

// hurry makes a retry due at once.
func (k *keeper) hurry() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.again = time.Time{}
}

// due returns when to retry something, and whether there is anything.
func (k *keeper) due() (at time.Time, is bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.again, !k.trying && (k.unsaved || !k.keyring.known())
}

// setTrying marks the beginning or end of a retry. It puts off a retry that is due at
// once.
func (k *keeper) setTrying(trying bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trying = trying
	if !trying {
		k.again = later(k.again)
	}
}

// tryAgain retries the load and the save that failed.
func (k *keeper) tryAgain(ctx context.Context) {
	unsaved := k.isUnsaved()
	k.loadQuietly(ctx)
	if unsaved {
		_ = k.save(false) // noted as a problem already
	}
}

// tidyFolders makes our own folders private again if they are not, and removes temporary
// files with secrets that killed processes left.
func (k *keeper) tidyFolders() {
	for _, folder := range []string{k.cfg.StateDir, filepath.Join(k.cfg.StateDir, "keyring")} {
		if err := atomicfile.MakePrivate(folder); err != nil {
			k.cfg.Log.Warn("a folder of daypass is open to other users", "err", err)
		}
	}
	folders := []string{k.cfg.StateDir, k.cfg.Logins.Dir()}
	for _, path := range []string{k.cfg.Files.Config, k.cfg.Files.Credentials} {
		if file, err := atomicfile.Follow(path); err == nil {
			folders = append(folders, filepath.Dir(file))
		}
	}
	if k.cfg.Tokens != nil {
		folders = append(folders, k.cfg.Tokens.Dir())
	}
	slices.Sort(folders)
	for _, folder := range slices.Compact(folders) {
		atomicfile.SweepFolder(folder)
	}
}
