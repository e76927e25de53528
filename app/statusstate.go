package app

import (
	"slices"
	"sort"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// grouping is what the profiles are grouped by.
type grouping int

const (
	groupNone grouping = iota
	groupSession
	groupAccount
)

// groupingNames are the labels, by [grouping].
var groupingNames = []lang.Text{"No groups", "By session", "By account"}

// statusState is what the status window knows. It has no widgets.
type statusState struct {
	known bool
	all   creds.Snapshot
	// search is, for each profile, the text that a search looks at, in lower case.
	search []string
	group  grouping
	// order has the indices of the profiles in the order of the list, and heads the
	// index of each profile's group.
	order  []int
	heads  []int
	groups []statusGroup

	filter string
	// items are the rows of the list: the index of a profile, or the complement of a
	// group's index for its heading.
	items []int
	// hits is how many profiles are listed.
	hits int
	// chosen is the name of the chosen profile, and at its index in items; -1 without
	// one.
	chosen string
	at     int
}

// statusGroup is the heading of a group of profiles.
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
		// Most snapshots change a single profile.
		if i < len(was) && sameText(was[i], p) {
			s.search[i] = texts[i]
			continue
		}
		s.search[i] = searchable(p.Name, p.AccountID, p.AccountName, roleOf(p), p.Session, words.Identity(p.LoginSession), p.KindLabel())
	}
	s.arrange()
	s.list()
	s.keep()
}

func sameText(a, b creds.Status) bool {
	return a.Name == b.Name && a.AccountID == b.AccountID && a.AccountName == b.AccountName && a.Session == b.Session &&
		a.RoleName == b.RoleName && a.RoleARN == b.RoleARN && a.Kind == b.Kind && a.MFASerial == b.MFASerial && a.LoginSession == b.LoginSession
}

// groupBy changes the grouping.
func (s *statusState) groupBy(g grouping) {
	s.group = g
	s.arrange()
	s.list()
	s.keep()
}

// arrange sorts the profiles: favourites first, then by group, then by name.
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
		// Profiles without a group come last.
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
			title = lang.T("Favourites")
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
		g.Title = lang.T("IAM users and others")
	case title == "":
		g.Title = lang.T("Account not known yet")
	case s.group == groupSession:
		g.Title = words.Session(title)
		if one, ok := s.all.Session(title); ok {
			g.About = sessionWord(one, time.Now())
		}
	}
	return g
}

// sessionWord is the state of a session.
func sessionWord(one creds.Session, now time.Time) string {
	switch one.State(now) {
	case creds.StateValid:
		if one.Person != "" {
			return lang.Sprintf("signed in as %s", one.Person)
		}
		return lang.T("signed in")
	case creds.StateRefreshing:
		return lang.T("refreshing…")
	case creds.StateNeedsSSO:
		return lang.T("waits for a sign-in")
	case creds.StateFailed:
		if one.Stranger != nil {
			return lang.T("somebody else signed in")
		}
		return lang.T("not signed in")
	default:
		return lang.T("not signed in")
	}
}

// find lists the profiles that have all words of text, and chooses the one of that name,
// or the first.
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

// list lists the profiles that the search finds.
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

// keep finds the chosen profile in the new list, or chooses the first.
func (s *statusState) keep() {
	for at, i := range s.items {
		if i >= 0 && s.all.Profiles[i].Name == s.chosen {
			s.at = at
			return
		}
	}
	s.choose(0)
}

// choose chooses the profile at an index of the list, or the one below a heading.
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

// move chooses the profile that many rows further on.
func (s *statusState) move(by int) {
	at := max(0, min(s.at+by, len(s.items)-1))
	if by < 0 && at > 0 && at < len(s.items) && s.items[at] < 0 {
		at-- // No group is empty: above a heading is a profile.
	}
	s.choose(at)
}

// profile returns the chosen profile.
func (s *statusState) profile() (creds.Status, bool) {
	if s.at < 0 || s.at >= len(s.items) {
		return creds.Status{}, false
	}
	return s.all.Profiles[s.items[s.at]], true
}

// alsoSignedOut names the other profiles that end with the console sign-in of one.
func (s *statusState) alsoSignedOut(p creds.Status) []string {
	var others []string
	for _, one := range s.all.Profiles {
		if p.Kind == creds.KindConsole && p.LoginSession != "" && one.LoginSession == p.LoginSession && one.Name != p.Name {
			others = append(others, one.Name)
		}
	}
	return others
}

// count says how many profiles are listed, of how many, and how many are valid.
func (s *statusState) count(now time.Time) string {
	total := len(s.all.Profiles)
	if s.hits < total {
		return lang.Sprintf("%s of %s", thousands(s.hits), countOf(total, "%s profile", "%s profiles"))
	}
	valid := 0
	for _, p := range s.all.Profiles {
		if st := p.State(now); st == creds.StateValid || st == creds.StateEnding {
			valid++
		}
	}
	return lang.Sprintf("%s, %s valid", countOf(total, "%s profile", "%s profiles"), thousands(valid))
}

// waitsForKeyring reports whether a person can solve a problem with the keyring.
func (s *statusState) waitsForKeyring() bool {
	return slices.ContainsFunc(s.all.Problems, func(p creds.Error) bool { return p.OfKeyring() })
}
