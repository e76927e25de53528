package core

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"time"

	"filippo.io/age"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/atomicfile"
	"daypass/creds/secret"
	"daypass/creds/vault"
)

// request is what AWS was asked for: sessions of equal requests are
// interchangeable.
type request struct {
	// Origin is what was asked for but for the time; see [chain.origin].
	Origin string `json:"origin"`
	// Lifetime is for how long; zero where AWS takes no wish.
	Lifetime time.Duration `json:"lifetime,omitempty"`
}

// session is a set of temporary credentials, and what they were asked by.
type session struct { // its times are AWS's
	request
	AccessKeyID     string
	SecretAccessKey secret.Text
	SessionToken    secret.Text
	Issued, Expires time.Time
	AccountID       string
	// Note is one sentence where AWS gave less than was asked for, or than people
	// expect.
	Note string
}

// addNote adds a remark.
func (s *session) addNote(text string) {
	if s.Note != "" {
		text = s.Note + "; " + text
	}
	s.Note = text
}

// servable is how long credentials must last to be handed out: botocore asks
// anew when under 15 minutes are left, and shorter sessions would never do.
func (s session) servable(now time.Time) bool {
	return s.left(now) >= min(15*time.Minute, s.Expires.Sub(s.Issued)/4)
}

func (s session) left(now time.Time) time.Duration { return s.Expires.Sub(now) }

// lasts reports whether credentials are not about to end.
func (s session) lasts(now time.Time) bool {
	return s.left(now) > creds.Lead(s.Expires.Sub(s.Issued))
}

// usable reports whether a call to AWS that starts now will still be signed
// with valid credentials when it arrives.
func (s session) usable(now time.Time) bool { return s.left(now) > 30*time.Second }

// sessions are those of each origin, one of each lifetime. Their slices are never
// changed, so that a copy of the map is a copy of all.
type sessions map[string][]session

// get returns the session of a request, the zero value if there is none.
func (s sessions) get(r request) session {
	for _, one := range s[r.Origin] {
		if one.request == r {
			return one
		}
	}
	return session{}
}

// latest returns the session of an origin that lasts longest, whatever lifetime
// was asked for; the zero value if there is none.
func (s sessions) latest(origin string) session {
	var latest session
	for _, one := range s[origin] {
		if one.Expires.After(latest.Expires) {
			latest = one
		}
	}
	return latest
}

// put stores a session in the place of that of the same request.
func (s sessions) put(one session) {
	s.remove(one.request)
	s[one.Origin] = append(slices.Clone(s[one.Origin]), one)
}

// remove forgets the session of a request.
func (s sessions) remove(r request) {
	s.keep(r.Origin, func(other request) bool { return other != r })
}

// keep forgets the sessions of an origin but those of requests that are wanted.
func (s sessions) keep(origin string, wanted func(request) bool) {
	var rest []session
	for _, one := range s[origin] {
		if wanted(one.request) {
			rest = append(rest, one)
		}
	}
	if len(rest) == 0 {
		delete(s, origin)
		return
	}
	s[origin] = rest
}

// all returns every session.
func (s sessions) all() iter.Seq[session] {
	return func(yield func(session) bool) {
		for _, same := range s {
			for _, one := range same {
				if !yield(one) {
					return
				}
			}
		}
	}
}

// held is what a profile has been given.
type held struct {
	request
	// Chosen is set if a person has chosen the lifetime, this once.
	Chosen bool `json:"chosen,omitempty"`
	// Written is the zero value if the credentials file could never be
	// written.
	Written writtenKey `json:"written"`
	// LastUsed is when somebody last asked for the profile.
	LastUsed time.Time `json:"last_used"`
	// Lease is when what a sensitive profile was lent is taken back; zero for
	// all other profiles.
	Lease time.Time `json:"lease,omitzero"`
}

// store is what the session file holds.
type store struct {
	Sessions sessions
	Held     map[string]held
	// Accounts are the account numbers of users whose settings name none.
	Accounts map[string]string
	// Names are what Identity Center calls accounts, by their numbers.
	Names map[string]string
	// People are who the sessions of Identity Center belong to, by their IDs.
	People map[string]person
}

func newStore() store {
	return store{
		Sessions: sessions{}, Held: map[string]held{}, Accounts: map[string]string{}, Names: map[string]string{},
		People: map[string]person{},
	}
}

// addMissing adds what an older store has of what this one knows nothing of.
func (s store) addMissing(old store) {
	addMissing(s.Sessions, old.Sessions)
	addMissing(s.Held, old.Held)
	addMissing(s.Accounts, old.Accounts)
	addMissing(s.Names, old.Names)
}

func addMissing[T any](to, from map[string]T) {
	for name, one := range from {
		if _, known := to[name]; !known {
			to[name] = one
		}
	}
}

func (s store) clone() store {
	return store{maps.Clone(s.Sessions), maps.Clone(s.Held), maps.Clone(s.Accounts), maps.Clone(s.Names), maps.Clone(s.People)}
}

// storeFile is the form of the session file inside its encryption.
type storeFile struct {
	Version  int               `json:"version"`
	Sessions []sessionFile     `json:"sessions"`
	Held     map[string]held   `json:"held"`
	Accounts map[string]string `json:"accounts"`
	Names    map[string]string `json:"names,omitempty"`
	People   map[string]person `json:"people,omitempty"`
}

