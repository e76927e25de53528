package core

import (
	"context"
	"sync"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// Custody keeps long-term keys: they come in from elsewhere, are rotated, copied, renamed
// and removed. Each of these is a flow in a file of its own.
type Custody struct {
	*owners
	keeper    *keeper
	writer    *writer
	adder     *adder
	refresher *refresher
	issuer    *issuer
	asker     asker
	signOut   *signOut
	console   *consoleSigner
	turns     *turns
	// resumptions take up entries of the journal after a start, or when they are due.
	resumptions map[journalKind]resumption

	mu sync.Mutex
	// failed are the entries that could not be finished, by their IDs.
	failed map[string]failedEntry
	ages   *keyAges
	items  itemsLook
}

// failedEntry is when to take up an entry again, and how often in a row that has failed.
type failedEntry struct {
	retry    time.Time
	failures int
}

// A resumption finishes or undoes what an entry of the journal began. Whoever calls it has
// claimed the entry and read the keyring. It ends the entry, or leaves it with a later
// time; after an error it is called again some time later.
type resumption func(ctx context.Context, e journalEntry) error

func newCustody(m *Manager, issuer *issuer, asker asker) *Custody {
	cu := &Custody{
		owners: m.owners, keeper: m.keeper, writer: m.writer, adder: m.adder, refresher: m.refresher, issuer: issuer,
		asker: asker, signOut: m.signOut, console: m.console, turns: newTurns(),
		failed: map[string]failedEntry{}, ages: &keyAges{ownUses: map[string]ownUse{}},
	}
	cu.resumptions = map[journalKind]resumption{
		journalRotation: rotator{cu}.resumeRotation, journalImport: keyImporter{cu}.resumeImport,
		journalItems: cu.resumeItems, journalBackend: cu.resumeBackend,
		journalRename: renamer{cu}.resumeRename, journalRemoval: remover{cu}.resumeRemoval,
	}
	return cu
}

// Custody returns what keeps long-term keys.
func (m *Manager) Custody() *Custody { return m.custody }

// load reads the keyring and the journal, which every change of a key needs.
func (cu *Custody) load(ctx context.Context, by creds.Requester) error {
	if err := cu.keeper.load(ctx, by); err != nil {
		return err
	}
	cu.reread()
	return cu.journal.open()
}

// plan calls each with the entries of the journal that nobody works on, and when to take
// them up. While the keyring is unread, there are none.
func (cu *Custody) plan(each func(e journalEntry, at time.Time)) {
	if !cu.keyring.known() {
		return
	}
	for _, e := range cu.journal.unclaimed() {
		at := e.Due
		cu.mu.Lock()
		if retry := cu.failed[e.ID].retry; retry.After(at) {
			at = retry
		}
		cu.mu.Unlock()
		each(e, at)
	}
}

// startDue takes up the entries of the journal that are due, each in its own goroutine.
func (cu *Custody) startDue(now time.Time) {
	cu.startItems(now)
	cu.plan(func(e journalEntry, at time.Time) {
		if at.After(now) || !cu.journal.claim(e.ID) {
			return
		}
		cu.back.start("what was begun with a long-term key", func(ctx context.Context) {
			defer cu.view.wake()
			defer cu.journal.release(e.ID) // also after a panic
			cu.resume(ctx, e)
		})
	})
}

// resume takes up an entry, and notes when to do so again if that fails.
func (cu *Custody) resume(ctx context.Context, e journalEntry) {
	err := lang.Errorf("this version knows nothing of %q", string(e.Kind))
	if take := cu.resumptions[e.Kind]; take != nil {
		err = take(ctx, e)
	}
	cu.mu.Lock()
	defer cu.mu.Unlock()
	if err == nil {
		delete(cu.failed, e.ID)
		return
	}
	cu.cfg.Log.Warn("what was begun with a long-term key is not finished yet", "entry", e.ID, "kind", e.Kind, "profiles", e.Profiles, "err", err)
	n := cu.failed[e.ID].failures + 1
	cu.failed[e.ID] = failedEntry{time.Now().Add(backoff(n)), n}
}

// hurry has entries that failed taken up at once.
func (cu *Custody) hurry() {
	cu.mu.Lock()
	defer cu.mu.Unlock()
	for id, f := range cu.failed {
		f.retry = time.Time{}
		cu.failed[id] = f
	}
	cu.items.again = time.Time{}
}
