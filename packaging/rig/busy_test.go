//go:build linux

package rig_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"daypass/packaging/rig"
)

// stubborn is a tray icon whose menu cannot be read at first, and that passes over
// the first clicks, as one that is being changed on a busy machine.
type stubborn struct {
	mu     sync.Mutex
	unread int
	clicks chan int32
}

func (s *stubborn) Get(_, name string) (dbus.Variant, *dbus.Error) {
	if name != "Menu" {
		return dbus.Variant{}, dbus.MakeFailedError(errors.New("no such property"))
	}
	return dbus.MakeVariant(dbus.ObjectPath("/Menu")), nil
}

func (s *stubborn) GetAll(string) (map[string]dbus.Variant, *dbus.Error) {
	return map[string]dbus.Variant{
		"Id": dbus.MakeVariant("stubborn"), "Category": dbus.MakeVariant("ApplicationStatus"),
		"Status": dbus.MakeVariant("Active"), "IconName": dbus.MakeVariant("help-about"),
		"Menu": dbus.MakeVariant(dbus.ObjectPath("/Menu")),
	}, nil
}

type stubbornLine struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

func (s *stubborn) GetLayout(int32, int32, []string) (uint32, stubbornLine, *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unread > 0 {
		s.unread--
		return 0, stubbornLine{}, dbus.MakeFailedError(errors.New("there is no such submenu any more"))
	}
	line := stubbornLine{7, map[string]dbus.Variant{"label": dbus.MakeVariant("Line")}, []dbus.Variant{}}
	return 1, stubbornLine{0, map[string]dbus.Variant{}, []dbus.Variant{dbus.MakeVariant(line)}}, nil
}

func (s *stubborn) Event(id int32, _ string, _ dbus.Variant, _ uint32) *dbus.Error {
	s.clicks <- id
	return nil
}

