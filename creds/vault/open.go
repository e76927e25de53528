package vault

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
)

// The names of our wallet in KWallet, and by which it knows us.
const (
	walletName = "daypass"
	walletUser = "daypass"
)

// Locked reports whether using the keyring now could ask a person for something: its
// password, a passphrase, permission. Work without a person looks here before it asks
// for a key. Locked itself asks nobody.
//
//   - The encrypted file is locked until this vault knows its passphrase.
//   - KWallet and pass are locked until this vault has used them once: only then is it
//     known that the wallet lets us in, or that gpg has what it needs to decrypt.
//     KWallet is locked again when its wallet is closed.
//   - The Secret Service says itself whether it is locked.
//   - The keyrings of macOS and Windows are open while the person is logged in.
func (v *Vault) Locked(ctx context.Context) (bool, error) {
	name, err := v.choose(ctx)
	if err != nil {
		return false, err
	}
	v.mu.Lock()
	opened := v.opened
	v.mu.Unlock()
	switch backend := keyring.BackendType(name); backend {
	case keyring.FileBackend:
		return !opened && v.cfg.PassphraseFile == "", nil
	case keyring.PassBackend:
		return !opened, nil
	case keyring.KWalletBackend:
		if !opened {
			return true, nil
		}
		return systemLocked(ctx, backend)
	default:
		return systemLocked(ctx, backend)
	}
}

func (v *Vault) setOpened() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.opened = true
}

// ready opens and unlocks the keyring, which may ask a person. Nothing may be looked up
// in a locked one: gnome-keyring finds nothing in a collection that it has not unlocked
// since its start, nor does KWallet in a closed wallet.
func (a *access) ready(ctx context.Context, backend keyring.BackendType) error {
	if a.ring != nil && a.backend == backend {
		locked, err := systemLocked(ctx, backend)
		if err != nil || !locked {
			return err
		}
	}
	ring, err := a.vault.open(ctx, backend)
	if err != nil {
		return err
	}
	locked, err := systemLocked(ctx, backend)
	if err != nil {
		return err
	}
	if locked && backend == keyring.SecretServiceBackend {
		// Listing unlocks, but does not say whether the person did.
		if _, err := ring.Keys(); err != nil {
			return err
		}
		if locked, err = systemLocked(ctx, backend); err != nil {
			return err
		}
	}
	if locked {
		return ErrLocked()
	}
	if backend == keyring.KWalletBackend {
		a.vault.setOpened()
	}
	a.ring, a.backend = ring, backend
	a.vault.remember(string(backend))
	return nil
}

// open opens a backend, which for KWallet is what asks a person.
func (v *Vault) open(ctx context.Context, backend keyring.BackendType) (keyring.Keyring, error) {
	if backend == keyring.PassBackend {
		if err := findPass(); err != nil {
			return nil, err
		}
	}
	cfg := keyring.Config{
		AllowedBackends: []keyring.BackendType{backend},
		// KWallet's backend takes it for the name of the wallet.
		ServiceName: walletName,
		// No keychain is named, so it is the login keychain, which is open with the
		// session. An item in it trusts only the application that made it, so macOS does
		// not ask at every use whether daypass may read it (99designs/aws-vault#211).
		KeychainTrustApplication: true,
		KWalletAppID:             walletUser,
		KWalletFolder:            "daypass",
		PassPrefix:               passPrefix,
		WinCredPrefix:            "daypass",
		FileDir:                  filesOf(v).fileDir(),
		FilePasswordFunc:         keyring.FixedStringPrompt(filesOf(v).filePassphrase().Reveal()),
	}
	if backend == keyring.SecretServiceBackend {
		// A collection of our own would have its own password, asked for at every start
		// (99designs/aws-vault#717).
		name, err := collectionName(ctx)
		if err != nil {
			return nil, err
		}
		cfg.LibSecretCollectionName = name
	}
	ring, err := keyring.Open(cfg)
	if errors.Is(err, keyring.ErrNoAvailImpl) {
		ring, err = openAgain(ctx, cfg, backend)
	}
	if err != nil {
		return nil, &creds.Error{
			Code: creds.CodeKeyringUnavailable, Message: lang.Sprintf("the keyring %q cannot be opened: %v", backend, err),
		}
	}
	return ring, nil
}

