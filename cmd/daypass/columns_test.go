package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"daypass/creds"
)

func TestColumnsAreCountedAsATerminalMovesItsCursor(t *testing.T) {
	for text, want := range map[string]int{
		"":                0,
		"prod":            4,
		"prod…":           5,
		"本番":              4,
		"ﾃｽﾄ":             3, // of half the width
		"ＡＢ":              4, // of the full one
		"한국":              4,
		"\u1112\u1161":    2, // a syllable of two letters
		"e\u0301te\u0301": 3, // accents of their own
		"a\u0488b":        2, // an enclosing mark
		"🚀":               2,
		"☁":               1,
		"☁\ufe0f":         2, // the same as an emoji
		"👍🏽":              2, // with a colour of skin
		"🇩🇪":              2,
		"🇩🇪🇫🇷x":           5,
		"\u0301":          0,
		"\xff":            1,
	} {
		if got := columns(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

func TestATextIsCutByItsColumnsAndNoCharacterIsTornApart(t *testing.T) {
	for _, text := range []string{
		"production-eu-central-1", "本番環境の管理者プロファイル", "a本番環境の管理者プロファイルb",
		strings.Repeat("e\u0301", 20), strings.Repeat("🇩🇪", 12), strings.Repeat("👍🏽", 12), strings.Repeat("☁\ufe0f", 12),
	} {
		for width := 1; width < 40; width++ {
			got := shorten(text, width)
			if n := columns(got); n > width {
				t.Errorf("%q cut to %d columns has %d: %q", text, width, n, got)
			}
			if columns(text) <= width {
				if got != text {
					t.Errorf("%q has room in %d columns and is cut to %q", text, width, got)
				}
				continue
			}
			if n := columns(got); n < width-2 {
				t.Errorf("%q cut to %d columns has only %d: %q", text, width, n, got)
			}
			head, tail, cut := strings.Cut(got, "…")
			if !cut || !strings.HasPrefix(text, head) || !strings.HasSuffix(text, tail) {
				t.Fatalf("%q is cut to %q", text, got)
			}
			if columns(head)+columns(text[len(head):]) != columns(text) || len(cells(head))+len(cells(text[len(head):])) != len(cells(text)) ||
				len(cells(tail))+len(cells(text[:len(text)-len(tail)])) != len(cells(text)) {
				t.Errorf("a character of %q is torn apart: %q", text, got)
			}
		}
	}
}

// oddNames are names that a file may have, and that take other columns than letters.
func oddNames() []string {
	return []string{
		"prod", "本番", "ＰＲＯＤ", "re\u0301sume\u0301", "🚀-launch", "☁\ufe0f-cloud", "🇩🇪-payments", "👍🏽", "한국-dev",
		"zero\u200bwidth", "turned\u202egnp.exe", "isolated\u2066x", "joined👩\u200d💻", "\x1b[31mred", "two\nlines", "tab\there", "filler\u3164", "bom\ufeff", "soft\u00adhyphen", "nbsp\u00a0x",
		"本番環境の管理者プロファイル-eu-central-1-payments-readonly-with-a-long-name",
	}
}

func TestNoNameShiftsTheColumnsOfATable(t *testing.T) {
	const mark = "111122223333" // what is in the column to look at
	var (
		profiles []creds.Status
		sessions []creds.Session
		marks    []creds.Bookmark
		visits   []creds.Visit
		pairs    []pairRecord
	)
	for _, name := range oddNames() {
		profiles = append(profiles, creds.Status{Name: name, Kind: creds.KindUser, AccountID: mark})
		sessions = append(sessions, creds.Session{ID: name, Person: name + "@x", StartURL: mark})
		marks = append(marks, creds.Bookmark{Name: name, Profiles: []string{mark}})
		visits = append(visits, creds.Visit{ID: "7", Opened: noon, Profile: name, AccountID: mark, Place: name})
		role := mark
		pairs = append(pairs, pairRecord{Account: &name, AccountID: "1", Role: &role})
	}
	for _, width := range []int{0, 60, 80, 200} {
		for _, colour := range []bool{false, true} {
			l := look{width: width, colour: colour}
			for table, write := range map[string]func(*bytes.Buffer) error{
				"list":      func(b *bytes.Buffer) error { return writeTable(b, profiles, noon, l, false) },
				"sso list":  func(b *bytes.Buffer) error { return writeSessions(b, sessions, noon, look{colour: colour}) },
				"accounts":  func(b *bytes.Buffer) error { return writePairs(b, pairs, l) },
				"bookmarks": func(b *bytes.Buffer) error { return writeBookmarks(b, marks, l) },
				"visits":    func(b *bytes.Buffer) error { return writeVisits(b, visits, noon, l) },
			} {
				var b bytes.Buffer
				if err := write(&b); err != nil {
					t.Fatal(err)
				}
				rows, at := 0, -1
				for line := range strings.Lines(b.String()) {
					before, _, found := strings.Cut(unpainted(line), mark)
					if !found {
						continue
					}
					rows++
					if printable(before) != before {
						t.Errorf("%s: something unseen is written: %q", table, before)
					}
					if n := columns(before); at >= 0 && n != at {
						t.Errorf("%s in %d columns: the column begins at %d in one row and at %d in %q", table, width, at, n, before)
					} else {
						at = n
					}
				}
				if rows != len(profiles) {
					t.Errorf("%s in %d columns has %d rows, want %d:\n%s", table, width, rows, len(profiles), &b)
				}
			}
		}
	}
}

// unpainted takes the colours out of a line.
func unpainted(line string) string {
	for _, code := range []string{"0", "1", "31", "32", "33", "36"} {
		line = strings.ReplaceAll(line, "\x1b["+code+"m", "")
	}
	return line
}

func TestTheStateIsPaintedAndNotANameThatContainsIt(t *testing.T) {
	failed := &creds.Error{Code: creds.CodeKeyInvalid, Message: "no"}
	over := noon.Add(-2 * time.Hour)
	profiles := []creds.Status{
		{Name: "failed", Kind: creds.KindUser, Phase: creds.PhaseFailed, Err: failed},
		{Name: "failed-over", Kind: creds.KindUser, Phase: creds.PhaseFailed, Err: failed},
		{Name: "valid 2 h, until 14:00", Kind: creds.KindUser, Issued: noon, Expires: noon.Add(2 * time.Hour)},
		{Name: "expired 2 h ago", Kind: creds.KindUser, Issued: over.Add(-time.Hour), Expires: over},
	}
	sessions := []creds.Session{
		{ID: "failed", Phase: creds.PhaseFailed, Err: failed},
		{ID: "waits for a sign-in", Phase: creds.PhaseNeedsSSO},
	}
	for table, write := range map[string]func(*bytes.Buffer) error{
		"list":     func(b *bytes.Buffer) error { return writeTable(b, profiles, noon, look{colour: true}, false) },
		"sso list": func(b *bytes.Buffer) error { return writeSessions(b, sessions, noon, look{colour: true}) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		header := strings.Index(lines[0], "STATE")
		painted := 0
		for _, line := range lines[1:] {
			if strings.HasPrefix(line, "    ") {
				continue // what is said of the row above
			}
			painted++
			if at := strings.Index(line, "\x1b["); at != header {
				t.Errorf("%s: painted from column %d on, and the state is at %d: %q", table, at, header, line)
			}
		}
		if painted < 2 {
			t.Errorf("%s has %d rows", table, painted)
		}
	}
}

func TestNothingThatIsShownMovesTheCursorOrIsUnseen(t *testing.T) {
	for text, want := range map[string]string{
		"plain":          "plain",
		`C:\dir "x"`:     `C:\dir "x"`,
		"本番🚀":            "本番🚀",
		"a\x1b[2J":       `a\x1b[2J`,
		"a\u202eb":       `a\u202eb`,
		"a\u2066b\u2069": `a\u2066b\u2069`,
		"a\u200bb":       `a\u200bb`,
		"a\u3164b":       `a\u3164b`,
		"a\u034fb":       `a\u034fb`,
		"a\U000e0041b":   `a\U000e0041b`,
		"a\nb\\c":        `a\nb\\c`,
		"a\xffb":         `a\xffb`,
		"a\u00a0b":       `a\u00a0b`,
	} {
		if got := printable(text); got != want {
			t.Errorf("%q is shown as %s, want %s", text, got, want)
		}
	}
}