// showStubborn puts the icon into the tray. The panel reads its menu, too.
func showStubborn(ctx context.Context, t *testing.T, d *rig.Desktop, s *stubborn) *rig.Item {
	t.Helper()
	bus := d.Bus()
	for _, export := range []struct {
		path dbus.ObjectPath
		face string
	}{
		{"/StatusNotifierItem", "org.freedesktop.DBus.Properties"},
		{"/Menu", "com.canonical.dbusmenu"},
	} {
		if err := bus.Export(s, export.path, export.face); err != nil {
			t.Fatal(err)
		}
	}
	const watcher = "org.kde.StatusNotifierWatcher"
	if err := bus.Object(watcher, "/StatusNotifierWatcher").CallWithContext(ctx, watcher+".RegisterStatusNotifierItem", 0, "/StatusNotifierItem").Err; err != nil {
		t.Fatal(err)
	}
	item, err := d.Tray.Item(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func TestALineIsClickedThoughTheMenuCannotBeReadForAMoment(t *testing.T) {
	d, ctx := start(t)
	s := &stubborn{clicks: make(chan int32, 1)}
	item := showStubborn(ctx, t, d, s)
	s.mu.Lock()
	s.unread = 5
	s.mu.Unlock()
	if err := item.Click(ctx, "Li"); err != nil {
		t.Fatal(err)
	}
	if id := <-s.clicks; id != 7 {
		t.Errorf("the line %d was clicked", id)
	}
}

func TestAClickWithoutAnEffectIsMadeAgainAndOneThatFailsIsNot(t *testing.T) {
	d, ctx := start(t)
	s := &stubborn{clicks: make(chan int32, 9)}
	item := showStubborn(ctx, t, d, s)
	seen := 0
	third := func(ctx context.Context) error {
		for {
			select {
			case <-s.clicks:
				if seen++; seen == 3 {
					return nil
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	if err := item.ClickUntil(ctx, 100*time.Millisecond, third, "Line"); err != nil {
		t.Fatal(err)
	}
	no := errors.New("AWS said no")
	if err := item.ClickUntil(ctx, time.Minute, func(context.Context) error { return no }, "Line"); !errors.Is(err, no) {
		t.Errorf("what came of the click is %v", err)
	}
	if n := len(s.clicks); n != 1 {
		t.Errorf("%d clicks were made where one had failed", n)
	}
}

// pidOf returns the process of a part of the desktop.
func pidOf(t *testing.T, dir, name string) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		env, _ := os.ReadFile(file)
		comm, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "comm"))
		if strings.TrimSpace(string(comm)) == name && bytes.Contains(env, []byte("XDG_RUNTIME_DIR="+dir+"/")) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatalf("%s does not run", name)
	return 0
}

// openWindow opens a window that prints the keys it gets.
func openWindow(ctx context.Context, t *testing.T, d *rig.Desktop, title string) (rig.Window, *lockedBuffer) {
	t.Helper()
	cmd := command(ctx, d, "xev", "-name", title, "-event", "keyboard")
	out := &lockedBuffer{}
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	window, err := d.Windows.Wait(ctx, title)
	if err != nil {
		t.Fatal(err)
	}
	return window, out
}

// A window manager that is busy answers late, and says meanwhile that no window has
// the keyboard.
func TestAWindowGetsItsKeysThoughTheWindowManagerIsSlow(t *testing.T) {
	dir := shortDir(t)
	d, ctx := startIn(t, dir)
	one, keys := openWindow(ctx, t, d, "one")
	two, _ := openWindow(ctx, t, d, "two")
	if err := two.Focus(ctx); err != nil {
		t.Fatal(err)
	}
	manager := pidOf(t, dir, "openbox")
	if err := syscall.Kill(manager, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if out, err := command(ctx, d, "xprop", "-root", "-remove", "_NET_ACTIVE_WINDOW").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	typed := make(chan error, 1)
	go func() { typed <- one.Type(ctx, "4") }()
	select {
	case err := <-typed:
		t.Errorf("typing ended before any window had the keyboard: %v", err)
		typed <- nil
	case <-time.After(time.Second):
	}
	if err := syscall.Kill(manager, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := <-typed; err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(keys.String(), "keysym 0x34, 4") && !t.Failed() {
		if ctx.Err() != nil {
			t.Fatalf("the key did not arrive; xev printed\n%s", keys.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAWindowThatHasClosedIsNotWaitedFor(t *testing.T) {
	d, ctx := start(t)
	window, _ := openWindow(ctx, t, d, "closing")
	if err := window.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.Windows.WaitGone(ctx, "closing"); err != nil {
		t.Fatal(err)
	}
	if err := window.Focus(ctx); err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "not on the screen any more") {
		t.Errorf("the error is %v", err)
	}
}

func TestAKeyThatIsHeldTypesOneLetter(t *testing.T) {
	d, ctx := start(t)
	window, keys := openWindow(ctx, t, d, "held")
	if err := window.Focus(ctx); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"keydown", "7"}, {"sleep", "1.5"}, {"keyup", "7"}, {"key", "Escape"}} {
		if out, err := command(ctx, d, "xdotool", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for !strings.Contains(keys.String(), "Escape") {
		if ctx.Err() != nil {
			t.Fatal("no key arrived")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := strings.Count(keys.String(), "KeyPress"); n != 2 {
		t.Errorf("%d keys arrived, want 2", n)
	}
}

func TestStillPartsAreDistinguishedFromMovingOnes(t *testing.T) {
	part := image.Rect(0, 0, 100, 100)
	picture := func(shade byte, pixels int) *image.RGBA {
		img := image.NewRGBA(part)
		for i := range 4 * pixels {
			img.Pix[i] = shade
		}
		return img
	}
	for name, c := range map[string]struct {
		shown func(i int) *image.RGBA
		want  bool
	}{
		"one picture is still":             {func(int) *image.RGBA { return picture(1, 5000) }, true},
		"a cursor may blink":               {func(i int) *image.RGBA { return picture(byte(i), 40) }, true},
		"what is drawn anew does not":      {func(i int) *image.RGBA { return picture(byte(i), 5000) }, false},
		"a small change at a time adds up": {func(i int) *image.RGBA { return picture(1, 60*i) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			still, got := rig.Still(part), false
			for i := range 40 {
				got = got || still(c.shown(i))
				time.Sleep(20 * time.Millisecond)
			}
			if got != c.want {
				t.Errorf("it is still: %t", got)
			}
		})
	}
}
