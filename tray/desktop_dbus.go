//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"

	"daypass/creds/agentapi"
	"daypass/creds/safely"
)

// errBusGone ends Run when the session bus closes: the desktop session is over.
var errBusGone = errors.New("the session bus closed")

// show runs the tray as a StatusNotifierItem.
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/
func (t *tray) show(ctx context.Context, cancel context.CancelCauseFunc, snapshots <-chan agentapi.Snapshot) error {
	bus, err := sessionBus(ctx, t.log)
	if err != nil {
		return fmt.Errorf("no session bus for the tray icon: %w", err)
	}
	stop := context.AfterFunc(bus.Context(), func() { cancel(errBusGone) })
	defer stop()

	// All of this comes before systray goes on the bus: it reads the title
	// (as the item's ID) and the tap handler only then, and what it is told
	// while it goes on the bus gets lost.
	systray.SetTitle("daypass")
	systray.SetOnTapped(func() { t.tapped(ctx) })
	t.host = newHost(t.actions, ctx.Done(), t.log)
	safely.Run(t.log, "the first picture", func() { t.draw() })

	start, end := systray.RunWithExternalLoop(nil, nil)
	start()
	if t.actions.NoHost != nil {
		t.work.Go(func() { safely.Run(t.log, "the look for a panel", func() { t.missHost(ctx, bus) }) })
	}
	desk := &desk{bus: bus, log: t.log, answers: t.answers}
	endDesk := desk.start(ctx, t.bulletins)
	t.keepLoop(ctx, snapshots)
	endDesk()
	if context.Cause(ctx) == errBusGone { //nolint:errorlint // set above, never wrapped
		return errBusGone
	}
	stop()
	end()
	return nil
}

// The part of a desktop that collects tray icons for its panel.
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
const (
	watcher     = "org.kde.StatusNotifierWatcher"
	watcherPath = dbus.ObjectPath("/StatusNotifierWatcher")
)

// hostPatience is how long a panel may take to appear that starts together with
// the agent, when somebody logs in. In the desktop rig xfce4-panel needs 4 s.
const hostPatience = 8 * time.Second

// missHost calls for help once if nothing shows the icon by the time that the
// desktop's panel should. One that comes later gets the icon all the same:
// systray looks out for it.
func (t *tray) missHost(ctx context.Context, bus *dbus.Conn) {
	select {
	case <-time.After(hostPatience):
	case <-ctx.Done():
		return
	}
	asked, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if there, err := hasHost(asked, bus); err != nil {
		t.log.Debug("nobody knows whether there is a tray", "error", err)
	} else if !there && ctx.Err() == nil {
		t.log.Info("no panel shows tray icons")
		t.actions.NoHost()
	}
}

// hasHost reports whether something on the desktop shows tray icons. A watcher
// that does not say whether it has a host is believed to have one.
func hasHost(ctx context.Context, bus *dbus.Conn) (bool, error) {
	var owned bool
	err := bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&owned)
	if err != nil || !owned {
		return false, err
	}
	var answer dbus.Variant
	err = bus.Object(watcher, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0,
		watcher, "IsStatusNotifierHostRegistered").Store(&answer)
	registered, known := answer.Value().(bool)
	return err != nil || !known || registered, ctx.Err()
}

// sessionBus returns the connection that systray will use too. It starts no bus:
// without one there is no desktop.
func sessionBus(ctx context.Context, log *slog.Logger) (*dbus.Conn, error) {
	type answer struct {
		bus *dbus.Conn
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		bus, err := safely.Get(log, "the way to the session bus", func() (*dbus.Conn, error) {
			probe, err := dbus.SessionBusPrivateNoAutoStartup()
			if err != nil {
				return nil, err
			}
			_ = probe.Close()
			return dbus.SessionBus()
		})
		answers <- answer{bus, err}
	}()
	select {
	case a := <-answers:
		return a.bus, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// escape doubles what a menu's label would take as the mark of an access key.
func escape(text string) string { return strings.ReplaceAll(text, "_", "__") }