// passPrefix is the folder of the password store that keys are in.
const passPrefix = "daypass"

// findPass returns an error if a program that the backend pass needs is not found: the
// library would only say that it is not available.
func findPass() error {
	_, errPass := exec.LookPath("pass")
	_, errGPG := exec.LookPath("gpg")
	_, errGPG2 := exec.LookPath("gpg2") // which pass prefers
	missing := "pass"
	switch {
	case errPass != nil:
	case errGPG != nil && errGPG2 != nil:
		missing = "gpg"
	default:
		return nil
	}
	return &creds.Error{
		Code:    creds.CodeKeyringUnavailable,
		Message: lang.Sprintf("the keyring pass cannot be used: the program %s is not found where the agent looks for programs", missing),
		Advice: lang.Sprintf("Install %s, or name its folder in the setting path of config.toml, and end the agent with \"daypass stop\": "+
			"it does not look where your shell does.", missing),
	}
}

// openPause is how long to leave a keyring's service alone after it refused.
const openPause = 200 * time.Millisecond

// openAgain opens a backend once more that the library calls not available, which hides
// two causes. A service may have refused, as while it is starting. Or the library did
// not reach it when this process began, and never tries again.
func openAgain(ctx context.Context, cfg keyring.Config, backend keyring.BackendType) (keyring.Keyring, error) {
	if !slices.Contains(keyring.AvailableBackends(), backend) {
		return nil, lang.Error("it was not there when daypass's agent began; end that with \"daypass stop\", and try again")
	}
	pause := time.NewTimer(openPause)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	ring, err := keyring.Open(cfg)
	if errors.Is(err, keyring.ErrNoAvailImpl) {
		err = lang.Error("it refuses to be used")
	}
	return ring, err
}

// choose returns the backend to use. The last one is used again even if it does not
// answer today: another one would look like an empty keyring.
func (v *Vault) choose(ctx context.Context) (string, error) {
	if name := v.movedTo(); name != "" {
		return name, nil
	}
	if name := v.cfg.Backend; name != "" {
		if !slices.Contains(creds.KeyringBackends(), name) {
			return "", &creds.Error{
				Code:    creds.CodeKeyringUnavailable,
				Message: lang.Sprintf("there is no keyring backend %q; there are %s", name, strings.Join(creds.KeyringBackends(), ", ")),
				Advice:  lang.T("Correct keyring_backend in daypass's settings, or DAYPASS_KEYRING_BACKEND, and end the agent, which keeps it: daypass stop"),
			}
		}
		return name, nil
	}
	last, _, err := atomicfile.Read(v.rememberedIn(), 1<<10)
	switch {
	case err == nil && slices.Contains(creds.KeyringBackends(), strings.TrimSpace(string(last))):
		return strings.TrimSpace(string(last)), nil
	case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, atomicfile.ErrTooLarge):
		return "", &creds.Error{
			Code:    creds.CodeFile,
			Message: lang.Sprintf("which keyring was used last cannot be read: %v; move it away, or set keyring_backend", err),
			Advice:  advice.File(err),
		}
	}
	return bestBackend(ctx), nil
}

func (v *Vault) rememberedIn() string { return filepath.Join(v.cfg.Dir, "keyring-backend") }

// remember stores the choice. A failure does not matter: the next start chooses again.
func (v *Vault) remember(name string) {
	if v.cfg.Backend == "" && v.movedTo() == "" {
		_ = atomicfile.Write(context.Background(), v.rememberedIn(), []byte(name+"\n"), 0o600)
	}
}
