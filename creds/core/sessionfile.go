package core

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"time"

	"filippo.io/age"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/profile"
	"daypass/creds/vault"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// records are the content of the session file.
type records struct {
	Sessions sessions
	Held     map[string]held
	// Accounts are the account numbers of users whose settings name none.
	Accounts map[string]string
	// Users are the ARNs of the IAM users whose long-term keys were added, by profile.
	Users map[string]string
	// Names are the accounts' names at Identity Center, by number.
	Names map[string]string
	// People are who the SSO sessions belong to, by their IDs.
	People map[string]person
	// Recipes are the saved profiles, by name. The map is never changed, as others read it.
	Recipes map[string]profile.Recipe
	// Keys are what is known of long-term keys, by their IDs.
	Keys map[string]keyFacts
	// KeyIDs are the IDs of the long-term keys by the profiles that the keyring has them for,
	// as they were last known: reading them all takes some keyrings seconds.
	KeyIDs map[string]string
}

func newRecords() records {
	return records{
		Sessions: sessions{}, Held: map[string]held{}, Accounts: map[string]string{}, Names: map[string]string{},
		People: map[string]person{}, Users: map[string]string{}, Recipes: map[string]profile.Recipe{},
		Keys: map[string]keyFacts{}, KeyIDs: map[string]string{},
	}
}

// addMissing adds from an older store what this one lacks.
func (r *records) addMissing(old records) {
	r.Recipes = maps.Clone(r.Recipes)
	addMissing(r.Recipes, old.Recipes)
	addMissing(r.Sessions, old.Sessions)
	addMissing(r.Held, old.Held)
	addMissing(r.Accounts, old.Accounts)
	addMissing(r.Users, old.Users)
	addMissing(r.Names, old.Names)
	addMissing(r.Keys, old.Keys)
}

// settle decides what profiles were being given when the records were saved: what the
// credentials file holds now, by the names of its sections. It returns keys in the file that no profile has any more.
func (r records) settle(file map[string]profile.Profile) (stale []writtenKey) {
	planned := map[string]bool{}
	for _, h := range r.Held {
		for _, w := range h.written() {
			planned[w.Section] = true
		}
	}
	// Profiles with the same settings share a session: a key may be in several sections.
	unplanned := map[string]string{}
	for section, p := range file {
		if !planned[section] {
			unplanned[p.AccessKeyID] = section
		}
	}
	for name, h := range r.Held {
		before := h.Before
		if before == nil {
			continue
		}
		h.Before = nil
		section := h.Written.Section
		if file[section].AccessKeyID != h.Written.AccessKeyID {
			section = unplanned[h.Written.AccessKeyID]
		}
		switch {
		case section != "":
			h.Written.Section = section
			r.Held[name] = h
			if was := before.Written; was.Section != "" && was.Section != section && file[was.Section].AccessKeyID == was.AccessKeyID {
				stale = append(stale, was)
			}
		case before.Origin == "":
			delete(r.Held, name)
		default:
			r.Held[name] = *before
		}
	}
	return stale
}

// byKey has the sessions known by their long-term key that are known by a profile; see
// [profile.OriginByKey]. Of two with the same request the one that lasts longer stays.
func (r records) byKey(keyOf func(base string) string) {
	now := func(h *held) { h.Origin = profile.OriginByKey(h.Origin, keyOf) }
	for origin, same := range r.Sessions {
		to := profile.OriginByKey(origin, keyOf)
		if to == origin {
			continue
		}
		delete(r.Sessions, origin)
		for _, one := range same {
			one.Origin = to
			if r.Sessions.get(one.request).Expires.Before(one.Expires) {
				r.Sessions.put(one)
			}
		}
	}
	for name, h := range r.Held {
		now(&h)
		if h.Before != nil {
			before := *h.Before
			now(&before)
			h.Before = &before
		}
		r.Held[name] = h
	}
}

func addMissing[T any](to, from map[string]T) {
	for name, one := range from {
		if _, known := to[name]; !known {
			to[name] = one
		}
	}
}

