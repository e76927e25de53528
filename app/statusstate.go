package app

import (
	"slices"
	"sort"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/words"
)

// grouping is what the profiles are put together by.
type grouping int

const (
	groupNone grouping = iota
	groupSession
	groupAccount
)

// groupingNames are what a person chooses from, by [grouping].
var groupingNames = []string{"No groups", "By session", "By account"}

// statusState is what the status window knows. It has no widgets.
type statusState struct {
	known bool
	all   creds.Snapshot
	// search is, for each profile, all that the search field looks at, in
	// lower case.
	search []string
	group  grouping
	// order are the indices of the profiles as they stand in the list, and
	// heads the group of each, as an index of groups; -1 is none.
	order  []int
	heads  []int
	groups []statusGroup

	filter string
	// items are what is listed: the index of a profile, or a group's index
	// as its complement.
	items []int
	// hits is how many profiles are listed.
	hits int
	// chosen is the name of the profile that is chosen, and at its place
	// among the items; -1 where nothing is.
	chosen string
	at     int
}

// statusGroup is a group of profiles, and what there is to say of it.
type statusGroup struct {
	Title string
	About string
	Count int
}

// take takes what the agent knows now.
func (s *statusState) take(all creds.Snapshot) {
	was, texts := s.all.Profiles, s.search
	s.all, s.known = all, true
	s.search = make([]string, len(all.Profiles))
	for i, p := range all.Profiles {
		// Most snapshots differ from the last one in a single profile.
		if i < len(was) && sameText(was[i], p) {
			s.search[i] = texts[i]
			continue
		}
		s.search[i] = searchable(p.Name, p.AccountID, p.AccountName, roleOf(p), p.Session, p.KindLabel())
	}
	s.arrange()
	s.list()
	s.keep()
}

func sameText(a, b creds.Status) bool {
	return a.Name == b.Name && a.AccountID == b.AccountID && a.AccountName == b.AccountName && a.Session == b.Session &&
		a.RoleName == b.RoleName && a.RoleARN == b.RoleARN && a.Kind == b.Kind && a.MFASerial == b.MFASerial
}

// groupBy puts the profiles together in another way.
func (s *statusState) groupBy(g grouping) {
	s.group = g
	s.arrange()
	s.list()
	s.keep()
}

// arrange puts favourites first, then group after group, each by name.
func (s *statusState) arrange() {
	s.order, s.heads, s.groups = s.order[:0], make([]int, len(s.all.Profiles)), nil
	titles := make([]string, len(s.all.Profiles))
	for i, p := range s.all.Profiles {
		s.order = append(s.order, i)
		titles[i] = s.titleOf(p)
	}
	sort.SliceStable(s.order, func(a, b int) bool {
		i, j := s.order[a], s.order[b]
		if s.all.Profiles[i].Favourite != s.all.Profiles[j].Favourite {
			return s.all.Profiles[i].Favourite
		}
		// What belongs to no group comes last.
		if (titles[i] == "") != (titles[j] == "") {
			return titles[j] == ""
		}
		return titles[i] < titles[j]
	})
	if s.group == groupNone {
		return
	}
	last := "\x00"
	for _, i := range s.order {
		title := titles[i]
		if s.all.Profiles[i].Favourite {
			title = "Favourites"
		}
		if title != last {
			s.groups = append(s.groups, s.groupOf(s.all.Profiles[i], title))
			last = title
		}
		s.heads[i] = len(s.groups) - 1
		s.groups[len(s.groups)-1].Count++
	}
}

func (s *statusState) titleOf(p creds.Status) string {
	switch s.group {
	case groupSession:
		return p.Session
	case groupAccount:
		return accountOf(p)
	case groupNone:
	}
	return ""
}

func (s *statusState) groupOf(p creds.Status, title string) statusGroup {
	g := statusGroup{Title: title}
	switch {
	case p.Favourite:
	case title == "" && s.group == groupSession:
		g.Title = "IAM users and others"
	case title == "":
		g.Title = "Account not known yet"
	case s.group == groupSession:
		g.Title = words.Session(title)
		if one, ok := s.all.Session(title); ok {
			g.About = sessionWord(one, time.Now())
		}
	}
	return g
}

// sessionWord says how a session is.
func sessionWord(one creds.Session, now time.Time) string {
	switch one.State(now) {
	case creds.StateValid:
		if one.Person != "" {
			return "signed in as " + one.Person
		}
		return "signed in"
	case creds.StateRefreshing:
		return "refreshing…"
	case creds.StateNeedsSSO:
		return "waits for a sign-in"
	case creds.StateFailed:
		if one.Stranger != nil {
			return "somebody else signed in"
		}
		return "not signed in"
	default:
		return "not signed in"
	}
}

// find lists the profiles in which all words of text are found, and chooses the
// one of that name, or the first of them.
func (s *statusState) find(text string) {
	if s.filter == text {
		return
	}
	s.filter = text
	s.list()
	s.choose(0)
	name := strings.TrimSpace(text)
	for at, i := range s.items {
		if i >= 0 && strings.EqualFold(s.all.Profiles[i].Name, name) {
			s.choose(at)
			return
		}
	}
}

// list lists what the search leaves.
func (s *statusState) list() {
	words := searchWords(s.filter)
	s.items, s.hits = s.items[:0], 0
	last := -1
	for _, i := range s.order {
		if !containsAll(s.search[i], words) {
			continue
		}
		if s.group != groupNone && s.heads[i] != last {
			last = s.heads[i]
			s.items = append(s.items, ^last)
		}
		s.items = append(s.items, i)
		s.hits++
	}
}

// keep finds the chosen profile where it is listed now, or chooses the first.
func (s *statusState) keep() {
	for at, i := range s.items {
		if i >= 0 && s.all.Profiles[i].Name == s.chosen {
			s.at = at
			return
		}
	}
	s.choose(0)
}

// choose chooses the profile at a place of the list or, at a heading, the next
// one.
func (s *statusState) choose(at int) {
	at = max(0, min(at, len(s.items)-1))
	if at < len(s.items) && s.items[at] < 0 {
		at++
	}
	if at >= len(s.items) {
		s.at, s.chosen = -1, ""
		return
	}
	s.at, s.chosen = at, s.all.Profiles[s.items[at]].Name
}

// move chooses another profile, so many places further on.
func (s *statusState) move(by int) {
	at := max(0, min(s.at+by, len(s.items)-1))
	if by < 0 && at > 0 && at < len(s.items) && s.items[at] < 0 {
		at-- // No group is empty, so a profile is above a heading.
	}
	s.choose(at)
}

// profile returns the one that is chosen.
func (s *statusState) profile() (creds.Status, bool) {
	if s.at < 0 || s.at >= len(s.items) {
		return creds.Status{}, false
	}
	return s.all.Profiles[s.items[s.at]], true
}

// count says how many profiles are listed, of how many, and how many are valid.
func (s *statusState) count(now time.Time) string {
	total := len(s.all.Profiles)
	if s.hits < total {
		return thousands(s.hits) + " of " + countOf(total, "profile")
	}
	valid := 0
	for _, p := range s.all.Profiles {
		if st := p.State(now); st == creds.StateValid || st == creds.StateEnding {
			valid++
		}
	}
	return countOf(total, "profile") + ", " + thousands(valid) + " valid"
}

// waitsForKeyring reports whether the keyring is a problem that a person can be
// asked about.
func (s *statusState) waitsForKeyring() bool {
	return slices.ContainsFunc(s.all.Problems, func(p creds.Error) bool { return p.OfKeyring() })
}
