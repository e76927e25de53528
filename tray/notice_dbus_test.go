//go:build linux || freebsd || openbsd || netbsd

package tray_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"daypass/creds"
)

// nowEnding returns a profile whose twelve hours end after the given time, and
// which has been used.
func nowEnding(name string, left time.Duration) creds.Status {
	p := user(name, 0)
	p.Expires = time.Now().Add(left)
	p.Issued, p.LastUsed = p.Expires.Add(-12*time.Hour), time.Now()
	return p
}

// turnEnding shows profiles that are valid, and then that they end soon.
func (p *process) turnEnding(t *testing.T, w *watcher, left time.Duration, names ...string) dbus.BusObject {
	t.Helper()
	var before, after creds.Snapshot
	for _, name := range names {
		before.Profiles = append(before.Profiles, nowEnding(name, 5*time.Hour))
	}
	p.show(t, before)
	item := w.item(t)
	// Counted from now: the tray may have taken its time to start.
	for _, name := range names {
		after.Profiles = append(after.Profiles, nowEnding(name, left))
	}
	p.show(t, after)
	return item
}

func TestTheButtonsOfAnEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, key string
		does      []string
	}{
		{"the notice itself renews", "default", []string{"refresh alice true", "refresh bob true"}},
		{"Renew", "0", []string{"refresh alice true", "refresh bob true"}},
		{"Snooze", "1", nil},
		{"Let it end", "2", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address, _ := startBus(t)
			w, _ := startWatcher(t, address)
			desktop := startService(t, address, false, "body", "actions")
			p := startTray(t, address)
			item := p.turnEnding(t, w, 20*time.Minute, "alice", "bob")
			n := desktop.next(t)
			want := []string{"default", "", "0", "Renew all", "1", "Snooze", "2", "Let them end"}
			if diff := cmp.Diff(want, n.actions); diff != "" || n.title != "2 sessions end soon — click to renew all" {
				t.Errorf("%q (-want +got):\n%s", n.title, diff)
			}
			desktop.click(t, n, tt.key)
			var did []string
			for range tt.does {
				did = append(did, <-p.said)
			}
			slices.Sort(did)
			if diff := cmp.Diff(tt.does, did); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			desktop.gone(t, n)
			p.quiet(t, address, item)
		})
	}
}

// soon is long enough for a busy machine to show a notice in.
const soon = 10 * time.Second

// TestTheLastNoticeOfAnEndTakesTheFirstOnesPlace has a session in its last five
// minutes ten seconds from now.
func TestTheLastNoticeOfAnEndTakesTheFirstOnesPlace(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "2"} {
		t.Run("key "+key, func(t *testing.T) {
			t.Parallel()
			address, _ := startBus(t)
			w, _ := startWatcher(t, address)
			desktop := startService(t, address, false, "actions")
			p := startTray(t, address)
			p.turnEnding(t, w, 5*time.Minute+soon, "prod")
			first := desktop.next(t)
			if key != "" { // let it end
				desktop.click(t, first, key)
				select {
				case n := <-desktop.got:
					t.Errorf("the person said to let it end, and gets %q", n.title)
				case <-time.After(soon + time.Second):
				}
				return
			}
			second := desktop.next(t)
			desktop.gone(t, first)
			desktop.click(t, second, "0")
			p.expect(t, "refresh prod true")
		})
	}
}

func TestTheLastNoticeOfAnEndStaysUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		left time.Duration
		can  []string
		want manner
		end  creds.Snapshot
	}{
		{
			"the first one goes by itself", 20 * time.Minute,
			[]string{"body", "actions"},
			manner{Urgency: 1, Expires: -1},
			of(nowEnding("prod", 12*time.Hour)),
		},
		{
			"the last one is taken back when somebody has renewed", 4 * time.Minute,
			[]string{"body", "actions"},
			manner{Urgency: 2, Expires: 0},
			of(nowEnding("prod", 12*time.Hour)),
		},
		{
			"the last one is taken back when the session was ended", 4 * time.Minute,
			[]string{"body", "actions"},
			manner{Urgency: 2, Expires: 0},
			of(idle("prod")),
		},
		{
			"one without buttons is taken back, too", 4 * time.Minute,
			[]string{"body"},
			manner{Urgency: 2, Expires: 0},
			of(nowEnding("prod", 12*time.Hour)),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address, _ := startBus(t)
			w, _ := startWatcher(t, address)
			desktop := startService(t, address, false, tt.can...)
			p := startTray(t, address)
			p.turnEnding(t, w, tt.left, "prod")
			n := desktop.next(t)
			if diff := cmp.Diff(tt.want, desktop.how(n), cmpopts.IgnoreFields(manner{}, "Icon", "Entry", "Pixels")); diff != "" {
				t.Errorf("%q (-want +got):\n%s", n.title, diff)
			}
			p.show(t, tt.end)
			desktop.gone(t, n)
		})
	}
}

