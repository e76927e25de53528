package tray_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
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

// screenful is how many lines fit a screen of 768 pixels under GNOME, which has 36 for
// a line, does not scroll a menu, and has 32 for its panel.
const screenful = (768 - 32) / 36

// topLines is how long the menu itself is, with its two separators.
func topLines(m tray.Menu) int {
	return len(m.News) + len(m.Start) + len(m.Profiles) + len(m.Sessions) + len(m.More) + 2
}

// TestWhateverThereIsTheMenuFitsTheScreenAndBeginsWithWhatMatters has snapshots of
// all sorts by chance.
func TestWhateverThereIsTheMenuFitsTheScreenAndBeginsWithWhatMatters(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 3))
	full := 0
	for round := range 3000 {
		s := anySnapshot(random)
		menu := tray.NewMenu(s, noon)
		n := topLines(menu)
		if n > screenful {
			t.Fatalf("round %d: the menu has %d lines, and a screen %d", round, n, screenful)
		}
		if n > 17 {
			full++
		}
		if few := len(menu.News) == 1 && len(menu.Sessions) <= 3; few && n > 17 {
			t.Fatalf("round %d: %d lines leave no room for a submenu that unfolds between them", round, n)
		}
		eachLine(menu, func(l tray.Line, beside int) {
			if beside > 24 {
				t.Fatalf("round %d: %q is in a submenu of %d lines", round, l.Text, beside)
			}
		})
		if diff := cmp.Diff(newsWanted(s), newsOf(menu)); diff != "" {
			t.Fatalf("round %d: questions and problems (-want +got):\n%s", round, diff)
		}
		mine := 0
		for _, p := range s.Profiles {
			if p.Kind != creds.KindOther {
				mine++
			}
		}
		clicks := 0
		for _, l := range menu.Profiles {
			if l.Click.Profile != "" || l.Click.Prompt != "" {
				clicks++
			}
		}
		if clicks < min(mine, 4) {
			t.Fatalf("round %d: %d of %d profiles are in the menu itself", round, clicks, mine)
		}
		if mine > clicks && !strings.Contains(menu.More[0].Text, "profiles") {
			t.Fatalf("round %d: %q is no way to the other profiles", round, menu.More[0].Text)
		}
		if menu.Start[0].Click.Verb != tray.VerbWindow || menu.More[len(menu.More)-1].Click.Verb != tray.VerbQuit ||
			menu.More[len(menu.More)-2].Click.Verb != tray.VerbSettings {
			t.Fatalf("round %d: the way to the window, the settings or out is not at its place", round)
		}
		nearness, last := s.Nearness(noon), creds.NearFavourite
		for _, l := range menu.Profiles {
			p, ok := s.Profile(l.Click.Profile)
			if !ok {
				continue // it shows a question
			}
			if now := nearness(p); now < last {
				t.Fatalf("round %d: %q is not where it belongs", round, l.Text)
			} else {
				last = now
			}
		}
	}
	if full < 100 {
		t.Errorf("only %d of the menus were full", full)
	}
}

// newsWanted is what of the questions and problems is to be in the menu itself, as
// commands and texts, and how many are in the submenu after them.
func newsWanted(s creds.Snapshot) []string {
	var want []string
	for _, p := range s.Prompts {
		want = append(want, "question "+p.ID)
	}
	for _, p := range s.Problems {
		want = append(want, "problem "+p.Message)
	}
	return want
}

// newsOf is what a menu has of questions and problems, in their order: those in the
// submenu come last.
func newsOf(menu tray.Menu) []string {
	var questions, problems []string
	note := func(l tray.Line) {
		switch l.Click.Verb {
		case tray.VerbAnswer:
			questions = append(questions, "question "+l.Click.Prompt)
		case tray.VerbUnlock:
			text, _, _ := strings.Cut(l.Text, ": ")
			problems = append(problems, "problem "+text)
		default:
		}
	}
	for _, l := range menu.News {
		note(l)
		for _, l := range l.Lines {
			note(l)
		}
	}
	return append(questions, problems...)
}

