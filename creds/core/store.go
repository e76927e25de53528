package core

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"daypass/creds/profile"
)

// store is what daypass holds for profiles, in memory. [keeper] saves it.
type store struct {
	// files say what the credentials file holds. They are read under the lock, so that
	// what is written is in both at every moment.
	files *awsFiles

	mu sync.Mutex
	records
	// replacing is what is being written to the credentials file, by section, until the
	// store and the file as last read agree on it again.
	replacing map[string]replacement
	// keyOf has the access key ID of profiles whose sessions are known by their key. Who
	// began before that was known still has the name.
	keyOf map[string]string
	// planned is what profiles, by name, will have been given once that is written.
	planned map[string]held
}

// A replacement is an access key ID that takes another's place in the file.
type replacement struct{ old, new string }

// keyBook is what the store knows of long-term keys, by their access key IDs.
type keyBook struct{ *store }

func (s *store) keyBook() keyBook { return keyBook{s} }

// nameBook is what the store knows of the names of accounts, and of who signs in.
type nameBook struct{ *store }

func (s *store) nameBook() nameBook { return nameBook{s} }

func newStore(files *awsFiles) *store {
	return &store{files: files, records: newRecords(), keyOf: map[string]string{}, replacing: map[string]replacement{}, planned: map[string]held{}}
}

// session returns the session of a request, the zero value if there is none.
func (s *store) session(r request) session {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Origin = s.originLocked(r.Origin)
	return s.Sessions.get(r)
}

// moveOrigins has what is known by the names of profiles known by their long-term keys: ids
// are by the profiles.
func (s *store) moveOrigins(ids map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.keyOf, ids)
	s.byKey(s.keyOfLocked)
	for name, h := range s.planned {
		h.Origin = s.originLocked(h.Origin)
		s.planned[name] = h
	}
}

// forgetBase notes that a profile has no long-term key any more that its sessions could be
// known by.
func (s *store) forgetBase(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keyOf, name)
}

func (s *store) keyOfLocked(base string) string { return s.keyOf[base] }

// origin returns what an origin is now: who began before a key was known has another one.
func (s *store) origin(origin string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.originLocked(origin)
}

func (s *store) originLocked(origin string) string { return profile.OriginByKey(origin, s.keyOfLocked) }

// latest returns the session of an origin that lasts longest, the zero value if
// there is none.
func (s *store) latest(origin string) session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Sessions.latest(s.originLocked(origin))
}

// put stores a session; [writer.keep] has it saved.
func (s *store) put(one session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.AccountID = strings.Clone(one.AccountID) // a part of a file's text would keep all of it
	one.Origin = s.originLocked(one.Origin)
	s.Sessions.put(one)
}

// discard forgets a session that AWS no longer accepts, unless another one has replaced
// it.
func (s *store) discard(one session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.Origin = s.originLocked(one.Origin)
	if s.Sessions.get(one.request).AccessKeyID == one.AccessKeyID {
		s.Sessions.remove(one.request)
	}
}

// forget forgets the sessions of origins.
func (s *store) forget(which func(origin string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.Sessions, func(origin string, _ []session) bool { return which(origin) })
}

// heldInFile returns what a profile has been given, and whether the credentials file
// still holds it.
func (s *store) heldInFile(name string) (h held, isHeld, inFile bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, isHeld = s.Held[name]
	return h, isHeld, s.isInFileLocked(h.Written)
}

// held returns what a profile has been given.
func (s *store) held(name string) (h held, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok = s.Held[name]
	return h, ok
}

// allHeld returns what all profiles have been given.
func (s *store) allHeld() map[string]held {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.Held)
}

// hold changes what a profile has been given, and returns what it was before.
func (s *store) hold(name string, change func(h *held, isHeld bool)) (before held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, isHeld := s.Held[name]
	before = h
	change(&h, isHeld)
	h.Origin = s.originLocked(h.Origin)
	s.Held[name] = h
	delete(s.planned, name)
	return before
}

// use records that a profile is in use if it holds something, and reports whether it
// does.
func (s *store) use(name string, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.Held[name]
	if ok {
		h.LastUsed = at
		s.Held[name] = h
	}
	return ok
}

// discardUnheld forgets a session unless a profile was given it.
func (s *store) discardUnheld(one session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one.Origin = s.originLocked(one.Origin)
	if !s.isHeldLocked(one.request) {
		s.Sessions.remove(one.request)
	}
}

// isHeldLocked reports whether a profile was given the session of a request.
func (s *store) isHeldLocked(r request) bool {
	for _, h := range s.Held {
		if h.request == r {
			return true
		}
	}
	return false
}

// release forgets what profiles were given, and the sessions that no other profile was
// given: their own, and those of roles that were assumed with them.
func (s *store) release(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		origin := s.Held[name].Origin
		delete(s.Held, name)
		s.Sessions.keep(origin, s.isHeldLocked)
		for other := range s.Sessions {
			if origin != "" && strings.HasPrefix(other, origin+" ") {
				s.Sessions.keep(other, s.isHeldLocked)
			}
		}
	}
}

// forgetUnheld forgets all sessions if no profile holds anything: a user's session, say,
// that was made for a role.
func (s *store) forgetUnheld() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.Held) == 0 {
		clear(s.Sessions)
	}
}

// forgetEnded drops sessions that ended over a day ago: the menus have shown them long
// enough. What is in the credentials file stays known.
func (s *store) forgetEnded(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for one := range s.Sessions.all() {
		if one.left(now) < -24*time.Hour {
			s.Sessions.remove(one.request)
		}
	}
	for name, h := range s.Held {
		if s.Sessions.get(h.request).Expires.IsZero() && s.files.isRead.Load() && !s.isInFileLocked(h.Written) {
			delete(s.Held, name)
		}
	}
}

