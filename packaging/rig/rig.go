//go:build linux

package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sync/errgroup"
)

// poll is the pause between two looks at what sends no event, as a window's
// title does not.
const poll = 30 * time.Millisecond

// Options say what desktop to start.
type Options struct {
	// Dir is an existing folder that the desktop may fill; it belongs to the
	// desktop alone and is not removed by it. A path of more than about 80
	// bytes leaves no room for the names of the sockets within it.
	Dir string
	// Size is the screen's size in pixels; empty is "1280x800".
	Size string
}

// Desktop is a running desktop. Its methods may be called at the same time by
// several goroutines.
type Desktop struct {
	// Keyring is the desktop's Secret Service.
	Keyring *Keyring

	dir     string
	display string
	address string
	conn    *dbus.Conn
	notices *monitor

	// Parts are started by one thread that lives as long as the desktop: the
	// kernel sends the parent-death signal when the starting thread ends
	// (prctl(2), PR_SET_PDEATHSIG), not when its process does.
	starts chan func()
	closed sync.Once
	ended  context.Context //nolint:containedctx // Holds the reason why a part ended.
	end    context.CancelCauseFunc

	mu    sync.Mutex
	parts []*part
}

var errClosed = errors.New("the desktop was closed")

// Start starts a desktop and returns when all of it is ready for use. The
// desktop goes on after ctx ends, until [Desktop.Close]. An error names the
// part that failed and carries what that part printed.
func Start(ctx context.Context, o Options) (*Desktop, error) {
	d := &Desktop{dir: o.Dir, starts: make(chan func())}
	d.ended, d.end = context.WithCancelCause(context.Background())
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for start := range d.starts {
			start()
		}
	}()
	if err := d.start(ctx, o); err != nil {
		d.Close()
		return nil, fmt.Errorf("starting the desktop: %w", err)
	}
	return d, nil
}

func (d *Desktop) start(ctx context.Context, o Options) error {
	if o.Size == "" {
		o.Size = "1280x800"
	}
	if err := d.writeFiles(); err != nil {
		return err
	}
	// The bus and the screen come first; all else needs both in its environment.
	if err := d.startBus(ctx); err != nil {
		return err
	}
	if err := d.startScreen(ctx, o.Size); err != nil {
		return err
	}
	var err error
	if d.notices, err = d.watchNotifications(ctx); err != nil {
		return err
	}
	then, thenCtx := errgroup.WithContext(ctx)
	then.Go(func() error { return d.startKeyring(thenCtx) })
	then.Go(func() error { return d.startNotifications(thenCtx) })
	then.Go(func() error { return d.startWindows(thenCtx) })
	return then.Wait()
}

// writeFiles lays out the folders of the desktop and the settings of its
// parts. Programs under test have a home of their own beside them.
func (d *Desktop) writeFiles() error {
	for _, dir := range []string{d.runtimeDir(), d.screenDir(), d.Home()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	for name, text := range settings {
		name = filepath.Join(d.partsHome(), ".config", name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return d.writeBrowser()
}

// Home returns the home folder of programs under test. It is empty at first.
func (d *Desktop) Home() string       { return filepath.Join(d.dir, "home") }
func (d *Desktop) partsHome() string  { return filepath.Join(d.dir, "desktop") }
func (d *Desktop) runtimeDir() string { return filepath.Join(d.dir, "run") }
func (d *Desktop) screenDir() string  { return filepath.Join(d.dir, "screen") }

// Env returns the environment for programs under test: this process's own
// without what belongs to another desktop or to AWS, and with HOME, DISPLAY,
// the session bus, XDG_RUNTIME_DIR and the browsers of this desktop. A program that has this
// environment is ended by [Desktop.Close].
func (d *Desktop) Env() []string { return d.env(d.Home()) }

func (d *Desktop) env(home string) []string {
	var env []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		foreign := name == "PATH" || name == "HOME" || name == "LANG" || name == "DISPLAY" || name == "WAYLAND_DISPLAY" || name == "XAUTHORITY" || name == "SESSION_MANAGER" || name == "BROWSER"
		for _, prefix := range []string{"XDG_", "DBUS_", "LC_", "AWS_", "DAYPASS_", "GNOME_KEYRING_"} {
			foreign = foreign || strings.HasPrefix(name, prefix)
		}
		if !foreign {
			env = append(env, entry)
		}
	}
	env = append(env,
		"PATH="+d.browserDir()+string(os.PathListSeparator)+os.Getenv("PATH"),
		"HOME="+home,
		"XDG_RUNTIME_DIR="+d.runtimeDir(),
		"XDG_SESSION_TYPE=x11",
		"XDG_CURRENT_DESKTOP=XFCE",
		"DBUS_SESSION_BUS_ADDRESS="+d.address,
		"LANG=C.UTF-8", // Fyne complains of the locale C.
		"XDG_DATA_DIRS="+d.browserData()+":/usr/local/share:/usr/share",
		"BROWSER="+d.Browser(),
		"NO_AT_BRIDGE=1",          // No accessibility bus, which nothing here reads.
		"LIBGL_ALWAYS_SOFTWARE=1", // Xvfb has no other GL.
	)
	if d.display != "" {
		env = append(env, "DISPLAY="+d.display)
	}
	return env
}

// Bus returns the desktop's session bus, for whatever this package does not
// offer. It is closed with the desktop.
func (d *Desktop) Bus() *dbus.Conn { return d.conn }

// Close ends the desktop: its parts, what they started, and every program that
// runs in its environment. Nothing of it is left running when Close returns.
func (d *Desktop) Close() {
	d.closed.Do(func() {
		d.end(errClosed)
		if d.notices != nil {
			d.notices.close()
		}
		if d.conn != nil {
			_ = d.conn.Close() // Its bus ends below anyway.
		}
		d.mu.Lock()
		parts := d.parts
		d.mu.Unlock()
		for _, p := range parts {
			p.kill()
		}
		for _, p := range parts {
			<-p.done
		}
		d.killStrays()
		close(d.starts)
	})
}

// failure returns ctx's end as an error, or the end of a part of the desktop,
// which is then what was the matter.
func (d *Desktop) failure(ctx context.Context) error {
	if d.ended.Err() != nil {
		return context.Cause(d.ended)
	}
	return context.Cause(ctx)
}

// until calls ready every few milliseconds until it returns true or an error,
// or until ctx or the desktop ends.
func (d *Desktop) until(ctx context.Context, ready func() (bool, error)) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		ok, err := ready()
		if ok || (err != nil && ctx.Err() == nil && d.ended.Err() == nil) {
			return err
		}
		select {
		case <-ctx.Done():
			return d.failure(ctx)
		case <-d.ended.Done():
			return d.failure(ctx)
		case <-tick.C:
		}
	}
}
