package app

import (
	"strings"
	"testing"
	"time"

	"daypass/app/kit"
	"daypass/creds"
)

func TestTheKeysWindowSaysWhatMattersMost(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		status creds.Status
		there  bool
		words  string
		tone   kit.Tone
		rotate bool
	}{
		"there is no such profile": {creds.Status{}, false, "There is no profile alice any more.", kit.ToneWarning, false},
		"it has no key":            {creds.Status{}, true, "alice has no long-term key of its own.", kit.ToneInfo, false},
		"its key is another's": {
			creds.Status{KeyProfile: "hub"}, true, "alice has no long-term key of its own: the one behind it is that of hub.", kit.ToneInfo, false,
		},
		"a young key": {creds.Status{Key: &creds.KeyStatus{InKeyring: true, Created: now.Add(-time.Hour), RotateAfter: now.Add(time.Hour)}}, true, "", kit.ToneQuiet, true},
		"an old key": {
			creds.Status{Key: &creds.KeyStatus{InKeyring: true, Created: now.Add(-91 * 24 * time.Hour), RotateAfter: now.Add(-24 * time.Hour)}},
			true,
			"The key is 91 days old: it is time to rotate it.", kit.ToneWarning, true,
		},
		"a key in plaintext": {
			creds.Status{Key: &creds.KeyStatus{Plaintext: "/home/a/.aws/credentials"}},
			true,
			"Any program of yours can read this key: it is in plaintext in ~/.aws/credentials.", kit.ToneWarning, true,
		},
		"a rotation that was cut off": {
			creds.Status{Key: &creds.KeyStatus{News: "the rotation was undone", NewsAt: now}}, true, "The rotation was undone. (12:00)", kit.ToneInfo, true,
		},
		"a rotation that goes on": {creds.Status{Key: &creds.KeyStatus{Rotating: true}}, true, "The key is being rotated.", kit.ToneBusy, false},
		"a removal": {
			creds.Status{Key: &creds.KeyStatus{}, Removing: now},
			true,
			"The profile is being removed. The window of all profiles can undo that.", kit.ToneWarning, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &keyState{profile: "alice", home: "/home/a"}
			all := creds.Snapshot{}
			if c.there {
				c.status.Name = "alice"
				all.Profiles = []creds.Status{c.status}
			}
			s.take(all)
			if said, tone := s.notice(now); !strings.HasPrefix(said, c.words) || (said == "") != (c.words == "") || tone != c.tone {
				t.Errorf("%q, tone %d", said, tone)
			}
			if s.canRotate() != c.rotate {
				t.Errorf("it can be rotated: %t", s.canRotate())
			}
		})
	}
}

func TestTheFactsOfAKey(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.Local)
	s := &keyState{profile: "alice", home: "/home/a"}
	s.take(creds.Snapshot{Profiles: []creds.Status{{
		Name: "alice", UserARN: "arn:aws:iam::123456789012:user/alice",
		Key: &creds.KeyStatus{
			ID: newKeyID, InKeyring: true, Plaintext: "/home/a/.aws/config", Created: now.Add(-48 * time.Hour), SharedWith: []string{"b", "c"},
			RotateAfter: now.Add(24 * time.Hour), Old: &creds.OldKey{ID: testKeyID, DeletedAfter: now.Add(24 * time.Hour)},
		},
	}}})
	want := map[string]string{
		"Access key ID": newKeyID, "Belongs to": "user/alice (123456789012)", "Age": "2 days old · 2026-11-29",
		"Kept in": "the keyring, and in plaintext in ~/.aws/config", "Shared with": "b, c", "To be rotated": "after 2026-12-02",
		"Old key": testKeyID + " · inactive", "Deleted": "2026-12-02 12:00", "Its last use": "Never used",
	}
	for _, f := range s.facts(now) {
		if f.Value != want[f.Label] {
			t.Errorf("%s: %q, want %q", f.Label, f.Value, want[f.Label])
		}
		delete(want, f.Label)
	}
	if len(want) > 0 {
		t.Errorf("missing are %v", want)
	}
}