func (r records) clone() records {
	return records{
		Sessions: maps.Clone(r.Sessions), Held: maps.Clone(r.Held), Accounts: maps.Clone(r.Accounts),
		Users: maps.Clone(r.Users), Names: maps.Clone(r.Names), People: maps.Clone(r.People), Recipes: r.Recipes,
		Keys: maps.Clone(r.Keys), KeyIDs: r.KeyIDs,
	}
}

// fileForm is the form of the session file before encryption.
type fileForm struct {
	Version  int               `json:"version"`
	Sessions []sessionForm     `json:"sessions"`
	Held     map[string]held   `json:"held"`
	Accounts map[string]string `json:"accounts"`
	Users    map[string]string `json:"users,omitempty"`
	Names    map[string]string `json:"names,omitempty"`
	People   map[string]person `json:"people,omitempty"`

	Recipes map[string]profile.Recipe `json:"recipes,omitempty"`
	Keys    map[string]keyFacts       `json:"keys,omitempty"`
	KeyIDs  map[string]string         `json:"key_ids,omitempty"`
}

type sessionForm struct {
	request
	AccessKeyID     string    `json:"access_key_id"`
	SecretAccessKey string    `json:"secret_access_key"`
	SessionToken    string    `json:"session_token"`
	Issued          time.Time `json:"issued"`
	Expires         time.Time `json:"expires"`
	AccountID       string    `json:"account_id,omitempty"`
	Note            string    `json:"note,omitempty"`
}

// sessionFile keeps sessions over a restart. It is encrypted with age to the data key in
// the keyring: Windows' keyring takes 2,560 bytes, and a session token alone may be
// longer.
type sessionFile struct {
	path  string
	vault *vault.Vault
	// identity is kept once read, so that saving does not need the keyring.
	identity *age.X25519Identity
	// orphaned is the file while the keyring lacks its key, and why says so. It is set
	// aside when there is something to replace it.
	orphaned fs.FileInfo
	why      string
	// unread is why the file was neither read nor set aside; nil if it was. While it is
	// set nothing is saved, as that would replace unknown sessions.
	unread error
}

// maxSessions is far above what 10,000 sessions need.
const maxSessions = 64 << 20

// errNotLoaded is the error of a file that has not been read yet.
var errNotLoaded = &creds.Error{Code: creds.CodeFile, Message: lang.T("new sessions are not saved, since the old ones have not been read yet")}

// load reads the file. A missing one is an empty store. A file that cannot be read, does
// not open with the data key or makes no sense is never overwritten. The store is then
// empty but usable, and either warning says what became of the file or unread is set.
func (s *sessionFile) load(ctx context.Context) (read records, warning, err error) {
	s.orphaned, s.unread = nil, errNotLoaded
	data, info, err := atomicfile.Read(s.path, maxSessions)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.unread = nil
		return newRecords(), nil, nil
	case errors.Is(err, atomicfile.ErrTooLarge):
		return newRecords(), s.setAside(info, lang.T("they are larger than any that daypass saves")), nil
	case err != nil:
		s.unread = notSaved("%v; make the file readable or move it away", err)
		return newRecords(), nil, nil
	}
	identity, err := s.vault.DataKey(ctx, false)
	switch {
	case errors.Is(err, vault.ErrNoItem):
		// The keyring may be another one today.
		s.orphaned, s.why, s.unread = info, lang.T("the keyring does not hold their key"), nil
		return newRecords(), &creds.Error{
			Code:    creds.CodeKeyringUnavailable,
			Message: lang.T("the keyring does not hold the key that the saved sessions are encrypted to; is it the right keyring?"),
			Advice:  lang.T("If not, choose the other by keyring_backend or unlock it, and end the agent before the next login: daypass stop"),
		}, nil
	case errors.Is(err, vault.ErrDamagedItem):
		s.orphaned, s.why, s.unread = info, lang.T("their key in the keyring is damaged"), nil
		return newRecords(), &creds.Error{
			Code:    creds.CodeKeyringUnavailable,
			Message: lang.T("the keyring's item with the key that the saved sessions are encrypted to is damaged; a new one is made with the next session"),
			Advice:  lang.T("There is nothing to do but to log in again."),
		}, nil
	case err != nil:
		return records{}, nil, err
	}
	s.identity = identity
	plain, err := age.Decrypt(bytes.NewReader(data), identity)
	if err != nil {
		return newRecords(), s.setAside(info, lang.T("they are damaged, or encrypted to another key")), nil
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		return newRecords(), s.setAside(info, lang.T("they are damaged")), nil
	}
	var f fileForm
	if err := json.Unmarshal(text, &f); err != nil || f.Version != 1 {
		return newRecords(), s.setAside(info, lang.T("they are not in a form that this version knows")), nil
	}
	s.unread = nil
	loaded := newRecords()
	for _, one := range f.Sessions {
		loaded.Sessions.put(session{
			one.request, one.AccessKeyID, secret.New(one.SecretAccessKey), secret.New(one.SessionToken),
			one.Issued, one.Expires, one.AccountID, one.Note,
		})
	}
	for name, h := range f.Held {
		loaded.Held[name] = h
	}
	for name, account := range f.Accounts {
		loaded.Accounts[name] = account
	}
	maps.Copy(loaded.Users, f.Users)
	maps.Copy(loaded.Names, f.Names)
	maps.Copy(loaded.People, f.People)
	maps.Copy(loaded.Recipes, f.Recipes)
	maps.Copy(loaded.Keys, f.Keys)
	maps.Copy(loaded.KeyIDs, f.KeyIDs)
	return loaded, nil, nil
}