// adjustLeases begins a lease for profiles that have become sensitive, and ends those of
// profiles that no longer are, except of those whose settings are moving. It reports whether
// it changed any.
func (s *store) adjustLeases(leaseOf func(name string) time.Duration, isMoving func(name string) bool) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, h := range s.Held {
		lease := leaseOf(name)
		if (lease > 0) == !h.Lease.IsZero() || isMoving(name) {
			continue
		}
		h.Lease = leaseEnd(lease)
		s.Held[name] = h
		changed = true
	}
	return changed
}

// endLeases ends the leases of profiles.
func (s *store) endLeases(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now().Round(0)
	for _, name := range names {
		if h, ok := s.Held[name]; ok && h.Lease.After(now) {
			h.Lease = now
			s.Held[name] = h
		}
	}
}

// isInFileLocked reports whether the credentials file still holds what was written.
func (s *store) isInFileLocked(w writtenKey) bool {
	if w.Section == "" {
		return false
	}
	section, _ := s.files.set().Section(w.Section)
	inFile := section.AccessKeyID
	if w.AccessKeyID == inFile {
		return true
	}
	// During a replacement the file may be ahead of the store, or the store ahead of the
	// file as read.
	r, ok := s.replacing[w.Section]
	return ok && (w.AccessKeyID == r.old && inFile == r.new || w.AccessKeyID == r.new && inFile == r.old)
}

// isOurs reports whether we wrote a profile's temporary credentials in the files.
func (s *store) isOurs(p profile.Profile) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.Held[p.Name].Written
	return w.Section == p.Name && s.isInFileLocked(w)
}

// derived returns the sections of the credentials file that were made for profiles
// of other names.
func (s *store) derived() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	sections := map[string]bool{}
	for name, h := range s.Held {
		if h.Written.Section != name && s.isInFileLocked(h.Written) {
			sections[h.Written.Section] = true
		}
	}
	return sections
}

// derivedFrom returns the name of the profile whose credentials are in a section of another
// name, which is otherwise returned itself.
func (s *store) derivedFrom(section string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, isHeld := s.Held[section]; isHeld {
		return section
	}
	for name, h := range s.Held {
		if h.Written.Section == section && s.isInFileLocked(h.Written) {
			return name
		}
	}
	return section
}

// recipes returns the saved profiles, by name. They must not be changed.
func (s *store) recipes() map[string]profile.Recipe {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Recipes
}

// setRecipe saves a profile, or with nil forgets it, and returns what was saved before.
func (s *store) setRecipe(name string, is *profile.Recipe) (before *profile.Recipe) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.Recipes[name]; ok {
		before = &old
	}
	s.Recipes = maps.Clone(s.Recipes) // others read it
	if is == nil {
		delete(s.Recipes, name)
		return before
	}
	s.Recipes[name] = *is
	return before
}

// startReplacing records what is about to be written for profiles, and that they will
// have been given it.
func (s *store) startReplacing(writes []*pendingWrite) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range writes {
		h, isHeld := s.Held[w.name]
		s.replacing[w.section] = replacement{h.Written.AccessKeyID, w.one.AccessKeyID}
		w.give(&h, isHeld)
		h.Origin = s.originLocked(h.Origin)
		s.planned[w.name] = h
	}
}

// endReplacing notes that the files have been read since.
func (s *store) endReplacing() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.replacing)
	clear(s.planned)
}

// isReplacing reports whether something is being written.
func (s *store) isReplacing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.replacing) > 0
}

// account returns the account number of a user, "" if it is not known.
func (s nameBook) account(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Accounts[name]
}

// user returns the ARN of the IAM user whose key was added for a profile, "" if it is not
// known.
func (s nameBook) user(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Users[name]
}

// setUser notes whose long-term key a profile has, by the user's ARN.
func (s nameBook) setUser(name, arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Accounts[name], s.Users[name] = profile.AccountOf(arn), arn
}

// accountName returns an account's name at Identity Center; "" if unknown.
func (s nameBook) accountName(account string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Names[account]
}

// learnNames records accounts' names, and reports whether any is new.
func (s nameBook) learnNames(names map[string]string) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for account, name := range names {
		news = news || s.Names[account] != name
	}
	maps.Copy(s.Names, names)
	return news
}

// personOf returns who an SSO session's profiles belong to; "" if unknown.
func (s nameBook) personOf(id, startURL string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.People[id]; last.StartURL == startURL {
		return last.Name
	}
	return ""
}

// setPerson records who an SSO session's profiles belong to, and reports whether that is
// news.
func (s nameBook) setPerson(id string, is person) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	news = s.People[id] != is
	s.People[id] = is
	return news
}

// restore replaces everything with what was read from the disk.
func (s *store) restore(read records) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = read
	s.byKey(s.keyOfLocked)
}

// addMissing adds what the disk has and the store lacks.
func (s *store) addMissing(read records) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read.byKey(s.keyOfLocked)
	s.records.addMissing(read)
}

// copy returns everything, to be saved. It counts what is being written as given, with
// what it replaces, since nothing can be saved in the moment of the write:
// [records.settle] decides later.
func (s *store) copy() records {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.clone()
	for name, h := range s.planned {
		before := s.Held[name]
		h.Before = &before
		all.Held[name] = h
	}
	return all
}

// byLastUse orders profiles, most recently used first.
func (s *store) byLastUse(names []string) {
	all := s.allHeld()
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(all[b].LastUsed.Compare(all[a].LastUsed), strings.Compare(a, b))
	})
}