type sessionFile struct {
	request
	AccessKeyID     string    `json:"access_key_id"`
	SecretAccessKey string    `json:"secret_access_key"`
	SessionToken    string    `json:"session_token"`
	Issued          time.Time `json:"issued"`
	Expires         time.Time `json:"expires"`
	AccountID       string    `json:"account_id,omitempty"`
	Note            string    `json:"note,omitempty"`
}

// sessionStore is the file that sessions outlive a restart in, encrypted with
// age to the data key in the keyring: Windows' keyring takes 2,560 bytes, and
// session tokens alone may be longer.
type sessionStore struct {
	path  string
	vault *vault.Vault
	// identity is kept once read, so that saving asks no keyring.
	identity *age.X25519Identity
	// orphaned is the file while the keyring does not hold its key, and why says
	// so. It is set aside when there is something to put in its place.
	orphaned fs.FileInfo
	why      string
	// unread is why the file was neither read nor set aside; nil if it was. Until
	// then nothing is saved: it would replace sessions that nobody knows.
	unread error
}

// maxSessions is far above what 10,000 sessions need.
const maxSessions = 64 << 20

// errNotLoaded is of a file that nobody has read yet.
var errNotLoaded = &creds.Error{Code: creds.CodeFile, Message: "new sessions are not saved, since the old ones have not been read yet"}

// load reads the file. A missing one is an empty store. One that cannot be read,
// does not open with the data key or makes no sense is never overwritten, and the
// store is empty but good: either warning says what became of the file, or unread
// is set.
func (s *sessionStore) load(ctx context.Context) (read store, warning, err error) {
	s.orphaned, s.unread = nil, errNotLoaded
	data, info, err := atomicfile.Read(s.path, maxSessions)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.unread = nil
		return newStore(), nil, nil
	case errors.Is(err, atomicfile.ErrTooLarge):
		return newStore(), s.setAside(info, "they are larger than any that daypass saves"), nil
	case err != nil:
		s.unread = notSaved("%v; make the file readable or move it away", err)
		return newStore(), nil, nil
	}
	identity, err := s.vault.DataKey(ctx, false)
	switch {
	case errors.Is(err, vault.ErrNoItem):
		// The keyring may be another one today.
		s.orphaned, s.why, s.unread = info, "the keyring does not hold their key", nil
		return newStore(), &creds.Error{
			Code:    creds.CodeKeyringUnavailable,
			Message: "the keyring does not hold the key that the saved sessions are encrypted to; is it the right keyring?",
			Advice:  "If not, choose the other by keyring_backend or unlock it, and end the agent before the next login: daypass stop",
		}, nil
	case errors.Is(err, vault.ErrDamagedItem):
		s.orphaned, s.why, s.unread = info, "their key in the keyring is damaged", nil
		return newStore(), &creds.Error{
			Code:    creds.CodeKeyringUnavailable,
			Message: "the keyring's item with the key that the saved sessions are encrypted to is damaged; a new one is made with the next session",
			Advice:  "There is nothing to do but to log in again.",
		}, nil
	case err != nil:
		return store{}, nil, err
	}
	s.identity = identity
	plain, err := age.Decrypt(bytes.NewReader(data), identity)
	if err != nil {
		return newStore(), s.setAside(info, "they are damaged, or encrypted to another key"), nil
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		return newStore(), s.setAside(info, "they are damaged"), nil
	}
	var f storeFile
	if err := json.Unmarshal(text, &f); err != nil || f.Version != 1 {
		return newStore(), s.setAside(info, "they are not in a form that this version knows"), nil
	}
	s.unread = nil
	loaded := newStore()
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
	maps.Copy(loaded.Names, f.Names)
	maps.Copy(loaded.People, f.People)
	return loaded, nil, nil
}

// setAside returns what to say of a file that was moved away, or sets unread.
func (s *sessionStore) setAside(file fs.FileInfo, why string) (warning error) {
	aside, err := atomicfile.SetAside(s.path, file)
	if err != nil {
		s.unread = notSaved("%s, and %s cannot be moved away: %v; please do that", why, s.path, err)
		return nil
	}
	s.orphaned, s.unread = nil, nil
	return &creds.Error{
		Code:    creds.CodeFile,
		Message: fmt.Sprintf("the saved sessions could not be read: %s; the file was moved to %s, and sessions must be started anew", why, aside),
	}
}

func notSaved(format string, args ...any) error {
	return &creds.Error{
		Code:    creds.CodeFile,
		Message: "new sessions are not saved, since the old ones cannot be read: " + fmt.Sprintf(format, args...),
	}
}

// save replaces the file in one step. warning says what became of a file that was
// in its place and could not be read.
func (s *sessionStore) save(ctx context.Context, current store) (warning, err error) {
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
	f := storeFile{Version: 1, Held: current.Held, Accounts: current.Accounts, Names: current.Names, People: current.People}
	for one := range current.Sessions.all() {
		f.Sessions = append(f.Sessions, sessionFile{
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
	if err := replaceFile(s.path, sealed.Bytes()); err != nil {
		return warning, &creds.Error{Code: creds.CodeFile, Message: fmt.Sprintf("the sessions could not be saved, and end with daypass's agent: %v", err), Advice: advice.File(err)}
	}
	return warning, nil
}

// replaceFile writes a file of our own in one step, mode 0600.
func replaceFile(path string, data []byte) error {
	// The caller's patience is for the keyring. This waits for the disk alone,
	// or two seconds for readers, and what a code was typed for is kept.
	return atomicfile.Write(context.Background(), path, data, 0o600)
}
