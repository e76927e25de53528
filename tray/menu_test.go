package tray_test

import (
	"fmt"
	"slices"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/agentapi"
	"daypass/tray"
)

// eachLine visits every line of the menu with the number of lines beside it.
func eachLine(menu tray.Menu, visit func(l tray.Line, beside int)) {
	var walk func(lines []tray.Line)
	walk = func(lines []tray.Line) {
		for _, l := range lines {
			visit(l, len(lines))
			walk(l.Lines)
		}
	}
	walk(menu.News)
	walk(menu.Start)
	walk(menu.Profiles)
	walk(menu.Sessions)
	walk(menu.More)
}

// topLines is how long the menu itself is.
func topLines(m tray.Menu) int {
	return len(m.News) + len(m.Start) + len(m.Profiles) + len(m.Sessions) + len(m.More)
}

func TestTheMenuFitsTheScreenWhateverTheNumberOfProfiles(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 20, 21, 400, 401, 5000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := agentapi.Snapshot{Profiles: many(n)}
			for i := range s.Profiles {
				if i%8 == 7 {
					s.Profiles[i] = user(s.Profiles[i].Name, 5*time.Hour)
				}
			}
			menu := tray.NewMenu(s, noon)
			if lines := topLines(menu); lines > 25 {
				t.Errorf("the menu has %d lines", lines)
			}
			clickable := make(map[string]bool)
			eachLine(menu, func(l tray.Line, beside int) {
				if beside > 25 {
					t.Fatalf("%q is in a submenu of %d lines", l.Text, beside)
				}
				if l.Click.Verb == tray.VerbRefresh || l.Click.Verb == tray.VerbRenew {
					clickable[l.Click.Profile] = true
				}
			})
			if want := min(n, 1000); len(clickable) != want {
				t.Errorf("%d of %d profiles can be clicked, want %d", len(clickable), n, want)
			}
			for _, p := range s.Profiles {
				if p.Left(noon) > 0 && !clickable[p.Name] {
					t.Errorf("%s has a session and is not in the menu", p.Name)
				}
			}
		})
	}
}

