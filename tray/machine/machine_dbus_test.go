//go:build linux || freebsd || openbsd || netbsd

package machine

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// inTime is how long anything may take on a machine that is busy.
const inTime = 2 * time.Minute

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>`

// startBus starts a message bus and returns its address and a way to end it.
func startBus(t *testing.T) (address string, end func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "bus") // short: a socket's path has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket, config := filepath.Join(dir, "bus"), filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, socket), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--nopidfile")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(end)
	for deadline := time.Now().Add(inTime); ; time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("unix", socket); err == nil {
			_ = conn.Close()
			return "unix:path=" + socket, end
		}
		if time.Now().After(deadline) {
			t.Fatal("no bus")
		}
	}
}

const noBus = "unix:path=/nonexistent/bus"

// watched is a Watch that runs.
type watched struct {
	reported chan string
	ended    chan error
	end      context.CancelFunc
}

// start starts to watch two buses, and waits until as many of them as are there
// are listened to.
func start(t *testing.T, session, system string, buses int) watched {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", session)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", system)
	ready := make(lines, 16)
	log := slog.New(slog.NewTextHandler(ready, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ctx, cancel := context.WithCancel(t.Context())
	w := watched{reported: make(chan string, 100), ended: make(chan error, 1), end: cancel}
	go func() {
		w.ended <- Watch(ctx, Events{
			Locked: func() { w.reported <- "locked" },
			Woke:   func() { w.reported <- "woke" },
		}, log)
	}()
	for buses > 0 {
		select {
		case line := <-ready:
			if strings.Contains(line, "listening for locks and sleep") {
				buses--
			}
		case <-time.After(inTime):
			t.Fatal("it does not listen")
		}
	}
	return w
}

// lines is a log of which nobody need read all.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	select {
	case l <- string(p):
	default:
	}
	return len(p), nil
}

// expect checks that the next event is the one wanted.
func (w watched) expect(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-w.reported:
		if got != want {
			t.Fatalf("reported %q, want %q", got, want)
		}
	case err := <-w.ended:
		t.Fatalf("it has ended: %v", err)
	case <-time.After(inTime):
		t.Fatalf("waited in vain for %q", want)
	}
}

// stop ends it, and checks that nothing else was reported.
func (w watched) stop(t *testing.T) {
	t.Helper()
	w.end()
	if err := w.wait(t); err != nil {
		t.Errorf("it ended with %v", err)
	}
	select {
	case got := <-w.reported:
		t.Errorf("%q was reported too", got)
	default:
	}
}

func (w watched) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-w.ended:
		return err
	case <-time.After(inTime):
		t.Fatal("it does not end")
		return nil
	}
}

// send emits a signal from another process.
func send(t *testing.T, address, path, signal string, args ...string) {
	t.Helper()
	args = append([]string{"--bus=" + address, "--type=signal", path, signal}, args...)
	if out, err := exec.Command("dbus-send", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestEveryDesktopsScreenLockIsReported(t *testing.T) {
	session, _ := startBus(t)
	w := start(t, session, noBus, 1)
	for _, desktop := range []struct{ path, name string }{
		{"/ScreenSaver", "org.freedesktop.ScreenSaver"},
		{"/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver"},
		{"/org/gnome/ScreenSaver", "org.gnome.ScreenSaver"},
		{"/org/mate/ScreenSaver", "org.mate.ScreenSaver"},
		{"/org/cinnamon/ScreenSaver", "org.cinnamon.ScreenSaver"},
		{"/org/xfce/ScreenSaver", "org.xfce.ScreenSaver"},
	} {
		signal := desktop.name + ".ActiveChanged"
		send(t, session, desktop.path, signal, "boolean:true")
		w.expect(t, "locked")
		send(t, session, desktop.path, signal, "boolean:false")
		// What no screen saver sends.
		send(t, session, desktop.path, signal)
		send(t, session, desktop.path, signal, "string:true")
		send(t, session, desktop.path, desktop.name+".SomethingElse", "boolean:true")
		send(t, session, desktop.path, "org.example.ScreenSaver.ActiveChanged", "boolean:true")
		send(t, session, desktop.path, signal, "boolean:true")
		w.expect(t, "locked")
	}
	w.stop(t)
}

// login1 is logind as far as sessions have users.
type login1 struct{ users map[dbus.ObjectPath]uint32 }

func (l login1) Get(m dbus.Message, of, property string) (dbus.Variant, *dbus.Error) {
	path, _ := m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	user, ok := l.users[path]
	if !ok || of != logindSession || property != "User" {
		return dbus.Variant{}, dbus.MakeFailedError(fmt.Errorf("no %s of %s %s", property, of, path))
	}
	return dbus.MakeVariant(struct {
		Number uint32
		Object dbus.ObjectPath
	}{user, "/org/freedesktop/login1/user/_0"}), nil
}

// dial connects to a bus.
func dial(t *testing.T, address string) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

const mine, theirs, over = logindPath + "/session/_31", logindPath + "/session/c2", logindPath + "/session/over"

// startLogind serves sessions of this user and of another.
func startLogind(t *testing.T, address string) *dbus.Conn {
	t.Helper()
	conn := dial(t, address)
	l := login1{map[dbus.ObjectPath]uint32{mine: uint32(os.Getuid()), theirs: uint32(os.Getuid()) + 1}}
	if err := conn.ExportSubtree(l, logindPath, properties); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(logind, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	return conn
}

func emit(t *testing.T, conn *dbus.Conn, path dbus.ObjectPath, signal string, args ...any) {
	t.Helper()
	if err := conn.Emit(path, signal, args...); err != nil {
		t.Fatal(err)
	}
}

// hint says what a screen locker has logind say.
func hint(t *testing.T, conn *dbus.Conn, path dbus.ObjectPath, of, property string, value any) {
	t.Helper()
	emit(t, conn, path, properties+".PropertiesChanged", of, map[string]dbus.Variant{property: dbus.MakeVariant(value)}, []string{})
}

func TestLogindReportsLocksAndSleep(t *testing.T) {
	const lock, sleep = "org.freedesktop.login1.Session.Lock", "org.freedesktop.login1.Manager.PrepareForSleep"
	system, _ := startBus(t)
	conn := startLogind(t, system)
	w := start(t, noBus, system, 1)
	for range 3 {
		emit(t, conn, mine, lock)
		w.expect(t, "locked")
		emit(t, conn, theirs, lock)
		emit(t, conn, mine, "org.freedesktop.login1.Session.Unlock")
		emit(t, conn, logindPath, sleep, true)
		emit(t, conn, logindPath, sleep, false)
		w.expect(t, "woke")
		hint(t, conn, mine, logindSession, "LockedHint", false)
		hint(t, conn, mine, logindSession, "LockedHint", "true")
		hint(t, conn, mine, logindSession, "IdleHint", true)
		hint(t, conn, mine, "org.freedesktop.login1.User", "LockedHint", true)
		hint(t, conn, theirs, logindSession, "LockedHint", true)
		emit(t, conn, mine, properties+".PropertiesChanged")
		emit(t, conn, logindPath, sleep)
		hint(t, conn, mine, logindSession, "LockedHint", true)
		w.expect(t, "locked")
		emit(t, conn, over, lock)
		w.expect(t, "locked")
		emit(t, conn, logindPath, sleep, false)
		w.expect(t, "woke")
	}
	w.stop(t)
}

// TestAnotherUsersProgramIsNoLogind has a program send what logind would, to all
// and to each program on the bus.
func TestAnotherUsersProgramIsNoLogind(t *testing.T) {
	system, _ := startBus(t)
	conn := startLogind(t, system)
	w := start(t, noBus, system, 1)
	pretender := dial(t, system)
	var names []string
	if err := pretender.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names); err != nil {
		t.Fatal(err)
	}
	for _, to := range append(names, "") {
		for signal, args := range map[string][]any{
			"org.freedesktop.login1.Session.Lock":            nil,
			"org.freedesktop.login1.Manager.PrepareForSleep": {false},
			properties + ".PropertiesChanged": {
				logindSession, map[string]dbus.Variant{"LockedHint": dbus.MakeVariant(true)}, []string{},
			},
		} {
			at := strings.LastIndex(signal, ".")
			m := &dbus.Message{Type: dbus.TypeSignal, Body: args, Headers: map[dbus.HeaderField]dbus.Variant{
				dbus.FieldPath: dbus.MakeVariant(mine), dbus.FieldMember: dbus.MakeVariant(signal[at+1:]),
				dbus.FieldInterface: dbus.MakeVariant(signal[:at]),
				dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf(args...)),
			}}
			if to != "" {
				m.Headers[dbus.FieldDestination] = dbus.MakeVariant(to)
			}
			if call := pretender.Send(m, nil); call.Err != nil {
				t.Fatal(call.Err)
			}
		}
	}
	// The bus has handed out all of that when it answers this.
	if err := pretender.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Err; err != nil {
		t.Fatal(err)
	}
	emit(t, conn, mine, "org.freedesktop.login1.Session.Lock")
	w.expect(t, "locked")
	w.stop(t)
}

func TestTheOtherBusIsEnough(t *testing.T) {
	session, endSession := startBus(t)
	system, endSystem := startBus(t)
	conn := startLogind(t, system)
	w := start(t, session, system, 2)
	send(t, session, "/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", "boolean:true")
	w.expect(t, "locked")
	endSession()
	emit(t, conn, mine, "org.freedesktop.login1.Session.Lock")
	w.expect(t, "locked")
	endSystem()
	err := w.wait(t)
	for _, want := range []string{"session bus: it has closed", "system bus: it has closed"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestWithoutABusItEnds(t *testing.T) {
	for _, address := range []string{noBus, "disabled:", "nonsense"} {
		w := start(t, address, address, 0)
		err := w.wait(t)
		if err == nil || !strings.Contains(err.Error(), "session bus: ") || !strings.Contains(err.Error(), "system bus: ") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestABusThatHangsIsLeft(t *testing.T) {
	dir, err := os.MkdirTemp("", "bus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	listener, err := net.Listen("unix", filepath.Join(dir, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	system, _ := startBus(t)
	conn := startLogind(t, system)
	w := start(t, "unix:path="+listener.Addr().String(), system, 1)
	caller, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	emit(t, conn, mine, "org.freedesktop.login1.Session.Lock")
	w.expect(t, "locked")
	w.stop(t)
	_ = caller.SetReadDeadline(time.Now().Add(inTime))
	buffer := make([]byte, 1024)
	for {
		if _, err := caller.Read(buffer); err != nil {
			if os.IsTimeout(err) {
				t.Error("the connection is still open")
			}
			return
		}
	}
}

func TestEventsWaitForEachOther(t *testing.T) {
	session, _ := startBus(t)
	system, _ := startBus(t)
	conn := startLogind(t, system)
	w := start(t, session, system, 2)
	for range 100 { // more than any channel between holds
		emit(t, conn, logindPath, "org.freedesktop.login1.Manager.PrepareForSleep", false)
	}
	for range 100 {
		w.expect(t, "woke")
	}
	w.stop(t)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ready := make(lines, 16)
	log := slog.New(slog.NewTextHandler(ready, &slog.HandlerOptions{Level: slog.LevelDebug}))
	begun, goOn := make(chan string), make(chan struct{})
	var one sync.Mutex
	event := func(name string) func() {
		return func() {
			if !one.TryLock() {
				t.Error("two at a time")
			}
			defer one.Unlock()
			begun <- name
			<-goOn
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- Watch(ctx, Events{Locked: event("locked"), Woke: event("woke")}, log) }()
	for range 2 {
		<-ready
	}
	send(t, session, "/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", "boolean:true")
	if got := <-begun; got != "locked" {
		t.Fatal(got)
	}
	emit(t, conn, logindPath, "org.freedesktop.login1.Manager.PrepareForSleep", false)
	send(t, session, "/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", "boolean:true")
	for range 2 {
		goOn <- struct{}{}
		<-begun
	}
	goOn <- struct{}{}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestEventsThatNobodyWants(t *testing.T) {
	system, _ := startBus(t)
	conn := startLogind(t, system)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", noBus)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", system)
	said := make(lines, 100)
	log := slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Watch(ctx, Events{}, log) }()
	for _, wait := range []struct {
		line string
		next func()
	}{
		{"listening", func() { emit(t, conn, mine, "org.freedesktop.login1.Session.Lock") }},
		{"the screen is locked", func() { emit(t, conn, logindPath, "org.freedesktop.login1.Manager.PrepareForSleep", false) }},
		{"the machine has woken up", cancel},
	} {
		for !strings.Contains(<-said, wait.line) {
		}
		wait.next()
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
