package app

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/driver"
	"github.com/go-gl/glfw/v3.4/glfw"

	"daypass/app/kit"
	_ "daypass/app/locale" // for what Fyne would log
	"daypass/creds/agentapi"
	"daypass/packaging/icons"
)

// id is the name of the installed desktop entry, by which a Wayland compositor
// finds the window's icon.
const id = "app.daypass.daypass"

// openScreen readies the screen, and fails where no window can be shown, as
// without a display.
//
// X11 comes first where it answers: only there can a prompt stay above the
// windows of whoever waits for it, be raised, and be placed. FYNE_PLATFORM
// chooses otherwise, in Fyne's words.
func openScreen() error {
	wanted := os.Getenv("FYNE_PLATFORM")
	if os.Getenv("WAYLAND_DISPLAY") == "" || wanted == "x11" || wanted == "wayland" {
		platform := map[string]glfw.Platform{"x11": glfw.PlatformX11, "wayland": glfw.PlatformWayland}[wanted]
		return openPlatform(cmp.Or(platform, glfw.AnyPlatform))
	}
	if os.Getenv("DISPLAY") != "" && openPlatform(glfw.PlatformX11) == nil {
		return nil
	}
	return openPlatform(glfw.PlatformWayland)
}

// openPlatform readies one windowing system.
//
// The binding prints an error of the platform itself, returns nil, and panics at
// the first call that needs a screen, which would be one of Fyne's.
func openPlatform(platform glfw.Platform) (err error) {
	defer func() {
		if recover() != nil {
			err = errNoScreen
		}
	}()
	glfw.InitHint(glfw.PlatformHint, int(platform))
	if err := glfw.Init(); err != nil {
		return errNoScreen
	}
	glfw.GetMonitors()
	return nil
}

// errNoScreen is what every failure of the platforms comes to: they say no more
// than that there is none, or name an interface that is missing.
var errNoScreen = errors.New("no window can be shown: there is no screen, or it does not answer")

// hintClass asks for what Fyne has no words for. Fyne leaves these hints of its
// windowing library as they are, so they hold for the next window that is shown;
// it must have made one before, or the library is not ready for hints.
func hintClass() {
	// Without these the class would be the first title, and no two windows
	// would be of one program to a window manager.
	glfw.WindowHintString(glfw.X11ClassName, name)
	glfw.WindowHintString(glfw.X11InstanceName, name)
	glfw.WindowHintString(glfw.WaylandAppID, id)
}

// showAndRun shows the window and returns when the app's loop has ended. It fails where
// the window did not come up, as without OpenGL.
func showAndRun(a fyne.App, win fyne.Window) error {
	hintClass()
	win.Show()
	if !onScreen(win) {
		return errNoWindow
	}
	// Whoever has started this may have gone.
	_, _ = fmt.Println(agentapi.WindowShown)
	win.RequestFocus()
	a.Run()
	return nil
}

// errNoWindow is what a window that was not made comes to. The cause is in the
// log, where Fyne has written it.
var errNoWindow = errors.New("no window can be shown: the screen has no OpenGL 2.1 to draw with")

// onScreen reports whether a window that was shown was made; Fyne itself does
// not say.
func onScreen(win fyne.Window) (made bool) {
	native, ok := win.(driver.NativeWindow)
	if !ok {
		return true
	}
	native.RunNative(func(context any) {
		switch c := context.(type) {
		case driver.X11WindowContext:
			made = c.WindowHandle != 0
		case driver.WaylandWindowContext:
			made = c.WaylandSurface != 0
		case driver.WindowsWindowContext:
			made = c.HWND != 0
		case driver.MacWindowContext:
			made = c.NSWindow != 0
		default:
			made = true
		}
	})
	return made
}

// newWindow makes the window of this process, what runs a function where Fyne's
// widgets may be touched, and what takes the window off the screen for good and
// ends the app's loop.
func newWindow() (a fyne.App, win fyne.Window, do func(func()), leave func()) {
	a = newApp()
	win = a.NewWindow(name)
	win.SetIcon(fyne.NewStaticResource(name+".png", icons.App()))
	queue := &loop{run: fyne.Do}
	return a, win, queue.do, func() {
		queue.leave()
		// Not win.Close: until the loop gets round to a window that was
		// closed, Fyne 2.8.0 dereferences nil at a click into it where the
		// mouse has not moved yet (processMouseClicked in
		// internal/driver/glfw/window.go).
		win.Hide()
		a.Driver().Quit()
	}
}

// loop is the way into the app's loop. When that has ended Fyne 2.8.0 runs what
// still comes wherever it comes from, on widgets without a screen, or dies of a
// "send on closed channel" (runOnMainWithWait in internal/driver/glfw). So
// nothing comes any more once the window is left.
type loop struct {
	run func(func())

	mu   sync.RWMutex
	left bool
}

// do is called from any goroutine but the loop's own, which has no need of it.
func (l *loop) do(f func()) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !l.left {
		l.run(f)
	}
}

func (l *loop) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = true
}

// newApp makes the app.
func newApp() fyne.App {
	// Fyne makes its own folder there, but none above it, and logs that it could
	// not (makeCache in app/cache.go).
	if cache, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(filepath.Join(cache, "fyne"), 0o700) // nothing is kept in it
	}
	fyneapp.SetMetadata(fyne.AppMetadata{
		ID:   id,
		Name: name,
		// What touches widgets from a goroutine goes through fyne.Do.
		Migrations: map[string]bool{"fyneDo": true},
	})
	// The id comes with the metadata: given here, Fyne would read preferences
	// and make a folder for documents, and there are neither.
	a := fyneapp.NewWithID("")
	a.Settings().SetTheme(kit.NewLook())
	// As its loop ends Fyne 2.8.0 has the preferences saved by way of a queue
	// that it closes meanwhile: now and then the process would die of a "send
	// on closed channel" (runGL in internal/driver/glfw).
	if l, ok := a.Lifecycle().(interface{ SetOnStoppedHookExecuted(func()) }); ok {
		l.SetOnStoppedHookExecuted(nil)
	}
	return a
}
