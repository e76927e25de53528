//go:build linux || freebsd || openbsd || netbsd

package tray_test

import (
	"fmt"
	"image"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

// session returns a profile whose session ends after the given time, for a
// process that looks at the real clock.
func session(name string, left time.Duration) creds.Status {
	p := user(name, left)
	shift := time.Since(noon)
	p.Issued, p.Expires, p.LastUsed = p.Issued.Add(shift), p.Expires.Add(shift), p.LastUsed.Add(shift)
	return p
}

func TestThePanelShowsTheMenuAndClicksArrive(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	s := of(session("a_b", -time.Minute), idle("dev"), session("prod", 10*time.Hour))
	s.Prompts = []creds.Prompt{code("p1", "alice", creds.SurfaceTray)}
	p.show(t, s)

	item, conn := w.item(t), dial(t, address)
	for name, want := range map[string]any{"Id": "daypass", "Title": "daypass", "ItemIsMenu": false} {
		if got, err := item.GetProperty("org.kde.StatusNotifierItem." + name); err != nil || got.Value() != want {
			t.Errorf("%s is %v (%v), want %v", name, got, err, want)
		}
	}
	tip, err := item.GetProperty("org.kde.StatusNotifierItem.ToolTip")
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(tip.Value()); !strings.Contains(text, "a question waits, a_b expired") {
		t.Errorf("the tooltip is %s", text)
	}

	menu, entries := menuOf(t, conn, item)
	day := strings.TrimPrefix(find(t, entries, "prod — valid until ").Label, "prod — valid until ")
	until, _, _ := strings.Cut(day, ",")
	want := []string{
		"Type the code for alice…",
		"Open daypass",
		"Open the console", "> a__b", "> dev", "> prod",
		"----",
		find(t, entries, "a__b — expired ").Label,
		"prod — valid until " + until + ", 9 h left",
		"dev — no credentials",
		"----",
		"Log out",
		"> prod — until " + until,
		"Add profile…",
		"Settings…",
		"Quit daypass (1 profile stays valid)",
	}
	if diff := cmp.Diff(want, labels(entries)); diff != "" {
		t.Errorf("menu (-want +got):\n%s", diff)
	}
	for _, name := range []string{"Type", "a__b —", "dev —", "prod —"} {
		e := find(t, entries, name)
		if !e.Enabled {
			t.Errorf("%s can't be clicked", e.Label)
		}
		if want := image.Pt(24, 24); e.Icon != want {
			t.Errorf("%s has an icon of %s pixels, want %s", e.Label, e.Icon, want)
		}
	}

	for _, c := range []struct{ label, want string }{
		{"Type", "show p1"},
		{"a__b —", "refresh a_b false"},
		{"a__b", "console a_b"},
		{"Open daypass", "window"},
		{"Add profile", "add"},
		{"Settings", "settings"},
		{"prod — valid", "refresh prod true"},
		{"prod — until", "logout prod"},
	} {
		click(menu, find(t, entries, c.label))
		p.expect(t, c.want)
	}
	if err := item.Call("org.kde.StatusNotifierItem.Activate", 0, int32(0), int32(0)).Err; err != nil {
		t.Fatal(err)
	}
	p.expect(t, "show p1")

	click(menu, find(t, entries, "Quit"))
	if err := p.end(t); err != nil {
		t.Errorf("after Quit: %v\n%s", err, p.errs)
	}
}

func TestNoClickOfAFastSeriesIsLost(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	p.show(t, creds.Snapshot{Prompts: []creds.Prompt{code("p1", "alice", creds.SurfaceTray)}})
	menu, entries := menuOf(t, dial(t, address), w.item(t))
	line := find(t, entries, "Type")
	for range 200 {
		click(menu, line)
	}
	for range 200 {
		p.expect(t, "show p1")
	}
}

func TestAProfileIsRefreshedOnceAtATime(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	p.show(t, of(idle("dev0"), idle("dev1"), idle("dev2"), idle("slow")))
	menu, entries := menuOf(t, dial(t, address), w.item(t))
	click(menu, find(t, entries, "slow —"))
	p.expect(t, "refresh slow false")
	for i := range 3 {
		for range 5 {
			<-click(menu, find(t, entries, "slow —")).Done
		}
		name := fmt.Sprint("dev", i)
		click(menu, find(t, entries, name+" —"))
		p.expect(t, "refresh "+name+" false")
	}
}

func TestTheIconComesBackWithThePanel(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	p := startTray(t, address)
	p.show(t, creds.Snapshot{Prompts: []creds.Prompt{code("p1", "alice", creds.SurfaceTray)}})
	conn := dial(t, address)
	eventually(t, "the icon on the bus", func() bool {
		var names []string
		if err := conn.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names); err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(names, func(name string) bool {
			return strings.HasPrefix(name, "org.kde.StatusNotifierItem-")
		})
	})
	time.Sleep(200 * time.Millisecond) // its first attempt has failed by now
	for range 3 {
		w, panel := startWatcher(t, address)
		menu, entries := menuOf(t, conn, w.item(t))
		click(menu, find(t, entries, "Type"))
		p.expect(t, "show p1")
		_ = panel.Close()
	}
}

