package core

import "sync"

// keyring is what is known about the vault.
type keyring struct {
	mu sync.Mutex
	// isRead is set once the vault and the saved sessions have been read.
	isRead bool
	// keys are the profiles that the vault holds a long-term key for.
	keys map[string]bool
}

func newKeyring() *keyring { return &keyring{keys: map[string]bool{}} }

// has reports whether the vault holds a long-term key for a profile.
func (k *keyring) has(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys[name]
}

// add notes that the vault holds keys for profiles.
func (k *keyring) add(names ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, name := range names {
		k.keys[name] = true
	}
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
