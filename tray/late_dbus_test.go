//go:build linux || freebsd || openbsd || netbsd

package tray_test

import (
	"bytes"
	"fmt"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/packaging/icons"
	"daypass/tray"
)

// shyWatcher refuses a number of items, as one that has its name before it is ready.
type shyWatcher struct {
	refuses atomic.Int32
	watcherObject
}

func (o *shyWatcher) RegisterStatusNotifierItem(path string, sender dbus.Sender) *dbus.Error {
	if o.refuses.Add(-1) >= 0 {
		return dbus.NewError("org.freedesktop.DBus.Error.UnknownMethod", []any{"not yet"})
	}
	return o.watcherObject.RegisterStatusNotifierItem(path, sender)
}

func TestAWatcherThatIsNotReadyAtFirstGetsTheIcon(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before the agent", "after the agent"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			address, _ := startBus(t)
			conn, w := dial(t, address), &watcher{items: make(chan dbus.BusObject, 8)}
			shy := &shyWatcher{watcherObject: watcherObject{conn, w}}
			shy.refuses.Store(2)
			if when == "before the agent" {
				own(t, conn, shy, "/StatusNotifierWatcher", watcherName)
			}
			p := startTray(t, address)
			p.show(t, creds.Snapshot{Prompts: []creds.Prompt{code("p1", "alice", creds.SurfaceTray)}})
			if when == "after the agent" {
				onBus(t, conn)
				own(t, conn, shy, "/StatusNotifierWatcher", watcherName)
			}
			menu, entries := menuOf(t, conn, w.item(t))
			click(menu, find(t, entries, "Type"))
			p.expect(t, "show p1")
		})
	}
}

// onBus waits for the icon's name on the bus.
func onBus(t *testing.T, conn *dbus.Conn) {
	t.Helper()
	eventually(t, "the icon on the bus", func() bool {
		var names []string
		if err := conn.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names); err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(names, func(name string) bool {
			return strings.HasPrefix(name, "org.kde.StatusNotifierItem-")
		})
	})
}

// TestAnIconThatIsThereIsNotRegisteredAgain has a watcher that says what it has, in
// each of the ways that there are.
func TestAnIconThatIsThereIsNotRegisteredAgain(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"the unique name and the path", "the unique name", "the well-known name and the path"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			address, _ := startBus(t)
			w, conn := startWatcher(t, address)
			asked := make(chan struct{}, 8)
			p := startTray(t, address)
			props, err := prop.Export(conn, "/StatusNotifierWatcher", prop.Map{watcherName: {
				"RegisteredStatusNotifierItems": {Value: []string{":1.99/other"}, Writable: true, Emit: prop.EmitFalse},
			}})
			if err != nil {
				t.Fatal(err)
			}
			p.show(t, of(idle("dev")))
			item := w.item(t)
			name := item.Destination()
			switch way {
			case "the unique name and the path":
				name += "/StatusNotifierItem"
			case "the well-known name and the path":
				name = fmt.Sprintf("org.kde.StatusNotifierItem-%d-1/StatusNotifierItem", p.cmd.Process.Pid)
			}
			props.SetMust(watcherName, "RegisteredStatusNotifierItems", []string{":1.99/other", name})
			select {
			case <-w.items:
				t.Error("it was registered twice")
			case <-asked:
			case <-time.After(3 * time.Second):
			}
		})
	}
}

// TestTheIconComesBackAfterANoticeWasClosed has a notice go, of which its service
// sends a signal, before the panel begins anew.
func TestTheIconComesBackAfterANoticeWasClosed(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, panel := startWatcher(t, address)
	desktop := startService(t, address, false, "actions")
	p := startTray(t, address)
	p.turnOver(t, w, "corp")
	desktop.click(t, desktop.next(t), "0")
	p.expect(t, "sign in to corp false")
	_ = panel.Close()
	w, panel = startWatcher(t, address)
	defer func() { _ = panel.Close() }()
	menu, entries := menuOf(t, dial(t, address), w.item(t))
	click(menu, find(t, entries, "Open daypass"))
	p.expect(t, "window")
}

func TestTheIconIsRightBeforeTheFirstChange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		snapshot creds.Snapshot
		want     icons.State
	}{
		{"nothing", of(), icons.Idle},
		{"a session", of(session("prod", 10*time.Hour)), icons.Valid},
		{"a question", creds.Snapshot{Prompts: []creds.Prompt{code("p1", "alice", creds.SurfaceTray)}}, icons.Attention},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address, _ := startBus(t)
			w, _ := startWatcher(t, address)
			p := startTray(t, address)
			p.show(t, tt.snapshot)
			value, err := w.item(t).GetProperty("org.kde.StatusNotifierItem.IconPixmap")
			if err != nil {
				t.Fatal(err)
			}
			var got []struct {
				W, H int32
				ARGB []byte
			}
			if err := dbus.Store([]any{value.Value()}, &got); err != nil || len(got) != 1 {
				t.Fatalf("%d pictures: %v", len(got), err)
			}
			data, err := tray.Drawn(tt.want)
			if err != nil {
				t.Fatal(err)
			}
			want, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			var argb []byte
			for y := range want.Bounds().Dy() {
				for x := range want.Bounds().Dx() {
					r, g, b, a := want.At(x, y).RGBA()
					argb = append(argb, byte(a>>8), byte(r>>8), byte(g>>8), byte(b>>8))
				}
			}
			// systray takes the low byte of each colour, which is the same where
			// there is no half transparency.
			if int(got[0].W) != want.Bounds().Dx() || !bytes.Equal(solid(argb), solid(got[0].ARGB)) {
				t.Errorf("the first picture is not %q", tt.want)
			}
		})
	}
}

