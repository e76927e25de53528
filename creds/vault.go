package creds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/99designs/keyring"

	"daypass/creds/agentapi"
	"daypass/creds/secret"
)

// LongTermKey is an IAM user's access key.
type LongTermKey struct {
	ID     string
	Secret secret.Text
}

// errNoItem says that the keyring was read and holds no such item. Nothing
// else may be taken for that.
var errNoItem = errors.New("no such item in the keyring")

// Backends are the names that [VaultConfig] and DAYPASS_KEYRING_BACKEND take.
func Backends() []string {
	return []string{"secret-service", "kwallet", "pass", "keychain", "wincred", "file"}
}

// VaultConfig says where long-term keys are kept.
type VaultConfig struct {
	// Backend is one of [Backends]; "" takes the one used last, else the
	// best that answers.
	Backend string
	// Dir is daypass's state folder. The file backend keeps its items
	// below it.
	Dir string
	// PassphraseFile holds the passphrase of the file backend in its first
	// line. When it is "", User is asked.
	PassphraseFile string
	User           User
	// Patience bounds one operation of the keyring, in which a person may
	// have to unlock it; zero takes a minute.
	Patience time.Duration
}

// Vault keeps long-term keys, one keyring item for each, and the data key that
// the session file is encrypted to.
//
// A keyring may be locked, absent or hanging in a prompt that nobody sees. So
// every operation has a context and a limit, and says in its error which of
// them it was. Operations are run one at a time.
type Vault struct {
	cfg VaultConfig

	mu sync.Mutex
	// access is replaced when an operation hangs, so that the next one does
	// not queue up behind it.
	access *access
}

// access is one opened keyring.
type access struct {
	// turn holds a token while no operation runs. Whoever has taken it may
	// touch the fields below.
	turn chan struct{}

	ring       keyring.Keyring
	backend    keyring.BackendType
	passphrase secret.Text
}

// NewVault returns a vault; the keyring itself is opened when it is needed.
func NewVault(cfg VaultConfig) *Vault {
	if cfg.Patience == 0 {
		cfg.Patience = time.Minute
	}
	return &Vault{cfg: cfg, access: newAccess()}
}

func newAccess() *access {
	a := &access{turn: make(chan struct{}, 1)}
	a.turn <- struct{}{}
	return a
}

// The items' names. 99designs/keyring gives the Secret Service's items no
// attribute of their own application, so that the name must say whose they are.
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

// Key returns the long-term key stored under a profile's name.
func (v *Vault) Key(ctx context.Context, profile string) (LongTermKey, error) {
	data, err := v.get(ctx, keyItem(profile))
	if errors.Is(err, errNoItem) {
		return LongTermKey{}, &agentapi.Error{
			Code: agentapi.CodeNoKey, Message: fmt.Sprintf("the keyring holds no long-term key for profile %q", profile),
		}
	}
	if err != nil {
		return LongTermKey{}, err
	}
	var stored storedKey
	// The decoder's error may quote what it could not read.
	if json.Unmarshal(data, &stored) != nil || stored.ID == "" || stored.Secret == "" {
		return LongTermKey{}, fmt.Errorf("the keyring item %q is not in the form that daypass writes", keyItem(profile))
	}
	return LongTermKey{ID: stored.ID, Secret: secret.New(stored.Secret)}, nil
}

// SetKey stores a key under a profile's name and reads it back.
func (v *Vault) SetKey(ctx context.Context, profile string, key LongTermKey) error {
	data, err := json.Marshal(storedKey{ID: key.ID, Secret: key.Secret.Reveal()})
	if err != nil {
		return err
	}
	if err := v.set(ctx, keyItem(profile), data); err != nil {
		return err
	}
	stored, err := v.Key(ctx, profile)
	if err != nil {
		return fmt.Errorf("reading the key back from the keyring: %w", err)
	}
	if stored != key {
		return fmt.Errorf("the keyring did not keep the key for profile %q as it was given", profile)
	}
	return nil
}

