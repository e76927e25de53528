package tray

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// star marks a favourite.
const star = "★ "

// byNeed returns the indices of the profiles by importance: those that need a person,
// then the nearest ones. Of the same nearness, those with credentials come first, then
// those that were used last.
func byNeed(s creds.Snapshot, profiles []creds.Status, now time.Time) []int {
	type place struct {
		need, rank int
		nearness   creds.Nearness
	}
	nearness := s.Nearness(now)
	order, places := make([]int, len(profiles)), make([]place, len(profiles))
	for i, p := range profiles {
		one := place{rank: rank(p, now), nearness: nearness(p)}
		if one.rank >= rankEnding {
			one.need = one.rank
		}
		order[i], places[i] = i, one
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(
			cmp.Compare(places[b].need, places[a].need),
			cmp.Compare(places[a].nearness, places[b].nearness),
			cmp.Compare(places[b].rank, places[a].rank),
			profiles[b].LastUsed.Compare(profiles[a].LastUsed),
			cmp.Compare(a, b),
		)
	})
	return order
}

// nearestFirst returns the profiles with the given indices, the nearest first. Those of
// the same nearness are in the order of their names, so that a line stays in its place
// while its profile is used.
func nearestFirst(s creds.Snapshot, profiles []creds.Status, indices []int, now time.Time) []creds.Status {
	nearness := s.Nearness(now)
	near := make([]creds.Status, len(indices))
	for i, at := range indices {
		near[i] = profiles[at]
	}
	slices.SortFunc(near, func(a, b creds.Status) int {
		return cmp.Or(cmp.Compare(nearness(a), nearness(b)), strings.Compare(a.Name, b.Name))
	})
	return near
}

// allLine returns the submenu of all profiles, up to maxListed.
func allLine(s creds.Snapshot, profiles []creds.Status, order []int, now time.Time) Line {
	title := lang.Sprintf("All %s", lang.Count(len(profiles), "%d profile", "%d profiles"))
	if len(profiles) > maxListed {
		title = lang.Sprintf("%d of %d profiles", maxListed, len(profiles))
		listed := slices.Sorted(slices.Values(order[:maxListed]))
		some := make([]creds.Status, len(listed))
		for i, at := range listed {
			some[i] = profiles[at]
		}
		profiles = some
	}
	return Line{Text: title, Lines: tree(profiles, func(p creds.Status) Line { return profileLine(s, p, now) })}
}

// tree groups profiles, which are in the order of their names, into submenus: by SSO
// session, then by account where accounts have several profiles, then by name. In a
// submenu either all lines have submenus, or none has.
func tree(profiles []creds.Status, line func(creds.Status) Line) []Line {
	if len(profiles) > maxGroup {
		parts := split(profiles, sessionTitle)
		if len(parts) == 1 {
			parts = split(profiles, accountTitle)
		}
		if len(parts) > 1 && 2*len(parts) <= len(profiles) {
			return group(folders(parts, line))
		}
	}
	lines := make([]Line, len(profiles))
	for i, p := range profiles {
		lines[i] = line(p)
	}
	return group(lines)
}

// folders returns a submenu for each part of the profiles, in the order of their
// titles.
func folders(parts map[string][]creds.Status, line func(creds.Status) Line) []Line {
	lines := make([]Line, 0, len(parts))
	for _, title := range slices.Sorted(maps.Keys(parts)) {
		part := parts[title]
		lines = append(lines, Line{
			Text: shorten(title, maxName) + " — " + lang.Count(len(part), "%d profile", "%d profiles"), Lines: tree(part, line), name: title, uniform: true,
		})
	}
	return lines
}

func split(profiles []creds.Status, title func(creds.Status) string) map[string][]creds.Status {
	sizes := make(map[string]int)
	for _, p := range profiles {
		sizes[title(p)]++
	}
	parts := make(map[string][]creds.Status, len(sizes))
	if len(sizes) == 1 {
		parts[title(profiles[0])] = profiles
		return parts
	}
	for _, p := range profiles {
		t := title(p)
		if parts[t] == nil {
			parts[t] = make([]creds.Status, 0, sizes[t])
		}
		parts[t] = append(parts[t], p)
	}
	return parts
}

func sessionTitle(p creds.Status) string {
	if p.Session == "" {
		return lang.T("without Identity Center")
	}
	return sessionName(p.Session)
}

func accountTitle(p creds.Status) string {
	switch {
	case p.AccountID == "":
		return lang.T("unknown account")
	case p.AccountName == "":
		return lang.Sprintf("account %s", p.AccountID)
	}
	return p.AccountName + " (" + p.AccountID + ")"
}

// group groups lines, which are in the order of their texts, into submenus of at most
// maxGroup lines, on as many levels as necessary. A submenu is named after its lines.
func group(lines []Line) []Line {
	for len(lines) > maxGroup {
		var folded []Line
		for part := range slices.Chunk(lines, maxGroup) {
			folded = append(folded, Line{
				Text:  first(part[0]) + " … " + last(part[len(part)-1]),
				Lines: part,
			})
		}
		lines = folded
	}
	return lines
}

// first returns the first name in a line and its submenus.
func first(l Line) string {
	for l.name == "" && len(l.Lines) > 0 {
		l = l.Lines[0]
	}
	return lineName(l)
}

// last returns the last name in a line and its submenus.
func last(l Line) string {
	for l.name == "" && len(l.Lines) > 0 {
		l = l.Lines[len(l.Lines)-1]
	}
	return lineName(l)
}

func lineName(l Line) string { return shorten(l.name, maxName) }
