package vault

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/99designs/keyring"

	"daypass/creds"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
)

// Move is everything of a vault on its way to another keyring. Its steps are Copy, which
// changes nothing of the old keyring, [Vault.Switch] and Clear.
type Move struct {
	// From and To are backends.
	From, To string
	// Had are the items that the new keyring had before, and Items those that are copied.
	Had, Items []string

	old, to *Vault
}

// ChosenBy returns the environment variable that decides which keyring is used, or "".
func (v *Vault) ChosenBy() string { return v.cfg.Variable }

// IsSet reports whether a setting or variable decides which keyring is used.
func (v *Vault) IsSet() bool { return v.cfg.Backend != "" }

// Others returns the keyrings of this system that are not used and may be.
func (v *Vault) Others(ctx context.Context) ([]string, error) {
	used, err := v.choose(ctx)
	if err != nil {
		return nil, err
	}
	var others []string
	best := bestBackend(ctx)
	for _, name := range creds.KeyringBackends() {
		backend := keyring.BackendType(name)
		there := slices.Contains(keyring.AvailableBackends(), backend)
		switch backend {
		case keyring.SecretServiceBackend, keyring.KWalletBackend:
			there = there && name == best
		case keyring.PassBackend:
			_, err := exec.LookPath("pass")
			there = there && err == nil
		}
		if there && name != used {
			others = append(others, name)
		}
	}
	return others, nil
}

// NewMove begins to move everything from one keyring to another: it lists what they have.
func (v *Vault) NewMove(ctx context.Context, from, to string) (*Move, error) {
	m := v.Moving(from, to)
	var err error
	if m.Items, err = m.old.ours(ctx); err != nil {
		return nil, err
	}
	m.Had, err = m.to.ours(ctx)
	return m, err
}

// Moving returns a move that was begun before, without its lists.
func (v *Vault) Moving(from, to string) *Move {
	return &Move{From: from, To: to, old: v.on(from), to: v.on(to)}
}

// on is a vault on another backend, which knows the passphrase that this one knows.
func (v *Vault) on(backend string) *Vault {
	cfg := v.cfg
	cfg.Backend, cfg.Variable = backend, ""
	other := New(cfg)
	v.mu.Lock()
	defer v.mu.Unlock()
	other.passphrase = v.passphrase
	other.opened = v.opened && !v.passphrase.IsZero() && backend == string(keyring.FileBackend)
	return other
}

func (v *Vault) ours(ctx context.Context) ([]string, error) {
	var items []string
	var err error
	if v.cfg.Backend == string(keyring.FileBackend) {
		items, err = filesOf(v).fileItems() // which needs no passphrase
	} else {
		items, err = ask(ctx, v, func(a *access) ([]string, error) { return a.items() })
	}
	items = slices.DeleteFunc(items, func(item string) bool {
		return item != dataKeyItem && !strings.HasPrefix(item, profilePrefix) && !strings.HasPrefix(item, keyPrefix)
	})
	slices.Sort(items)
	return items, err
}

func (v *Vault) read(ctx context.Context, item string) ([]byte, error) {
	return ask(ctx, v, func(a *access) ([]byte, error) { return a.get(item) })
}

// Freeze has nothing in the keyring be changed until thaw is called.
func (v *Vault) Freeze(ctx context.Context) (thaw func(), err error) {
	err = v.do(ctx, func(a *access) error {
		if a.vault.isFrozen() {
			return errMoving()
		}
		a.vault.setFrozen(true)
		return nil
	})
	return func() { v.setFrozen(false) }, err
}

func (v *Vault) setFrozen(frozen bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.frozen = frozen
}

func (v *Vault) isFrozen() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.frozen
}

func (v *Vault) movedTo() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.moved
}

func errMoving() error {
	return creds.Errorf(creds.CodeBusy, "everything in the keyring is being moved to another one just now; nothing was changed")
}

// Copy copies every item, reads it back and proves it equal. An item of the same name with
// other content is refused, but for the data key of sessions that are long gone.
func (m *Move) Copy(ctx context.Context) error {
	for _, item := range m.Items {
		data, err := m.old.read(ctx, item)
		if err != nil {
			return m.explain(item, err)
		}
		if slices.Contains(m.Had, item) && item != dataKeyItem {
			there, err := m.to.read(ctx, item)
			if err != nil {
				return m.explain(item, err)
			}
			if !bytes.Equal(there, data) {
				return &creds.Error{
					Code:    creds.CodeKeyExists,
					Message: lang.Sprintf("the keyring %s has another item %s than the keyring %s; nothing was moved", m.To, item, m.From),
					Advice:  lang.Sprintf("Look which one is right, and remove the other: the one in %s with the program of that keyring.", m.To),
				}
			}
			continue
		}
		if err := m.to.do(ctx, func(a *access) error { return a.keep(item, data) }); err != nil {
			return err
		}
	}
	return nil
}

func (m *Move) explain(item string, err error) error {
	if errors.Is(err, ErrDamagedItem) || errors.Is(err, ErrNoItem) {
		return &creds.Error{
			Code:    creds.CodeKeyringUnavailable,
			Message: lang.Sprintf("the keyring's item %s cannot be copied, as it is damaged; nothing was moved", item),
			Advice:  lang.T("Store the access key anew: daypass add NAME --replace"),
		}
	}
	return err
}

// Undo removes what was copied. What the new keyring had before stays.
func (m *Move) Undo(ctx context.Context) error {
	return m.to.drop(ctx, slices.DeleteFunc(slices.Clone(m.Items), func(item string) bool { return slices.Contains(m.Had, item) }))
}

// Switch has the new keyring used from now on, and after the next start.
func (v *Vault) Switch(ctx context.Context, m *Move) error {
	if err := atomicfile.Write(ctx, v.rememberedIn(), []byte(m.To+"\n"), 0o600); err != nil {
		return err
	}
	m.to.mu.Lock()
	passphrase, opened := m.to.passphrase, m.to.opened
	m.to.mu.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if !passphrase.IsZero() {
		v.passphrase = passphrase
	}
	v.moved, v.opened, v.access = m.To, opened, v.newAccess()
	return nil
}

// Clear removes everything from the old keyring that the new one has.
func (m *Move) Clear(ctx context.Context) error {
	there, err := m.to.ours(ctx)
	if err != nil {
		return err
	}
	return m.old.drop(ctx, slices.DeleteFunc(slices.Clone(m.Items), func(item string) bool { return !slices.Contains(there, item) }))
}

// drop removes items. An encrypted file needs no passphrase for that.
func (v *Vault) drop(ctx context.Context, items []string) error {
	for _, item := range items {
		if v.cfg.Backend == string(keyring.FileBackend) {
			if err := os.Remove(filesOf(v).itemFile(item)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		if err := v.do(ctx, func(a *access) error { return a.remove(item) }); err != nil {
			return err
		}
	}
	return nil
}
