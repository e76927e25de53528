package sso

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"daypass/internal/atomicfile"
)

// RoleCache is where the AWS CLI keeps credentials of roles: ~/.aws/cli/cache,
// which nothing moves. With them it works on after a sign-out. A file's name is
// made of what was asked for, and what is in it does not name the session, so that
// only what can be computed is found.
type RoleCache struct {
	dir string
	log *slog.Logger
}

// NewRoleCache returns the cache in a folder, which need not exist.
func NewRoleCache(dir string, log *slog.Logger) *RoleCache {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &RoleCache{dir: dir, log: log}
}

// Grant is an account and a role in it, as Identity Center assigns them.
type Grant struct{ AccountID, RoleName string }

// AssumedRole is how the AWS CLI assumes the role of a profile: the profile's own
// settings, as the files have them. Empty ones are not sent.
type AssumedRole struct{ ARN, SessionName, ExternalID, MFASerial, Duration string }

// Forget removes the credentials of a session's roles, and of the roles that are
// assumed with them. What stays is an [ErrKept], which says until when it works.
func (c *RoleCache) Forget(ctx context.Context, s Session, grants []Grant, assumed []AssumedRole) error {
	wanted := wantedEntries(s, grants, assumed)
	names, err := c.list(wanted)
	if err != nil {
		return err
	}
	var kept []keptEntry
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("remove from %s: %w", c.dir, err)
		}
		entry, ok := c.read(ctx, name, wanted)
		if !ok || !wanted.has(name, entry) {
			continue
		}
		if err := removeFile(filepath.Join(c.dir, name)); err != nil {
			kept = append(kept, keptEntry{entry.expires(), err})
			continue
		}
		c.log.Info("removed from the AWS CLI's cache", "session", s.ID(), "file", name)
	}
	return keptError(s, c.dir, kept)
}

// list returns the names of files to look at: what a folder that cannot be listed
// holds is found by its name.
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

// read returns what a file holds. One that cannot be read serves the AWS CLI no
// more than this; one that is just being written may.
func (c *RoleCache) read(ctx context.Context, name string, wanted *wantedNames) (object, bool) {
	path := filepath.Join(c.dir, name)
	for start := time.Now(); ; {
		data, info, err := atomicfile.Read(path, maxFile)
		if err != nil {
			return nil, false
		}
		entry, err := parseObject(data)
		if err == nil {
			return entry, true
		}
		if wanted.kinds[name] == "" || time.Since(info.ModTime()) >= tornFor || time.Since(start) >= tornFor || pause(ctx, tornPause) != nil {
			return nil, false
		}
	}
}

// wantedNames are the files that a session may have made, by what is in them.
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

// wantedEntries adds the pairs that no profile names any more, as far as account
// and role are known from others.
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

// has reports whether a file is one of the session's, by its name and by what is
// in it.
func (w *wantedNames) has(name string, entry object) bool {
	var provider string
	if entry.take("ProviderType", &provider) != nil || entry["Credentials"] == nil {
		return false
	}
	kind := w.kinds[name]
	if provider != kindSSO {
		return provider == "" && kind == kindAssumed
	}
	if kind != "" {
		return kind == kindSSO
	}
	account := entry.credentials().AccountID
	for _, role := range w.roles {
		if account != "" && slices.Contains(grantNames(w.session, Grant{account, role}), name) {
			return true
		}
	}
	return false
}

// entryCredentials are what an entry holds besides its secrets.
type entryCredentials struct {
	Expiration string
	AccountID  string `json:"AccountId"`
}

func (o object) credentials() entryCredentials {
	var inner object
	var found entryCredentials
	rest := object{"c": o["Credentials"]}
	if rest.take("c", &inner) == nil {
		// What is of another type is ignored.
		_ = inner.take("Expiration", &found.Expiration)
		_ = inner.take("AccountId", &found.AccountID)
	}
	return found
}

// expires is when credentials end, the zero time if it does not say.
func (o object) expires() time.Time {
	at, _ := parseTime(o.credentials().Expiration)
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

// keptError says until when entries work that could not be removed.
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
	end := "until " + until.Local().Format("15:04 on 2 January")
	if endless {
		end = "for as long as AWS has given them"
	}
	return failure(ErrKept, cause, "%q is signed out, but the AWS CLI's credentials for it could not be removed from %s (%v): they work %s",
		s.ID(), dir, atomicfile.Cause(cause), end)
}