// TestANoticeHasAnIconWhetherDaypassIsInstalledOrNot has a desktop's icons with
// daypass's among them, and without.
func TestANoticeHasAnIconWhetherDaypassIsInstalledOrNot(t *testing.T) {
	t.Parallel()
	const id = "app.daypass.daypass"
	for _, tt := range []struct {
		name, file string
		want       manner
	}{
		{"not installed", "", manner{Entry: id, Pixels: 64 * 64, Urgency: 1, Expires: -1}},
		{"in the theme", "icons/hicolor/scalable/apps/" + id + ".svg", manner{Entry: id, Icon: id, Urgency: 1, Expires: -1}},
		{"beside the themes", "pixmaps/" + id + ".png", manner{Entry: id, Icon: id, Urgency: 1, Expires: -1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			if tt.file != "" {
				file := filepath.Join(data, tt.file)
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, nil, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			address, _ := startBus(t)
			w, _ := startWatcher(t, address)
			desktop := startService(t, address, false, "actions")
			p := startTray(t, address, "XDG_DATA_HOME=/nonexistent", "XDG_DATA_DIRS=relative:"+data)
			p.turnOver(t, w, "corp")
			if diff := cmp.Diff(tt.want, desktop.how(desktop.next(t))); diff != "" {
				t.Errorf("the notice (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAClickHandsOnTheTokenForTheFocus(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	desktop := startService(t, address, false, "actions")
	p := startTray(t, address)
	p.turnOver(t, w, "a", "b")
	n := desktop.next(t)
	for id, token := range map[uint32]string{n.id: "ours", n.id + 1: "another's"} {
		if err := desktop.conn.Emit(servicePath, service+".ActivationToken", id, token); err != nil {
			t.Fatal(err)
		}
	}
	desktop.click(t, n, "1")
	p.expect(t, "activated ours")
	p.expect(t, "sign in to b false")
}

// TestANoticeIsShownByAServiceThatComesLater has two ends while nothing shows
// notices; one of them is over when something does.
func TestANoticeIsShownByAServiceThatComesLater(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	item := p.turnOver(t, w, "a")
	conn := dial(t, address)
	waiting := func() bool {
		var all map[string][]string
		if err := conn.BusObject().Call("org.freedesktop.DBus.Debug.Stats.GetAllMatchRules", 0).Store(&all); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(fmt.Sprint(all), "arg0='"+service+"'")
	}
	eventually(t, "the agent waits for a service", waiting)
	profile := hangsOn(session("prod-a", 5*time.Hour), "a")
	other := hangsOn(session("prod-b", 5*time.Hour), "b")
	p.show(t, signed([]creds.Session{nowValid("a"), nowValid("b")}, profile, other))
	eventually(t, "b in the menu", func() bool {
		_, entries := menuOf(t, conn, item)
		return slices.Contains(labels(entries), "b: signed in, renewed by itself")
	})
	p.show(t, signed([]creds.Session{nowValid("a"), nowOver("b")}, profile, other))
	eventually(t, "b is over", func() bool {
		_, entries := menuOf(t, conn, item)
		return slices.Contains(labels(entries), "Sign in to b")
	})
	desktop := startService(t, address, false, "actions")
	if n := desktop.next(t); !strings.HasPrefix(n.title, "The session b is over") {
		t.Errorf("the notice says %q", n.title)
	}
	eventually(t, "the agent waits no more", func() bool { return !waiting() })
	select {
	case n := <-desktop.got:
		t.Errorf("there is a notice of what is not so any more: %q", n.title)
	default:
	}
}

func TestANoticeReopensThePage(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	desktop := startService(t, address, false, "body", "actions")
	p := startTray(t, address)
	visit := creds.Visit{
		ID: "v1", Profile: "dev", Destination: "https://console.aws.amazon.com/s3",
		Opened: time.Now().Add(-51 * time.Minute), Until: time.Now().Add(time.Hour),
	}
	s := of(idle("dev"))
	s.Visits = []creds.Visit{visit}
	p.show(t, s)
	w.item(t)
	visit.Until = time.Now().Add(9 * time.Minute)
	s.Visits = []creds.Visit{visit}
	p.show(t, s)
	n := desktop.next(t)
	if want := "The console of dev ends at " + visit.Until.Format("15:04") + " — click to reopen this page"; n.title != want {
		t.Errorf("got %q, want %q", n.title, want)
	}
	desktop.click(t, n, "default")
	p.expect(t, "reopen v1")
}

func TestTheConsoleInTheMenu(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	desktop := startService(t, address, false, "body", "actions")
	p := startTray(t, address)
	s := of(idle("bad"), idle("dev"), idle("prod"))
	s.Bookmarks = []creds.Bookmark{
		{Name: "Queues"}, {Name: "Bills_2", Profiles: []string{"prod"}}, {Name: "Logs", Profiles: []string{"prod", "dev"}},
	}
	p.show(t, s)
	menu, entries := menuOf(t, dial(t, address), w.item(t))
	console := find(t, entries, "Open the console")
	want := []string{
		"bad", "dev", "prod", "Bookmarks", "Queues", "> bad", "> dev", "> prod", "Bills__2 — prod", "Logs", "> prod", "> dev",
	}
	if diff := cmp.Diff(want, labels(console.Entries)); diff != "" {
		t.Errorf("menu (-want +got):\n%s", diff)
	}
	if heading := find(t, console.Entries, "Bookmarks"); heading.Enabled {
		t.Error("the heading can be clicked")
	}
	click(menu, find(t, console.Entries, "dev"))
	p.expect(t, "console dev")
	click(menu, find(t, console.Entries, "Bills"))
	p.expect(t, "console prod Bills_2")
	click(menu, find(t, find(t, console.Entries, "Logs").Entries, "dev"))
	p.expect(t, "console dev Logs")
	click(menu, find(t, console.Entries, "bad"))
	p.expect(t, "console bad")
	n := desktop.next(t)
	if n.title != "The console of bad was not opened" || n.body != "AWS said <no> to bad" {
		t.Errorf("the notice says %q, %q", n.title, n.body)
	}
}

// TestTheConsoleChangesInPlace has bookmarks and profiles come and go, and finds
// each item where it was.
func TestTheConsoleChangesInPlace(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	state := func(profiles, marks int) creds.Snapshot {
		s := creds.Snapshot{Profiles: many(profiles)}
		for i := range marks {
			b := creds.Bookmark{Name: fmt.Sprint("Page ", i)}
			if i%2 == 0 {
				b.Profiles = []string{"account-0000"}
			}
			s.Bookmarks = append(s.Bookmarks, b)
		}
		return s
	}
	p.show(t, state(30, 12))
	item, conn := w.item(t), dial(t, address)
	// shown awaits a menu with so many lines below the console's.
	shown := func(lines int) (ids map[string]int32, order []string) {
		eventually(t, fmt.Sprint(lines, " lines"), func() bool {
			_, entries := menuOf(t, conn, item)
			ids, order = make(map[string]int32), nil
			for _, e := range find(t, entries, "Open the console").Entries {
				ids[e.Label] = e.ID
				order = append(order, e.Label)
			}
			return len(order) == lines
		})
		return ids, order
	}
	before, first := shown(8 + 1 + 12 + 1)
	p.show(t, state(5, 3))
	_, few := shown(5 + 1 + 3)
	want := []string{
		"account-0000", "account-0001", "account-0002", "account-0003", "account-0004",
		"Bookmarks", "Page 0 — account-0000", "Page 1", "Page 2 — account-0000",
	}
	if diff := cmp.Diff(want, few); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	p.show(t, state(30, 12))
	after, again := shown(8 + 1 + 12 + 1)
	if !maps.Equal(before, after) || !slices.Equal(first, again) {
		t.Errorf("items (-before +after):\n%s", cmp.Diff(before, after))
	}
	if last := again[len(again)-1]; !strings.HasPrefix(last, "All 30 profiles") {
		t.Errorf("the last line is %q", last)
	}
}