func TestTheLayoutStaysWhileTitlesChange(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	state := func(i int) creds.Snapshot {
		profiles := many(30)
		for n := range profiles {
			if (n+i)%2 == 0 {
				profiles[n].Phase = creds.PhaseRefreshing
			}
			profiles[n].LastUsed = noon
		}
		return creds.Snapshot{Profiles: profiles}
	}
	p.show(t, state(0))
	item, conn := w.item(t), dial(t, address)
	ids := func() map[int32]int {
		_, entries := menuOf(t, conn, item)
		all := make(map[int32]int)
		var walk func([]entry, int)
		walk = func(entries []entry, depth int) {
			for _, e := range entries {
				all[e.ID] = depth
				walk(e.Entries, depth+1)
			}
		}
		walk(entries, 0)
		return all
	}
	before := ids()
	for i := range 200 {
		p.show(t, state(i))
		if i%40 == 0 {
			if now := ids(); !maps.Equal(before, now) {
				t.Fatalf("after %d snapshots (-before +now):\n%s", i, cmp.Diff(before, now))
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	last := state(0)
	last.Profiles[3].Name = "account-0003-renamed"
	p.show(t, last)
	eventually(t, "the last snapshot", func() bool {
		_, entries := menuOf(t, conn, item)
		return slices.Contains(labels(entries), "> > account-0003-renamed — no credentials")
	})
	if now := ids(); !maps.Equal(before, now) {
		t.Errorf("a new name gave new items (-before +now):\n%s", cmp.Diff(before, now))
	}
}

func TestTheMenuGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	p.show(t, of())
	item, conn := w.item(t), dial(t, address)
	for _, n := range []int{3, 120, 30, 16, 0, 15, 21} {
		p.show(t, creds.Snapshot{Profiles: many(n)})
		eventually(t, fmt.Sprintf("a menu of %d profiles", n), func() bool {
			_, entries := menuOf(t, conn, item)
			found := make(map[string]bool)
			for _, label := range labels(entries) {
				if name, ok := strings.CutSuffix(label, " — no credentials"); ok {
					found[strings.TrimLeft(name, "> ")] = true
				}
			}
			return len(found) == n
		})
	}
}

func TestTheTrayEndsWithItsContextAndWithItsBus(t *testing.T) {
	t.Parallel()
	const noBus = "warning: no session bus for the tray icon: it comes with the bus"
	t.Run("context", func(t *testing.T) {
		address, _ := startBus(t)
		w, _ := startWatcher(t, address)
		p := startTray(t, address)
		p.show(t, of(idle("slow")))
		menu, entries := menuOf(t, dial(t, address), w.item(t))
		click(menu, find(t, entries, "slow —"))
		p.expect(t, "refresh slow false")
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := p.end(t); err != nil {
			t.Errorf("%v\n%s", err, p.errs)
		}
	})
	t.Run("bus", func(t *testing.T) {
		address, end := startBus(t)
		w, _ := startWatcher(t, address)
		p := startTray(t, address)
		p.show(t, of(idle("dev")))
		w.item(t)
		end()
		if err := p.end(t); err == nil || !strings.Contains(p.errs.String(), "the session bus closed") {
			t.Errorf("%v\n%s", err, p.errs)
		}
	})
	t.Run("no bus, ended", func(t *testing.T) {
		p := startTray(t, "unix:path=/nonexistent/bus", warnEnv+"=1")
		p.show(t, of(idle("dev")))
		p.expect(t, noBus)
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := p.end(t); err != nil {
			t.Errorf("%v\n%s", err, p.errs)
		}
	})
	t.Run("a bus that comes late", func(t *testing.T) {
		dir := busFolder(t)
		p := startTray(t, busAddress(dir), warnEnv+"=1")
		p.show(t, of(idle("dev")))
		p.expect(t, noBus)
		startBusIn(t, dir)
		if err := p.end(t); err == nil || !strings.Contains(p.errs.String(), "the session bus has come") {
			t.Errorf("%v\n%s", err, p.errs)
		}
	})
}

// notifications is the desktop's notification service.
type notifications struct {
	got  chan []any
	hang chan struct{} // if set, calls end when it closes
}

func (n notifications) GetCapabilities() ([]string, *dbus.Error) {
	if n.hang != nil {
		<-n.hang
	}
	return []string{"body", "body-markup"}, nil
}

func (n notifications) Notify(
	app string, _ uint32, icon, title, body string, actions []string, hints map[string]dbus.Variant, timeout int32,
) (uint32, *dbus.Error) {
	n.got <- []any{app, icon, title, body, len(actions), hints["urgency"].Value(), hints["transient"].Value(), timeout}
	return 1, nil
}

func TestOutcomesOfClicksAreNotices(t *testing.T) {
	t.Parallel()
	const service, path = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
	tests := []struct {
		name   string
		clicks []string
		title  string
		body   string
		quiet  bool
	}{
		{"success", []string{"dev"}, "dev is valid until ", "", true},
		{"failure", []string{"bad"}, "bad was not refreshed", "AWS said &lt;no&gt; to bad", false},
		{
			"several",
			[]string{"bad", "bad2"},
			"2 requests failed",
			"bad was not refreshed: AWS said &lt;no&gt; to bad\nbad2 was not refreshed: AWS said &lt;no&gt; to bad2", false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address, _ := startBus(t)
			w, _ := startWatcher(t, address)
			desktop := notifications{got: make(chan []any, 8)}
			own(t, dial(t, address), desktop, path, service)
			p := startTray(t, address)
			p.show(t, of(idle("bad"), idle("bad2"), idle("dev")))
			menu, entries := menuOf(t, dial(t, address), w.item(t))
			for _, label := range tt.clicks {
				click(menu, find(t, entries, label+" —"))
				p.expect(t, "refresh "+label+" false")
			}
			select {
			case got := <-desktop.got:
				title, _ := got[2].(string)
				urgency, expires := byte(1), int32(-1)
				if tt.quiet {
					urgency, expires = 0, 10_000
				}
				want := []any{"daypass", "", title, tt.body, 0, urgency, tt.quiet, expires}
				if diff := cmp.Diff(want, got); diff != "" || !strings.HasPrefix(title, tt.title) {
					t.Errorf("title %q (-want +got):\n%s", title, diff)
				}
			case <-time.After(patience):
				t.Fatal("no notice")
			}
		})
	}
}

func TestADesktopWithoutAnswersHoldsNothingUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		hang chan struct{}
	}{
		{"no notification service", nil},
		{"a notification service that hangs", make(chan struct{})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address, _ := startBus(t)
			w, _ := startWatcher(t, address)
			if tt.hang != nil {
				defer close(tt.hang)
				own(t, dial(t, address), notifications{hang: tt.hang},
					"/org/freedesktop/Notifications", "org.freedesktop.Notifications")
			}
			p := startTray(t, address)
			p.show(t, of(idle("bad0"), idle("bad1"), idle("bad2"), idle("dev0"), idle("dev1"), idle("dev2")))
			menu, entries := menuOf(t, dial(t, address), w.item(t))
			for i := range 3 {
				click(menu, find(t, entries, fmt.Sprintf("bad%d —", i)))
				p.expect(t, fmt.Sprintf("refresh bad%d false", i))
				time.Sleep(400 * time.Millisecond) // the notice is on its way
				click(menu, find(t, entries, fmt.Sprintf("dev%d —", i)))
				p.expect(t, fmt.Sprintf("refresh dev%d false", i))
			}
			start := time.Now()
			click(menu, find(t, entries, "Quit"))
			if err := p.end(t); err != nil || time.Since(start) > 15*time.Second {
				t.Errorf("it took %s to quit: %v\n%s", time.Since(start), err, p.errs)
			}
		})
	}
}
