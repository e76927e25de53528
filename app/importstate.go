package app

import (
	"cmp"
	"fmt"
	"strings"

	"daypass/creds"
)

// importPair is a role in an account, and what a person wants of it.
type importPair struct {
	creds.SSOPair

	Account, Email string
	// Profile is the one that an earlier import has made for it, if any.
	Profile string
	Ticked  bool
	// search is all that the search field looks at, in lower case.
	search string
}

// importState is what the import's window knows. It has no widgets.
type importState struct {
	session string
	pairs   []importPair
	// shown are the indices of the pairs that the search leaves.
	shown  []int
	filter string
	ticked int
	// chosen is the pair whose name is shown as an example; it may be none
	// of those that are there.
	chosen int
	// refused is how many accounts there are whose roles AWS does not list.
	refused int

	template, region string
	prune, rename    bool
}

// load takes what the session gives access to, and what a first preview of all
// of it says is there already: that is ticked.
func (s *importState) load(accounts []creds.SSOAccount, all creds.ConfigChange) {
	made := make(map[creds.SSOPair]string)
	for _, list := range [][]creds.ImportedProfile{all.Kept, all.Changed} {
		for _, p := range list {
			made[creds.SSOPair{AccountID: p.AccountID, Role: p.Role}] = p.Profile
		}
	}
	s.pairs, s.ticked, s.chosen = nil, 0, -1
	s.refused = 0
	for _, a := range accounts {
		if a.Err != nil {
			s.refused++
		}
		for _, role := range a.Roles {
			pair := creds.SSOPair{AccountID: a.ID, Role: role}
			profile, ticked := made[pair]
			if ticked {
				s.ticked++
			}
			s.pairs = append(s.pairs, importPair{
				SSOPair: pair, Account: a.Name, Email: a.Email, Profile: profile, Ticked: ticked,
				search: searchable(a.Name, a.ID, a.Email, role),
			})
		}
	}
	s.find(s.filter)
}

// offerRegion takes a region where the person has given none. It is seen, and can be
// changed, before anything is written.
func (s *importState) offerRegion(region string) {
	if s.region == "" {
		s.region = region
	}
}

// find shows the pairs in which all words of text are found.
func (s *importState) find(text string) {
	s.filter = text
	words := searchWords(text)
	s.shown = s.shown[:0]
	for i := range s.pairs {
		if containsAll(s.pairs[i].search, words) {
			s.shown = append(s.shown, i)
		}
	}
}

// toggle ticks a shown pair, or takes its tick away, and makes it the example.
func (s *importState) toggle(row int) {
	if row < 0 || row >= len(s.shown) {
		return
	}
	s.chosen = s.shown[row]
	s.tick(s.chosen, !s.pairs[s.chosen].Ticked)
}

// tickShown ticks all pairs that are shown, or takes their ticks away.
func (s *importState) tickShown(on bool) {
	for _, i := range s.shown {
		s.tick(i, on)
	}
}

func (s *importState) tick(i int, on bool) {
	switch p := &s.pairs[i]; {
	case p.Ticked == on:
	case on:
		p.Ticked = true
		s.ticked++
	default:
		p.Ticked = false
		s.ticked--
	}
}

// request asks for what is ticked, and for the end of what an earlier import
// made and is not.
func (s *importState) request() creds.SSOImportRequest {
	r := creds.SSOImportRequest{
		Session: s.session, Template: strings.TrimSpace(s.template), Region: strings.TrimSpace(s.region),
		Prune: s.prune, Rename: s.rename,
		Only: make([]creds.SSOPair, 0, s.ticked), // nil would be all.
	}
	for _, p := range s.pairs {
		switch {
		case p.Ticked:
			r.Only = append(r.Only, p.SSOPair)
		case p.Profile != "":
			r.Drop = append(r.Drop, p.SSOPair)
		}
	}
	return r
}

// example asks what the template makes of one pair: the one that was ticked
// last, or the first that is shown.
func (s *importState) example() (r creds.SSOImportRequest, ok bool) {
	i := s.chosen
	if i < 0 && len(s.shown) > 0 {
		i = s.shown[0]
	}
	if i < 0 {
		return r, false
	}
	return creds.SSOImportRequest{
		Session: s.session, Template: strings.TrimSpace(s.template), Rename: true,
		Only: []creds.SSOPair{s.pairs[i].SSOPair},
	}, true
}

// exampleWords says what came of [importState.example].
func exampleWords(pair creds.SSOPair, c creds.ConfigChange) string {
	for _, list := range [][]creds.ImportedProfile{c.Added, c.Changed, c.Kept, c.Skipped} {
		for _, p := range list {
			if p.AccountID == pair.AccountID && p.Role == pair.Role {
				return fmt.Sprintf("%s in %s becomes %s", p.Role, cmp.Or(p.Account, p.AccountID), p.Profile)
			}
		}
	}
	return ""
}

// empty reports that a preview would have nothing to show.
func (s *importState) empty() bool {
	if s.ticked > 0 || s.prune {
		return false
	}
	for _, p := range s.pairs {
		if p.Profile != "" {
			return false
		}
	}
	return true
}

// count says how much is ticked, and how much of it the search hides.
func (s *importState) count() string {
	text := fmt.Sprintf("%s of %s selected", thousands(s.ticked), thousands(len(s.pairs)))
	if len(s.shown) < len(s.pairs) {
		text += fmt.Sprintf(", %s shown", thousands(len(s.shown)))
	}
	if s.refused > 0 {
		text += fmt.Sprintf("; AWS does not list the roles of %s", countOf(s.refused, "account"))
	}
	return text
}
