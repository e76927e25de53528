package tray

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// The size of the console's submenu. It is small, because it has all profiles a second
// time.
const (
	maxRecent     = 8  // profiles at its top, and of each bookmark for all
	maxBookmarks  = 12 // the first ones in the person's order
	maxConsoleAll = 50 // profiles; more are in the window
)

// consoleLine returns the submenu that opens the console: the profiles used
// last, the bookmarks, and the other profiles.
func consoleLine(s creds.Snapshot, profiles []creds.Status) Line {
	recents := recentProfiles(s, profiles)
	lines := make([]Line, 0, maxRecent+maxBookmarks+3)
	for _, p := range recents {
		lines = append(lines, consoleOf(p, ""))
	}
	var marks []Line
	for _, b := range s.Bookmarks {
		if len(marks) == maxBookmarks {
			marks = append(marks, Line{Text: lang.T("More bookmarks…"), Click: Command{Verb: VerbWindow}})
			break
		}
		if l, ok := bookmarkLine(b, profiles, recents); ok {
			marks = append(marks, l)
		}
	}
	if len(marks) > 0 {
		// systray cannot hide a separator.
		lines = append(append(lines, Line{Text: lang.T("Bookmarks")}), marks...)
	}
	switch {
	case len(profiles) == len(recents):
	case len(profiles) > maxConsoleAll:
		lines = append(lines, Line{Text: lang.T("More profiles…"), Click: Command{Verb: VerbWindow}})
	default:
		lines = append(lines, Line{
			Text:  lang.Sprintf("All %s", lang.Count(len(profiles), "%d profile", "%d profiles")),
			Lines: tree(profiles, func(p creds.Status) Line { return consoleOf(p, "") }), uniform: true,
		})
	}
	return Line{Text: lang.T("Open the console"), Lines: lines}
}

// consoleOf returns the line that opens the console for a profile. It does not show the
// state of the credentials: a click refreshes them if necessary.
func consoleOf(p creds.Status, bookmark string) Line {
	return Line{
		Text:  shorten(p.Name, maxName),
		Click: Command{Verb: VerbConsole, Profile: p.Name, Bookmark: bookmark},
		name:  p.Name,
	}
}

// bookmarkLine returns the line of a bookmark: a submenu of its profiles, or of the
// ones used last if it is for all. It is false if all of its profiles are gone.
func bookmarkLine(b creds.Bookmark, profiles, recents []creds.Status) (Line, bool) {
	of := recents
	if len(b.Profiles) > 0 {
		of = nil
		for _, name := range b.Profiles {
			if p, ok := named(profiles, name); ok && len(of) < maxGroup {
				of = append(of, p)
			}
		}
	}
	name := shorten(b.Name, maxName)
	switch len(of) {
	case 0:
		return Line{}, false
	case 1:
		l := consoleOf(of[0], b.Name)
		l.Text = name + " — " + l.Text
		return l, true
	}
	line := Line{Text: name, uniform: true}
	for _, p := range of {
		line.Lines = append(line.Lines, consoleOf(p, b.Name))
	}
	return line, true
}

// named returns the profile with a name.
func named(profiles []creds.Status, name string) (creds.Status, bool) {
	i, ok := slices.BinarySearchFunc(profiles, name, func(p creds.Status, name string) int {
		return strings.Compare(p.Name, name)
	})
	if !ok {
		return creds.Status{}, false
	}
	return profiles[i], true
}

// recentProfiles returns the profiles that were used or visited last, and then the
// favourites. They are in the order of their names, so that a line stays in its place
// while programs use its profile.
func recentProfiles(s creds.Snapshot, profiles []creds.Status) []creds.Status {
	visited := lastVisits(s)
	type used struct {
		at   int
		last time.Time
	}
	first := func(a, b used) int {
		return cmp.Or(
			b.last.Compare(a.last),
			compareBool(profiles[b.at].Favourite, profiles[a.at].Favourite),
			cmp.Compare(a.at, b.at),
		)
	}
	// The best few of very many, without sorting them all.
	best := make([]used, 0, maxRecent+1)
	for i, p := range profiles {
		one := used{i, p.LastUsed}
		if v := visited[p.Name]; v.After(one.last) {
			one.last = v
		}
		if len(best) == maxRecent && first(one, best[maxRecent-1]) > 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, one, first)
		best = slices.Insert(best, at, one)
		best = best[:min(len(best), maxRecent)]
	}
	order := make([]int, len(best))
	for i, one := range best {
		order[i] = one.at
	}
	slices.Sort(order)
	recents := make([]creds.Status, len(order))
	for i, at := range order {
		recents[i] = profiles[at]
	}
	return recents
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