func TestOfManySessionsThoseUsedLastCanBeEndedInTheMenu(t *testing.T) {
	for _, n := range []int{1, 20, 21, 300} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := agentapi.Snapshot{Profiles: many(n)}
			for i := range s.Profiles {
				s.Profiles[i] = user(s.Profiles[i].Name, 5*time.Hour)
				s.Profiles[i].LastUsed = noon.Add(-time.Duration(n-i) * time.Minute)
			}
			var want, got []tray.Command
			for _, p := range s.Profiles[max(0, n-20):] {
				want = append(want, tray.Command{Verb: tray.VerbLogout, Profile: p.Name})
			}
			if n > 20 {
				want = append(want, tray.Command{Verb: tray.VerbWindow})
			}
			for _, l := range tray.NewMenu(s, noon).More {
				if l.Text == "End a session" {
					for _, end := range l.Lines {
						got = append(got, end.Click)
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what can be ended (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNothingChangesBeforeNext holds what lets the agent sleep: between now and
// Next all that is shown stays as it is, and at Next something may change.
func TestNothingChangesBeforeNext(t *testing.T) {
	for _, tt := range slices.Concat(glances, sessionGlances, menuGlances) {
		t.Run(tt.name, func(t *testing.T) {
			shown := func(now time.Time) string {
				return fmt.Sprint(tray.NewMenu(tt.snapshot, now), tray.Icon(tt.snapshot, now),
					tray.Tooltip(tt.snapshot, now), tray.Primary(tt.snapshot, now))
			}
			now, wakes := noon, 0
			for end := noon.Add(72 * time.Hour); now.Before(end); wakes++ {
				next := tray.Next(tt.snapshot, now)
				if next.IsZero() {
					next = end
				}
				if !next.After(now) {
					t.Fatalf("Next(%s) is %s", now, next)
				}
				if before, after := shown(now), shown(next.Add(-1)); before != after {
					t.Fatalf("between %s and %s\n%s\nbecame\n%s", now, next, before, after)
				}
				now = next
			}
			// Each session has at most 40 whole hours, five tens of
			// minutes and a few moments of its own ahead.
			if limit := 55*(len(tt.snapshot.Profiles)+len(tt.snapshot.Sessions)) + 4; wakes > limit {
				t.Errorf("%d wake-ups in three days, want at most %d", wakes, limit)
			}
		})
	}
}

func TestTheTooltipFitsWindows(t *testing.T) {
	s := agentapi.Snapshot{Problems: []agentapi.Error{{Message: "the \U0001f511\U0001f511\U0001f511 is\nlocked"}}}
	for i := range 8 {
		p := user(fmt.Sprintf("%d-\U0001f511\U0001f511\U0001f511\U0001f511\U0001f511\U0001f511\U0001f511\U0001f511", i), time.Duration(i*i-4)*time.Hour)
		s.Profiles = append(s.Profiles, p)
	}
	s.Profiles = append(s.Profiles, with(idle("a-very-long-name-that-fills-the-tooltip-quickly"), agentapi.PhaseRefreshing, ""))
	got := tray.Tooltip(s, noon)
	if n := len(utf16.Encode([]rune(got))); n > 127 || n < 80 {
		t.Errorf("%d UTF-16 units: %q", n, got)
	}
}

func TestAPlainClickHelpsWhereItIsNeededMost(t *testing.T) {
	earlier := func(p agentapi.Status) agentapi.Status {
		p.LastUsed = p.LastUsed.Add(-time.Hour)
		return p
	}
	old := user("old", -72*time.Hour)
	old.LastUsed = old.Issued
	tests := []struct {
		name     string
		snapshot agentapi.Snapshot
		want     tray.Command
	}{
		{
			"the oldest question before everything",
			agentapi.Snapshot{
				Profiles: []agentapi.Status{user("gone", -time.Hour)},
				Prompts:  []agentapi.Prompt{code("p1", "alice", ""), code("p2", "bob", "")},
			},
			tray.Command{Verb: tray.VerbAnswer, Prompt: "p1"},
		},
		{
			"the expired one used last before one that is ending",
			of(earlier(user("a", -time.Hour)), user("b", -2*time.Hour), user("c", 5*time.Minute)),
			tray.Command{Verb: tray.VerbRefresh, Profile: "b"},
		},
		{
			"the one that ends first",
			of(user("a", 20*time.Minute), user("b", 10*time.Minute), user("c", 25*time.Minute)),
			tray.Command{Verb: tray.VerbRenew, Profile: "b"},
		},
		{
			"one that is ending before one that nobody uses any more",
			of(user("a", 20*time.Minute), old),
			tray.Command{Verb: tray.VerbRenew, Profile: "a"},
		},
		{
			"on Monday morning, what was used last",
			of(idle("dev"), old),
			tray.Command{Verb: tray.VerbRefresh, Profile: "old"},
		},
		{
			"the session that is over and was used last before its profiles",
			signed(
				[]agentapi.Session{over(corp()), over(legacy())},
				earlier(sso("a", -time.Hour)), hangsOn(sso("b", -2*time.Hour), legacyURL),
			),
			tray.Command{Verb: tray.VerbSignIn, Session: legacyURL},
		},
		{
			"a session that nobody uses is left alone",
			signed([]agentapi.Session{over(corp())}, user("a", 5*time.Hour)),
			tray.Command{Verb: tray.VerbWindow},
		},
		{
			"a profile whose sign-in is under way",
			signed([]agentapi.Session{inPhase(corp(), agentapi.PhaseRefreshing)}, sso("a", -time.Hour)),
			tray.Command{Verb: tray.VerbRefresh, Profile: "a"},
		},
		{
			"not a sensitive one",
			of(sensitive(user("a", 4*time.Minute)), sensitive(user("b", -time.Hour)), earlier(user("c", -time.Hour))),
			tray.Command{Verb: tray.VerbRefresh, Profile: "c"},
		},
		{"with nothing to do, the window", of(user("a", 5*time.Hour), idle("dev")), tray.Command{Verb: tray.VerbWindow}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tray.Primary(tt.snapshot, noon); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
