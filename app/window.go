package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver"
	"fyne.io/fyne/v2/widget"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/secret"
	"daypass/packaging/icons"
)

// Import shows the window that makes profiles of a session's accounts and roles,
// and returns when it is closed. It must be called from main's goroutine, and
// once in a process. It fails when the agent cannot be reached, and where no
// window can be opened.
func Import(ctx context.Context, connect Connect, session string) error {
	return openFrame(ctx, connect, func(f *frame) { newImportWindow(f, session) })
}

// Migrate shows the window that moves the legacy profiles of a start URL to an
// sso-session, in the manner of [Import].
func Migrate(ctx context.Context, connect Connect, startURL string) error {
	return openFrame(ctx, connect, func(f *frame) { newMigrateWindow(f, startURL) })
}

// openFrame shows one window until it is closed.
func openFrame(ctx context.Context, connect Connect, fill func(*frame)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	client, err := connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := openScreen(); err != nil {
		return err
	}
	a, win, do, leave := newWindow()
	fill(&frame{ctx: ctx, client: client, win: win, do: do, leave: leave, start: startWindow, lend: lend})
	defer context.AfterFunc(ctx, func() { do(leave) })()
	return showAndRun(a, win)
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
		// closed, Fyne 2.8.0 dereferences nil at the next move of the
		// mouse over it (processMouseMoved in internal/driver/glfw).
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
	// Fyne makes its own folder there, but none above it.
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
	// As its loop ends Fyne 2.8.0 has the preferences saved by way of a queue
	// that it closes meanwhile: now and then the process would die of a "send
	// on closed channel" (runGL in internal/driver/glfw).
	if l, ok := a.Lifecycle().(interface{ SetOnStoppedHookExecuted(func()) }); ok {
		l.SetOnStoppedHookExecuted(nil)
	}
	return a
}

// frame is what every larger window has: its place on the screen and its way to
// the agent.
type frame struct {
	// ctx ends with the window's process.
	ctx    context.Context
	client *agentapi.Client
	win    fyne.Window
	// do runs a function where Fyne's widgets may be touched.
	do func(func())
	// leave takes the window off the screen for good.
	leave func()
	// start starts this program for another of daypass's windows.
	start func(args ...string)
	// lend puts a secret into the clipboard for a minute.
	lend func(context.Context, secret.Text) error

	// session is the one that the window is about; windows of others are not
	// this one.
	session string
	// raised is how often a window was asked for when that was seen last,
	// and asked is set once it was seen at all.
	raised int
	asked  bool
}

// raise brings the window to the front when the agent says that a person has
// asked for it once more, and returns what it is to be about, or "". It is called
// where widgets may be touched.
func (f *frame) raise(window agentapi.Window, s creds.Snapshot) (arg string) {
	times := s.Raised.Times
	if f.asked && times != f.raised && s.Raised.Window == string(window) && (f.session == "" || f.session == s.Raised.Arg) {
		f.win.Show() // It may have been made small.
		f.win.RequestFocus()
		arg = s.Raised.Arg
	}
	f.raised, f.asked = times, true
	return arg
}

// followRaised has a window raised that wants to know nothing else that the
// agent tells.
func (f *frame) followRaised(window agentapi.Window) {
	// What is wrong with the agent is told where something is asked of it.
	_ = f.client.Watch(f.ctx, func(s creds.Snapshot) {
		f.do(func() { f.raise(window, s) })
		select {
		case <-time.After(watchPause):
		case <-f.ctx.Done():
		}
	})
}

// open opens another of daypass's windows, about arg unless that is empty. The
// agent does it, so that the window is there once and comes to the front; an
// agent without a desktop leaves it to this process, which has one.
func (f *frame) open(window agentapi.Window, arg string) {
	go func() {
		err := f.client.ShowWindow(f.ctx, agentapi.ShowRequest{Window: window, Arg: arg})
		switch {
		case err == nil || f.ctx.Err() != nil:
		case arg == "":
			f.start(string(window))
		default:
			f.start(string(window), "--", arg)
		}
	}()
}

// startWindow starts this program for another window.
func startWindow(args ...string) {
	self, err := os.Executable()
	if err != nil {
		slog.Error("a window cannot be opened", "err", err)
		return
	}
	cmd := exec.Command(self, args...) //nolint:gosec // this program itself
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		slog.Error("a window cannot be opened", "err", err)
		return
	}
	go func() { _ = cmd.Wait() }()
}

// windowSize is that of a larger window as it opens.
var windowSize = fyne.NewSize(980, 720)

// fill puts content into the window.
func (f *frame) fill(title string, content fyne.CanvasObject, key func(*fyne.KeyEvent)) {
	f.win.SetTitle(title)
	f.win.SetPadded(false)
	body := container.New(padded{}, content)
	f.win.SetContent(container.NewThemeOverride(container.NewStack(newBackdrop(), body), newLook()))
	f.win.Canvas().SetOnTypedKey(key)
	f.win.Resize(windowSize)
	f.win.CenterOnScreen()
	f.win.SetCloseIntercept(f.leave)
}

// ask makes a request of the agent, and brings what came of it to where widgets
// may be touched. The function it returns gives the request up: then is not
// called after that.
func ask[T any](f *frame, call func(context.Context) (T, error), then func(T, error)) (stop func()) {
	ctx, stop := context.WithCancel(f.ctx)
	go func() {
		answer, err := call(ctx)
		f.do(func() {
			if ctx.Err() == nil {
				stop()
				then(answer, err)
			}
		})
	}()
	return stop
}

// homeFolder is the person's, or empty.
func homeFolder() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}

// padded keeps one object off the window's edges.
type padded struct{}

const framePadding = 20

// MinSize is the object's, with the padding.
func (padded) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().AddWidthHeight(2*framePadding, 2*framePadding)
}

// Layout places the object.
func (padded) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(framePadding, framePadding))
	objects[0].Resize(size.SubtractWidthHeight(2*framePadding, 2*framePadding))
}

// textField takes a line of text, and passes the Escape key on to the window.
type textField struct {
	widget.Entry

	key func(*fyne.KeyEvent)
}

func newTextField(placeholder string, changed func(string), key func(*fyne.KeyEvent)) *textField {
	t := &textField{key: key}
	t.PlaceHolder, t.OnChanged = placeholder, changed
	t.ExtendBaseWidget(t)
	return t
}

// TypedKey edits, or passes the key on.
func (t *textField) TypedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeyEscape {
		t.key(ev)
		return
	}
	t.Entry.TypedKey(ev)
}

// keyCheck is a box to tick that passes the keys on that are not its own.
type keyCheck struct {
	widget.Check

	key func(*fyne.KeyEvent)
}

func newKeyCheck(text string, changed func(bool), key func(*fyne.KeyEvent)) *keyCheck {
	c := &keyCheck{key: key}
	c.Text, c.OnChanged = text, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey passes the key on: the space that ticks comes as a rune.
func (c *keyCheck) TypedKey(ev *fyne.KeyEvent) { c.key(ev) }
