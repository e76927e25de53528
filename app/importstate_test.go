package app

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
)

// importOf is a list of n accounts with five roles each; the roles given were
// imported before.
func importOf(n int, made ...creds.ImportedProfile) *importState {
	s := &importState{session: "corp", chosen: -1}
	s.load(testAccounts(n, 5), creds.ConfigChange{Kept: made})
	return s
}

func madeAdmin() creds.ImportedProfile {
	return creds.ImportedProfile{Profile: "mine", AccountID: "111111111111", Role: "Admin"}
}

func TestSearchingAccountsAndRoles(t *testing.T) {
	s := importOf(10)
	for text, want := range map[string]int{
		"":                           50,
		"  ":                         50,
		"prod":                       10,
		"PROD admin":                 2,
		"admin prod":                 2,
		"111111111113":               5,
		"billing-0002@example.com":   5,
		"billing-0002 readonly":      1,
		"prod-0000\nadmin":           1,
		"nothing":                    0,
		"prod staging":               0,
		"adminprod":                  0,
		"auditor 0009@example.com x": 1, // As in example.
	} {
		s.find(text)
		if len(s.shown) != want {
			t.Errorf("%q shows %d pairs, want %d", text, len(s.shown), want)
		}
	}
}

func TestARequestHasTheTickedPairs(t *testing.T) {
	admin := creds.SSOPair{AccountID: "111111111111", Role: "Admin"}
	readOnly := creds.SSOPair{AccountID: "111111111111", Role: "ReadOnly"}
	for name, test := range map[string]struct {
		made  []creds.ImportedProfile
		act   func(*importState)
		only  []creds.SSOPair
		drop  []creds.SSOPair
		count string
		empty bool
	}{
		"nothing is ticked at first": {
			act: func(*importState) {}, only: []creds.SSOPair{}, count: "0 of 10 selected", empty: true,
		},
		"what was imported before is ticked": {
			made: []creds.ImportedProfile{madeAdmin()}, act: func(*importState) {},
			only: []creds.SSOPair{admin}, count: "1 of 10 selected",
		},
		"taking the tick of an imported one away removes it": {
			made: []creds.ImportedProfile{madeAdmin()}, act: func(s *importState) { s.toggle(0) },
			only: []creds.SSOPair{}, drop: []creds.SSOPair{admin}, count: "0 of 10 selected",
		},
		"a tick that is set and taken away is not asked for": {
			act:  func(s *importState) { s.toggle(1); s.toggle(1) },
			only: []creds.SSOPair{}, count: "0 of 10 selected", empty: true,
		},
		"only what is shown is ticked": {
			act:  func(s *importState) { s.find("prod readonly"); s.tickShown(true) },
			only: []creds.SSOPair{readOnly}, count: "1 of 10 selected, 1 shown",
		},
		"ticks outlive a search that hides them": {
			act:  func(s *importState) { s.toggle(1); s.find("staging"); s.tickShown(true); s.tickShown(false) },
			only: []creds.SSOPair{readOnly}, count: "1 of 10 selected, 5 shown",
		},
		"ticking what is ticked changes no count": {
			made: []creds.ImportedProfile{madeAdmin()},
			act:  func(s *importState) { s.find("prod admin"); s.tickShown(true); s.tickShown(true) },
			only: []creds.SSOPair{admin}, count: "1 of 10 selected, 1 shown",
		},
		"a row that is not there is not ticked": {
			act:  func(s *importState) { s.find("nothing"); s.toggle(0); s.toggle(-1) },
			only: []creds.SSOPair{}, count: "0 of 10 selected, 0 shown", empty: true,
		},
		"pruning alone is something to preview": {
			act: func(s *importState) { s.prune = true }, only: []creds.SSOPair{}, count: "0 of 10 selected",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := importOf(2, test.made...)
			test.act(s)
			r := s.request()
			if r.Only == nil {
				t.Error("no list at all would import everything")
			}
			if diff := cmp.Diff(test.only, r.Only); diff != "" {
				t.Errorf("only (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.drop, r.Drop); diff != "" {
				t.Errorf("drop (-want +got)\n%s", diff)
			}
			if got := s.count(); got != test.count {
				t.Errorf("the count is %q, want %q", got, test.count)
			}
			if s.empty() != test.empty {
				t.Errorf("empty: %v, want %v", s.empty(), test.empty)
			}
		})
	}
}

