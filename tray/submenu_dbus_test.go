//go:build linux || freebsd || openbsd || netbsd

package tray_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"daypass/creds"
)

const menuFace = "com.canonical.dbusmenu"

// plasma is what the panel of KDE Plasma knows of a menu: of each line whether it had
// a submenu when it was first read.
type plasma struct {
	menu    dbus.BusObject
	submenu map[int32]bool
}

// read reads all lines, hidden ones, too, and fails the test for each that has come by
// a submenu, which the panel would not show. It returns the labels of those that can
// be seen, with their numbers.
func (p *plasma) read(t *testing.T, when string) map[string]int32 {
	t.Helper()
	root := p.settled(t)
	seen := make(map[string]int32)
	var walk func(children []dbus.Variant)
	walk = func(children []dbus.Variant) {
		for _, child := range children {
			fields := child.Value().([]any)
			id, props := fields[0].(int32), fields[1].(map[string]dbus.Variant)
			display, has := props["children-display"]
			has = has && display.Value() == "submenu"
			if visible, ok := props["visible"]; (!ok || visible.Value() == true) && props["label"].Value() != nil {
				seen[props["label"].Value().(string)] = id
			}
			if had, known := p.submenu[id]; known && had != has {
				t.Errorf("%s: %v had a submenu at first: %t, now: %t", when, props["label"], had, has)
			}
			p.submenu[id] = has
			walk(fields[2].([]dbus.Variant))
		}
	}
	walk(root[2].([]dbus.Variant))
	return seen
}

// settled returns the menu when it changes no more: a line is there for a moment before
// the submenu that it comes by, as systray adds one after the other.
func (p *plasma) settled(t *testing.T) (root []any) {
	t.Helper()
	var last uint32
	same := 0
	eventually(t, "a menu that changes no more", func() bool {
		var revision uint32
		if err := p.menu.Call(menuFace+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
			t.Fatal(err)
		}
		if revision != last {
			same, last = 0, revision
		}
		same++
		return same > 5
	})
	return root
}

// readBy reads until a line is there.
func (p *plasma) readBy(t *testing.T, prefix string) int32 {
	t.Helper()
	var id int32
	eventually(t, prefix, func() bool {
		for label, is := range p.read(t, prefix) {
			if strings.HasPrefix(label, prefix) {
				id = is
				return true
			}
		}
		return false
	})
	return id
}

// withSessions returns profiles of which the first ones hold credentials.
func withSessions(profiles, sessions int) creds.Snapshot {
	s := creds.Snapshot{Profiles: many(profiles)}
	for i := range sessions {
		s.Profiles[i] = session(s.Profiles[i].Name, 10*time.Hour)
	}
	return s
}

// TestALineThatIsThereComesByNoSubmenu has a panel that learns only once whether a line
// has a submenu read the menu from its beginning.
func TestALineThatIsThereComesByNoSubmenu(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	p.show(t, of())
	item, conn := w.item(t), dial(t, address)
	menu, _ := menuOf(t, conn, item)
	panel := &plasma{menu, make(map[int32]bool)}
	panel.readBy(t, "No profile can be used yet")

	p.show(t, withSessions(30, 1))
	panel.readBy(t, "All 30 profiles")
	panel.readBy(t, "Log out")
	p.show(t, withSessions(120, 40))
	panel.readBy(t, "All 120 profiles")

	s := creds.Snapshot{Profiles: many(3)}
	for i := range 9 {
		s.Prompts = append(s.Prompts, code(fmt.Sprint("p", i), fmt.Sprint("alice", i), creds.SurfaceTray))
	}
	p.show(t, s)
	panel.readBy(t, "and 6 more")
	// The lines of the console's submenu come by submenus of their own: bookmarks.
	s.Prompts = nil
	s.Profiles = many(200)
	s.Bookmarks = []creds.Bookmark{{Name: "logs", URL: "https://console.aws.amazon.com/"}}
	p.show(t, s)
	panel.readBy(t, "All 200 profiles")
	panel.readBy(t, "logs")
}

// TestPanelsHearWhichSubmenuHasGotLines: one that reads a submenu when it is first
// opened, and not again, hears of what comes later.
func TestPanelsHearWhichSubmenuHasGotLines(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	p.show(t, withSessions(3, 1))
	item, conn := w.item(t), dial(t, address)
	menu, _ := menuOf(t, conn, item)
	panel := &plasma{menu, make(map[int32]bool)}
	end := panel.readBy(t, "Log out")
	console := panel.readBy(t, "Open the console")

	signals := make(chan *dbus.Signal, 1<<12)
	conn.Signal(signals)
	if err := conn.AddMatchSignal(dbus.WithMatchInterface(menuFace), dbus.WithMatchMember("LayoutUpdated")); err != nil {
		t.Fatal(err)
	}
	// hear waits until a panel has heard twice of a submenu: Plasma's passes over one.
	hear := func(what string, id int32) {
		t.Helper()
		for heard := 0; heard < 2; {
			select {
			case s := <-signals:
				if len(s.Body) == 2 && s.Body[1] == id {
					heard++
				}
			case <-time.After(patience):
				t.Fatalf("nobody heard of %s", what)
			}
		}
	}
	p.show(t, withSessions(3, 2))
	hear("the second session", end)
	// The first opening has all submenus read, before the person gets there.
	if err := menu.Call(menuFace+".Event", 0, int32(0), "opened", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
		t.Fatal(err)
	}
	hear("the console's submenu", console)
}
