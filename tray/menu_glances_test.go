package tray_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/tray"
)

func favourite(p creds.Status) creds.Status {
	p.Favourite = true
	return p
}

// sensitive returns the profile as one that is unlocked for half an hour.
func sensitive(p creds.Status) creds.Status {
	p.Sensitive, p.NeedsPerson = true, true
	if !p.Expires.IsZero() {
		p.Issued = p.Expires.Add(-30 * time.Minute)
	}
	return p
}

func account(p creds.Status, id, name string) creds.Status {
	p.AccountID, p.AccountName = id, name
	return p
}

// visited returns a console that was opened, for as long as given.
func visited(id, profile string, ago, lasts time.Duration) creds.Visit {
	opened := noon.Add(-ago)
	return creds.Visit{
		ID: id, Profile: profile, Destination: "https://console.aws.amazon.com/console/home",
		Opened: opened, Until: opened.Add(lasts),
	}
}

// company returns the profiles of a company with sessions and accounts, sorted
// by name.
func company() creds.Snapshot {
	var profiles []creds.Status
	for i := range 14 {
		id := fmt.Sprintf("11111111%04d", i)
		for _, role := range []string{"admin", "billing", "read"} {
			p := hangsOn(idle(fmt.Sprintf("app%02d-%s", i, role)), "corp")
			profiles = append(profiles, account(p, id, fmt.Sprintf("app %d", i)))
		}
	}
	for i := range 30 {
		profiles = append(profiles, hangsOn(account(idle(fmt.Sprintf("legacy-%02d", i)), fmt.Sprintf("22222222%04d", i), ""), "old"))
	}
	for i := range 5 {
		profiles = append(profiles, idle(fmt.Sprintf("own-%d", i)))
	}
	profiles[3] = favourite(profiles[3])
	profiles[50] = favourite(profiles[50])
	profiles[20].LastUsed = noon.Add(-time.Hour)
	profiles[44].LastUsed = noon.Add(-100 * time.Hour)
	return creds.Snapshot{Profiles: profiles}
}

var bookmarks = []creds.Bookmark{
	{Name: "Queues", URL: "https://{region}.console.aws.amazon.com/sqs/v3/home"},
	{Name: "Bills", URL: "https://console.aws.amazon.com/billing/home", Profiles: []string{"prod"}},
	{Name: "Gone", URL: "https://console.aws.amazon.com/gone", Profiles: []string{"gone"}},
	{Name: "Logs & more", URL: "https://console.aws.amazon.com/logs", Profiles: []string{"prod", "gone", "dev"}},
}

// menuGlances are what the menu offers beside profiles and sessions.
var menuGlances = []look{
	{"favourites come first and the never used last", of(
		idle("a"), user("b", 5*time.Hour), favourite(idle("c")), favourite(user("d", 20*time.Minute)), user("e", -time.Hour),
	)},
	{"profiles of sessions and accounts", company()},
	{"an unlocked profile", of(user("dev", 5*time.Hour), sensitive(user("prod", 20*time.Minute)))},
	{"an unlocked profile in its last minutes", of(sensitive(user("prod", 4*time.Minute)))},
	{"an unlocked profile that was locked again", of(sensitive(idle("prod")))},
	{"more unlocked profiles than fit", of(
		sensitive(user("a", 20*time.Minute)), sensitive(user("b", 20*time.Minute)), sensitive(user("c", 20*time.Minute)),
	)},
	{"a program that wants a sensitive profile", creds.Snapshot{
		Profiles: []creds.Status{sensitive(idle("prod"))},
		Prompts: []creds.Prompt{{
			ID: "p1", Kind: creds.PromptConsent, Profile: "prod",
			Requester: creds.Requester{Surface: creds.SurfaceProgram, Program: "terraform"},
		}},
	}},
	{"bookmarks", creds.Snapshot{
		Profiles:  []creds.Status{user("dev", 5*time.Hour), user("prod", -time.Hour)},
		Bookmarks: bookmarks,
	}},
	{"bookmarks of a single profile", creds.Snapshot{
		Profiles: []creds.Status{idle("prod")}, Bookmarks: bookmarks,
	}},
	{"bookmarks without profiles", creds.Snapshot{Bookmarks: bookmarks}},
	{"consoles that were visited", creds.Snapshot{
		Profiles: many(30),
		Visits: []creds.Visit{
			visited("v3", "account-0029", 30*time.Minute, 12*time.Hour), visited("v2", "account-0013", time.Hour, time.Hour),
			visited("v1", "gone", 2*time.Hour, time.Hour),
		},
	}},
	{"more bookmarks and profiles than fit", creds.Snapshot{
		Profiles: many(101),
		Bookmarks: func() (all []creds.Bookmark) {
			for i := range 20 {
				all = append(all, creds.Bookmark{Name: fmt.Sprint("Page ", i), URL: "https://console.aws.amazon.com/"})
			}
			return all
		}(),
	}},
}

