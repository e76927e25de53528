package profile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// The files of a folder of keys, by their endings.
const (
	endAccessKey = ".access_key"
	endSecretKey = ".secret_key"
	endUser      = ".user"
)

const (
	// maxKeyFile is far above the length of what is in such a file, and maxKeyFiles above
	// the number of them that anybody has.
	maxKeyFile  = 4 << 10
	maxKeyFiles = 3000
)

// FolderSettings say where long-term keys are in files of their own.
type FolderSettings struct {
	// Path is the folder's; "" is none. It need not exist.
	Path string
	// Accounts are the numbers of accounts by names of profiles.
	Accounts map[string]string
	// User is the IAM user where the folder names none.
	User string
}

// Equal reports whether both lead to the same keys and devices.
func (f FolderSettings) Equal(other FolderSettings) bool {
	return f.Path == other.Path && f.User == other.User && maps.Equal(f.Accounts, other.Accounts)
}

// keyFolder is what a folder of keys holds.
type keyFolder struct {
	// stamps are those of the folder and its files, by path.
	stamps map[string]awsfile.Stamp
	keys   map[string]folderKey
	// exposed says which file others may read or write.
	exposed error
}

// folderKey is a pair of files with a key. Its secret is not kept.
type folderKey struct {
	id     string
	secret Mark
	user   string
	path   string // without the ending
}

// readFolder reads a folder of keys. What cannot be read of it is left out: daypass does not
// depend on it.
func readFolder(path string) (f keyFolder) {
	if path == "" {
		return f
	}
	f.stamps = stampsIn(path)
	f.keys = map[string]folderKey{}
	for _, file := range slices.Sorted(maps.Keys(f.stamps)) {
		base, is := strings.CutSuffix(file, endAccessKey)
		name := filepath.Base(base)
		if !is || name == "." || filepath.Dir(file) != path || !words.IsOneLine(name) || strings.ContainsAny(name, "[]") {
			continue
		}
		id, err := readKeyFile(file)
		secretKey, secretErr := readKeyFile(base + endSecretKey)
		if err != nil || secretErr != nil || id == "" || secretKey == "" {
			continue
		}
		user, _ := readKeyFile(base + endUser) // most have none
		f.keys[name] = folderKey{id: id, secret: MarkOf(secretKey), user: user, path: base}
		for _, one := range []string{file, base + endSecretKey} {
			if mode, shared := f.stamps[one].Shared(); shared && f.exposed == nil {
				f.exposed = &creds.Error{
					Code:    creds.CodeFile,
					Message: lang.Sprintf("%s holds a long-term key and is open to other users (mode %#o); make it private with: chmod 600 %s", one, mode, one),
				}
			}
		}
	}
	return f
}

// stampsIn returns the stamps of a folder and of the files in it that belong to keys; none if
// it is not there.
func stampsIn(path string) map[string]awsfile.Stamp {
	own, err := awsfile.Stat(path)
	if err != nil || own == (awsfile.Stamp{}) {
		return nil
	}
	stamps := map[string]awsfile.Stamp{path: own}
	dir, err := os.Open(path)
	if err != nil {
		return stamps
	}
	defer func() { _ = dir.Close() }() // nothing was written
	names, err := dir.Readdirnames(maxKeyFiles)
	if err != nil {
		return stamps
	}
	for _, name := range names {
		switch filepath.Ext(name) {
		case endAccessKey, endSecretKey, endUser:
			file := filepath.Join(path, name)
			if stamps[file], err = awsfile.Stat(file); err != nil {
				delete(stamps, file)
			}
		}
	}
	return stamps
}

// readKeyFile returns the one word in a file. It waits for no pipe.
func readKeyFile(path string) (string, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return "", errors.Join(err, fs.ErrInvalid)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return "", err
	}
	word := strings.TrimSpace(strings.TrimPrefix(string(data), "\ufeff"))
	if len(data) > maxKeyFile || strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fs.ErrInvalid
	}
	return word, nil
}

// isCurrent reports whether the folder is as it was read. Of no folder that costs one stat.
func (f keyFolder) isCurrent(path string) bool {
	return path == "" || maps.Equal(f.stamps, stampsIn(path))
}

// addFolder makes profiles of the keys in a folder, except where the files say themselves how
// a profile of the name gets its credentials.
func (a *arranger) addFolder() {
	for name, key := range a.folder.keys {
		p, there := a.Profiles[name]
		// Temporary credentials in the section are what was made with the key.
		half := (p.AccessKeyID != "" || !p.SecretKey.IsZero()) && p.tokenName == ""
		if there && (p.IsSettled() || half) || a.meant[name] != "" {
			continue
		}
		p.Name, p.AccessKeyID, p.SecretKey, p.keyFile = name, key.id, key.secret, key.path
		p.tokenName, p.tokenEnds = "", time.Time{}
		account := a.Plan.Folder.Accounts[name]
		if p.AccountID == "" {
			p.AccountID = account
		}
		if device := a.DeviceOf(p, account); p.MFASerial == "" && device != "" {
			p.MFASerial = device
			p.settings = maps.Clone(p.settings)
			if p.settings == nil {
				p.settings = map[string]string{}
			}
			p.settings["mfa_serial"] = lang.Sprintf("accounts.%s of daypass's settings, and %s", name, key.path+endUser)
		}
		a.set(p)
	}
}

// DeviceOf returns the MFA device of a profile's key in the folder, whose user is in an account;
// "" if that is not known.
func (s *Set) DeviceOf(p Profile, account string) string {
	key, there := s.folder.keys[p.Name]
	user := cmp.Or(key.user, s.Plan.Folder.User)
	if !there || account == "" || user == "" {
		return ""
	}
	at, ok := partition.Of(p.Region)
	if !ok {
		at = partition.All()[0]
	}
	return fmt.Sprintf("arn:%s:iam::%s:mfa/%s", at.Name, account, user)
}

// KeyFile is the path of the file with the profile's secret access key in a folder of keys; ""
// if the key is not there.
func (p Profile) KeyFile() string {
	if p.keyFile == "" {
		return ""
	}
	return p.keyFile + endSecretKey
}

// readFolderKey is [ReadKey] for a key in a folder.
func readFolderKey(ctx context.Context, p Profile) (creds.LongTermKey, error) {
	id, err := readKeyFile(p.keyFile + endAccessKey)
	secretKey, secretErr := readKeyFile(p.KeyFile())
	if err := cmp.Or(ctx.Err(), err, secretErr); err != nil {
		return creds.LongTermKey{}, creds.Errorf(creds.CodeFile, "the access key of profile %q cannot be read from %s", p.Name, p.KeyFile())
	}
	if id != p.AccessKeyID || MarkOf(secretKey) != p.SecretKey {
		return creds.LongTermKey{}, ChangedMeanwhile(p.Name)
	}
	return creds.LongTermKey{ID: id, Secret: secret.New(secretKey)}, nil
}
