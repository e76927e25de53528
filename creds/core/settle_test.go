package core

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/awsfile"
	"daypass/creds/profile"
)

func TestWhatWasBeingWrittenIsSettledByWhatTheFileHolds(t *testing.T) {
	was := held{request: request{Origin: "alice"}, Written: writtenKey{Section: "alice", AccessKeyID: "ASIA1"}}
	is := held{request: request{Origin: "alice anew"}, Written: writtenKey{Section: "alice", AccessKeyID: "ASIA2"}}
	aside := is
	aside.Written.Section = "alice-temporary"
	for name, tt := range map[string]struct {
		saved  held
		before held
		file   map[string]string
		want   map[string]held
		stale  []writtenKey
	}{
		"it was written":                                               {is, was, map[string]string{"alice": "ASIA2"}, map[string]held{"alice": is}, nil},
		"it was not written":                                           {is, was, map[string]string{"alice": "ASIA1"}, map[string]held{"alice": was}, nil},
		"another program has written":                                  {is, was, map[string]string{"alice": "ASIA3"}, map[string]held{"alice": was}, nil},
		"it was the first, and written":                                {is, held{}, map[string]string{"alice": "ASIA2"}, map[string]held{"alice": is}, nil},
		"it was the first, and not written":                            {is, held{}, nil, map[string]held{}, nil},
		"it was written to another section than was planned":           {is, held{}, map[string]string{"alice-temporary": "ASIA2"}, map[string]held{"alice": aside}, nil},
		"another profile has the same session":                         {is, was, map[string]string{"alice": "ASIA2", "bob": "ASIA2", "copy": "ASIA2"}, map[string]held{"alice": is}, nil},
		"another profile has the same session, and it was not written": {is, was, map[string]string{"alice": "ASIA1", "bob": "ASIA2"}, map[string]held{"alice": was}, nil},
		"the old section was not cleared yet": {
			aside, was, map[string]string{"alice": "ASIA1", "alice-temporary": "ASIA2"}, map[string]held{"alice": aside}, []writtenKey{was.Written},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecords()
			tt.saved.Before = &tt.before
			r.Held["alice"] = tt.saved
			bob := held{request: is.request, Written: writtenKey{Section: "bob", AccessKeyID: "ASIA2"}}
			r.Held["bob"], tt.want["bob"] = bob, bob
			file := map[string]profile.Profile{}
			for section, id := range tt.file {
				file[section] = profile.Profile{Name: section, AccessKeyID: id}
			}
			stale := r.settle(file)
			if diff := cmp.Diff(tt.want, r.Held, cmp.AllowUnexported(held{})); diff != "" {
				t.Errorf("held (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.stale, stale); diff != "" {
				t.Errorf("stale (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsSavedWhileAProfileIsWrittenKnowsBothKeys(t *testing.T) {
	s := newStore(newAWSFiles(awsfile.Paths{}))
	s.hold("alice", func(h *held, _ bool) { h.Written = writtenKey{Section: "alice", AccessKeyID: "ASIA1"} })
	p := &pendingWrite{name: "alice", written: writtenKey{Section: "alice", AccessKeyID: "ASIA2"}}
	p.section = "alice"
	s.startReplacing([]*pendingWrite{p})
	saved := s.copy().Held["alice"]
	if saved.Written.AccessKeyID != "ASIA2" || saved.Before == nil || saved.Before.Written.AccessKeyID != "ASIA1" || len(saved.written()) != 2 {
		t.Errorf("saved: %+v", saved)
	}
	if h, _ := s.held("alice"); h.Written.AccessKeyID != "ASIA1" {
		t.Errorf("held: %+v", h)
	}
	s.hold("alice", p.give)
	if saved := s.copy().Held["alice"]; saved.Written.AccessKeyID != "ASIA2" || saved.Before != nil {
		t.Errorf("saved after the write: %+v", saved)
	}
}