func TestTheSessionsRegionIsOfferedAndAPersonsOwnStays(t *testing.T) {
	s := importOf(1)
	s.offerRegion("eu-west-1")
	if got := s.request().Region; got != "eu-west-1" {
		t.Errorf("the region is %q", got)
	}
	s.region = "us-east-1"
	s.offerRegion("eu-west-1")
	if got := s.request().Region; got != "us-east-1" {
		t.Errorf("the person's own became %q", got)
	}
}

func TestAccountsWhoseRolesAreRefusedAreCounted(t *testing.T) {
	accounts := testAccounts(3, 5)
	for i := range 2 {
		accounts[i].Roles, accounts[i].Err = nil, &creds.Error{Code: creds.CodeDenied, Message: "refused"}
	}
	s := &importState{}
	for range 2 { // the second load is no addition
		s.load(accounts, creds.ConfigChange{})
		if got, want := s.count(), "0 of 5 selected; AWS does not list the roles of 2 accounts"; got != want {
			t.Errorf("says %q, want %q", got, want)
		}
	}
}

func TestTheExampleIsTheRowThatWasTickedLast(t *testing.T) {
	s := importOf(2)
	s.template = " x-{{.Role}} "
	example := func() creds.SSOPair {
		r, ok := s.example()
		if !ok || r.Template != "x-{{.Role}}" || !r.Rename || r.Write {
			t.Errorf("the example asks for %+v", r)
		}
		return r.Only[0]
	}
	if got := example(); got.Role != "Admin" {
		t.Errorf("the first example is %v", got)
	}
	s.toggle(3)
	if got := example(); got.Role != "Billing" {
		t.Errorf("after a tick the example is %v", got)
	}
	s.chosen = -1
	s.find("nothing")
	if _, ok := s.example(); ok {
		t.Error("there is an example of nothing")
	}
}

func TestTheExampleNamesAccountAndProfile(t *testing.T) {
	pair := creds.SSOPair{AccountID: "1", Role: "Admin"}
	other := creds.ImportedProfile{Profile: "no", AccountID: "1", Role: "Other"}
	one := creds.ImportedProfile{Profile: "prod-admin", AccountID: "1", Account: "prod", Role: "Admin"}
	for want, c := range map[string]creds.ConfigChange{
		"":                                 {Added: []creds.ImportedProfile{other}},
		"Admin in prod becomes prod-admin": {Added: []creds.ImportedProfile{other, one}},
	} {
		if got := exampleWords(pair, c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCountsAreWrittenAsPeopleReadThem(t *testing.T) {
	for n, want := range map[int]string{0: "0", 37: "37", 999: "999", 1000: "1,000", 5000: "5,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is written %q", n, got)
		}
	}
}

// BenchmarkFilter5000 is one letter typed into the search field of the import's
// window.
func BenchmarkFilter5000(b *testing.B) {
	s := importOf(1000)
	if len(s.pairs) != 5000 {
		b.Fatalf("there are %d pairs", len(s.pairs))
	}
	texts := []string{"p", "prod", "prod adm", "example.com auditor", "1111111", ""}
	for i := 0; b.Loop(); i++ {
		s.find(texts[i%len(texts)])
	}
	if !slices.IsSorted(s.shown) {
		b.Error("what is shown is out of order")
	}
}

func TestWhatCameOfTheCredentialsOfAnImport(t *testing.T) {
	for want, test := range map[string]struct {
		reply creds.SSOLoginReply
		err   error
		tone  kit.Tone
	}{
		"37 have credentials.": {creds.SSOLoginReply{Refreshed: 37}, nil, kit.ToneDone},
		"1,036 have credentials; 1 have none: AWS cannot be reached.": {creds.SSOLoginReply{
			Refreshed: 1036, Failed: []creds.ProfileError{{Profile: "prod", Err: &creds.Error{Message: "AWS cannot be reached"}}},
		}, nil, kit.ToneWarning},
		"There are no credentials for them yet: The question was closed.": {
			creds.SSOLoginReply{}, &creds.Error{Code: creds.CodeDeclined, Message: "the question was closed"}, kit.ToneWarning,
		},
	} {
		if got, tone := credentialsWords(test.reply, test.err); got != want || tone != test.tone {
			t.Errorf("got %q in tone %v, want %q in %v", got, tone, want, test.tone)
		}
	}
}
