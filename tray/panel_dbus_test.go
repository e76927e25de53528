//go:build linux || freebsd || openbsd || netbsd

package tray_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"daypass/creds"
)

// patience is how long anything may take on a machine that is busy.
const patience = 2 * time.Minute

// eventually waits for a condition that other processes bring about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
  <limit name="max_replies_per_connection">10000</limit>
</busconfig>`

// startBus starts a message bus on which nothing is started on demand, and
// returns its address and a way to end it.
func startBus(t *testing.T) (address string, end func()) {
	t.Helper()
	return startBusIn(t, busFolder(t))
}

// busFolder makes a folder for a bus.
func busFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tray") // short: a socket's path has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// busAddress is the address of the bus in a folder.
func busAddress(dir string) string { return "unix:path=" + filepath.Join(dir, "bus") }

// startBusIn is startBus for a folder that is there.
func startBusIn(t *testing.T, dir string) (address string, end func()) {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Fatal(err)
	}
	socket, config := filepath.Join(dir, "bus"), filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, socket), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(daemon, "--config-file="+config, "--nofork", "--nopidfile")
	words := new(strings.Builder)
	cmd.Stderr = words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the bus says: %s", words)
		}
	})
	t.Cleanup(end)
	eventually(t, "the bus", func() bool {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	return busAddress(dir), end
}

// dial connects to the bus.
func dial(t *testing.T, address string) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// own serves an object under a name that anybody may have.
func own(t *testing.T, conn *dbus.Conn, object any, path dbus.ObjectPath, name string) {
	t.Helper()
	if err := conn.Export(object, path, name); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("%s: %v %v", name, reply, err)
	}
}

// watcher is what a panel offers to tray icons.
type watcher struct{ items chan dbus.BusObject }

type watcherObject struct {
	conn *dbus.Conn
	w    *watcher
}

func (o watcherObject) RegisterStatusNotifierItem(path string, sender dbus.Sender) *dbus.Error {
	o.w.items <- o.conn.Object(string(sender), dbus.ObjectPath(path))
	return nil
}

// startWatcher starts a panel on a connection of its own, which ends it.
func startWatcher(t *testing.T, address string) (*watcher, *dbus.Conn) {
	t.Helper()
	conn, w := dial(t, address), &watcher{items: make(chan dbus.BusObject, 8)}
	own(t, conn, watcherObject{conn, w}, "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher")
	return w, conn
}

// item waits for the icon to register.
func (w *watcher) item(t *testing.T) dbus.BusObject {
	t.Helper()
	select {
	case item := <-w.items:
		return item
	case <-time.After(patience):
		t.Fatal("no icon has registered")
		return nil
	}
}

// process is a program with a tray icon, see child.
type process struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	said chan string
	errs *strings.Builder
	gone chan error
}

func startTray(t *testing.T, address string, env ...string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=1", "DBUS_SESSION_BUS_ADDRESS="+address,
		// systray 1.12.2 reads its menu's version in GetLayout without the
		// lock that refresh writes it under. The race detector still prints
		// what it finds; it must not fail the child now and then for that.
		"GORACE=exitcode=0")
	cmd.Env = append(cmd.Env, env...)
	p := &process{cmd: cmd, said: make(chan string, 1000), errs: new(strings.Builder), gone: make(chan error, 1)}
	cmd.Stderr = p.errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.in = in
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.said <- lines.Text()
		}
		close(p.said)
		p.gone <- cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		for range p.said { // until the process is gone
		}
	})
	return p
}

// show sends a snapshot.
func (p *process) show(t *testing.T, s creds.Snapshot) {
	t.Helper()
	line, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
}

// expect waits for the next action and checks that it is the one wanted.
func (p *process) expect(t *testing.T, want string) {
	t.Helper()
	select {
	case got, ok := <-p.said:
		if !ok || got != want {
			t.Fatalf("action %q, want %q", got, want)
		}
	case <-time.After(patience):
		t.Fatalf("waited in vain for the action %q", want)
	}
}

// end waits for the process to end.
func (p *process) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.gone:
		return err
	case <-time.After(patience):
		t.Fatal("the process does not end")
		return nil
	}
}

// entry is an item of the menu as the panel gets it.
type entry struct {
	ID      int32
	Label   string
	Enabled bool
	Icon    image.Point // its size
	Entries []entry
}

// menuOf returns the visible entries of an icon's menu, and the menu's object.
func menuOf(t *testing.T, conn *dbus.Conn, item dbus.BusObject) (dbus.BusObject, []entry) {
	t.Helper()
	path, err := item.GetProperty("org.kde.StatusNotifierItem.Menu")
	if err != nil {
		t.Fatal(err)
	}
	menu := conn.Object(item.Destination(), path.Value().(dbus.ObjectPath))
	var revision uint32
	var root []any
	read := func() {
		call := menu.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{})
		root = nil
		if err := call.Store(&revision, &root); err != nil {
			t.Fatal(err)
		}
	}
	read()
	read() // systray answers the first call with the top level only
	return menu, toEntries(root[2].([]dbus.Variant))
}

func toEntries(children []dbus.Variant) []entry {
	var entries []entry
	for _, child := range children {
		fields := child.Value().([]any)
		props := fields[1].(map[string]dbus.Variant)
		if visible, ok := props["visible"]; ok && !visible.Value().(bool) {
			continue
		}
		e := entry{ID: fields[0].(int32), Entries: toEntries(fields[2].([]dbus.Variant))}
		if kind, ok := props["type"]; ok && kind.Value() == "separator" {
			e.Label = "----"
		} else {
			e.Label = props["label"].Value().(string)
			e.Enabled = props["enabled"].Value().(bool)
			data, _ := props["icon-data"].Value().([]byte)
			if icon, err := png.DecodeConfig(bytes.NewReader(data)); err == nil {
				e.Icon = image.Pt(icon.Width, icon.Height)
			}
		}
		entries = append(entries, e)
	}
	return entries
}

func labels(entries []entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Label)
		for _, label := range labels(e.Entries) {
			all = append(all, "> "+label)
		}
	}
	return all
}

// find returns the entry whose label starts so, at any depth.
func find(t *testing.T, entries []entry, prefix string) entry {
	t.Helper()
	var search func(entries []entry) (entry, bool)
	search = func(entries []entry) (entry, bool) {
		for _, e := range entries {
			if strings.HasPrefix(e.Label, prefix) {
				return e, true
			}
			if e, ok := search(e.Entries); ok {
				return e, true
			}
		}
		return entry{}, false
	}
	e, ok := search(entries)
	if !ok {
		t.Fatalf("no entry %q in %q", prefix, labels(entries))
	}
	return e
}

// click clicks as libdbusmenu does.
func click(menu dbus.BusObject, e entry) *dbus.Call {
	return menu.Go("com.canonical.dbusmenu.Event", 0, make(chan *dbus.Call, 1),
		e.ID, "clicked", dbus.MakeVariant(int32(0)), uint32(0))
}
