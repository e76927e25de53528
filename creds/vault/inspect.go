package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"daypass/internal/lang"
)

// Backend returns the name of the keyring in use, or that would be used. It asks nobody.
func (v *Vault) Backend(ctx context.Context) (string, error) { return v.choose(ctx) }

// testItem is what [Vault.Try] stores for a moment.
const testItem = "daypass-test"

// Try stores an item, reads it back and removes it again. It may ask a person to unlock a
// locked keyring: see [Vault.Locked].
func (v *Vault) Try(ctx context.Context) error {
	return v.do(ctx, func(a *access) error {
		data := []byte(rand.Text())
		kept := a.keep(testItem, data)
		if err := a.remove(testItem); err != nil {
			return lang.Errorf("removing the item %q again: %w", testItem, err)
		}
		if kept != nil {
			return kept
		}
		switch left, err := a.get(testItem); {
		case errors.Is(err, ErrNoItem):
			return nil
		case err == nil && bytes.Equal(left, data):
			return lang.Errorf("the item %q is still there after it was removed", testItem)
		default:
			return err
		}
	})
}

// Inventory is what the items of keys and profiles hold, without secrets.
type Inventory struct {
	// Uses say which key each profile has.
	Uses map[string]Use
	// Keys are the access key IDs with readable items of their own.
	Keys map[string]bool
	// Damaged are the errors of items that cannot be used: of profiles by their names, and
	// of keys by their IDs.
	DamagedUses, DamagedKeys map[string]error
}

// Inspect reads all items of keys and profiles. It may ask a person to unlock a locked
// keyring: see [Vault.Locked].
func (v *Vault) Inspect(ctx context.Context) (Inventory, error) {
	return ask(ctx, v, func(a *access) (Inventory, error) {
		in := Inventory{Uses: map[string]Use{}, Keys: map[string]bool{}, DamagedUses: map[string]error{}, DamagedKeys: map[string]error{}}
		items, err := a.items()
		if err != nil {
			return in, err
		}
		for _, item := range items {
			if ctx.Err() != nil {
				return in, context.Cause(ctx)
			}
			if !strings.HasPrefix(item, profilePrefix) && !strings.HasPrefix(item, keyPrefix) {
				continue
			}
			if err := in.add(a, item); err != nil {
				return in, err
			}
		}
		return in, nil
	})
}

// add reads one item. It fails if the keyring does.
func (in Inventory) add(a *access, item string) error {
	name, isProfile := named(item, profilePrefix)
	id, isKey := named(item, keyPrefix)
	stored, err := a.stored(item)
	if err == nil && isKey && stored.ID != id {
		err = ErrDamagedItem
	}
	bad := errors.Is(err, ErrDamagedItem) || errors.Is(err, errNewerItem)
	switch {
	case !isProfile && !isKey, errors.Is(err, ErrNoItem): // it has just been removed
	case bad && isProfile:
		in.DamagedUses[name] = explainItem(name, err)
	case bad:
		in.DamagedKeys[id] = explainKey(id, err)
	case err != nil:
		return err
	case isProfile:
		in.Uses[name] = stored.use()
	default:
		in.Keys[id] = true
	}
	return nil
}
