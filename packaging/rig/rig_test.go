//go:build linux

package rig_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/systray"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"daypass/packaging/icons"
	"daypass/packaging/rig"
)

// helper makes this test binary the program under test, a small tray icon.
const helper = "RIG_TEST_TRAY"

// patience is how long any test may take on a machine that is busy.
const patience = 10 * time.Minute

var magenta = color.RGBA{R: 0xff, B: 0xff, A: 0xff}

func TestMain(m *testing.M) {
	if file := os.Getenv(helper); file != "" {
		// Before Run: what is set while systray 1.12.2 exports its properties
		// is lost for good (nativeStart reads the icon in createPropSpec, but
		// SetIcon only reaches the bus once instance.props is assigned). Set
		// from onReady, the icon stayed empty in 6 of 30 runs with -race.
		systray.SetTitle("helper")
		systray.SetTooltip("a tray icon")
		systray.SetIcon(square(magenta))
		systray.Run(func() { offerMenu(file) }, nil)
		return
	}
	os.Exit(m.Run())
}

func square(c color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 48, 48))
	draw.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// offerMenu adds the menu of the icon, which becomes daypass's own once
// "Paint" is clicked; what was clicked is written to file.
func offerMenu(file string) {
	paint := systray.AddMenuItem("Paint", "")
	systray.AddSeparator()
	more := systray.AddMenuItem("More", "")
	inner := more.AddSubMenuItemCheckbox("Inner_line", "", true)
	systray.AddMenuItem("Greyed", "").Disable()
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			panic(err)
		}
	}
	go func() {
		for {
			select {
			case <-paint.ClickedCh:
				systray.SetIcon(icons.Tray(icons.Valid, true))
				write("paint")
			case <-inner.ClickedCh:
				write("inner")
			}
		}
	}()
}

func start(t *testing.T) (*rig.Desktop, context.Context) {
	t.Helper()
	return startIn(t, shortDir(t))
}

func startIn(t *testing.T, dir string) (*rig.Desktop, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	began := time.Now()
	d, err := rig.Start(ctx, rig.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	t.Logf("the desktop was up in %v", time.Since(began).Round(time.Millisecond))
	return d, ctx
}

// shortDir is t.TempDir with a path short enough for sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rig")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func command(ctx context.Context, d *rig.Desktop, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = d.Env()
	return cmd
}

func startProgram(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s printed: %s", cmd.Path, &out)
		}
	})
}

// count returns how many pixels of the panel have a colour.
func count(screen *image.RGBA, panel image.Rectangle, c color.RGBA) int {
	n := 0
	for y := panel.Min.Y; y < panel.Max.Y; y++ {
		for x := panel.Min.X; x < panel.Max.X; x++ {
			if screen.RGBAAt(x, y) == c {
				n++
			}
		}
	}
	return n
}

