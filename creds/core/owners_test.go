package core

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/secret"
	"daypass/sso"
)

func heldOf(one session, section string) held {
	return held{request: one.request, Written: writtenKey{Section: section, AccessKeyID: one.AccessKeyID}}
}

func TestASessionStaysForAsLongAsAProfileHoldsIt(t *testing.T) {
	s := newStore(newAWSFiles(awsfile.Paths{}))
	shared := session{request: request{Origin: "alice"}, AccessKeyID: "ASIA1", Expires: time.Now().Add(time.Hour)}
	s.put(shared)
	for _, name := range []string{"alice", "bob"} {
		s.hold(name, func(h *held, _ bool) { *h = heldOf(shared, name) })
	}
	s.release("alice")
	if got := s.session(shared.request); got.AccessKeyID != "ASIA1" {
		t.Error("it went with the first of two profiles")
	}
	s.release("bob")
	if got := s.session(shared.request); got.AccessKeyID != "" {
		t.Error("it stays, though no profile holds it")
	}
}

func TestASessionIsDiscardedOnlyWhileItIsInItsPlace(t *testing.T) {
	s := newStore(newAWSFiles(awsfile.Paths{}))
	old := session{request: request{Origin: "alice"}, AccessKeyID: "ASIA1"}
	s.put(old)
	s.put(session{request: old.request, AccessKeyID: "ASIA2"})
	s.discard(old)
	if got := s.session(old.request); got.AccessKeyID != "ASIA2" {
		t.Errorf("%q is there, and not the newer one", got.AccessKeyID)
	}
}

// While a section is replaced, the store and the last reading of the file do not match.
func TestASectionBeingReplacedCountsAsOurs(t *testing.T) {
	s := newStore(newAWSFiles(awsfile.Paths{}))
	before := writtenKey{Section: "alice", AccessKeyID: "ASIA1"}
	s.hold("alice", func(h *held, _ bool) { h.Written = before })
	p := &pendingWrite{name: "alice", one: session{AccessKeyID: "ASIA2"}}
	p.section = "alice"
	s.startReplacing([]*pendingWrite{p})
	file := func(id string) {
		s.files.latest.Store(&profile.Set{Profiles: map[string]profile.Profile{"alice": {Name: "alice", AccessKeyID: id}}})
	}
	after := writtenKey{Section: "alice", AccessKeyID: "ASIA2"}
	for name, tc := range map[string]struct {
		written writtenKey
		inFile  string
		want    bool
	}{
		"neither is replaced yet": {before, "ASIA1", true},
		"the file is ahead":       {before, "ASIA2", true},
		"the store is ahead":      {after, "ASIA1", true},
		"both are replaced":       {after, "ASIA2", true},
		"another one is there":    {before, "ASIA3", false},
	} {
		file(tc.inFile)
		s.hold("alice", func(h *held, _ bool) { h.Written = tc.written })
		if _, _, got := s.heldInFile("alice"); got != tc.want {
			t.Errorf("%s: in the file is %v", name, got)
		}
	}
	s.endReplacing()
	file("ASIA2")
	s.hold("alice", func(h *held, _ bool) { h.Written = before })
	if _, _, got := s.heldInFile("alice"); got {
		t.Error("what was replaced is ours for ever")
	}
}

// still says that no settings are moving.
func still(string) bool { return false }

func TestLeasesFollowTheMarkOfSensitiveProfiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(newAWSFiles(awsfile.Paths{}))
		for _, name := range []string{"plain", "marked"} {
			s.hold(name, func(*held, bool) {})
		}
		lease := map[string]time.Duration{"marked": time.Hour}
		leaseOf := func(name string) time.Duration { return lease[name] }
		if !s.adjustLeases(leaseOf, still) || s.adjustLeases(leaseOf, still) {
			t.Error("the first time changes something, and the second does not")
		}
		marked, _ := s.held("marked")
		plain, _ := s.held("plain")
		if want := time.Now().Add(time.Hour); !marked.Lease.Equal(want) || !plain.Lease.IsZero() {
			t.Errorf("unlocked until %s and %s", marked.Lease, plain.Lease)
		}
		s.endLeases("marked", "plain")
		if marked, _ = s.held("marked"); !marked.isOver(time.Now()) {
			t.Errorf("it is unlocked until %s", marked.Lease)
		}
		delete(lease, "marked")
		s.adjustLeases(leaseOf, still)
		if marked, _ = s.held("marked"); !marked.Lease.IsZero() {
			t.Errorf("it is sensitive no more, and unlocked until %s", marked.Lease)
		}
	})
}

