package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"
	"github.com/gofrs/flock"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/textfile"
)

// fileBackend keeps the items in encrypted files.
type fileBackend struct{ *Vault }

// filesOf returns the vault's encrypted files, whichever keyring it uses.
func filesOf(v *Vault) fileBackend { return fileBackend{v} }

func (v fileBackend) fileDir() string { return filepath.Join(v.cfg.Dir, "keyring") }

// openFile opens the file backend in a folder.
func openFile(dir string, passphrase secret.Text) (keyring.Keyring, error) {
	return keyring.Open(keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, FileDir: dir,
		FilePasswordFunc: keyring.FixedStringPrompt(passphrase.Reveal()),
	})
}

func (v fileBackend) filePassphrase() secret.Text {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.passphrase
}

// unlockFile finds the passphrase of the file backend, once in the vault's life.
// Concurrent callers share one question.
func (v fileBackend) unlockFile(ctx context.Context) error {
	select {
	case <-v.asking:
		defer func() { v.asking <- struct{}{} }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if !v.filePassphrase().IsZero() {
		return nil
	}
	v.sweepOnce()
	found, err := v.findPassphrase(ctx)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.passphrase, v.opened = found, true
	return nil
}

func (v fileBackend) findPassphrase(ctx context.Context) (secret.Text, error) {
	if path := v.cfg.PassphraseFile; path != "" {
		data, _, err := atomicfile.Read(path, maxItem)
		if err != nil {
			return secret.Text{}, &creds.Error{
				Code:    creds.CodeKeyringLocked,
				Message: lang.Sprintf("the passphrase file that DAYPASS_KEYRING_PASSPHRASE_FILE names cannot be read: %v", err),
				Advice:  cmp.Or(advice.File(err), lang.T("Correct DAYPASS_KEYRING_PASSPHRASE_FILE, and end the agent, which keeps it: daypass stop")),
			}
		}
		line, _, _ := strings.Cut(string(data), "\n")
		found := secret.New(strings.TrimSuffix(line, "\r"))
		_, err = v.prove(found)
		if refusal := (*creds.Refusal)(nil); errors.As(err, &refusal) {
			message := lang.Sprintf("the passphrase in %s does not open the encrypted keys", path)
			if err := textfile.Check(string(data)); err != nil {
				message += fmt.Sprintf(": %v", err)
			}
			return secret.Text{}, &creds.Error{
				Code: creds.CodeKeyringLocked, Message: message,
				Advice: lang.T("Write the passphrase that the keys were stored with on the first line of that file, in UTF-8."),
			}
		}
		return found, err
	}
	if v.cfg.User == nil {
		return secret.Text{}, &creds.Error{
			Code: creds.CodeKeyringLocked, Message: lang.T("the encrypted keys need a passphrase, and there is nobody to ask"),
			Advice: lang.T("Log in to a profile from a terminal, with: daypass login\n" +
				"or have DAYPASS_KEYRING_PASSPHRASE_FILE name a file that holds it when the agent starts."),
		}
	}
	var found, chosen secret.Text
	err := v.cfg.User.Ask(ctx, creds.Prompt{Kind: creds.PromptPassphrase}, func(_ context.Context, answer creds.AnswerRequest) error {
		typed := answer.Answer
		proved, err := v.prove(typed)
		switch {
		case err != nil:
			return err
		case proved || typed == chosen:
			found = typed
			return nil
		case chosen.IsZero():
			// Nobody could ever open what is encrypted with a mistyped passphrase.
			chosen = typed
			return &creds.Refusal{Message: lang.T("Type it once more, to be sure.")}
		}
		chosen = secret.Text{}
		return &creds.Refusal{Message: lang.T("These two differ. Choose a passphrase.")}
	})
	return found, err
}

// prove tries a passphrase on an existing item. It returns false if there is none yet,
// so that any passphrase would do, and a [*creds.Refusal] for one that does not open it.
func (v fileBackend) prove(passphrase secret.Text) (bool, error) {
	if passphrase.IsZero() {
		return false, &creds.Refusal{Message: lang.T("the passphrase must not be empty")}
	}
	ring, err := openFile(v.fileDir(), passphrase)
	if err != nil {
		return false, err
	}
	// One damaged item must neither hide the others nor pass for a wrong passphrase.
	tried := false
	opens := func(item string) bool {
		data, err := v.readItem(item)
		if err != nil || !isSealed(data) {
			return false
		}
		tried = true
		_, err = ring.Get(item)
		return err == nil
	}
	if opens(dataKeyItem) {
		return true, nil // almost always, without reading thousands
	}
	items, err := v.fileItems()
	if err != nil {
		return false, err
	}
	left := mostProved
	for _, item := range items {
		if !strings.HasPrefix(item, keyPrefix) && !strings.HasPrefix(item, profilePrefix) {
			continue
		}
		if opens(item) {
			return true, nil
		}
		if left--; left == 0 {
			break
		}
	}
	if tried {
		return false, &creds.Refusal{Message: lang.T("this passphrase does not open the encrypted keys")}
	}
	return false, nil
}

// mostProved is on how many items a passphrase is tried: each takes 10 ms and more, and a
// wrong one opens none of them.
const mostProved = 20

// maxItem is far above what a key needs, or a passphrase.
const maxItem = 1 << 20

func (v fileBackend) itemFile(name string) string {
	// As the library escapes names.
	return filepath.Join(v.fileDir(), strings.NewReplacer("%", "%25", "/", "%2F").Replace(name))
}

// readItem returns the encrypted item. The library itself would wait forever for a pipe.
func (v fileBackend) readItem(name string) ([]byte, error) {
	data, _, err := atomicfile.Read(v.itemFile(name), maxItem)
	return data, err
}

// getFile returns what an item of the file backend holds. The passphrase was proved, so
// an item that it does not open is damaged.
func (v fileBackend) getFile(ring keyring.Keyring, name string) ([]byte, error) {
	switch _, err := v.readItem(name); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNoItem
	case errors.Is(err, atomicfile.ErrTooLarge):
		return nil, ErrDamagedItem
	case err != nil:
		return nil, err
	}
	found, err := ring.Get(name)
	if err != nil {
		return nil, ErrDamagedItem // the library's own error may quote it
	}
	return found.Data, nil
}

