// Package vault keeps long-term keys, and the key that sessions are encrypted to,
// in the desktop's keyring, in pass, or in an encrypted file.
package vault

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/99designs/keyring"

	"daypass/creds"
	"daypass/internal/lang"
	_ "daypass/internal/nobus" // before the keyring looks for a session bus
	"daypass/internal/secret"
)

// ErrNoItem says that the open keyring was read and holds no such item. No other error
// may be taken for that.
var ErrNoItem = lang.Error("no such item in the keyring")

// ErrDamagedItem says that the item is there, but that the open keyring cannot read it,
// or what it holds makes no sense.
var ErrDamagedItem = lang.Error("the item in the keyring is damaged")

// Config says where long-term keys are kept.
type Config struct {
	// Backend is one of [Backends]; "" takes the one used last, else the
	// best that answers.
	Backend string
	// Variable is the environment variable that Backend is from; "" if it is a setting.
	Variable string
	// Dir is daypass's state folder. The file backend keeps its items
	// below it.
	Dir string
	// PassphraseFile holds the passphrase of the file backend in its first
	// line. When it is "", User is asked.
	PassphraseFile string
	User           creds.Asker
	// Home is the person's home folder, below which aws-vault may keep keys; "" looks for none
	// of its keyrings.
	Home string
	// Patience bounds one operation of the keyring, in which the keyring itself may ask
	// a person to unlock it; zero is a minute. How long to wait for a passphrase is
	// User's decision.
	Patience time.Duration
	// Log, unless nil, records what should not happen.
	Log *slog.Logger
}

// Vault keeps long-term keys, one keyring item for each, which profile uses which, and the
// data key that the session file is encrypted to.
//
// A keyring may be locked, absent or stuck in a prompt that nobody sees. So every
// operation has a context and a limit, and its error says which of them ended it: the
// context's own error, or a [creds.Error]. Operations run one at a time.
type Vault struct {
	cfg Config
	// asking holds a token while nobody is asked for the passphrase of the
	// file backend.
	asking chan struct{}

	mu sync.Mutex
	// access is replaced when an operation hangs, so that the next one does not wait
	// behind it.
	access *access
	// passphrase of the file backend, once it has been proved.
	passphrase secret.Text
	// awsVault is the passphrase of aws-vault's files, for a while.
	awsVault remembered
	// moved is the backend that everything was moved to in this vault's life, or "".
	moved string
	// frozen is set while everything is being moved: nothing may be changed.
	frozen bool
	// opened is set once the keyring has let us in; see [Vault.Locked].
	opened bool
}

// access is one opened keyring.
type access struct {
	vault *Vault
	// turn holds a token while no operation runs. Only whoever has taken it may touch
	// the fields below.
	turn chan struct{}

	ring    keyring.Keyring
	backend keyring.BackendType
}

// New returns a vault; the keyring itself is opened when it is needed.
func New(cfg Config) *Vault {
	if cfg.Patience == 0 {
		cfg.Patience = time.Minute
	}
	v := &Vault{cfg: cfg, asking: make(chan struct{}, 1)}
	v.asking <- struct{}{}
	v.access = v.newAccess()
	return v
}

func (v *Vault) newAccess() *access {
	a := &access{vault: v, turn: make(chan struct{}, 1)}
	a.turn <- struct{}{}
	return a
}

// dataKeyItem names the item of the data key. 99designs/keyring gives the Secret Service's
// items no attribute of their application, so the name must say whose they are.
const dataKeyItem = "daypass-data-key"

// DataKey returns the key that the session file is encrypted to. If create is set, it
// makes one in place of a missing or damaged one.
func (v *Vault) DataKey(ctx context.Context, create bool) (*age.X25519Identity, error) {
	return ask(ctx, v, func(a *access) (*age.X25519Identity, error) {
		was := filesOf(a.vault).itemInfo(dataKeyItem)
		identity, err := a.dataKey()
		if !create || !errors.Is(err, ErrNoItem) && !errors.Is(err, ErrDamagedItem) {
			return identity, err
		}
		if errors.Is(err, ErrDamagedItem) && a.backend == keyring.FileBackend {
			if err := filesOf(a.vault).setItemAside(dataKeyItem, was); err != nil {
				return nil, err
			}
		}
		if identity, err = age.GenerateX25519Identity(); err != nil {
			return nil, err
		}
		return identity, a.keep(dataKeyItem, []byte(identity.String()))
	})
}

func (a *access) dataKey() (*age.X25519Identity, error) {
	data, err := a.get(dataKeyItem)
	if err != nil {
		return nil, err
	}
	identity, err := age.ParseX25519Identity(string(data))
	if err != nil {
		return nil, ErrDamagedItem
	}
	return identity, nil
}

// get returns an item's data.
func (a *access) get(name string) ([]byte, error) {
	if a.backend == keyring.FileBackend {
		return filesOf(a.vault).getFile(a.ring, name)
	}
	found, err := a.ring.Get(name)
	if errors.Is(err, keyring.ErrKeyNotFound) {
		return nil, ErrNoItem
	}
	if err == nil {
		// For pass, reading is what needs the person's own key.
		a.vault.setOpened()
	}
	return found.Data, err
}

// items returns the names of all items.
func (a *access) items() ([]string, error) {
	if a.backend == keyring.FileBackend {
		return filesOf(a.vault).fileItems()
	}
	return a.ring.Keys()
}

// keep stores an item and reads it back.
func (a *access) keep(name string, data []byte) error {
	if err := a.set(keyring.Item{Key: name, Data: data, Label: name, Description: "daypass"}); err != nil {
		return err
	}
	kept, err := a.get(name)
	if err != nil && !errors.Is(err, ErrNoItem) {
		return lang.Errorf("reading %q back: %w", name, err)
	}
	if !bytes.Equal(kept, data) {
		return lang.Errorf("it did not keep %q as it was given", name)
	}
	return nil
}

func (a *access) set(item keyring.Item) error {
	if a.vault.isFrozen() {
		return errMoving()
	}
	if a.backend == keyring.FileBackend {
		return filesOf(a.vault).setFile(item)
	}
	return a.ring.Set(item)
}