func TestARotationIsNotBegunBeforeAllIsChosen(t *testing.T) {
	h := &testData{custody: newTestCustody(time.Now())}
	s := &rotateState{}
	s.ask()
	if s.canRotate() {
		t.Error("it can be begun before the plan is known")
	}
	s.asked(h.custody.plan, nil)
	if said, _ := s.words(); !s.canRotate() || !strings.Contains(said, "by all profiles that have this key: alice, work") || !strings.Contains(said, "deleted after 7 days") {
		t.Errorf("%q", said)
	}
	s.deleteNow = true
	if r := s.request(); r != (creds.RotateRequest{Profile: "alice", DeleteNow: true}) {
		t.Errorf("%+v", r)
	}
	withSecondKey(h)
	s.ask()
	s.asked(h.custody.plan, nil)
	said, tone := s.words()
	if s.canRotate() || tone != kit.ToneWarning || !strings.Contains(said, otherKeyID+" was last used 2026-02-03 14:05 for s3 in eu-central-1.") {
		t.Errorf("with two keys it says %q", said)
	}
	s.dropOther = true
	if r := s.request(); !s.canRotate() || r.Delete != otherKeyID {
		t.Errorf("%+v", r)
	}
}

func TestTheResultOfARotation(t *testing.T) {
	last := creds.KeyUse{At: time.Date(2026, 2, 3, 14, 5, 0, 0, time.Local), Service: "s3"}
	for name, c := range map[string]struct {
		reply creds.RotateReply
		err   error
		want  string
	}{
		"the old key is kept": {
			creds.RotateReply{New: "B", Old: "A", OldLastUsed: last, DeletedAfter: time.Date(2026, 12, 8, 12, 0, 0, 0, time.Local)},
			nil,
			"The new key B works and is in use. The old key A is inactive. It was last used 2026-02-03 14:05 for s3: if another computer has it still, give that one the new key, or make the old one active again. It is deleted on 2026-12-08.",
		},
		"the old key is gone": {
			creds.RotateReply{New: "B", Old: "A", OldLastUsed: last, Deleted: true, Profiles: []string{"a", "b"}, Imported: "/f"},
			nil,
			"The new key B works and is in use. It is used by a, b. The old key was taken out of /f first. The old key A is deleted. It was last used 2026-02-03 14:05 for s3.",
		},
		"it was refused": {
			creds.RotateReply{},
			&creds.Error{Code: creds.CodeDenied, Message: "AWS does not let alice make keys", Advice: "Ask an administrator."},
			"AWS does not let alice make keys. Ask an administrator.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &rotateState{}
			s.rotated(c.reply, c.err)
			if said, _ := s.words(); said != c.want {
				t.Errorf("%q", said)
			}
		})
	}
}

func TestARenameIsCheckedWhileItIsTyped(t *testing.T) {
	s := &renameState{}
	s.ask("alice", creds.Snapshot{Profiles: []creds.Status{{Name: "alice", WrittenAs: "alice-temporary"}, {Name: "audit"}}})
	for typed, want := range map[string]string{
		"": "A profile needs a name.", "alice": "", "audit": "There is a profile audit already.", "alice-temporary": "There is a profile alice-temporary already.",
		"a]b": "A name has no brackets", "new name": "", " work ": "",
	} {
		s.typed(typed)
		said, _ := s.problem()
		if !strings.HasPrefix(said, want) || (said == "") != (want == "") {
			t.Errorf("%q: %q", typed, said)
		}
		if can := want == "" && typed != "alice"; s.canRename() != can {
			t.Errorf("%q can be taken: %t", typed, s.canRename())
		}
	}
}

func TestHowLongARemovalCanBeUndone(t *testing.T) {
	now := time.Now()
	for left, want := range map[time.Duration]string{
		10 * time.Second: "10 seconds", 9*time.Second + 1: "10 seconds", time.Second: "1 second", time.Millisecond: "1 second", -time.Second: "0 seconds",
		time.Hour: "10 seconds", // The clock was set back.
	} {
		if got := removalSeconds(creds.Status{Removing: now.Add(left)}, now); got != want {
			t.Errorf("%s: %q, want %q", left, got, want)
		}
	}
	s := &statusState{chosen: "b", all: creds.Snapshot{Profiles: []creds.Status{
		{Name: "a", Removing: now.Add(2 * time.Second)}, {Name: "b", Removing: now.Add(5 * time.Second)}, {Name: "c", Removing: now.Add(time.Second)}, {Name: "d"},
	}}}
	if got := s.removed(now); got != "b" {
		t.Errorf("%q is kept, want the chosen one", got)
	}
	s.chosen = "d"
	if got := s.removed(now); got != "c" {
		t.Errorf("%q is kept, want the one that goes first", got)
	}
}
