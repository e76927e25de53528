//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// show runs the tray as a StatusNotifierItem.
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/
func (t *tray) show(ctx context.Context, cancel context.CancelCauseFunc, snapshots <-chan creds.Snapshot) error {
	bus, err := t.sessionBus(ctx)
	if err != nil || ctx.Err() != nil {
		return err
	}
	stop := context.AfterFunc(bus.Context(), func() { cancel(ErrBusGone) })
	defer stop()
	own, err := ownConnection(ctx)
	if err != nil {
		return lang.Errorf("no session bus for notices: %w", err)
	}
	defer func() { _ = own.Close() }()

	// All of this comes before systray goes on the bus: only then it reads the title
	// (as the item's ID) and the tap handler, and changes meanwhile get lost.
	systray.SetTitle("daypass")
	systray.SetOnTapped(func() { t.tapped(ctx) })
	t.menu = newMenuView(ctx.Done(), t.log)
	safely.Run(t.log, "the first picture", func() { t.draw() })

	start, end := systray.RunWithExternalLoop(nil, nil)
	start()
	t.menu.submenus.start(func(grown []*systray.MenuItem) {
		t.work.Go(func() { safely.Run(t.log, "the submenus", func() { announce(ctx, bus, grown, t.log) }) })
	})
	panel := &panel{item: bus, bus: own, actions: t.actions, log: t.log}
	t.work.Go(func() { safely.Keep(ctx, t.log, "the look for a panel", panel.watch) })
	notifier := &notifier{bus: own, log: t.log, answers: t.answers}
	endNotices := notifier.start(ctx, t.updates)
	t.keepLoop(ctx, snapshots)
	endNotices()
	if context.Cause(ctx) == ErrBusGone { //nolint:errorlint // set above, never wrapped
		return ErrBusGone
	}
	stop()
	end()
	return nil
}

const (
	// busPause is the first pause before another look for a session bus; each
	// pause is twice the last one.
	busPause = 100 * time.Millisecond
	// busPauseMost is the longest pause: a machine may have a screen and never
	// get a bus.
	busPauseMost = 15 * time.Second
)

// sessionBus returns the connection that systray will use too. It starts no bus, but
// waits for one and returns [ErrBusCame] when it comes.
func (t *tray) sessionBus(ctx context.Context) (*dbus.Conn, error) {
	for pause := busPause; ; pause = min(2*pause, busPauseMost) {
		bus, err := connectShared(ctx, t.log)
		switch {
		case ctx.Err() != nil:
			return nil, nil //nolint:nilnil // the end is no error
		case err == nil && pause > busPause:
			return nil, ErrBusCame
		case err == nil:
			return bus, nil
		case pause == busPause:
			t.log.Warn("no session bus for the tray icon: it comes with the bus", "error", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// connectShared connects to the session bus as systray does, by the connection that
// the whole process shares.
func connectShared(ctx context.Context, log *slog.Logger) (*dbus.Conn, error) {
	type answer struct {
		bus *dbus.Conn
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		bus, err := safely.Get(log, "the way to the session bus", func() (*dbus.Conn, error) {
			if !HasBus() {
				return nil, lang.Error("it does not answer")
			}
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

// HasBus reports whether the session bus that the environment names can be reached.
func HasBus() bool {
	probe, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return false
	}
	_ = probe.Close()
	return true
}

// ownConnection connects to the session bus by a connection of its own.
func ownConnection(ctx context.Context) (*dbus.Conn, error) {
	bus, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(context.WithoutCancel(ctx)))
	if err != nil {
		return nil, err
	}
	if err = bus.Auth(nil); err == nil {
		err = bus.Hello()
	}
	if err != nil {
		_ = bus.Close()
		return nil, err
	}
	return bus, nil
}

// escape doubles the mark of an access key in a menu's label.
func escape(text string) string { return strings.ReplaceAll(text, "_", "__") }
