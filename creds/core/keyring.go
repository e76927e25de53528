package core

import (
	"maps"
	"slices"
	"sync"
)

// keyring is what is known about the vault.
type keyring struct {
	mu sync.Mutex
	// isRead is set once the vault and the saved sessions have been read.
	isRead bool
	// keys are the profiles that the vault holds a long-term key for, with its access key
	// ID; "" while only that there is one is known.
	keys map[string]string
}

func newKeyring() *keyring { return &keyring{keys: map[string]string{}} }

// has reports whether the vault holds a long-term key for a profile.
func (k *keyring) has(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, has := k.keys[name]
	return has
}

// keyID returns the access key ID of a profile's key; "" if it has none, or which one is
// not known yet.
func (k *keyring) keyID(name string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys[name]
}

// profilesOf returns the profiles that use a key, sorted.
func (k *keyring) profilesOf(id string) (names []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, of := range k.keys {
		if of == id && id != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// all returns the profiles with keys, and their access key IDs as far as they are known.
func (k *keyring) all() map[string]string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.keys)
}

// names returns the profiles with keys.
func (k *keyring) names() map[string]bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	names := make(map[string]bool, len(k.keys))
	for name := range k.keys {
		names[name] = true
	}
	return names
}

// ids returns the access key IDs of the profiles' keys that are known.
func (k *keyring) ids() map[string]string {
	ids := k.all()
	maps.DeleteFunc(ids, func(_, id string) bool { return id == "" })
	return ids
}

// set notes which key the vault holds for a profile, and reports whether that is news.
func (k *keyring) set(name, id string) (news bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	old, had := k.keys[name]
	k.keys[name] = id
	return !had || old != id
}

// add notes that the vault holds keys for profiles.
func (k *keyring) add(names ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, name := range names {
		if _, has := k.keys[name]; !has {
			k.keys[name] = ""
		}
	}
}

// remove notes that the vault holds no key for a profile.
func (k *keyring) remove(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.keys, name)
}

// wasRead notes that the vault has been read.
func (k *keyring) wasRead() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.isRead = true
}

// known reports whether the vault has been read.
func (k *keyring) known() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.isRead
}
