package creds

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/99designs/keyring"

	"daypass/creds/agentapi"
	"daypass/creds/secret"
)

// open chooses a backend and opens it. It is called by whoever has the turn.
func (v *Vault) open(ctx context.Context, a *access) error {
	name, err := v.choose(ctx)
	if err != nil {
		return err
	}
	cfg := keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.BackendType(name)},
		ServiceName:     "daypass",
		// The login keychain, as it is unlocked with the session; and no
		// application is trusted unseen.
		KeychainTrustApplication: true,
		KWalletAppID:             "daypass",
		KWalletFolder:            "daypass",
		PassPrefix:               "daypass",
		WinCredPrefix:            "daypass",
		FileDir:                  v.fileDir(),
	}
	a.backend = keyring.BackendType(name)
	switch a.backend {
	case keyring.SecretServiceBackend:
		// A collection of our own would have a password of its own, asked
		// for at every start (99designs/aws-vault#717).
		if cfg.LibSecretCollectionName, err = defaultCollection(ctx); err != nil {
			return err
		}
	case keyring.FileBackend:
		if err := v.unlockFile(ctx, a); err != nil {
			return err
		}
		cfg.FilePasswordFunc = keyring.FixedStringPrompt(a.passphrase.Reveal())
	default:
	}
	ring, err := keyring.Open(cfg)
	if err != nil {
		return &agentapi.Error{
			Code: agentapi.CodeKeyringUnavailable, Message: fmt.Sprintf("the keyring %q cannot be opened: %v", name, err),
		}
	}
	a.ring = ring
	v.remember(name)
	return nil
}

// choose returns the backend to use. What was used last is used again, though
// it may not answer today: another one would look like an empty keyring.
func (v *Vault) choose(ctx context.Context) (string, error) {
	if name := v.cfg.Backend; name != "" {
		if !slices.Contains(Backends(), name) {
			return "", &agentapi.Error{
				Code:    agentapi.CodeKeyringUnavailable,
				Message: fmt.Sprintf("there is no keyring backend %q; there are %s", name, strings.Join(Backends(), ", ")),
			}
		}
		return name, nil
	}
	last, err := os.ReadFile(v.rememberedIn())
	switch {
	case err == nil && slices.Contains(Backends(), strings.TrimSpace(string(last))):
		return strings.TrimSpace(string(last)), nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("reading which keyring was used last: %w", err)
	}
	return bestBackend(ctx), nil
}

func (v *Vault) rememberedIn() string { return filepath.Join(v.cfg.Dir, "keyring-backend") }

// remember keeps the choice. Failing to is no reason to fail: the next start
// chooses again.
func (v *Vault) remember(name string) {
	if v.cfg.Backend != "" {
		return
	}
	if err := os.MkdirAll(v.cfg.Dir, 0o700); err == nil {
		_ = os.WriteFile(v.rememberedIn(), []byte(name+"\n"), 0o600)
	}
}

// unlockFile finds the passphrase of the file backend and proves it on an item
// that is there.
func (v *Vault) unlockFile(ctx context.Context, a *access) error {
	if !a.passphrase.IsZero() {
		return nil
	}
	try := func(_ context.Context, passphrase secret.Text) error {
		if passphrase.IsZero() {
			return &Refusal{Message: "the passphrase must not be empty"}
		}
		ring, err := keyring.Open(keyring.Config{
			AllowedBackends: []keyring.BackendType{keyring.FileBackend}, FileDir: v.fileDir(),
			FilePasswordFunc: keyring.FixedStringPrompt(passphrase.Reveal()),
		})
		if err != nil {
			return err
		}
		items, err := ring.Keys()
		if err != nil {
			return err
		}
		if len(items) > 0 {
			if _, err := ring.Get(items[0]); err != nil {
				return &Refusal{Message: "this passphrase does not open the encrypted keys"}
			}
		}
		a.passphrase = passphrase
		return nil
	}
	if v.cfg.PassphraseFile != "" {
		data, err := os.ReadFile(v.cfg.PassphraseFile)
		if err != nil {
			return &agentapi.Error{
				Code:    agentapi.CodeKeyringLocked,
				Message: fmt.Sprintf("the passphrase file cannot be read: %v", err),
			}
		}
		line, _, _ := strings.Cut(string(data), "\n")
		err = try(ctx, secret.New(strings.TrimSuffix(line, "\r")))
		if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
			return &agentapi.Error{
				Code:    agentapi.CodeKeyringLocked,
				Message: fmt.Sprintf("the passphrase in %s does not open the encrypted keys", v.cfg.PassphraseFile),
			}
		}
		return err
	}
	if v.cfg.User == nil {
		return &agentapi.Error{Code: agentapi.CodeKeyringLocked, Message: "the encrypted keys need a passphrase, and there is nobody to ask"}
	}
	return v.cfg.User.Passphrase(ctx, try)
}

// lockedFile reports whether the file backend still has to ask for its
// passphrase. An operation that runs at this moment may be the asking.
func (v *Vault) lockedFile() bool {
	v.mu.Lock()
	a := v.access
	v.mu.Unlock()
	select {
	case <-a.turn:
		defer func() { a.turn <- struct{}{} }()
		return a.passphrase.IsZero()
	default:
		return true
	}
}
