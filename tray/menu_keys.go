package tray

import (
	"cmp"
	"slices"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// maxKeys is how many profiles the submenu of long-term keys has; the window has more.
const maxKeys = 17

// keyLines returns the lines of long-term keys, none if no profile has one; of many profiles,
// those first whose key is in plaintext or should be rotated.
func keyLines(profiles []creds.Status, now time.Time) []Line {
	var lines []Line
	var plain []string
	place := make(map[string]int)
	for _, p := range profiles {
		if p.Key == nil {
			continue
		}
		place[p.Name] = keyPlace(*p.Key, now)
		if p.Key.Plaintext != "" {
			plain = append(plain, p.Name)
		}
		lines = append(lines, Line{
			Text:  shorten(shorten(p.Name, maxName)+" — "+keyWords(*p.Key, now), maxLine),
			Click: Command{Verb: VerbRotate, Profile: p.Name},
			name:  p.Name,
		})
	}
	if len(lines) > maxKeys {
		slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(place[a.name], place[b.name]) })
		lines = append(slices.Clip(lines[:maxKeys]), Line{Text: lang.T("More profiles…"), Click: Command{Verb: VerbWindow}})
	}
	if len(plain) > 0 {
		lines = append([]Line{{
			Text:  lang.Sprintf("Import %s in plaintext…", lang.Count(len(plain), "%d key", "%d keys")),
			Click: Command{Verb: VerbImportKeys},
		}}, lines...)
	}
	return lines
}

// The places of a key among others, the first ones first.
const (
	keyInPlaintext = iota
	keyIsDue
	keyIsKept
)

func keyPlace(k creds.KeyStatus, now time.Time) int {
	switch {
	case k.Plaintext != "":
		return keyInPlaintext
	case rotationDue(k, now):
		return keyIsDue
	}
	return keyIsKept
}

// rotationDue reports whether daypass reminds of a rotation.
func rotationDue(k creds.KeyStatus, now time.Time) bool {
	return !k.RotateAfter.IsZero() && !k.RotateAfter.After(now)
}

// keyWords says what a click on a key does, and why it is time for that. The age in days is
// left out, so that the agent need not wake up to keep it true.
func keyWords(k creds.KeyStatus, now time.Time) string {
	switch {
	case k.Rotating:
		return lang.T("is being rotated…")
	case k.Plaintext != "":
		return lang.T("in plaintext: rotate…")
	case rotationDue(k, now):
		return lang.T("should be rotated…")
	}
	return lang.T("rotate…")
}
