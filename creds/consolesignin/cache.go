package consolesignin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"daypass/internal/atomicfile"
	"daypass/internal/filewatch"
	"daypass/internal/jsoncache"
)

const (
	// above is how many of the folders above the cache's own are watched with it:
	// ~/.aws/login and ~/.aws.
	above = 2
	// lockPoll is how often a held lock is tried: its holder waits for AWS.
	lockPoll = 20 * time.Millisecond
)

// Cache is the folder that daypass shares with the AWS CLI and SDKs: ~/.aws/login/cache,
// or AWS_LOGIN_CACHE_DIRECTORY. A Cache may be used concurrently.
type Cache struct{ files jsoncache.Folder }

// NewCache returns the cache in a folder, which need not exist. A nil log discards output.
func NewCache(dir string, log *slog.Logger) *Cache {
	return &Cache{jsoncache.Folder{
		Dir: dir, Log: cmp.Or(log, slog.New(slog.DiscardHandler)),
		Damaged: func(d jsoncache.Damage) error { return &unusable{Damage: d} },
	}}
}

// Dir returns the folder.
func (c *Cache) Dir() string { return c.files.Dir }

// Watch reports when a file may have changed, and why changes may be missed, until ctx
// ends; see [filewatch.Watcher.Files].
func (c *Cache) Watch(ctx context.Context, files *filewatch.Watcher) <-chan error {
	return files.Folder(ctx, c.Dir(), above, func(name string) bool {
		// Other files are temporary, locks, or set aside.
		return strings.HasSuffix(name, ".json") && !strings.HasPrefix(name, ".")
	})
}

// fileName is the AWS CLI's and the SDKs' name for the file of an identity.
func fileName(arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return hex.EncodeToString(sum[:]) + ".json"
}

// unusable is the error of a file that cannot be read. It was set aside if it is damaged,
// and stays if it is another program's.
type unusable struct {
	jsoncache.Damage
	// foreign is a whole JSON file that is of another kind.
	foreign *jsoncache.File
}

// Error says no more than the cause: people read the sentence of [Session.unreadable].
func (u *unusable) Error() string { return u.Why }

// Unwrap returns [ErrDamaged].
func (u *unusable) Unwrap() error { return ErrDamaged }

// load returns the content of the file of an identity. Its error is an [ErrNoToken], an
// unusable, or that of reading the file.
func (c *Cache) load(ctx context.Context, arn string) (Token, error) {
	if arn == "" {
		return Token{}, ErrNoToken
	}
	file, err := c.files.Load(ctx, fileName(arn))
	switch {
	case err != nil:
		return Token{}, err
	case file == nil:
		return Token{}, ErrNoToken
	}
	token, err := parseToken(arn, file.Object)
	if err != nil {
		return Token{}, &unusable{jsoncache.Damage{Path: file.Path, Why: err.Error()}, file}
	}
	return token, nil
}

// store replaces a token's file, though the caller may be gone.
func (c *Cache) store(ctx context.Context, t Token) error {
	return c.files.Store(context.WithoutCancel(ctx), fileName(t.ARN), formatToken(t))
}

func (c *Cache) remove(ctx context.Context, arn string) error {
	return c.files.Remove(context.WithoutCancel(ctx), fileName(arn))
}

// lock waits for the right to change the file of an identity, among all of daypass's
// processes. Other programs have no lock.
func (c *Cache) lock(ctx context.Context, arn string) (unlock func(), err error) {
	return atomicfile.Lock(ctx, filepath.Join(c.Dir(), fileName(arn)), lockPoll)
}
