// Package vault keeps long-term keys, and the key that sessions are encrypted to,
// in the desktop's keyring, in pass, or in an encrypted file.
package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/99designs/keyring"

	"daypass/creds"
	"daypass/creds/advice"
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
	// Dir is daypass's state folder. The file backend keeps its items
	// below it.
	Dir string
	// PassphraseFile holds the passphrase of the file backend in its first
	// line. When it is "", User is asked.
	PassphraseFile string
	User           creds.Asker
	// Patience bounds one operation of the keyring, in which the keyring itself may ask
	// a person to unlock it; zero is a minute. How long to wait for a passphrase is
	// User's decision.
	Patience time.Duration
	// Log, unless nil, records what should not happen.
	Log *slog.Logger
}

// Vault keeps long-term keys, one keyring item for each, and the data key that
// the session file is encrypted to.
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

// The items' names. 99designs/keyring gives the Secret Service's items no attribute of
// their application, so the name must say whose they are.
const (
	keyPrefix   = "daypass-key-"
	dataKeyItem = "daypass-data-key"
)

// keyItem makes a name that is also good as a file name (file, pass).
func keyItem(profile string) string { return keyPrefix + url.PathEscape(profile) }

// storedKey is the form of a long-term key in the keyring.
type storedKey struct {
	ID     string `json:"access_key_id"`
	Secret string `json:"secret_access_key"`
}

// Key returns the long-term key stored under a profile's name. Its error has
// [creds.CodeNoKey] if there is none.
func (v *Vault) Key(ctx context.Context, profile string) (creds.LongTermKey, error) {
	data, err := ask(ctx, v, func(a *access) ([]byte, error) { return a.get(keyItem(profile)) })
	var stored storedKey
	switch {
	case errors.Is(err, ErrNoItem):
		return creds.LongTermKey{}, &creds.Error{
			Code: creds.CodeNoKey, Message: lang.Sprintf("the keyring holds no long-term key for profile %q", profile),
		}
	case errors.Is(err, ErrDamagedItem):
	case err != nil:
		return creds.LongTermKey{}, err
	case json.Unmarshal(data, &stored) == nil && stored.ID != "" && stored.Secret != "":
		return creds.LongTermKey{ID: stored.ID, Secret: secret.New(stored.Secret)}, nil
	}
	// Nothing is quoted: what could not be read may be a secret.
	return creds.LongTermKey{}, &damagedKey{creds.Error{
		Code:    creds.CodeKeyringUnavailable,
		Message: lang.Sprintf("the keyring's item for profile %q cannot be used, as it is damaged", profile),
		Advice:  lang.Sprintf("Store its access key anew: daypass add %s --replace", advice.Word(profile)),
	}}
}

// damagedKey is the error of a long-term key that is there and makes no sense. It is
// both a [creds.Error] and ErrDamagedItem.
type damagedKey struct{ says creds.Error }

func (e *damagedKey) Error() string   { return e.says.Message }
func (e *damagedKey) Unwrap() []error { return []error{&e.says, ErrDamagedItem} }

// SetKey stores a key under a profile's name and reads it back.
func (v *Vault) SetKey(ctx context.Context, profile string, key creds.LongTermKey) error {
	data, err := json.Marshal(storedKey{ID: key.ID, Secret: key.Secret.Reveal()})
	if err != nil {
		return err
	}
	return v.do(ctx, func(a *access) error { return a.keep(keyItem(profile), data) })
}

// RemoveKey forgets the key stored under a profile's name. A missing key is no error.
func (v *Vault) RemoveKey(ctx context.Context, profile string) error {
	return v.do(ctx, func(a *access) error {
		err := a.ring.Remove(keyItem(profile))
		if errors.Is(err, keyring.ErrKeyNotFound) || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// KeyNames returns the profiles' names that a key is stored under, sorted.
func (v *Vault) KeyNames(ctx context.Context) ([]string, error) {
	items, err := ask(ctx, v, func(a *access) ([]string, error) { return a.items() })
	if err != nil {
		return nil, err
	}
	var names []string
	for _, item := range items {
		if rest, ours := strings.CutPrefix(item, keyPrefix); ours {
			if name, err := url.PathUnescape(rest); err == nil {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// DataKey returns the key that the session file is encrypted to. If create is set, it
// makes one in place of a missing or damaged one.
func (v *Vault) DataKey(ctx context.Context, create bool) (*age.X25519Identity, error) {
	return ask(ctx, v, func(a *access) (*age.X25519Identity, error) {
		was := a.vault.itemInfo(dataKeyItem)
		identity, err := a.dataKey()
		if !create || !errors.Is(err, ErrNoItem) && !errors.Is(err, ErrDamagedItem) {
			return identity, err
		}
		if errors.Is(err, ErrDamagedItem) && a.backend == keyring.FileBackend {
			if err := a.vault.setItemAside(dataKeyItem, was); err != nil {
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
		return a.vault.getFile(a.ring, name)
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
		return a.vault.fileItems()
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
	if a.backend == keyring.FileBackend {
		return a.vault.setFile(item)
	}
	return a.ring.Set(item)
}
