package vault

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"

	"daypass/creds"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/safely"
	"daypass/internal/secret"
)

// The names that aws-vault has for its keyrings, in its cli/global.go.
const (
	awsVaultService    = "aws-vault"
	awsVaultCollection = "awsvault"
	awsVaultFolder     = ".awsvault/keys"
)

// AWSVaultItem is an item that aws-vault keeps.
type AWSVaultItem struct {
	Name string
	// Data is JSON with a key.
	Data []byte
	// Where is a phrase for people, and Path the item's or the store's, if it is a file.
	Where, Path string
}

// awsVaultPlace is a keyring in which aws-vault may keep items.
type awsVaultPlace struct {
	backend keyring.BackendType
	cfg     keyring.Config
	where   string
	// asks is set if opening it asks a person for something.
	asks bool
}

// AWSVault returns what aws-vault keeps in each keyring of its own, and why others cannot be
// read. It changes nothing there, and makes none. Without open nobody is asked for what is
// locked.
func (v *Vault) AWSVault(ctx context.Context, open bool) (items []AWSVaultItem, notes []string) {
	if v.cfg.Home == "" {
		return nil, nil
	}
	for _, place := range awsVaultPlaces(ctx, v.cfg.Home, os.Getenv) {
		if place.asks && !open {
			notes = append(notes, lang.Sprintf("aws-vault has keys in %s, which is locked: to have them found, too, use daypass import --aws-vault", place.where))
			continue
		}
		found, err := v.readAWSVault(ctx, place)
		if err != nil {
			notes = append(notes, lang.Sprintf("what aws-vault keeps in %s cannot be read: %v", place.where, err))
		}
		items = append(items, found...)
	}
	return items, notes
}

// awsVaultPlaces are the keyrings of aws-vault's that are there. The variables are those that
// aws-vault has for its own settings, as far as the agent has them.
func awsVaultPlaces(ctx context.Context, home string, getenv func(string) string) (places []awsVaultPlace) {
	add := func(is bool, backend keyring.BackendType, where string, asks bool, cfg keyring.Config) {
		if is {
			cfg.AllowedBackends = []keyring.BackendType{backend}
			cfg.ServiceName = cmp.Or(cfg.ServiceName, awsVaultService)
			places = append(places, awsVaultPlace{backend, cfg, where, asks})
		}
	}
	folder := cmp.Or(getenv("AWS_VAULT_FILE_DIR"), filepath.Join(home, filepath.FromSlash(awsVaultFolder)))
	if rest, inHome := strings.CutPrefix(folder, "~/"); inHome {
		folder = filepath.Join(home, rest)
	}
	entries, _ := os.ReadDir(folder) // what cannot be listed has nothing to import
	hasItems := slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Type().IsRegular() && !isAWSVaultSession(e.Name()) })
	add(hasItems, keyring.FileBackend, folder, true, keyring.Config{FileDir: folder})

	prefix := cmp.Or(getenv("AWS_VAULT_PASS_PREFIX"), awsVaultService)
	store := cmp.Or(getenv("AWS_VAULT_PASS_PASSWORD_STORE_DIR"), getenv("PASSWORD_STORE_DIR"), filepath.Join(home, ".password-store"))
	info, err := os.Stat(filepath.Join(store, prefix))
	add(err == nil && info.IsDir(), keyring.PassBackend, lang.Sprintf("pass, under %s", prefix), true,
		keyring.Config{PassDir: store, PassPrefix: prefix, PassCmd: getenv("AWS_VAULT_PASS_CMD")})

	collection := cmp.Or(getenv("AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME"), awsVaultCollection)
	exists, locked := foreignCollection(ctx, collection)
	add(exists, keyring.SecretServiceBackend, lang.Sprintf("the keyring %q", collection), locked, keyring.Config{LibSecretCollectionName: collection})
	add(hasWallet(ctx, awsVaultService), keyring.KWalletBackend, lang.Sprintf("the wallet %q", awsVaultService), true,
		keyring.Config{KWalletAppID: awsVaultService, KWalletFolder: awsVaultService})
	own := cmp.Or(getenv("AWS_VAULT_KEYCHAIN_NAME"), awsVaultService)
	_, err = os.Stat(filepath.Join(home, "Library", "Keychains", own+".keychain-db"))
	add(err == nil, keyring.KeychainBackend, lang.Sprintf("the keychain %q", own), true, keyring.Config{KeychainName: own})
	add(slices.Contains(keyring.AvailableBackends(), keyring.WinCredBackend), keyring.WinCredBackend, lang.T("the Windows Credential Manager"), false,
		keyring.Config{WinCredPrefix: awsVaultService})
	return places
}

// awsVaultSessions are the names of items with temporary credentials or tokens: of now, of
// earlier versions, and of Identity Center.
var awsVaultSessions = regexp.MustCompile(`^([^,]+,[^,]+,[^,]*,[0-9]+|session[,:].*|.+ session \([0-9]+\)|oidc:.*)$`)

