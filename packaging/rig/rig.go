//go:build linux

package rig

import (
	"context"
	"errors"
	"fmt"
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

// Desktop is a running desktop. Its methods, and those of its parts, may be called
// at the same time by several goroutines.
type Desktop struct {
	// Screen is what people see, with the pointer and the keyboard.
	Screen *Screen
	// Tray has the icons in the panel.
	Tray *Tray
	// Windows are those of programs.
	Windows *Windows
	// Notifications are those that the notification daemon shows.
	Notifications *Notifications
	// Keyring is the desktop's Secret Service.
	Keyring *Keyring

	s      *session
	closed sync.Once
}

var errClosed = errors.New("the desktop was closed")

// Start starts a desktop and returns when all of it is ready for use. The
// desktop goes on after ctx ends, until [Desktop.Close]. An error names the
// part that failed and carries what that part printed.
func Start(ctx context.Context, o Options) (*Desktop, error) {
	s := newSession(folders(o.Dir))
	screen := &Screen{s: s}
	d := &Desktop{
		s: s, Screen: screen, Tray: &Tray{s, screen}, Windows: &Windows{s: s, screen: screen},
		Notifications: &Notifications{s: s, screen: screen}, Keyring: &Keyring{s},
	}
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
	if err := d.s.folders.write(); err != nil {
		return err
	}
	// The bus and the screen come first; all else needs both in its environment.
	if err := d.s.startBus(ctx); err != nil {
		return err
	}
	if err := d.s.startScreen(ctx, o.Size); err != nil {
		return err
	}
	if err := d.Notifications.watch(ctx); err != nil {
		return err
	}
	then, thenCtx := errgroup.WithContext(ctx)
	then.Go(func() error { return d.Keyring.start(thenCtx) })
	then.Go(func() error { return d.Notifications.start(thenCtx) })
	then.Go(func() error { return d.s.startWindows(thenCtx) })
	return then.Wait()
}

// Home returns the home folder of programs under test. It is empty at first.
func (d *Desktop) Home() string { return d.s.folders.home() }

// Env returns the environment for programs under test: this process's own
// without what belongs to another desktop or to AWS, and with HOME, DISPLAY,
// the session bus, XDG_RUNTIME_DIR and the browsers of this desktop. A program
// that has this environment is ended by [Desktop.Close].
func (d *Desktop) Env() []string { return d.s.env(d.Home()) }

// Bus returns the desktop's session bus, for whatever this package does not
// offer. It is closed with the desktop.
func (d *Desktop) Bus() *dbus.Conn { return d.s.conn }

// Close ends the desktop: its parts, what they started, and every program that
// runs in its environment. Nothing of it is left running when Close returns.
func (d *Desktop) Close() {
	d.closed.Do(func() {
		d.s.end(errClosed)
		d.Notifications.close()
		d.s.close()
		d.Screen.picture.close()
	})
}
