package app

import (
	"slices"
	"strings"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
)

// bookmarksState is what the bookmarks' window knows. It has no widgets.
type bookmarksState struct {
	marks creds.Bookmarks
	// at is the chosen bookmark; -1 is a new one.
	at int
}

// take takes the bookmarks as they are now. The one of the given name is chosen, or the
// same as before.
func (s *bookmarksState) take(m creds.Bookmarks, name string) {
	if name == "" && s.at >= 0 && s.at < len(s.marks.Bookmarks) {
		name = s.marks.Bookmarks[s.at].Name
	}
	s.marks = m
	at := slices.IndexFunc(m.Bookmarks, func(b creds.Bookmark) bool { return b.Name == name })
	if at < 0 {
		at = min(max(s.at, 0), len(m.Bookmarks)-1)
	}
	s.at = at
}

// names are the entries of the list.
func (s *bookmarksState) names() []kit.Named {
	list := make([]kit.Named, 0, len(s.marks.Bookmarks))
	for _, b := range s.marks.Bookmarks {
		about := lang.T("for all profiles")
		if len(b.Profiles) > 0 {
			about = lang.Sprintf("for %s", strings.Join(b.Profiles, ", "))
		}
		list = append(list, kit.Named{Name: b.Name, About: about})
	}
	return list
}

// chosen is the chosen bookmark; empty for a new one.
func (s *bookmarksState) chosen() creds.Bookmark {
	if s.at < 0 || s.at >= len(s.marks.Bookmarks) {
		return creds.Bookmark{}
	}
	return s.marks.Bookmarks[s.at]
}

// put returns the request that changes the chosen bookmark, or adds one.
func (s *bookmarksState) put(name, url, profiles string, anyRegion bool) creds.BookmarksRequest {
	b := creds.Bookmark{Name: strings.TrimSpace(name), URL: strings.TrimSpace(url)}
	for profile := range strings.SplitSeq(profiles, ",") {
		if profile = strings.TrimSpace(profile); profile != "" {
			b.Profiles = append(b.Profiles, profile)
		}
	}
	return creds.BookmarksRequest{Put: &b, AnyRegion: anyRegion, Was: s.chosen().Name}
}

// move returns the request that moves the chosen bookmark up or down, and reports whether
// it can be moved.
func (s *bookmarksState) move(by int) (creds.BookmarksRequest, bool) {
	to := s.at + by
	if s.at < 0 || to < 0 || to >= len(s.marks.Bookmarks) {
		return creds.BookmarksRequest{}, false
	}
	var names []string
	for _, b := range s.marks.Bookmarks {
		names = append(names, b.Name)
	}
	names[s.at], names[to] = names[to], names[s.at]
	return creds.BookmarksRequest{Order: names}, true
}
