package sso

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"daypass/internal/atomicfile"
	"daypass/internal/jsoncache"
	"daypass/internal/lang"
)

// RoleCache is where the AWS CLI keeps credentials of roles: ~/.aws/cli/cache, which no
// setting moves. The CLI would use them after a sign-out. A file's name is a hash of the
// request, and its content does not name the session, so that only files whose names
// can be computed are found.
type RoleCache struct {
	dir string
	log *slog.Logger
}

// NewRoleCache returns the cache in a folder, which need not exist.
func NewRoleCache(dir string, log *slog.Logger) *RoleCache {
	return &RoleCache{dir: dir, log: cmp.Or(log, slog.New(slog.DiscardHandler))}
}

// Grant is an account and a role in it that Identity Center has assigned.
type Grant struct{ AccountID, RoleName string }

// AssumedRole has the settings by which the AWS CLI assumes the role of a profile. Empty
// ones are not sent.
type AssumedRole struct{ ARN, SessionName, ExternalID, MFASerial, Duration string }

// Forget removes the credentials of a session's roles, and of the roles that are assumed
// with them. If some cannot be removed it returns an [ErrKept] with their end.
func (c *RoleCache) Forget(ctx context.Context, s Session, grants []Grant, assumed []AssumedRole) error {
	wanted := wantedEntries(s, grants, assumed)
	names, err := c.list(wanted)
	if err != nil {
		return err
	}
	var kept []keptEntry
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return lang.Errorf("remove from %s: %w", c.dir, err)
		}
		entry, ok := c.read(ctx, name, wanted)
		if !ok || !wanted.has(name, entry) {
			continue
		}
		if err := jsoncache.RemoveFile(filepath.Join(c.dir, name)); err != nil {
			kept = append(kept, keptEntry{expiresOf(entry), err})
			continue
		}
		c.log.Info("removed from the AWS CLI's cache", "session", s.ID(), "file", name)
	}
	return keptError(s, c.dir, kept)
}

// Holds reports whether there is anything that Forget would remove.
func (c *RoleCache) Holds(ctx context.Context, s Session, grants []Grant, assumed []AssumedRole) bool {
	wanted := wantedEntries(s, grants, assumed)
	names, err := c.list(wanted)
	return err == nil && slices.ContainsFunc(names, func(name string) bool {
		entry, ok := c.read(ctx, name, wanted)
		return ok && wanted.has(name, entry)
	})
}

