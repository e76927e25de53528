package vault

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"github.com/99designs/keyring"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// A long-term key is one item, named after its access key ID, and each profile that uses
// it has an item of its own that names the key. Before version 2 the profile's item held
// the key itself: such items are read, and replaced by [Vault.Point].
const (
	profilePrefix = "daypass-key-"
	keyPrefix     = "daypass-access-key-"
	itemVersion   = 2
)

// profileItem makes a name that is also good as a file name (file, pass).
func profileItem(profile string) string { return profilePrefix + url.PathEscape(profile) }

func keyItem(id string) string { return keyPrefix + url.PathEscape(id) }

// storedKey is the form of a long-term key in the keyring. An item of a profile has Key
// alone, or, before version 2, the key itself and no version.
type storedKey struct {
	Version int    `json:"version,omitempty"`
	ID      string `json:"access_key_id,omitempty"`
	Secret  string `json:"secret_access_key,omitempty"`
	Key     string `json:"key,omitempty"`
}

// Use says which long-term key a profile has.
type Use struct {
	// KeyID is its access key ID.
	KeyID string
	// Old is set if the profile's item holds the key itself, as before version 2.
	Old bool
}

// Names are what the keyring has items of, sorted.
type Names struct {
	// Profiles are those that a long-term key is stored for.
	Profiles []string
	// Keys are the access key IDs of the long-term keys with items of their own.
	Keys []string
}

// KeyNames returns the names of the items. It reads none of them.
func (v *Vault) KeyNames(ctx context.Context) (Names, error) {
	items, err := ask(ctx, v, func(a *access) ([]string, error) { return a.items() })
	if err != nil {
		return Names{}, err
	}
	var names Names
	for _, item := range items {
		if name, ours := named(item, profilePrefix); ours {
			names.Profiles = append(names.Profiles, name)
		} else if id, ours := named(item, keyPrefix); ours {
			names.Keys = append(names.Keys, id)
		}
	}
	slices.Sort(names.Profiles)
	slices.Sort(names.Keys)
	return names, nil
}

func named(item, prefix string) (name string, ours bool) {
	rest, ours := strings.CutPrefix(item, prefix)
	if !ours {
		return "", false
	}
	name, err := url.PathUnescape(rest)
	return name, err == nil
}

// Use returns which key a profile has. Its error has [creds.CodeNoKey] if it has none.
func (v *Vault) Use(ctx context.Context, profile string) (Use, error) {
	stored, err := ask(ctx, v, func(a *access) (storedKey, error) { return a.stored(profileItem(profile)) })
	if err != nil {
		return Use{}, explainItem(profile, err)
	}
	return stored.use(), nil
}

// Key returns a profile's long-term key. Its error has [creds.CodeNoKey] if there is none.
func (v *Vault) Key(ctx context.Context, profile string) (creds.LongTermKey, error) {
	key, err := ask(ctx, v, func(a *access) (creds.LongTermKey, error) {
		stored, err := a.stored(profileItem(profile))
		if err != nil || stored.Version == 0 {
			return stored.key(), err
		}
		key, err := a.keyByID(stored.Key)
		if errors.Is(err, ErrNoItem) {
			return key, ErrDamagedItem // the profile's item leads nowhere
		}
		return key, err
	})
	if err != nil {
		return creds.LongTermKey{}, explainItem(profile, err)
	}
	return key, nil
}

// KeyByID returns the key of an access key ID that has an item of its own, whichever
// profiles use it. Its error is [ErrNoItem] if there is none.
func (v *Vault) KeyByID(ctx context.Context, id string) (creds.LongTermKey, error) {
	key, err := ask(ctx, v, func(a *access) (creds.LongTermKey, error) { return a.keyByID(id) })
	return key, explainKey(id, err)
}

// explainKey says what is wrong with a key's item.
func explainKey(id string, err error) error {
	switch {
	case errors.Is(err, ErrDamagedItem):
		return &damagedKey{creds.Error{
			Code:    creds.CodeKeyringUnavailable,
			Message: lang.Sprintf("the keyring's item of the key %s cannot be used, as it is damaged", id),
			Advice:  lang.T("Store the access key anew: daypass add NAME --replace"),
		}}
	case errors.Is(err, errNewerItem):
		return newerItem(id)
	}
	return err
}

// SetKey stores a key and has a profile use it. Both items are read back.
func (v *Vault) SetKey(ctx context.Context, profile string, key creds.LongTermKey) error {
	if err := v.StoreKey(ctx, key); err != nil {
		return err
	}
	return v.Point(ctx, profile, key.ID)
}

// StoreKey stores a key in an item of its own and reads it back. No profile uses it yet.
func (v *Vault) StoreKey(ctx context.Context, key creds.LongTermKey) error {
	return v.do(ctx, func(a *access) error { return a.storeKey(key) })
}

// Point has a profile use a key that has an item of its own, and reads that back. A key
// that the profile's item held until now gets an item of its own first: nothing is lost.
func (v *Vault) Point(ctx context.Context, profile, id string) error {
	data, err := json.Marshal(storedKey{Version: itemVersion, Key: id}) //nolint:gosec // the keyring is meant to hold it
	if err != nil {
		return err
	}
	return v.do(ctx, func(a *access) error {
		if _, err := a.keyByID(id); errors.Is(err, ErrNoItem) || errors.Is(err, ErrDamagedItem) {
			return creds.Errorf(creds.CodeKeyringUnavailable, "the keyring holds no key %s, which profile %q is to use", id, profile)
		} else if err != nil {
			return err
		}
		item := profileItem(profile)
		before, err := a.stored(item)
		switch {
		case errors.Is(err, ErrNoItem), errors.Is(err, ErrDamagedItem):
		case errors.Is(err, errNewerItem):
			return newerItem(profile)
		case err != nil:
			return err
		case before.Version == 0 && before.ID != id:
			if err := a.storeKey(before.key()); err != nil {
				return err
			}
		}
		return a.keep(item, data)
	})
}