// anySnapshot returns a snapshot of what may be there at once.
func anySnapshot(random *rand.Rand) creds.Snapshot {
	var s creds.Snapshot
	s.Profiles = many([]int{0, 1, 4, 12, 13, 14, 30, 400}[random.IntN(8)])
	for i := range s.Profiles {
		p := &s.Profiles[i]
		switch random.IntN(8) {
		case 0, 1:
			*p = user(p.Name, time.Duration(random.IntN(1440)-720)*time.Minute)
		case 2:
			*p = sensitive(user(p.Name, time.Duration(random.IntN(30))*time.Minute))
		case 3:
			p.Kind = creds.KindOther
		case 4:
			*p = with(*p, creds.PhaseFailed, "AWS said no")
		case 5:
			p.Favourite = true
		case 6:
			p.Err = &creds.Error{Code: creds.CodeNoKey, Message: "there is no key"}
		}
		if random.IntN(5) == 0 {
			p.Session = "session-" + fmt.Sprint(random.IntN(4))
		}
	}
	for i := range random.IntN(7) {
		one := named(fmt.Sprint("session-", i))
		switch random.IntN(3) {
		case 0:
			one = renewable(until(one, time.Hour))
		case 1:
			one = broken(one, "AWS said no")
		}
		s.Sessions = append(s.Sessions, one)
	}
	if random.IntN(2) == 0 {
		for i := range random.IntN(9) {
			s.Prompts = append(s.Prompts, code(fmt.Sprint("p", i), "user", creds.SurfaceProgram))
		}
	}
	for i := range random.IntN(6) * random.IntN(2) {
		s.Problems = append(s.Problems, creds.Error{Code: creds.CodeKeyringLocked, Message: fmt.Sprint("problem ", i)})
	}
	for i := range random.IntN(15) {
		s.Bookmarks = append(s.Bookmarks, creds.Bookmark{Name: fmt.Sprint("Page ", i)})
	}
	for i := range random.IntN(10) {
		s.Visits = append(s.Visits, visited(fmt.Sprint("v", i), fmt.Sprintf("account-%04d", i), time.Hour, 12*time.Hour))
	}
	return s
}

// TestOfThousandsOfProfilesTheNearOnesAreInTheMenu has, far down the alphabet, one
// whose key is there, one that is signed in, one that is used and a favourite.
func TestOfThousandsOfProfilesTheNearOnesAreInTheMenu(t *testing.T) {
	s := signed([]creds.Session{renewable(until(corp(), time.Hour)), over(named("other"))}, many(2000)...)
	for i := range s.Profiles {
		p := &s.Profiles[i]
		switch i {
		case 1990: // has its key
		case 1991:
			p.Session = "corp"
		case 1992:
			p.LastUsed = noon.Add(-100 * time.Hour)
		case 1993:
			p.Favourite = true
		default:
			if p.Session = "other"; i%2 == 0 {
				p.Session, p.Err = "", &creds.Error{Code: creds.CodeNoKey, Message: "there is no key"}
			}
		}
	}
	var got []string
	for _, l := range tray.NewMenu(s, noon).Profiles[:4] {
		got = append(got, l.Click.Profile)
	}
	want := []string{"account-1993", "account-1992", "account-1990", "account-1991"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the first profiles (-want +got):\n%s", diff)
	}
}

