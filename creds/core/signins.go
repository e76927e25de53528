package core

import (
	"maps"
	"slices"
	"sync"
	"time"

	"daypass/creds"
	"daypass/internal/secret"
	"daypass/sso"
)

// signIn is what is known about one SSO session.
type signIn struct {
	// token is what the token cache holds; has is false if it holds none.
	token sso.Token
	has   bool
	// over is set when there was a token and a person must sign in for the
	// next one.
	over     bool
	renewing bool
	failed   *creds.Error
	// failures counts the silent renewals that failed in a row. The next one is tried no
	// earlier than retry.
	failures int
	retry    time.Time
	// sweep is the refresh of all profiles after a sign-in, while it runs. swept is the
	// last one, over or not.
	sweep, swept *sweep
	// leaving is set while the session is being signed out.
	leaving bool
	// missing is since when the token's file is gone, while another program may still be
	// replacing it.
	missing time.Time
	// taken are the profiles that lost their credentials because another program signed
	// out. They get new ones with the next token, by the sweep back.
	taken map[string]bool
	back  *sweep
	// stranger is who the token belongs to if that is not the profiles' person and was
	// not confirmed; see [signIn.unconfirmed].
	stranger stranger
}

// stranger is a person who was not confirmed, with their access token in the cache.
type stranger struct {
	creds.Person
	token secret.Text
}

// sweeps returns the sweeps under way.
func (f *signIn) sweeps() []*sweep {
	return slices.DeleteFunc([]*sweep{f.sweep, f.back}, func(s *sweep) bool { return s == nil })
}

// isSilent reports whether the session can do without a person.
func (f *signIn) isSilent(now time.Time) bool {
	return f.has && f.missing.IsZero() && !f.over && f.unconfirmed() == nil && (f.token.Expires.After(now) || f.token.Renewable(now))
}

// unconfirmed returns who the token in the cache belongs to if it is not used because of
// that; nil if it is used. Nothing is known yet about a token that came later.
func (f *signIn) unconfirmed() *creds.Person {
	if !f.has || f.token.AccessToken != f.stranger.token {
		return nil
	}
	who := f.stranger.Person // a copy: this changes when they are confirmed
	return &who
}

// isRenewed forgets failures, as there is a usable token now.
func (f *signIn) isRenewed() { f.over, f.failed, f.failures, f.retry = false, nil, 0, time.Time{} }

// signIns holds what is known about SSO sessions, by their IDs.
type signIns struct {
	mu sync.Mutex
	of map[string]*signIn
	// lists are the accounts of sessions as AWS last listed them.
	lists map[string]accountList
	// tokensRead is when the token cache was last read, and tokensOf for which sessions.
	tokensRead time.Time
	tokensOf   map[string]sso.Session
}

// accountList is what AWS listed for a session.
type accountList struct {
	accounts []sso.Account
	startURL string
	at       time.Time
}

func newSignIns() *signIns {
	return &signIns{of: map[string]*signIn{}, lists: map[string]accountList{}}
}

// get returns what is known of a session.
func (s *signIns) get(id string) signIn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.of[id]; f != nil {
		return *f
	}
	return signIn{}
}

// change changes what is known of a session.
func (s *signIns) change(id string, change func(f *signIn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.of[id]
	if f == nil {
		f = &signIn{}
		s.of[id] = f
	}
	change(f)
}

// isSilent reports whether a session can do without a person.
func (s *signIns) isSilent(id string) bool {
	f := s.get(id)
	return f.isSilent(time.Now())
}

// hurry makes failed renewals due at once.
func (s *signIns) hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.of {
		if f.failures > 0 {
			f.retry = time.Time{}
		}
	}
}

// leave keeps running sweeps from giving profiles anything. What another program's
// sign-out took from them is not given back either.
func (s *signIns) leave(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.of {
		for _, all := range f.sweeps() {
			all.leave(names...)
		}
		taken := maps.Clone(f.taken)
		for _, name := range names {
			delete(taken, name)
		}
		f.taken = taken
	}
}

// startReading notes that the token cache is read for sessions.
func (s *signIns) startReading(sessions map[string]sso.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokensRead, s.tokensOf = time.Now(), sessions
}

// wereRead reports whether the token cache was read for sessions.
func (s *signIns) wereRead(sessions map[string]sso.Session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range sessions {
		if _, known := s.tokensOf[id]; !known {
			return false
		}
	}
	return true
}

// readAt returns when the token cache was read last.
func (s *signIns) readAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokensRead
}

// list returns the accounts of a session as AWS listed them last.
func (s *signIns) list(id string) (list accountList, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok = s.lists[id]
	return list, ok
}

func (s *signIns) setList(id string, list accountList) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists[id] = list
}

func (s *signIns) forgetList(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.lists, id)
}