// list returns the names of the files to read; in a folder that cannot be listed, the
// computed ones.
func (c *RoleCache) list(wanted *wantedNames) ([]string, error) {
	var names []string
	entries, err := os.ReadDir(c.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		c.log.Warn("the AWS CLI's cache cannot be listed", "folder", c.dir, "err", err)
		for name := range wanted.kinds {
			names = append(names, name)
		}
		return names, nil
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".json") {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// read returns the content of a file. It waits for one that is being written, and ignores
// an unreadable one, which the AWS CLI cannot use either.
func (c *RoleCache) read(ctx context.Context, name string, wanted *wantedNames) (jsoncache.Object, bool) {
	path := filepath.Join(c.dir, name)
	for start := time.Now(); ; {
		data, info, err := atomicfile.Read(path, jsoncache.MaxFile)
		if err != nil {
			return nil, false
		}
		entry, err := jsoncache.Parse(data)
		if err == nil {
			return entry, true
		}
		if wanted.kinds[name] == "" || time.Since(info.ModTime()) >= jsoncache.TornFor || time.Since(start) >= jsoncache.TornFor || jsoncache.Sleep(ctx, jsoncache.TornPause) != nil {
			return nil, false
		}
	}
}

// wantedNames are the names of the files that a session may have, by their kind.
type wantedNames struct {
	session Session
	kinds   map[string]string
	roles   []string
}

const (
	kindSSO     = "sso" // as the AWS CLI has it in ProviderType
	kindAssumed = "assumed"
	// maxGuesses bounds the pairs of accounts and roles that are tried.
	maxGuesses = 200_000
)

// wantedEntries includes pairs that no profile has any more, of the accounts and roles of
// other pairs.
func wantedEntries(s Session, grants []Grant, assumed []AssumedRole) *wantedNames {
	w := &wantedNames{session: s, kinds: map[string]string{}}
	accounts, roles := map[string]bool{}, map[string]bool{}
	for _, g := range grants {
		w.add(g)
		if accounts[g.AccountID] = true; !roles[g.RoleName] {
			roles[g.RoleName] = true
			w.roles = append(w.roles, g.RoleName)
		}
	}
	if len(accounts)*len(w.roles) <= maxGuesses {
		for account := range accounts {
			for _, role := range w.roles {
				w.add(Grant{account, role})
			}
		}
	}
	for _, r := range assumed {
		w.kinds[assumedName(r)] = kindAssumed
	}
	return w
}

func (w *wantedNames) add(g Grant) {
	for _, name := range grantNames(w.session, g) {
		w.kinds[name] = kindSSO
	}
}

// has reports whether a file is one of the session's, by its name and its content.
func (w *wantedNames) has(name string, entry jsoncache.Object) bool {
	var provider string
	if entry.Take("ProviderType", &provider) != nil || entry["Credentials"] == nil {
		return false
	}
	kind := w.kinds[name]
	if provider != kindSSO {
		return provider == "" && kind == kindAssumed
	}
	if kind != "" {
		return kind == kindSSO
	}
	account := credentialsOf(entry).AccountID
	for _, role := range w.roles {
		if account != "" && slices.Contains(grantNames(w.session, Grant{account, role}), name) {
			return true
		}
	}
	return false
}

// entryCredentials has the fields of an entry that are not secret.
type entryCredentials struct {
	Expiration string
	AccountID  string `json:"AccountId"`
}

func credentialsOf(o jsoncache.Object) entryCredentials {
	var inner jsoncache.Object
	var found entryCredentials
	rest := jsoncache.Object{"c": o["Credentials"]}
	if rest.Take("c", &inner) == nil {
		// Values of another type are ignored.
		_ = inner.Take("Expiration", &found.Expiration)
		_ = inner.Take("AccountId", &found.AccountID)
	}
	return found
}

// expires is when credentials end, or the zero time.
func expiresOf(o jsoncache.Object) time.Time {
	at, _ := jsoncache.ParseTime(credentialsOf(o).Expiration)
	return at
}

// grantNames are the AWS CLI's names for the credentials of an account and role
// (SSOCredentialFetcher._create_cache_key in botocore/credentials.py).
func grantNames(s Session, g Grant) []string {
	key := "sessionName"
	if s.Legacy() {
		key = "startUrl"
	}
	names := s.texts()
	for i, text := range names {
		names[i] = hash(`{"accountId":`+pythonText(g.AccountID)+`,"roleName":`+pythonText(g.RoleName)+`,"`+key+`":`+pythonText(text)+`}`) + ".json"
	}
	return names
}

// assumedName is its name for the credentials of an assumed role
// (BaseAssumeRoleCredentialFetcher._create_cache_key, and what
// AssumeRoleProvider gives it).
func assumedName(r AssumedRole) string {
	var parts []string
	if n, err := strconv.Atoi(strings.TrimSpace(r.Duration)); err == nil {
		parts = append(parts, `"DurationSeconds": `+strconv.Itoa(n))
	}
	for _, p := range []struct{ key, value string }{
		{"ExternalId", r.ExternalID}, {"RoleArn", r.ARN}, {"RoleSessionName", r.SessionName}, {"SerialNumber", r.MFASerial},
	} {
		if p.value != "" {
			parts = append(parts, `"`+p.key+`": `+pythonText(p.value))
		}
	}
	return hash("{"+strings.Join(parts, ", ")+"}") + ".json"
}

// keptEntry is one that could not be removed.
type keptEntry struct {
	expires time.Time
	err     error
}

// keptError returns an [ErrKept] with the end of the entries that could not be removed.
func keptError(s Session, dir string, kept []keptEntry) error {
	var until time.Time
	var cause error
	endless := false
	for _, k := range kept {
		if !k.expires.IsZero() && !k.expires.After(time.Now()) {
			continue
		}
		cause = k.err
		endless = endless || k.expires.IsZero()
		if k.expires.After(until) {
			until = k.expires
		}
	}
	if cause == nil {
		return nil
	}
	end := lang.Sprintf("until %s", until.Local().Format(lang.T("15:04 on 2 January")))
	if endless {
		end = lang.T("for as long as AWS has given them")
	}
	return failure(ErrKept, cause, "%q is signed out, but the AWS CLI's credentials for it could not be removed from %s (%v): they work %s",
		s.ID(), dir, atomicfile.Cause(cause), end)
}