func isAWSVaultSession(name string) bool { return awsVaultSessions.MatchString(name) }

// readAWSVault reads the items of one place.
func (v *Vault) readAWSVault(ctx context.Context, place awsVaultPlace) ([]AWSVaultItem, error) {
	if place.backend == keyring.PassBackend && place.cfg.PassCmd == "" {
		if err := findPass(); err != nil {
			return nil, err
		}
	}
	if place.backend == keyring.FileBackend {
		passphrase, err := v.awsVaultPassphrase(ctx, place)
		if err != nil {
			return nil, err
		}
		place.cfg.FilePasswordFunc = keyring.FixedStringPrompt(passphrase.Reveal())
	}
	ctx, cancel := context.WithTimeoutCause(ctx, v.cfg.Patience, errKeyringSlow)
	defer cancel()
	type answer struct {
		items []AWSVaultItem
		err   error
	}
	done := make(chan answer, 1)
	go func() { // no backend knows a context
		items, err := safely.Get(v.cfg.Log, "the reading of aws-vault's keys", func() ([]AWSVaultItem, error) { return itemsOf(ctx, place) })
		done <- answer{items, err}
	}()
	select {
	case got := <-done:
		return got.items, explain(place.backend, got.err)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// itemsOf opens a place and reads its items that may have keys.
func itemsOf(ctx context.Context, place awsVaultPlace) (items []AWSVaultItem, err error) {
	ring, err := keyring.Open(place.cfg)
	if err != nil {
		return nil, err
	}
	names, err := ring.Keys()
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	for _, name := range names {
		if ctx.Err() != nil {
			return items, context.Cause(ctx)
		}
		if isAWSVaultSession(name) {
			continue
		}
		if place.backend == keyring.FileBackend {
			// The library would wait forever for a pipe.
			if _, _, err := atomicfile.Read(filepath.Join(place.cfg.FileDir, fileOfItem(name)), maxItem); err != nil {
				continue
			}
		}
		item, err := ring.Get(name)
		switch {
		case errors.Is(err, keyring.ErrKeyNotFound):
			continue
		case err != nil && place.backend == keyring.FileBackend:
			continue // a damaged one, as the passphrase has opened another
		case err != nil:
			return items, err
		}
		one := AWSVaultItem{Name: name, Data: item.Data, Where: place.where}
		if place.backend == keyring.FileBackend {
			one.Path = filepath.Join(place.cfg.FileDir, fileOfItem(name))
		}
		items = append(items, one)
	}
	return items, nil
}

// fileOfItem escapes a name as the library does.
func fileOfItem(name string) string {
	return strings.NewReplacer("%", "%25", "/", "%2F").Replace(name)
}

// awsVaultRemembered is how long the passphrase of aws-vault's files is remembered: keys are
// looked for first, and then imported.
const awsVaultRemembered = 10 * time.Minute

// remembered is a passphrase with its end.
type remembered struct {
	passphrase secret.Text
	until      time.Time
}

// awsVaultPassphrase asks for the passphrase of aws-vault's files.
func (v *Vault) awsVaultPassphrase(ctx context.Context, place awsVaultPlace) (secret.Text, error) {
	v.mu.Lock()
	known := v.awsVault
	if time.Now().After(known.until) {
		known = remembered{}
	}
	v.awsVault = known
	v.mu.Unlock()
	if !known.passphrase.IsZero() && opensAny(place, known.passphrase) {
		return known.passphrase, nil
	}
	if v.cfg.User == nil {
		return secret.Text{}, &creds.Error{Code: creds.CodeKeyringLocked, Message: lang.T("there is nobody to ask for their passphrase")}
	}
	var found secret.Text
	err := v.cfg.User.Ask(ctx, creds.Prompt{Kind: creds.PromptAWSVault}, func(_ context.Context, answer creds.AnswerRequest) error {
		if !opensAny(place, answer.Answer) {
			return &creds.Refusal{Message: lang.T("this passphrase does not open aws-vault's files")}
		}
		found = answer.Answer
		return nil
	})
	if err != nil {
		return secret.Text{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.awsVault = remembered{found, time.Now().Add(awsVaultRemembered)}
	return found, nil
}

// opensAny reports whether a passphrase opens an item of a folder. One damaged item must
// not pass for a wrong passphrase.
func opensAny(place awsVaultPlace, passphrase secret.Text) bool {
	ring, err := openFile(place.cfg.FileDir, passphrase)
	if err != nil || passphrase.IsZero() {
		return false
	}
	entries, _ := os.ReadDir(place.cfg.FileDir) // was listed before
	left := mostProved
	for _, e := range entries {
		if !e.Type().IsRegular() || left == 0 {
			continue
		}
		left--
		name := strings.NewReplacer("%25", "%", "%2F", "/").Replace(e.Name())
		if _, err := ring.Get(name); err == nil {
			return true
		}
	}
	return false
}
