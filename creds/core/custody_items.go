package core

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/vault"
	"daypass/internal/lang"
)

// itemsLook says when the keyring is looked through for which key each profile has.
type itemsLook struct {
	// done is set when all items were read that can be.
	done, running bool
	// again is when to try after a failure, and failures counts those in a row.
	again    time.Time
	failures int
}

// itemsAtOnce is how many items are read before what they say is used: each use looks at
// all profiles.
const itemsAtOnce = 200

// itemsState is the state of an entry of items that are being renewed.
type itemsState struct {
	Profiles []string `json:"profiles"`
}

// startItems looks through the keyring once, for which key each profile has, and renews
// what an older version has stored. It needs no timer: a keyring that was locked is tried
// again when something happens.
func (cu *Custody) startItems(now time.Time) {
	if !cu.keyring.known() {
		return
	}
	cu.mu.Lock()
	due := !cu.items.done && !cu.items.running && !cu.items.again.After(now)
	if due {
		cu.items.running = true
	}
	cu.mu.Unlock()
	if !due {
		return
	}
	started := cu.back.start("the look at the keyring's items", func(ctx context.Context) {
		err := cu.lookAtItems(ctx)
		cu.mu.Lock()
		defer cu.mu.Unlock()
		cu.items.running, cu.items.done = false, err == nil
		if err == nil {
			return
		}
		cu.items.failures++
		cu.items.again = time.Now().Add(backoff(cu.items.failures))
		cu.cfg.Log.Debug("which keys the keyring holds is not known of all profiles yet", "err", err)
	})
	if !started {
		cu.mu.Lock()
		defer cu.mu.Unlock()
		cu.items.running = false
	}
}

// lookAtItems learns which keys the profiles have whose is not known. Those with items of
// an older version are renewed in an entry of the journal.
func (cu *Custody) lookAtItems(ctx context.Context) error {
	if err := cu.keeper.mustBeOpen(ctx); err != nil {
		return err
	}
	there, err := cu.cfg.Vault.KeyNames(ctx) // reads none
	if err != nil {
		return err
	}
	var unknown []string
	for name, id := range cu.keyring.all() {
		if _, has := slices.BinarySearch(there.Keys, id); !has {
			unknown = append(unknown, name) // or it is an old item, which was read
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	var old []string
	err = cu.eachItem(ctx, unknown, func(name string) (vault.Use, error) {
		use, err := cu.cfg.Vault.Use(ctx, name)
		if err == nil && use.Old {
			old = append(old, name)
		}
		return use, err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	if err := cu.journal.open(); err != nil {
		return err
	}
	if entries := cu.journal.entries(journalItems); len(entries) > 0 {
		return nil // they have been begun, and are taken up
	}
	id, err := cu.journal.begin(ctx, journalItems, nil, itemsState{old})
	if err != nil {
		return err
	}
	defer cu.view.wake() // it is taken up again if this fails
	defer cu.journal.release(id)
	return cu.renewItems(ctx, id, old)
}

// resumeItems goes on with items that the last agent was renewing.
func (cu *Custody) resumeItems(ctx context.Context, e journalEntry) error {
	var state itemsState
	if err := json.Unmarshal(e.State, &state); err != nil {
		return err
	}
	return cu.renewItems(ctx, e.ID, state.Profiles)
}

// renewItems has each key of an older version's item in one of its own. Each item is whole
// at every moment, so that no step of its own has to be written down.
func (cu *Custody) renewItems(ctx context.Context, id string, names []string) error {
	err := cu.eachItem(ctx, names, func(name string) (vault.Use, error) {
		done, err := cu.turns.take(lang.T("its item in the keyring is being renewed"), name)
		if err != nil {
			return vault.Use{}, err
		}
		defer done()
		use, err := cu.cfg.Vault.Renew(ctx, name)
		if err == nil && use.Old {
			cu.cfg.Log.Warn("an item of an older version stays in the keyring: another one has the same key with another secret", "profile", name, "key", use.KeyID)
		}
		return use, err
	})
	if err != nil {
		return err
	}
	cu.cfg.Log.Info("the keyring has an item for each long-term key now", "profiles", len(names))
	return cu.journal.end(ctx, id, "")
}

// eachItem reads the items of profiles, and notes which keys they have. The vault takes
// turns, so that others are served between two of them. Items that cannot be used are passed
// over: whoever needs one is given the error. A locked keyring is left alone.
func (cu *Custody) eachItem(ctx context.Context, names []string, read func(name string) (vault.Use, error)) error {
	for some := range slices.Chunk(names, itemsAtOnce) {
		if err := cu.keeper.mustBeOpen(ctx); err != nil {
			return err
		}
		learned := map[string]string{}
		var failed error
		for _, name := range some {
			if !cu.keyring.has(name) {
				continue // it was removed meanwhile
			}
			use, err := read(name)
			switch {
			case err == nil:
				learned[name] = use.KeyID
			case errors.Is(err, vault.ErrDamagedItem), isNoKey(err):
			default:
				failed = err
			}
			if failed != nil {
				break
			}
		}
		if cu.learnKeys(learned) {
			cu.view.publishAll()
		}
		if failed != nil {
			return failed
		}
	}
	return nil
}

// isNoKey reports whether the keyring was read and has no key for a profile.
func isNoKey(err error) bool {
	known, ok := errors.AsType[*creds.Error](err)
	return ok && known.Code == creds.CodeNoKey
}
