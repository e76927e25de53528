package app

import (
	"errors"
	"testing"

	"daypass/app/kit"
	"daypass/creds"
)

func TestAChangeOfTheConfigFile(t *testing.T) {
	some := func(n int) []creds.ImportedProfile { return make([]creds.ImportedProfile, n) }
	change := creds.ConfigChange{
		Path: "/home/ada/.aws/config", Diff: "@@ -1 +1 @@\n-a\n+b\n", Fingerprint: "f1",
		Added: some(1500), Changed: some(1), Removed: some(2), Kept: some(4), Skipped: some(1),
	}
	shown := func(s *planState) { s.asked(change, nil) }
	written := func(c creds.ConfigChange, err error) func(*planState) {
		return func(s *planState) { shown(s); s.write(); s.wrote(c, err) }
	}
	const counts = "Profiles: 1,500 added, 1 changed, 2 removed, 4 kept, 1 skipped."
	for name, test := range map[string]struct {
		act      func(*planState)
		words    string
		tone     kit.Tone
		canWrite bool
	}{
		"is asked for first":        {func(*planState) {}, "Working out what would change…", kit.ToneBusy, false},
		"is shown with its reasons": {shown, "Because. " + counts, kit.ToneInfo, true},
		"is shown with what else a person should know": {
			func(s *planState) {
				c := change
				c.Warnings = []string{"the new profiles have no region"}
				s.asked(c, nil)
			},
			"Because. " + counts + " The new profiles have no region.", kit.ToneWarning, true,
		},
		"is nothing to be written when nothing changes": {
			func(s *planState) { s.asked(creds.ConfigChange{Kept: some(3)}, nil) },
			"Nothing changes. Profiles: 3 kept.", kit.ToneInfo, false,
		},
		"says why it cannot be shown": {
			func(s *planState) { s.asked(creds.ConfigChange{}, errors.New("no such file")) },
			"No such file.", kit.ToneRefused, false,
		},
		"cannot be written twice": {
			func(s *planState) { shown(s); s.write() }, "Writing…", kit.ToneBusy, false,
		},
		"is reported when written": {
			written(change, nil), "Wrote 1,501 profiles to ~/.aws/config, and removed 2.", kit.ToneDone, false,
		},
		"may be of one profile": {
			written(creds.ConfigChange{Path: "/etc/aws", Added: some(1)}, nil),
			"Wrote 1 profile to /etc/aws.", kit.ToneDone, false,
		},
		"may only remove": {
			written(creds.ConfigChange{Path: "/home/ada/config", Removed: some(3)}, nil),
			"Removed 3 profiles from ~/config.", kit.ToneDone, false,
		},
		"that failed is reported": {
			written(creds.ConfigChange{}, &creds.Error{Code: creds.CodeNetwork, Message: "AWS cannot be reached"}),
			"AWS cannot be reached. Check the connection, then try again.", kit.ToneRefused, false,
		},
		"that became another one is shown anew": {
			func(s *planState) {
				shown(s)
				s.write()
				if !s.wrote(creds.ConfigChange{}, &creds.Error{Code: creds.CodePlanChanged, Message: "another"}) {
					t.Error("no other preview is asked for")
				}
				shown(s)
			},
			"The config file has changed meanwhile. This is what would be written now. " + counts, kit.ToneWarning, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &planState{why: "Because.", home: "/home/ada"}
			test.act(s)
			words, tone := s.view()
			if words != test.words || tone != test.tone || s.canWrite() != test.canWrite {
				t.Errorf("says %q in tone %v, can be written: %v", words, tone, s.canWrite())
			}
		})
	}
}

func TestWhatIsWrittenIsWhatWasSeen(t *testing.T) {
	s := &planState{}
	s.asked(creds.ConfigChange{Diff: "@@", Fingerprint: "f1"}, nil)
	if got, want := s.write(), (creds.ConfigWrite{Write: true, Seen: "f1"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