// keyed gives a profile a long-term key.
func keyed(p creds.Status, k creds.KeyStatus) creds.Status {
	p.Key = &k
	return p
}

// keyGlances are what the menu offers for long-term keys.
var keyGlances = []look{
	{"long-term keys", of(
		keyed(user("build", 5*time.Hour), creds.KeyStatus{ID: "AKIAIOSFODNN7EXAMPLE", InKeyring: true}),
		keyed(idle("legacy"), creds.KeyStatus{Plaintext: "/home/a/.aws/credentials"}),
		keyed(idle("old"), creds.KeyStatus{InKeyring: true, RotateAfter: noon.Add(-time.Hour)}),
		keyed(idle("soon"), creds.KeyStatus{InKeyring: true, RotateAfter: noon.Add(time.Hour)}),
		keyed(idle("turning"), creds.KeyStatus{InKeyring: true, Rotating: true}),
		sso("corp", 5*time.Hour),
	)},
	{"more long-term keys than fit", creds.Snapshot{Profiles: func() []creds.Status {
		profiles := many(45)
		for i := range profiles {
			profiles[i] = keyed(profiles[i], creds.KeyStatus{InKeyring: true})
		}
		profiles[40].Key.RotateAfter = noon.Add(-time.Hour)
		profiles[41].Key.Plaintext = "/home/a/.aws/credentials"
		return profiles
	}()}},
}

// TestAFullMenuFitsTheScreen has as much as possible in every part.
func TestAFullMenuFitsTheScreen(t *testing.T) {
	s := company()
	for i := range 9 {
		s.Prompts = append(s.Prompts, code(fmt.Sprint("p", i), fmt.Sprint("user-", i), creds.SurfaceTray))
	}
	for i := range 5 {
		s.Sessions = append(s.Sessions, renewable(until(named(fmt.Sprint("session-", i)), time.Hour)))
	}
	s.Profiles[9] = keyed(s.Profiles[9], creds.KeyStatus{InKeyring: true})
	for _, i := range []int{7, 8} {
		s.Profiles[i] = sensitive(user(s.Profiles[i].Name, 20*time.Minute))
	}
	menu := tray.NewMenu(s, noon)
	if n := topLines(menu); n > screenful {
		t.Errorf("the menu has %d lines, and a screen %d", n, screenful)
	}
	if n := len(menu.Profiles); n < 4 {
		t.Errorf("%d profiles are left in the menu itself", n)
	}
}

// TestTheConsoleListsAreCheap counts the lines of what is there a second time.
func TestTheConsoleListsAreCheap(t *testing.T) {
	for _, n := range []int{50, 51, 1000, 10_000} {
		s := creds.Snapshot{Profiles: many(n)}
		for i := range 200 {
			s.Bookmarks = append(s.Bookmarks, creds.Bookmark{Name: fmt.Sprint("Page ", i)})
		}
		lines := 0
		var count func([]tray.Line)
		count = func(all []tray.Line) {
			for _, l := range all {
				lines++
				count(l.Lines)
			}
		}
		count(tray.NewMenu(s, noon).Start)
		if lines > 200 {
			t.Errorf("%d lines for %d profiles", lines, n)
		}
	}
}

func TestASubmenuHasSubmenusOnlyOrNone(t *testing.T) {
	s := company()
	for i := range s.Profiles {
		s.Profiles[i] = user(s.Profiles[i].Name, time.Hour)
	}
	for _, s := range []creds.Snapshot{company(), s, {Profiles: many(5000)}} {
		var check func(l tray.Line)
		check = func(l tray.Line) {
			deep := slices.ContainsFunc(l.Lines, func(l tray.Line) bool { return len(l.Lines) > 0 })
			flat := slices.ContainsFunc(l.Lines, func(l tray.Line) bool { return len(l.Lines) == 0 })
			if deep && flat {
				t.Errorf("%q has lines of both kinds", l.Text)
			}
			for _, l := range l.Lines {
				check(l)
			}
		}
		for _, l := range tray.NewMenu(s, noon).More {
			check(l)
		}
	}
}

// BenchmarkMenu builds the menu of a company that has long been too large.
func BenchmarkMenu(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := creds.Snapshot{Profiles: many(n), Bookmarks: bookmarks}
			for i := range s.Profiles {
				s.Profiles[i].LastUsed = noon.Add(-time.Duration(i*7919%n) * time.Minute)
				s.Profiles[i].Session = strings.Repeat("s", 1+i%7)
			}
			b.ReportAllocs()
			for b.Loop() {
				tray.NewMenu(s, noon)
			}
		})
	}
}
