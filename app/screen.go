package app

import (
	"cmp"
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
	"daypass/internal/lang"
	"daypass/packaging/icons"
)

// id is the name of the installed desktop entry, by which a Wayland compositor finds the
// window's icon.
const id = "app.daypass.daypass"

// openScreen opens the screen, and fails where no window can be shown, as without a
// display.
//
// It prefers X11: only there can a prompt stay above other windows, be raised, and be
// placed. FYNE_PLATFORM overrides that, with Fyne's values.
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

// openPlatform opens the screen of one windowing system.
//
// If that fails, the binding prints the error, returns nil, and panics at the first call
// that needs a screen. This is that call, so that it is not one of Fyne's.
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

// errNoScreen is the error for all failures of the platforms, which say no more themselves.
var errNoScreen = lang.Error("no window can be shown: there is no screen, or it does not answer")

// hintClass sets hints of the windowing library that Fyne has no functions for. Fyne does
// not change them, so they apply to the next window that is shown. Fyne must have made a
// window before, or the library takes no hints.
func hintClass() {
	// Without these each window's class is its first title, and to a window manager
	// each is another program.
	glfw.WindowHintString(glfw.X11ClassName, name)
	glfw.WindowHintString(glfw.X11InstanceName, name)
	glfw.WindowHintString(glfw.WaylandAppID, id)
}

// showAndRun shows the window and returns when the app's loop has ended. It fails if the
// window does not open, as without OpenGL.
func showAndRun(a fyne.App, win fyne.Window) error {
	hintClass()
	win.Show()
	if !onScreen(win) {
		return errNoWindow
	}
	// The program that started this one may have ended.
	_, _ = fmt.Println(agentapi.WindowShown)
	win.RequestFocus()
	a.Run()
	return nil
}

// errNoWindow is for a window that was not made. Fyne has logged the cause.
var errNoWindow = lang.Error("no window can be shown: the screen has no OpenGL 2.1 to draw with")

// onScreen reports whether a shown window was made, which Fyne does not report.
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

// loopWindow is a window with Fyne's loop.
type loopWindow struct {
	win fyne.Window
	// do runs a function in the loop: nothing else may touch widgets.
	do func(func())
	// leave takes the window off the screen for good, and ends the loop.
	leave func()
}

// newWindow makes the window of this process.
func newWindow() (fyne.App, loopWindow) {
	a := newApp()
	win := a.NewWindow(name)
	win.SetIcon(fyne.NewStaticResource(name+".png", icons.App()))
	queue := &loop{run: fyne.Do}
	return a, loopWindow{win, queue.do, func() {
		queue.leave()
		// Not win.Close: Fyne 2.8.0 dereferences nil at a click into a window that
		// its loop has not closed yet, if the mouse has not moved before
		// (processMouseClicked in internal/driver/glfw/window.go).
		win.Hide()
		a.Driver().Quit()
	}}
}

// loop runs functions in the app's loop until the window is left. After the loop has ended
// Fyne 2.8.0 runs them on the caller's goroutine, on widgets without a screen, or panics
// with "send on closed channel" (runOnMainWithWait in internal/driver/glfw).
type loop struct {
	run func(func())

	mu   sync.RWMutex
	left bool
}

// do is called from any goroutine but the loop's own.
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
	// Fyne makes its own folder there, and logs an error if the one above is missing
	// (makeCache in app/cache.go).
	if cache, err := os.UserCacheDir(); err == nil {
		_ = os.MkdirAll(filepath.Join(cache, "fyne"), 0o700) // Fyne logs that it failed.
	}
	fyneapp.SetMetadata(fyne.AppMetadata{
		ID:   id,
		Name: name,
		// All goroutines touch widgets through fyne.Do.
		Migrations: map[string]bool{"fyneDo": true},
	})
	// The id is in the metadata. With one here Fyne would read preferences and make a
	// folder for documents.
	a := fyneapp.NewWithID("")
	a.Settings().SetTheme(kit.NewLook())
	// When its loop ends Fyne 2.8.0 saves preferences through a queue that it closes at
	// the same time: some processes would panic with "send on closed channel" (runGL in
	// internal/driver/glfw).
	if l, ok := a.Lifecycle().(interface{ SetOnStoppedHookExecuted(func()) }); ok {
		l.SetOnStoppedHookExecuted(nil)
	}
	return a
}
