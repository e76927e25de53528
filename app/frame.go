package app

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/secret"
)

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
	a, w := newWindow()
	fill(&frame{ctx: ctx, client: client, loopWindow: w, start: startWindow, copySecret: copySecret})
	defer context.AfterFunc(ctx, func() { w.do(w.leave) })()
	return showAndRun(a, w.win)
}

// frame is what all larger windows have in common: the window itself and the connection
// to the agent.
type frame struct {
	loopWindow

	// ctx ends with the window's process.
	ctx    context.Context
	client *agentapi.Client
	// pages are the contents of the window, of which one is shown.
	pages []*fyne.Container
	// start starts this program for another of daypass's windows.
	start      func(args ...string)
	copySecret func(context.Context, secret.Text) error

	// session is the one that the window is about, if any: there may be a window for
	// each session.
	session string
	// raised is the last count of requests for a window, and asked is set once it is
	// known.
	raised int
	asked  bool
}

// raise brings the window to the front if the snapshot says that a person has asked for it
// again, and returns the argument of that request.
func (f *frame) raise(window agentapi.Window, s creds.Snapshot) (arg string) {
	times := s.Raised.Times
	if f.asked && times != f.raised && s.Raised.Window == string(window) && (f.session == "" || f.session == s.Raised.Arg) {
		f.win.Show() // It may be minimised.
		f.win.RequestFocus()
		arg = s.Raised.Arg
	}
	f.raised, f.asked = times, true
	return arg
}

// followRaised raises a window that needs nothing else of a snapshot.
func (f *frame) followRaised(window agentapi.Window) {
	// Requests report what is wrong with the agent.
	_ = f.watch(f.ctx, func(s creds.Snapshot) { f.raise(window, s) })
}

// watchPause is the least time between two snapshots: of ten thousand profiles each has
// megabytes, and a slow client gets the latest one.
const watchPause = 200 * time.Millisecond

// watch calls take in the loop, with each snapshot, until ctx ends.
func (f *frame) watch(ctx context.Context, take func(creds.Snapshot)) error {
	return f.client.Watch(ctx, func(s creds.Snapshot) {
		f.do(func() {
			if ctx.Err() == nil {
				take(s)
			}
		})
		select {
		case <-time.After(watchPause):
		case <-ctx.Done():
		}
	})
}

// open opens another of daypass's windows, about arg unless that is empty. The agent does
// it, so that there is one such window and it comes to the front. Where the agent has
// no desktop, this process does it.
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

// windowSize is the size of a larger window when it opens.
var windowSize = fyne.NewSize(980, 720)

// framePadding is the space between the content and the window's edges.
const framePadding = 20

// fill puts pages into the window, sets its size, and shows the first page.
func (f *frame) fill(title string, size fyne.Size, key func(*fyne.KeyEvent), pages ...*fyne.Container) {
	f.pages = pages
	stack := container.NewStack()
	for i, page := range pages {
		kit.Show(page, i == 0)
		stack.Add(page)
	}
	f.win.SetTitle(title)
	f.win.SetPadded(false)
	f.win.SetContent(container.New(layout.NewCustomPaddedLayout(framePadding, framePadding, framePadding, framePadding), stack))
	f.win.Canvas().SetOnTypedKey(key)
	f.win.Resize(size)
	f.win.CenterOnScreen()
	f.win.SetCloseIntercept(f.leave)
}

// turn shows one of the window's pages.
func (f *frame) turn(page *fyne.Container) {
	for _, one := range f.pages {
		kit.Show(one, one == page)
	}
	f.win.Canvas().Unfocus() // What is hidden takes no keys.
}

// ask makes a request to the agent, and calls then in the loop with the reply. stop cancels
// the request: then is not called any more.
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
