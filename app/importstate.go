package app

import (
	"cmp"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/internal/lang"
)

// importPair is a role of an account, and whether a person wants a profile for it.
type importPair struct {
	creds.SSOPair

	Account, Email string
	// Profile is the one that an earlier import made for it, if any.
	Profile string
	Ticked  bool
	// search is the text that a search looks at, in lower case.
	search string
}

// importState is what the import's window knows. It has no widgets.
type importState struct {
	session string
	pairs   []importPair
	// shown are the indices of the pairs that the search leaves.
	shown  []int
	filter string
	// chosen is the pair that was ticked last; -1 without one.
	chosen int
	// refused counts the accounts for which AWS does not list the roles.
	refused int

	template, region string
	prune, rename    bool
}

// load takes the accounts of the session, and a preview of importing all of them. It ticks
// what the preview says is there already.
func (s *importState) load(accounts []creds.SSOAccount, all creds.ConfigChange) {
	made := make(map[creds.SSOPair]string)
	for _, p := range slices.Concat(all.Kept, all.Changed) {
		made[creds.SSOPair{AccountID: p.AccountID, Role: p.Role}] = p.Profile
	}
	s.pairs, s.chosen, s.refused = nil, -1, 0
	for _, a := range accounts {
		if a.Err != nil {
			s.refused++
		}
		for _, role := range a.Roles {
			pair := creds.SSOPair{AccountID: a.ID, Role: role}
			profile, ticked := made[pair]
			s.pairs = append(s.pairs, importPair{
				SSOPair: pair, Account: a.Name, Email: a.Email, Profile: profile, Ticked: ticked,
				search: searchable(a.Name, a.ID, a.Email, role),
			})
		}
	}
	s.find(s.filter)
}

// offerRegion fills in a region where the person has not typed one. They see it before
// anything is written.
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

// toggle ticks or unticks a shown pair, and makes it the example.
func (s *importState) toggle(row int) {
	if row < 0 || row >= len(s.shown) {
		return
	}
	s.chosen = s.shown[row]
	pair := &s.pairs[s.chosen]
	pair.Ticked = !pair.Ticked
}

// tickShown ticks or unticks all pairs that are shown.
func (s *importState) tickShown(on bool) {
	for _, i := range s.shown {
		s.pairs[i].Ticked = on
	}
}

// ticked counts the pairs that are ticked.
func (s *importState) ticked() (n int) {
	for _, p := range s.pairs {
		if p.Ticked {
			n++
		}
	}
	return n
}

// request asks for profiles of the ticked pairs. It removes those of an earlier import that
// are not ticked.
func (s *importState) request() creds.SSOImportRequest {
	r := creds.SSOImportRequest{
		Session: s.session, Template: strings.TrimSpace(s.template), Region: strings.TrimSpace(s.region),
		Prune: s.prune, Rename: s.rename,
		Only: []creds.SSOPair{}, // nil would be all.
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

// example asks for the name that the template makes for one pair: the one that was ticked
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

// exampleWords says what the reply to [importState.example] is.
func exampleWords(pair creds.SSOPair, c creds.ConfigChange) string {
	for _, p := range slices.Concat(c.Added, c.Changed, c.Kept, c.Skipped) {
		if p.AccountID == pair.AccountID && p.Role == pair.Role {
			return lang.Sprintf("%s in %s becomes %s", p.Role, cmp.Or(p.Account, p.AccountID), p.Profile)
		}
	}
	return ""
}

// empty reports whether a preview would show nothing.
func (s *importState) empty() bool {
	return !s.prune && !slices.ContainsFunc(s.pairs, func(p importPair) bool { return p.Ticked || p.Profile != "" })
}

// count says how many pairs are ticked, and how many are shown.
func (s *importState) count() string {
	text := lang.Sprintf("%s of %s selected", thousands(s.ticked()), thousands(len(s.pairs)))
	if len(s.shown) < len(s.pairs) {
		text += lang.Sprintf(", %s shown", thousands(len(s.shown)))
	}
	if s.refused > 0 {
		text += lang.Sprintf("; AWS does not list the roles of %s", countOf(s.refused, "%s account", "%s accounts"))
	}
	return text
}
