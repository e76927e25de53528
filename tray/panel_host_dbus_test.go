//go:build linux || freebsd || openbsd || netbsd

package tray_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"daypass/creds"
)

const watcherName = "org.kde.StatusNotifierWatcher"

// TestADesktopWithoutATrayIsNoticedOnce waits for as long as a panel may take.
func TestADesktopWithoutATrayIsNoticedOnce(t *testing.T) {
	t.Parallel()
	const watcherPath = "/StatusNotifierWatcher"
	// registered serves the property that says whether there is a panel.
	registered := func(t *testing.T, conn *dbus.Conn, is any) {
		t.Helper()
		_, err := prop.Export(conn, watcherPath, prop.Map{watcherName: {
			"IsStatusNotifierHostRegistered": {Value: is, Emit: prop.EmitFalse},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name    string
		desktop func(t *testing.T, address string) *watcher // before the start
		missed  bool
	}{
		{"nothing collects icons", nil, true},
		{"a watcher without a panel", func(t *testing.T, address string) *watcher {
			t.Helper()
			w, conn := startWatcher(t, address)
			registered(t, conn, false)
			return w
		}, true},
		{"a panel", func(t *testing.T, address string) *watcher {
			t.Helper()
			w, conn := startWatcher(t, address)
			registered(t, conn, true)
			return w
		}, false},
		{"a watcher that does not say", func(t *testing.T, address string) *watcher {
			t.Helper()
			w, _ := startWatcher(t, address)
			return w
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address, _ := startBus(t)
			var w *watcher
			if tt.desktop != nil {
				w = tt.desktop(t, address)
			}
			p := startTray(t, address, hostlessEnv+"=1")
			p.show(t, creds.Snapshot{Prompts: []creds.Prompt{code("p1", "alice", creds.SurfaceTray)}})
			if tt.missed {
				p.expect(t, "no host")
			}
			if w == nil {
				// The panel is installed meanwhile.
				w, _ = startWatcher(t, address)
			}
			menu, entries := menuOf(t, dial(t, address), w.item(t))
			if !tt.missed {
				select {
				case said := <-p.said:
					t.Errorf("it says %q", said)
				case <-time.After(10 * time.Second):
				}
			}
			click(menu, find(t, entries, "Type"))
			p.expect(t, "show p1")
		})
	}
}

// TestAPanelThatComesAndGoesIsReported has a watcher begin and end, and one whose panel
// does, after the time in which a panel is waited for.
func TestAPanelThatComesAndGoesIsReported(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	p := startTray(t, address, hostlessEnv+"=1")
	p.show(t, of(idle("dev")))
	p.expect(t, "no host")
	_, conn := startWatcher(t, address)
	p.expect(t, "host true")
	_ = conn.Close()
	p.expect(t, "host false")

	conn = dial(t, address)
	props, err := prop.Export(conn, "/StatusNotifierWatcher", prop.Map{watcherName: {
		"IsStatusNotifierHostRegistered": {Value: false, Writable: true, Emit: prop.EmitFalse},
	}})
	if err != nil {
		t.Fatal(err)
	}
	own(t, conn, watcherObject{conn, &watcher{items: make(chan dbus.BusObject, 8)}}, "/StatusNotifierWatcher", watcherName)
	for _, there := range []bool{true, false} {
		props.SetMust(watcherName, "IsStatusNotifierHostRegistered", there)
		signal := map[bool]string{true: "StatusNotifierHostRegistered", false: "StatusNotifierHostUnregistered"}[there]
		if err := conn.Emit("/StatusNotifierWatcher", watcherName+"."+signal); err != nil {
			t.Fatal(err)
		}
		p.expect(t, fmt.Sprint("host ", there))
	}
}