func TestProblemsAreListedInTheOrderOfTheirTopics(t *testing.T) {
	p := newProblems()
	for _, topic := range []string{topicClock, topicKeyring, topicFiles} {
		if !p.set(topic, errors.New(topic)) || p.set(topic, errors.New(topic)) {
			t.Errorf("%s is news once", topic)
		}
	}
	var got []string
	for _, problem := range p.list([]creds.Error{{Message: "a flaw"}}) {
		got = append(got, problem.Message)
	}
	if want := []string{topicFiles, "a flaw", topicKeyring, topicClock}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !p.set(topicClock, nil) || p.set(topicClock, nil) || p.get(topicClock) != nil {
		t.Error("that a problem is gone is news once")
	}
}

func TestACodeIsTakenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQuestions()
		code := secret.New("123456")
		q.countRefusal("phone")
		if n := q.countRefusal("phone"); n != 2 {
			t.Errorf("%d codes were refused in a row", n)
		}
		q.accepted("phone", code)
		if n := q.countRefusal("phone"); n != 1 {
			t.Errorf("after one that was taken %d were refused in a row", n)
		}
		if q.checkCode("phone", code, 0) == nil || q.checkCode("other", code, 0) != nil || q.checkCode("phone", secret.New("654321"), 0) != nil {
			t.Error("a code is spent for its device, and no other one is")
		}
		time.Sleep(3*codeStep + time.Second)
		if q.checkCode("phone", code, 0) != nil {
			t.Error("a code of long ago may be one of now again")
		}
	})
}

func TestProfilesLoggingOutGetNothingFromRunningSweeps(t *testing.T) {
	s := newSignIns()
	under := newSweep(t.Context())
	s.change("corp", func(f *signIn) {
		f.sweep, f.taken = under, map[string]bool{"a": true, "b": true}
	})
	s.leave("a")
	f := s.get("corp")
	if under.wants("a") || !under.wants("b") || f.taken["a"] || !f.taken["b"] {
		t.Errorf("a is wanted: %v; b is wanted: %v; to get back: %v", under.wants("a"), under.wants("b"), f.taken)
	}
}

func TestASessionIsSilentForAsLongAsItsTokenCanBeUsed(t *testing.T) {
	lasts := sso.Token{AccessToken: secret.New("x"), Expires: time.Now().Add(time.Hour)}
	for name, tc := range map[string]struct {
		f    signIn
		want bool
	}{
		"nothing is known":                {signIn{}, false},
		"a token lasts":                   {signIn{has: true, token: lasts}, true},
		"it is over":                      {signIn{has: true, token: lasts, over: true}, false},
		"its file is missing":             {signIn{has: true, token: lasts, missing: time.Now()}, false},
		"it belongs to a stranger":        {signIn{has: true, token: lasts, stranger: stranger{token: lasts.AccessToken}}, false},
		"it has ended and is not renewed": {signIn{has: true, token: sso.Token{AccessToken: lasts.AccessToken, Expires: time.Now().Add(-time.Hour)}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSignIns()
			s.change("corp", func(f *signIn) { *f = tc.f })
			if got := s.isSilent("corp"); got != tc.want {
				t.Errorf("silent is %v", got)
			}
		})
	}
}

func TestRenewalsStayBlockedUntilBothLogoutsOfAProfileEnd(t *testing.T) {
	d := newDepartures()
	one, two := d.add("a"), d.add("a", "b")
	one()
	if !d.has("a") || !d.has("b") {
		t.Error("the first logout has ended both")
	}
	two()
	if d.has("a") || d.has("b") {
		t.Error("both have ended, and the profile is still leaving")
	}
}