// itemInfo returns the item's file as it is now, nil if there is none. A damaged item is
// set aside only if it is still the file that was judged.
func (v fileBackend) itemInfo(name string) fs.FileInfo {
	info, _ := os.Stat(v.itemFile(name)) // what cannot be looked at is not set aside
	return info
}

// setItemAside moves a damaged item to a name that is no item of ours. It fails if the
// item was written since.
func (v fileBackend) setItemAside(name string, was fs.FileInfo) error {
	if was == nil {
		return atomicfile.ErrChanged
	}
	_, err := atomicfile.SetAside(v.itemFile(name), was)
	return err
}

// isSealed reports whether an item may be whole: a JWE has five parts (RFC 7516,
// section 7.1), none of them empty with an encrypted key.
func isSealed(data []byte) bool {
	parts := strings.Split(string(data), ".")
	return len(parts) == 5 && !slices.Contains(parts, "")
}

// fileItems returns the names of all items of the file backend. The library would take
// an unreadable folder for an empty one.
func (v fileBackend) fileItems() (items []string, err error) {
	folder, err := os.Open(v.fileDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = folder.Close() }() // nothing was written to it
	names, err := folder.Readdirnames(-1)
	for _, name := range names {
		if item, err := url.PathUnescape(name); err == nil { // as the library escapes them
			items = append(items, item)
		}
	}
	return items, err
}

// setFile stores an item of the file backend. The library writes over the old file in
// place, so that a crash would lose the key. So it writes in a separate folder, and the
// file is moved.
func (v fileBackend) setFile(item keyring.Item) error {
	final := v.fileDir()
	if err := os.MkdirAll(final, 0o700); err != nil {
		return err
	}
	lock := v.itemLock()
	ctx, cancel := context.WithTimeout(context.Background(), v.cfg.Patience)
	defer cancel()
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return lang.Errorf("lock: %w", atomicfile.Cause(err))
	}
	defer func() { _ = lock.Close() }() // the system frees it with the handle
	v.sweepLocked()
	temp, err := os.MkdirTemp(v.cfg.Dir, newItem)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	ring, err := openFile(temp, v.filePassphrase())
	if err != nil {
		return err
	}
	if err := ring.Set(item); err != nil {
		return err
	}
	files, err := os.ReadDir(temp)
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return lang.Errorf("%d files were written for one item", len(files))
	}
	written := filepath.Join(temp, files[0].Name())
	if err := syncFile(written); err != nil {
		return err
	}
	// The folder is synced too, as a key in the keyring is removed from the credentials
	// file next. No temporary file may be beside the item: the library would take it for
	// one.
	return atomicfile.Rename(context.Background(), written, filepath.Join(final, files[0].Name()))
}

const (
	// newItem begins the names of the folders that items are written in.
	newItem  = "keyring-new-"
	lockPoll = 5 * time.Millisecond
)

// itemLock returns the lock that writers of items take, in this process or another. Its
// file is never removed: a process may just be waiting for it.
func (v fileBackend) itemLock() *flock.Flock {
	return flock.New(filepath.Join(v.cfg.Dir, ".keyring.lock"), flock.SetPermissions(0o600))
}

// leftItems returns the folders that items are, or were, being written in.
func (v fileBackend) leftItems() []string {
	entries, _ := os.ReadDir(v.cfg.Dir) // what cannot be listed cannot be swept
	var left []string
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), newItem) {
			left = append(left, filepath.Join(v.cfg.Dir, e.Name()))
		}
	}
	return left
}

// sweepLocked removes what processes left that were killed while they wrote an item. The
// lock is held, so nobody is writing.
func (v fileBackend) sweepLocked() {
	for _, folder := range v.leftItems() {
		_ = os.RemoveAll(folder) // the next write tries again
	}
}

// sweepOnce is for the start: it leaves everything to a process that is writing.
func (v fileBackend) sweepOnce() {
	if len(v.leftItems()) == 0 {
		return
	}
	lock := v.itemLock()
	defer func() { _ = lock.Close() }() // the system frees it with the handle
	if got, err := lock.TryLock(); err == nil && got {
		v.sweepLocked()
	}
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