// solid returns which pixels are opaque, and their colours.
func solid(argb []byte) []byte {
	out := slices.Clone(argb)
	for i := 0; i+4 <= len(out); i += 4 {
		if out[i] != 0xff {
			copy(out[i:], []byte{0, 0, 0, 0})
		}
	}
	return out
}

// TestASubmenuNeverLosesItsLines reads the menu at random moments while it grows,
// shrinks and changes, as panels do: a submenu that is there has lines.
func TestASubmenuNeverLosesItsLines(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	random := rand.New(rand.NewPCG(1, 2))
	p.show(t, creds.Snapshot{Profiles: many(1)})
	item, conn := w.item(t), dial(t, address)
	menu, _ := menuOf(t, conn, item)

	stop, stopped := make(chan struct{}), make(chan struct{})
	quiet := sync.OnceFunc(func() {
		close(stop)
		<-stopped
	})
	defer quiet()
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(random.IntN(30)) * time.Millisecond):
			}
			s := creds.Snapshot{Profiles: many(random.IntN(60))}
			for i := range s.Profiles {
				switch random.IntN(6) {
				case 0:
					s.Profiles[i] = session(s.Profiles[i].Name, time.Hour)
				case 1:
					s.Profiles[i].Phase = creds.PhaseRefreshing
				case 2:
					s.Profiles[i].Session = "corp"
				}
			}
			for i := range random.IntN(4) {
				one := nowOver(fmt.Sprint("session-", i))
				if random.IntN(2) == 0 {
					one = nowValid(one.ID)
				}
				s.Sessions = append(s.Sessions, one)
			}
			for i := range random.IntN(3) {
				b := creds.Bookmark{Name: fmt.Sprint("Page ", i)}
				if len(s.Profiles) > 0 && random.IntN(2) == 0 {
					b.Profiles = []string{"account-0000"}
				}
				s.Bookmarks = append(s.Bookmarks, b)
			}
			for i := range random.IntN(9) {
				s.Prompts = append(s.Prompts, code(fmt.Sprint("p", i), "alice", creds.SurfaceTray))
			}
			p.show(t, s)
		}
	}()
	var last uint32
	for range 80 {
		var revision uint32
		var root []any
		if err := menu.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
			t.Fatal(err)
		}
		if revision < last {
			t.Errorf("revision %d came after %d", revision, last)
		}
		last = revision
		var empty []string
		var walk func(node []any, depth int)
		walk = func(node []any, depth int) {
			props := node[1].(map[string]dbus.Variant)
			if visible, ok := props["visible"]; ok && !visible.Value().(bool) {
				return
			}
			lines := 0
			for _, child := range node[2].([]dbus.Variant) {
				fields := child.Value().([]any)
				if visible, ok := fields[1].(map[string]dbus.Variant)["visible"]; !ok || visible.Value().(bool) {
					lines++
				}
				walk(fields, depth+1)
			}
			label, _ := props["label"].Value().(string)
			submenu := props["children-display"].Value() == "submenu"
			for _, always := range []string{"Open the console", "Log out", "All "} {
				submenu = submenu || depth == 1 && strings.HasPrefix(label, always)
			}
			if submenu && lines == 0 {
				empty = append(empty, label)
			}
			if _, line := props["enabled"]; line && label == "" {
				empty = append(empty, fmt.Sprint("the line ", node[0], ", which has no text"))
			}
		}
		walk(root, 0)
		if len(empty) > 0 {
			t.Fatalf("at revision %d there is nothing in %q", revision, empty)
		}
	}
	quiet()
	if last < 100 {
		t.Errorf("the menu changed %d times", last)
	}

	// What is read when all is quiet is what the last snapshot has.
	p.show(t, of(idle("dev")))
	want := []string{"daypass: no credentials", "Open daypass", "Open the console", "> dev", "----", "dev — no credentials", "----", "Add profile…", "Settings…", "Quit daypass"}
	var got []string
	defer func() {
		if t.Failed() {
			t.Log(cmp.Diff(want, got))
		}
	}()
	eventually(t, "the last snapshot", func() bool {
		_, entries := menuOf(t, conn, item)
		got = labels(entries)
		return cmp.Equal(want, got)
	})
}
