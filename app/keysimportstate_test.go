package app

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
)

func foundKeys(asked bool) creds.FoundKeys {
	found := newTestCustody(time.Now()).found
	if !asked {
		for i := range found.Keys {
			found.Keys[i].UserARN, found.Keys[i].Created = "", time.Time{}
		}
	}
	return found
}

func newKeys(t *testing.T) *keysImportState {
	t.Helper()
	s := &keysImportState{at: -1, home: "/home/a"}
	s.take(foundKeys(false))
	return s
}

func tickedNames(s *keysImportState) string {
	var names []string
	for _, i := range s.ticked() {
		names = append(names, s.rows[i].name)
	}
	return strings.Join(names, " ")
}

func TestWhatIsTickedIsWhatComesOutOfItsFile(t *testing.T) {
	s := newKeys(t)
	if got := tickedNames(s); got != "bob ci" {
		t.Errorf("ticked are %q", got)
	}
	s.tickAll(true)
	if got := tickedNames(s); got != "bob ci old" {
		t.Errorf("all are %q, and one cannot be imported", got)
	}
	s.toggle(3)
	if s.rows[3].ticked {
		t.Error("a key that cannot be imported is ticked")
	}
}

func TestWhatAPersonHasChosenStaysWhenAWSAnswers(t *testing.T) {
	s := newKeys(t)
	s.toggle(1)
	s.choose(0)
	s.rename(" robert ")
	s.take(foundKeys(true))
	if got := tickedNames(s); got != "robert" || s.rows[0].UserARN == "" || s.at != 0 {
		t.Errorf("ticked are %q, of %q; %d is chosen", got, s.rows[0].UserARN, s.at)
	}
}

func TestWhatKeepsKeysFromBeingImported(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*keysImportState)
		want   string
	}{
		"nothing": {func(*keysImportState) {}, ""},
		"two keys under one name": {
			func(s *keysImportState) { s.rows[1].name = "bob" },
			"AKIAIOSFODNN7EXAMPLE and AKIAI44QH8DHBEXAMPLE cannot both be stored as bob. Type another name for one of them, or untick it.",
		},
		"one key in two places":        {func(s *keysImportState) { s.rows[1].name, s.rows[1].AccessKeyID = "bob", s.rows[0].AccessKeyID }, ""},
		"no name":                      {func(s *keysImportState) { s.rows[0].name = "" }, "Type the name of a profile for AKIAIOSFODNN7EXAMPLE."},
		"no name of what is not taken": {func(s *keysImportState) { s.rows[2].name = "" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newKeys(t)
			c.change(s)
			if got, _ := s.obstacle(); got != c.want {
				t.Errorf("%q", got)
			}
			if s.canMove() != (c.want == "") {
				t.Errorf("it can be imported: %t", s.canMove())
			}
		})
	}
}

func TestWhatBecameOfAKeyIsSaid(t *testing.T) {
	refused := &creds.Error{Code: creds.CodeNetwork, Message: "AWS cannot be reached"}
	for name, c := range map[string]struct {
		one   creds.ImportedKey
		err   error
		words string
		tone  kit.Tone
		phase keyPhase
	}{
		"it is in the keyring alone": {
			creds.ImportedKey{Done: true, TakenOut: true, Note: "two profiles share it"},
			nil,
			"The key is in the keyring, and AWS accepts it. It was taken out of the place. Two profiles share it.", kit.ToneDone, keyMoved,
		},
		"it stays in its file": {
			creds.ImportedKey{Done: true, FoundKey: creds.FoundKey{Stays: "the file is a link"}},
			nil,
			"The key is in the keyring, and AWS accepts it. It is still in the place, too. The file is a link.", kit.ToneWarning, keyMoved,
		},
		"it was refused": {
			creds.ImportedKey{FoundKey: creds.FoundKey{Err: refused}},
			nil,
			"The key is where it was. AWS cannot be reached. ", kit.ToneRefused, keyFailed,
		},
		"the agent was lost": {creds.ImportedKey{}, refused, "The key is where it was. AWS cannot be reached. ", kit.ToneRefused, keyFailed},
	} {
		t.Run(name, func(t *testing.T) {
			s := newKeys(t)
			s.rows[0].Place = "the place"
			s.moved(0, creds.ImportedKeys{Keys: []creds.ImportedKey{c.one}}, c.err)
			r := s.rows[0]
			if !strings.HasPrefix(r.result, c.words) || r.tone != c.tone || r.phase != c.phase || r.ticked {
				t.Errorf("%q, tone %d, phase %d, ticked %t", r.result, r.tone, r.phase, r.ticked)
			}
			if said, tone := s.detail(); said != r.result || tone != r.tone {
				t.Errorf("the window says %q", said)
			}
		})
	}
}

func TestPathsOfFilesAreTakenAsPeoplePasteThem(t *testing.T) {
	for name, c := range map[string]struct {
		typed, want string
		refused     bool
	}{
		"as it is":          {" /tmp/alice_accessKeys.csv\n", "/tmp/alice_accessKeys.csv", false},
		"in quotes":         {`"/tmp/my keys.csv"`, "/tmp/my keys.csv", false},
		"of a file manager": {"file:///tmp/keys.csv", "/tmp/keys.csv", false},
		"below the home":    {"~/keys.csv", "/home/a/keys.csv", false},
		"without a folder":  {"keys.csv", "", true},
		"another's home":    {"~bob/keys.csv", "", true},
		"nothing":           {"  ", "", true},
		"once more":         {"/there.csv", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &keysImportState{home: "/home/a", csv: []string{"/there.csv"}}
			problem := s.addCSV(c.typed)
			if (problem != "") != c.refused {
				t.Errorf("it says %q", problem)
			}
			if want := append([]string{"/there.csv"}, c.want); !c.refused && !cmp.Equal(want, s.csv) {
				t.Errorf("the files are %q", s.csv)
			}
		})
	}
}

func TestTheSummaryCountsWhatWasFoundAndMoved(t *testing.T) {
	s := &keysImportState{at: -1}
	said := func() string { words, _ := s.summary(); return words }
	if said() != "Looking for long-term keys…" {
		t.Errorf("%q", said())
	}
	s.take(creds.FoundKeys{Notes: []string{"The vault of aws-vault is locked."}})
	if !strings.HasPrefix(said(), "No long-term key lies in plaintext here.") || !strings.HasSuffix(said(), "The vault of aws-vault is locked.") {
		t.Errorf("%q", said())
	}
	s.take(foundKeys(true))
	if !strings.HasPrefix(said(), "4 keys were found outside the keyring.") {
		t.Errorf("%q", said())
	}
	s.moved(0, creds.ImportedKeys{Keys: []creds.ImportedKey{{Done: true, TakenOut: true}}}, nil)
	if said() != "1 key is in the keyring; 3 left where it was found." {
		t.Errorf("%q", said())
	}
	if diff := cmp.Diff([]string{"bob"}, s.undo().Profiles); diff != "" {
		t.Errorf("undone are (-want +got)\n%s", diff)
	}
	words, tone := s.undone(creds.ImportedKeys{Keys: []creds.ImportedKey{
		{FoundKey: creds.FoundKey{Profile: "bob", Err: &creds.Error{Code: creds.CodeBadRequest, Message: "the section has changed"}}},
	}}, nil)
	if !strings.HasPrefix(words, "0 keys are back in plaintext. bob stays in the keyring: The section has changed.") || tone != kit.ToneWarning {
		t.Errorf("%q", words)
	}
}