func TestAProgramsTrayIconIsDrawnAndItsMenuWorks(t *testing.T) {
	d, ctx := start(t)
	panel, err := d.Screen.Panel()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	clicked := filepath.Join(d.Home(), "clicked")
	cmd := command(ctx, d, self)
	cmd.Env = append(cmd.Env, helper+"="+clicked)
	startProgram(t, cmd)

	item, err := d.Tray.Item(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// 24 by 24 is the panel's icon size.
	if err := d.Screen.Wait(ctx, func(s *image.RGBA) bool { return count(s, panel, magenta) == 24*24 }); err != nil {
		t.Fatalf("the panel does not draw the icon: %v", err)
	}
	for what, c := range map[string]struct {
		read func(context.Context) (string, error)
		want string
	}{"title": {item.Title, "helper"}, "tooltip": {item.Tooltip, "a tray icon"}, "status": {item.Status, "Active"}} {
		if got, err := c.read(ctx); err != nil || got != c.want {
			t.Errorf("the %s is %q (%v), want %q", what, got, err, c.want)
		}
	}
	menu, err := item.Menu(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []rig.MenuEntry{
		{Label: "Paint", Enabled: true, Visible: true},
		{Enabled: true, Visible: true, Separator: true},
		{Label: "More", Enabled: true, Visible: true, Children: []rig.MenuEntry{
			{Label: "Innerline", Enabled: true, Visible: true, Checkable: true, Checked: true},
		}},
		{Label: "Greyed", Visible: true},
	}
	if diff := cmp.Diff(want, menu, cmpopts.IgnoreFields(rig.MenuEntry{}, "ID")); diff != "" {
		t.Errorf("the menu differs (-want +got):\n%s", diff)
	}
	for label, path := range map[string][]string{"inner": {"More", "Inner"}, "paint": {"Paint"}} {
		if err := item.Click(ctx, path...); err != nil {
			t.Fatal(err)
		}
		for {
			if got, _ := os.ReadFile(clicked); string(got) == label {
				break
			}
			if ctx.Err() != nil {
				t.Fatalf("the click on %q did not arrive", path)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if err := item.Click(ctx, "Paint"); err != nil { // Now the icon is daypass's.
		t.Fatal(err)
	}
	if err := d.Screen.Wait(ctx, func(s *image.RGBA) bool { return count(s, panel, magenta) == 0 }); err != nil {
		t.Fatalf("the panel keeps the old icon: %v", err)
	}
	picture, err := item.Pixmap(ctx)
	if err != nil || picture.Bounds().Dx() != 48 {
		t.Errorf("the icon's picture is %v (%v)", picture, err)
	}
	if err := d.Tray.OpenMenu(ctx); err != nil {
		t.Fatal(err)
	}
	shot := filepath.Join(t.TempDir(), "menu.png")
	if err := d.Screen.Screenshot(shot, image.Rect(1000, 0, 1280, 200)); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if c, err := png.DecodeConfig(f); err != nil || c.Width != 280 || c.Height != 200 {
		t.Errorf("the screenshot is %d by %d (%v), want what was cropped", c.Width, c.Height, err)
	}
}

func TestASecretIsStoredLookedUpAndLockedAway(t *testing.T) {
	d, ctx := start(t)
	store := command(ctx, d, "secret-tool", "store", "--label=rig", "what", "test")
	store.Stdin = strings.NewReader("a secret")
	if out, err := store.CombinedOutput(); err != nil {
		t.Fatalf("storing: %v: %s", err, out)
	}
	lookup := func(ctx context.Context) (string, error) {
		out, err := command(ctx, d, "secret-tool", "lookup", "what", "test").Output()
		return string(out), err
	}
	if got, err := lookup(ctx); err != nil || got != "a secret" {
		t.Fatalf("the keyring answers %q (%v)", got, err)
	}
	if err := d.Keyring.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	if locked, err := d.Keyring.Locked(ctx); err != nil || !locked {
		t.Fatalf("locked is %v (%v) after Lock", locked, err)
	}
	if err := d.Keyring.Unlock(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := lookup(ctx); err != nil || got != "a secret" {
		t.Errorf("after unlocking the keyring answers %q (%v)", got, err)
	}
}

func TestANotificationIsReadBack(t *testing.T) {
	d, ctx := start(t)
	if out, err := command(ctx, d, "notify-send", "--app-name=helper", "A summary", "and a body").CombinedOutput(); err != nil {
		t.Fatalf("notify-send: %v: %s", err, out)
	}
	got, err := d.Notifications.Wait(ctx, func(n rig.Notification) bool { return n.Summary == "A summary" })
	if err != nil {
		t.Fatal(err)
	}
	if got.ID == 0 || got.App != "helper" || got.Body != "and a body" {
		t.Errorf("the notification is %+v", got)
	}
	if all := d.Notifications.All(); len(all) != 1 {
		t.Errorf("%d notifications were shown, want 1", len(all))
	}
}

func TestKeysReachTheWindowTheyAreTypedInto(t *testing.T) {
	d, ctx := start(t)
	cmd := command(ctx, d, "xev", "-name", "keys", "-event", "keyboard")
	var out lockedBuffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	win, err := d.Windows.Wait(ctx, "keys")
	if err != nil {
		t.Fatal(err)
	}
	// Whatever is in a title.
	for _, title := range []string{`daypass — „é“ 日本…`, `"a" \ 'b' \"`, "keys"} {
		if out, err := command(ctx, d, "xdotool", "set_window", "--name", title, win.ID).CombinedOutput(); err != nil {
			t.Fatalf("xdotool: %v: %s", err, out)
		}
		if _, err := d.Windows.Wait(ctx, title); err != nil {
			t.Fatal(err)
		}
	}
	if err := win.Type(ctx, "427"); err != nil {
		t.Fatal(err)
	}
	if err := win.Key(ctx, "Escape"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"keysym 0x34, 4", "keysym 0x32, 2", "keysym 0x37, 7", "Escape"} {
		for !strings.Contains(out.String(), key) {
			if ctx.Err() != nil {
				t.Fatalf("%s did not arrive; xev printed\n%s", key, out.String())
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if err := win.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.Windows.WaitGone(ctx, "keys"); err != nil {
		t.Fatal(err)
	}
	// xev ends well when it is asked to close; a window that is destroyed
	// under it is an X error.
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program was not asked to close: %v", err)
	}
}

func TestNothingIsLeftRunningAfterClose(t *testing.T) {
	dir := shortDir(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	d, err := rig.Start(ctx, rig.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	stray := command(context.Background(), d, "sleep", "1000")
	if err := stray.Start(); err != nil {
		t.Fatal(err)
	}
	before := running(t, dir)
	d.Close()
	_ = stray.Wait()
	if len(before) < 6 {
		t.Errorf("only %d processes were found to look for: %q", len(before), before)
	}
	if left := running(t, dir); len(left) != 0 {
		t.Errorf("left running: %q", left)
	}
	d.Close() // A second time is no harm.
}

func TestAMissingPartIsNamedAndLeavesNothingRunning(t *testing.T) {
	dir := shortDir(t)
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"dbus-daemon", "Xvfb", "xkbcomp", "sh", "xsetroot", "xprop", "openbox", "gnome-keyring-daemon"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	// A notification daemon that only complains.
	script := "#!/bin/sh\necho no colours left >&2\nexit 3\n"
	if err := os.WriteFile(filepath.Join(bin, "dunst"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	d, err := rig.Start(ctx, rig.Options{Dir: dir})
	if err == nil {
		d.Close()
		t.Fatal("the desktop started without its parts")
	}
	text := err.Error()
	if !strings.Contains(text, "no colours left") && !strings.Contains(text, "xfce4-panel is not installed") {
		t.Errorf("the error does not say what failed: %v", err)
	}
	if left := running(t, dir); len(left) != 0 {
		t.Errorf("left running: %q", left)
	}
}

func TestAWaitEndsWithItsContextAndTellsWhatItSaw(t *testing.T) {
	d, ctx := start(t)
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err := d.Windows.Wait(short, "nobody's")
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no windows") {
		t.Errorf("the error is %v", err)
	}
}