// RemoveKey forgets the key stored under a profile's name.
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
	items, err := ask(ctx, v, func(a *access) ([]string, error) { return a.ring.Keys() })
	var names []string
	for _, item := range items {
		if rest, ours := strings.CutPrefix(item, keyPrefix); ours {
			if name, err := url.PathUnescape(rest); err == nil {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, err
}

// dataKey returns the key that the session file is encrypted to, and makes one
// if create is set and the keyring has none.
func (v *Vault) dataKey(ctx context.Context, create bool) (*age.X25519Identity, error) {
	data, err := v.get(ctx, dataKeyItem)
	if errors.Is(err, errNoItem) && create {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			return nil, err
		}
		if err := v.set(ctx, dataKeyItem, []byte(identity.String())); err != nil {
			return nil, err
		}
		data, err = v.get(ctx, dataKeyItem)
		if err != nil {
			return nil, fmt.Errorf("reading the data key back from the keyring: %w", err)
		}
	} else if err != nil {
		return nil, err
	}
	identity, err := age.ParseX25519Identity(string(data))
	if err != nil {
		return nil, fmt.Errorf("the keyring item %q is not in the form that daypass writes", dataKeyItem)
	}
	return identity, nil
}

func (v *Vault) get(ctx context.Context, item string) ([]byte, error) {
	return ask(ctx, v, func(a *access) ([]byte, error) {
		found, err := a.ring.Get(item)
		if errors.Is(err, keyring.ErrKeyNotFound) {
			return nil, errNoItem
		}
		return found.Data, err
	})
}

func (v *Vault) set(ctx context.Context, name string, data []byte) error {
	return v.do(ctx, func(a *access) error {
		item := keyring.Item{Key: name, Data: data, Label: name, Description: "daypass"}
		if a.backend == keyring.FileBackend {
			return v.setFile(item, a.passphrase)
		}
		return a.ring.Set(item)
	})
}

// setFile stores an item of the file backend, which writes over the old file
// in place: a crash in mid-write would lose the key. So it writes in a folder
// of its own, and the file is moved.
func (v *Vault) setFile(item keyring.Item, passphrase secret.Text) error {
	final := v.fileDir()
	if err := os.MkdirAll(final, 0o700); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(v.cfg.Dir, "keyring-new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	ring, err := keyring.Open(keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, FileDir: temp,
		FilePasswordFunc: keyring.FixedStringPrompt(passphrase.Reveal()),
	})
	if err != nil {
		return err
	}
	if err := ring.Set(item); err != nil {
		return err
	}
	files, err := os.ReadDir(temp)
	if err != nil || len(files) != 1 {
		return fmt.Errorf("the encrypted item was not written: %w", err)
	}
	written := filepath.Join(temp, files[0].Name())
	if err := syncFile(written); err != nil {
		return err
	}
	return os.Rename(written, filepath.Join(final, files[0].Name()))
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (v *Vault) fileDir() string { return filepath.Join(v.cfg.Dir, "keyring") }

// do is [ask] for an operation without an answer.
func (v *Vault) do(ctx context.Context, operation func(*access) error) error {
	_, err := ask(ctx, v, func(a *access) (struct{}, error) { return struct{}{}, operation(a) })
	return err
}

// ask runs one operation of the keyring in its own goroutine, because none of
// the backends knows a context: a prompt that nobody answers must not hold the
// agent up. The operation keeps its turn until it really returns. It may return
// when nobody waits any more, so that it hands its answer over and writes
// nowhere else.
func ask[T any](ctx context.Context, v *Vault, operation func(*access) (T, error)) (T, error) {
	var none T
	v.mu.Lock()
	a := v.access
	v.mu.Unlock()

	ctx, cancel := context.WithTimeoutCause(ctx, v.cfg.Patience, errKeyringSlow)
	defer cancel()
	select {
	case <-a.turn:
	case <-ctx.Done():
		return none, v.gaveUp(ctx, a)
	}
	if a.ring == nil {
		if err := v.open(ctx, a); err != nil {
			a.turn <- struct{}{}
			return none, err
		}
	}
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		defer func() { a.turn <- struct{}{} }()
		value, err := operation(a)
		err = explain(a.backend, err)
		if err != nil && !errors.Is(err, errNoItem) {
			// A connection that broke, say because the keyring's daemon was
			// started anew, is made again by the next operation.
			a.ring = nil
		}
		done <- answer{value, err}
	}()
	select {
	case got := <-done:
		return got.value, got.err
	case <-ctx.Done():
		return none, v.gaveUp(ctx, a)
	}
}

var errKeyringSlow = errors.New("the keyring did not answer in time")

// gaveUp says why an operation was not waited for, and leaves a hanging one
// behind.
func (v *Vault) gaveUp(ctx context.Context, hanging *access) error {
	if !errors.Is(context.Cause(ctx), errKeyringSlow) {
		return context.Cause(ctx)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.access == hanging {
		v.access = newAccess()
	}
	return &agentapi.Error{
		Code:    agentapi.CodeKeyringLocked,
		Message: fmt.Sprintf("the keyring did not answer within %s; it may be waiting to be unlocked", v.cfg.Patience),
	}
}

// explain turns a backend's error into one that says what a person can do
// about it.
func explain(backend keyring.BackendType, err error) error {
	var known *agentapi.Error
	switch {
	case err == nil || errors.Is(err, errNoItem) || errors.As(err, &known):
		return err
	case strings.Contains(err.Error(), "IsLocked") || strings.Contains(err.Error(), "locked collection"):
		return &agentapi.Error{Code: agentapi.CodeKeyringLocked, Message: "the keyring is locked"}
	}
	return &agentapi.Error{
		Code: agentapi.CodeKeyringUnavailable, Message: fmt.Sprintf("the keyring (%s) cannot be used: %v", backend, err),
	}
}