func TestTheMenuFitsTheScreenWhateverTheNumberOfProfiles(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 20, 21, 400, 401, 5000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := creds.Snapshot{Profiles: many(n)}
			for i := range s.Profiles {
				if i%8 == 7 {
					s.Profiles[i] = user(s.Profiles[i].Name, 5*time.Hour)
				}
			}
			menu := tray.NewMenu(s, noon)
			if lines := topLines(menu); lines > screenful {
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
			s := creds.Snapshot{Profiles: many(n)}
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
				if l.Text == "Log out" {
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
	for _, tt := range slices.Concat(glances, sessionGlances, menuGlances, keyGlances) {
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
	s := creds.Snapshot{Problems: []creds.Error{{Message: "the \U0001f511\U0001f511\U0001f511 is\nlocked"}}}
	for i := range 8 {
		p := user(fmt.Sprintf("%d-\U0001f511\U0001f511\U0001f511\U0001f511\U0001f511\U0001f511\U0001f511\U0001f511", i), time.Duration(i*i-4)*time.Hour)
		s.Profiles = append(s.Profiles, p)
	}
	s.Profiles = append(s.Profiles, with(idle("a-very-long-name-that-fills-the-tooltip-quickly"), creds.PhaseRefreshing, ""))
	got := tray.Tooltip(s, noon)
	if n := len(utf16.Encode([]rune(got))); n > 127 || n < 80 {
		t.Errorf("%d UTF-16 units: %q", n, got)
	}
}

func TestAPlainClickHelpsWhereItIsNeededMost(t *testing.T) {
	earlier := func(p creds.Status) creds.Status {
		p.LastUsed = p.LastUsed.Add(-time.Hour)
		return p
	}
	old := user("old", -72*time.Hour)
	old.LastUsed = old.Issued
	tests := []struct {
		name     string
		snapshot creds.Snapshot
		want     tray.Command
	}{
		{
			"the oldest question before everything",
			creds.Snapshot{
				Profiles: []creds.Status{user("gone", -time.Hour)},
				Prompts:  []creds.Prompt{code("p1", "alice", ""), code("p2", "bob", "")},
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
				[]creds.Session{over(corp()), over(legacy())},
				earlier(sso("a", -time.Hour)), hangsOn(sso("b", -2*time.Hour), legacyURL),
			),
			tray.Command{Verb: tray.VerbSignIn, Session: legacyURL},
		},
		{
			"a session that nobody uses is left alone",
			signed([]creds.Session{over(corp())}, user("a", 5*time.Hour)),
			tray.Command{Verb: tray.VerbWindow},
		},
		{
			"a profile whose sign-in is under way",
			signed([]creds.Session{inPhase(corp(), creds.PhaseRefreshing)}, sso("a", -time.Hour)),
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

// TestNamesAreLegibleInEveryLine has names of all sorts in all that names a profile.
func TestNamesAreLegibleInEveryLine(t *testing.T) {
	for _, tt := range []struct{ name, profile, want string }{
		{"an underscore and an ampersand", "snake_case & friends", "snake_case & friends"},
		{"a long one", strings.Repeat("long-", 20), "long-long-long-long-long-long-long-long…"},
		{"a wide one takes as much room", strings.Repeat("環境", 20), strings.Repeat("環境", 9) + "環…"},
		{"a wide one that fits", strings.Repeat("環境", 10), strings.Repeat("環境", 10)},
		{"an accent of its own is not cut off from its letter", strings.Repeat("e\u0301", 41), strings.Repeat("e\u0301", 39) + "…"},
		{"a picture of two is not cut apart", strings.Repeat("x", 37) + "\U0001f469\u200d\U0001f4bbyyyy", strings.Repeat("x", 37) + "\U0001f469…"},
		{"what turns the direction of writing", "prod\u202egpj", "prodgpj"},
		{"what no bus takes", "a\x00b\xffc\x1bd", "a b\ufffdc d"},
		{"several lines", "a\nb\u2028c", "a b c"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := of(user(tt.profile, 5*time.Hour))
			s.Prompts = []creds.Prompt{code("p1", tt.profile, creds.SurfaceTray)}
			menu := tray.NewMenu(s, noon)
			for _, c := range []struct {
				got, before, after string
			}{
				{menu.Profiles[0].Text, "", " — valid until 17:00, 4 h left"},
				{menu.News[0].Text, "Type the code for ", "…"},
				{menu.Start[1].Lines[0].Text, "", ""},
				{menu.More[0].Lines[0].Text, "", " — until 17:00"},
			} {
				if want := c.before + tt.want + c.after; c.got != want {
					t.Errorf("got  %q\nwant %q", c.got, want)
				}
			}
			if text := tray.Tooltip(s, noon); !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x1b\u202e\n") {
				t.Errorf("the tooltip is %q", text)
			}
			notice := tray.Notice{Title: tt.profile, Body: tt.profile}
			for _, clicks := range []bool{true, false} {
				title, body := notice.Text(clicks)
				if !utf8.ValidString(title+body) || strings.ContainsAny(title+body, "\x00\x1b\u202e") {
					t.Errorf("the notice says %q, %q", title, body)
				}
			}
		})
	}
}

// TestWhereAProfileIsNamedItsFailureDoesNotNameItAgain has messages as the agent makes
// them, which have no room for the cause behind a name.
func TestWhereAProfileIsNamedItsFailureDoesNotNameItAgain(t *testing.T) {
	const name = `d"v`
	for _, tt := range []struct{ name, message, want string }{
		{"a call that AWS refused", fmt.Sprintf("no credentials for profile %q: AWS denied it", name), "AWS denied it"},
		{"a setting that is wrong", fmt.Sprintf("profile %q cannot be used: its region is none", name), "its region is none"},
		{"a profile that lacks something", fmt.Sprintf("profile %q has no credentials of any kind", name), "has no credentials of any kind"},
		{"another profile", `no credentials for profile "b": denied`, `no credentials for profile "b": denied`},
		{"none", "AWS could not be reached", "AWS could not be reached"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			failed, renewing := with(user(name, -time.Hour), creds.PhaseFailed, tt.message), with(user(name, 25*time.Minute), creds.PhaseFailed, tt.message)
			notice, _ := tray.Refreshed(failed, failed.Err, noon)
			console, _ := tray.Opened(name, creds.ConsoleReply{}, failed.Err)
			for where, c := range map[string]struct{ got, want string }{
				"the line":                  {tray.NewMenu(of(failed), noon).Profiles[0].Text, name + " — failed: " + tt.want},
				"the line of one that ends": {tray.NewMenu(of(renewing), noon).Profiles[0].Text, name + " — ends 12:25, 20 min left; not renewed: " + tt.want},
				"the notice":                {notice.Body, tt.want},
				"the console's notice":      {console.Body, tt.want},
			} {
				if c.got != c.want {
					t.Errorf("%s is %q, want %q", where, c.got, c.want)
				}
			}
		})
	}
}

func TestWhereASessionIsNamedItsFailureDoesNotNameItAgain(t *testing.T) {
	s := signed([]creds.Session{broken(corp(), `no sign-in to "corp": it was denied in the browser`)}, signedOff(sso("prod", -time.Hour)))
	var lines []string
	eachLine(tray.NewMenu(s, noon), func(l tray.Line, _ int) {
		if strings.Contains(l.Text, "denied") {
			lines = append(lines, l.Text)
		}
	})
	if len(lines) != 1 || !strings.HasSuffix(lines[0], " — failed: it was denied in the browser") {
		t.Errorf("the menu says %q", lines)
	}
}

// TestSubmenusOfProfilesAreDistinguishedByTheirNames has names that differ at their ends
// alone.
func TestSubmenusOfProfilesAreDistinguishedByTheirNames(t *testing.T) {
	profiles := make([]creds.Status, 60)
	for i := range profiles {
		profiles[i] = idle(fmt.Sprintf("customer-production-team-%02d", i))
	}
	var got []string
	for _, l := range tray.NewMenu(of(profiles...), noon).More[0].Lines {
		got = append(got, l.Text)
	}
	want := []string{
		"customer-production-team-00 … customer-production-team-19",
		"customer-production-team-20 … customer-production-team-39",
		"customer-production-team-40 … customer-production-team-59",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the submenus (-want +got):\n%s", diff)
	}
}