// Renew gives a key that a profile's item holds itself, as before version 2, an item of its
// own, has the profile use that, and returns which key it is. An item that is not of before
// stays as it is.
func (v *Vault) Renew(ctx context.Context, profile string) (Use, error) {
	item := profileItem(profile)
	use, err := ask(ctx, v, func(a *access) (Use, error) {
		before, err := a.stored(item)
		if err != nil || before.Version != 0 {
			return before.use(), err
		}
		switch there, err := a.keyByID(before.ID); {
		case err == nil && there != before.key():
			// One of them is wrong, and AWS alone knows which.
			return before.use(), nil
		case err == nil:
		case errors.Is(err, ErrNoItem), errors.Is(err, ErrDamagedItem):
			if err := a.storeKey(before.key()); err != nil {
				return before.use(), err
			}
		default:
			return before.use(), err
		}
		data, err := json.Marshal(storedKey{Version: itemVersion, Key: before.ID}) //nolint:gosec // the keyring is meant to hold it
		if err != nil {
			return before.use(), err
		}
		// An older version may have stored another key meanwhile.
		if now, err := a.stored(item); err != nil || now != before {
			return now.use(), err
		}
		return Use{KeyID: before.ID}, a.keep(item, data)
	})
	if err != nil {
		return use, explainItem(profile, err)
	}
	return use, nil
}

// RemoveName forgets which key a profile uses. The key itself stays, unless the profile's
// item holds it, as before version 2. A missing item is no error.
func (v *Vault) RemoveName(ctx context.Context, profile string) error {
	return v.do(ctx, func(a *access) error { return a.remove(profileItem(profile)) })
}

// RemoveKey forgets the key of an access key ID. The profiles that use it must be removed
// or point to another one first. A missing item is no error.
func (v *Vault) RemoveKey(ctx context.Context, id string) error {
	return v.do(ctx, func(a *access) error { return a.remove(keyItem(id)) })
}

func (a *access) remove(item string) error {
	if a.vault.isFrozen() {
		return errMoving()
	}
	err := a.ring.Remove(item)
	if errors.Is(err, keyring.ErrKeyNotFound) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (a *access) storeKey(key creds.LongTermKey) error {
	data, err := json.Marshal(storedKey{Version: itemVersion, ID: key.ID, Secret: key.Secret.Reveal()})
	if err != nil {
		return err
	}
	return a.keep(keyItem(key.ID), data)
}

func (a *access) keyByID(id string) (creds.LongTermKey, error) {
	stored, err := a.stored(keyItem(id))
	if err == nil && stored.ID != id {
		err = ErrDamagedItem
	}
	if err != nil {
		return creds.LongTermKey{}, err
	}
	return stored.key(), nil
}

// errNewerItem says that an item is of a version that this one does not know.
var errNewerItem = lang.Error("the item in the keyring is of a newer version of daypass")

// stored reads an item of a key or of a profile.
func (a *access) stored(item string) (storedKey, error) {
	data, err := a.get(item)
	if err != nil {
		return storedKey{}, err
	}
	var stored storedKey
	isKey := strings.HasPrefix(item, keyPrefix)
	switch err := json.Unmarshal(data, &stored); {
	case err != nil:
	case stored.Version > itemVersion:
		return storedKey{}, errNewerItem
	case stored.Version == itemVersion && !isKey && stored.Key != "":
		return stored, nil
	case (stored.Version == itemVersion) == isKey && stored.ID != "" && stored.Secret != "":
		return stored, nil
	}
	return storedKey{}, ErrDamagedItem
}

func (s storedKey) key() creds.LongTermKey {
	return creds.LongTermKey{ID: s.ID, Secret: secret.New(s.Secret)}
}

func (s storedKey) use() Use {
	if s.Version == 0 {
		return Use{KeyID: s.ID, Old: true}
	}
	return Use{KeyID: s.Key}
}

// explainItem says what is wrong with a profile's item.
func explainItem(profile string, err error) error {
	switch {
	case errors.Is(err, ErrNoItem):
		return &creds.Error{
			Code: creds.CodeNoKey, Message: lang.Sprintf("the keyring holds no long-term key for profile %q", profile),
		}
	case errors.Is(err, errNewerItem):
		return newerItem(profile)
	case errors.Is(err, ErrDamagedItem):
		// Nothing is quoted: what could not be read may be a secret.
		return &damagedKey{creds.Error{
			Code:    creds.CodeKeyringUnavailable,
			Message: lang.Sprintf("the keyring's item for profile %q cannot be used, as it is damaged", profile),
			Advice:  lang.Sprintf("Store its access key anew: daypass add %s --replace", advice.Word(profile)),
		}}
	}
	return err
}

func newerItem(of string) error {
	return &creds.Error{
		Code:    creds.CodeKeyringUnavailable,
		Message: lang.Sprintf("the keyring's item of %s was stored by a newer version of daypass, and this one cannot read it", of),
		Advice:  lang.T("Install that version, or a later one."),
	}
}

// damagedKey is the error of a long-term key that is there and makes no sense. It is
// both a [creds.Error] and ErrDamagedItem.
type damagedKey struct{ says creds.Error }

func (e *damagedKey) Error() string   { return e.says.Message }
func (e *damagedKey) Unwrap() []error { return []error{&e.says, ErrDamagedItem} }