// setAside moves the file away and returns what to say about that, or sets unread.
func (s *sessionFile) setAside(file fs.FileInfo, why string) (warning error) {
	aside, err := atomicfile.SetAside(s.path, file)
	if err != nil {
		s.unread = notSaved("%s, and %s cannot be moved away: %v; please do that", why, s.path, err)
		return nil
	}
	s.orphaned, s.unread = nil, nil
	return &creds.Error{
		Code:    creds.CodeFile,
		Message: lang.Sprintf("the saved sessions could not be read: %s; the file was moved to %s, and sessions must be started anew", why, aside),
	}
}

func notSaved(format lang.Text, args ...any) error {
	return &creds.Error{
		Code:    creds.CodeFile,
		Message: lang.Sprintf("new sessions are not saved, since the old ones cannot be read: %s", lang.Sprintf(format, args...)),
	}
}

// save replaces the file in one step. warning says what became of an unreadable file in
// its place.
func (s *sessionFile) save(ctx context.Context, current records) (warning, err error) {
	if s.orphaned != nil {
		warning = s.setAside(s.orphaned, s.why)
	}
	if s.unread != nil {
		return nil, s.unread
	}
	if s.identity == nil {
		identity, err := s.vault.DataKey(ctx, true)
		if err != nil {
			return warning, err
		}
		s.identity = identity
	}
	f := fileForm{
		Version: 1, Held: current.Held, Accounts: current.Accounts, Users: current.Users, Names: current.Names,
		People: current.People, Recipes: current.Recipes, Keys: current.Keys, KeyIDs: current.KeyIDs,
	}
	for one := range current.Sessions.all() {
		f.Sessions = append(f.Sessions, sessionForm{
			one.request, one.AccessKeyID, one.SecretAccessKey.Reveal(), one.SessionToken.Reveal(),
			one.Issued, one.Expires, one.AccountID, one.Note,
		})
	}
	text, err := json.Marshal(f)
	if err != nil {
		return warning, err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, s.identity.Recipient())
	if err != nil {
		return warning, err
	}
	if _, err := w.Write(text); err != nil {
		return warning, err
	}
	if err := w.Close(); err != nil {
		return warning, err
	}
	// The caller's patience is for the keyring. This waits only for the disk, or two
	// seconds for readers, and saves what a code was typed for.
	if err := atomicfile.Write(context.Background(), s.path, sealed.Bytes(), 0o600); err != nil {
		return warning, &creds.Error{Code: creds.CodeFile, Message: lang.Sprintf("the sessions could not be saved, and end with daypass's agent: %v", err), Advice: advice.File(err)}
	}
	return warning, nil
}
