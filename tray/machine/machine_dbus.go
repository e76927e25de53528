//go:build linux || freebsd || openbsd || netbsd

package machine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"daypass/internal/lang"
	"daypass/internal/safely"
)

// Watch reports events until ctx ends, which is no error. It returns earlier only when
// no source of events is left. Events before it is ready are missed.
func Watch(ctx context.Context, events Events, log *slog.Logger) error {
	w := &watch{events: events.kept(log), log: log}
	errs := make([]error, 3)
	var work sync.WaitGroup
	work.Go(func() {
		errs[0] = safely.Do(log, "the watch of the session bus", func() error {
			return w.follow(ctx, "session bus", dbus.SessionBusPrivateNoAutoStartup, w.screenSaver, screenSaverRules())
		})
	})
	work.Go(func() {
		errs[1] = safely.Do(log, "the watch of the system bus", func() error {
			return w.follow(ctx, "system bus", dbus.SystemBusPrivate, w.logind, logindRules())
		})
	})
	if events.Online != nil {
		work.Go(func() {
			if errs[2] = safely.Do(log, "the watch of the network", func() error { return w.routes(ctx) }); ctx.Err() == nil {
				log.Info("changes of the network are not noticed", "error", errs[2])
			}
		})
	}
	work.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(errs...)
}

type watch struct {
	log    *slog.Logger
	mu     sync.Mutex // held while an event is handled
	events Events
}

func (w *watch) locked(by string) {
	w.log.Info("the screen is locked", "reported by", by)
	w.report(w.events.Locked)
}

func (w *watch) report(event func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if event != nil {
		event()
	}
}

type (
	// rule matches the wanted signals of a bus.
	rule []dbus.MatchOption
	// hear handles a signal. It also gets signals that a program sends to this one
	// alone, which need no rule.
	hear func(context.Context, *dbus.Conn, *dbus.Signal)
)

// follow handles the signals of a bus until ctx or the bus ends, and returns why. It has
// a connection of its own: on a shared one, each signal would wake all others.
func (w *watch) follow(
	ctx context.Context, name string, dial func(...dbus.ConnOption) (*dbus.Conn, error), hear hear, rules []rule,
) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		if ctx.Err() == nil {
			w.log.Info("a bus reports no locks and sleep", "error", err)
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := dial(dbus.WithContext(ctx))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	if err := conn.Auth(nil); err != nil {
		return err
	}
	if err := conn.Hello(); err != nil {
		return err
	}
	for _, rule := range rules {
		if err := conn.AddMatchSignalContext(ctx, rule...); err != nil {
			return err
		}
	}
	w.log.Debug("listening for locks and sleep", "bus", name)
	for {
		select {
		case s, open := <-signals:
			if !open {
				return errClosed
			}
			hear(ctx, conn, s)
		case <-conn.Context().Done():
			return errClosed
		}
	}
}

var errClosed = lang.Error("it has closed")

// screenSavers returns the interfaces with a signal ActiveChanged. There is no
// specification; org.freedesktop.ScreenSaver is KDE's, and others than GNOME have
// org.gnome.ScreenSaver.
func screenSavers() []string {
	return []string{
		"org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.mate.ScreenSaver",
		"org.cinnamon.ScreenSaver", "org.xfce.ScreenSaver",
	}
}

const activeChanged = "ActiveChanged"

func screenSaverRules() []rule {
	var rules []rule
	for _, name := range screenSavers() {
		rules = append(rules, rule{dbus.WithMatchInterface(name), dbus.WithMatchMember(activeChanged)})
	}
	return rules
}

func (w *watch) screenSaver(_ context.Context, _ *dbus.Conn, s *dbus.Signal) {
	var active bool
	for _, name := range screenSavers() {
		if s.Name == name+"."+activeChanged && dbus.Store(s.Body, &active) == nil && active {
			w.locked(name)
		}
	}
}

// The service that knows the sessions of all users.
// https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.login1.html
const (
	logind        = "org.freedesktop.login1"
	logindSession = logind + ".Session"
	logindPath    = dbus.ObjectPath("/org/freedesktop/login1")
	properties    = "org.freedesktop.DBus.Properties"
)

// logindRules match requests to lock a session, what its screen locker reports, and
// sleep.
func logindRules() []rule {
	sender := dbus.WithMatchSender(logind)
	sessions := dbus.WithMatchPathNamespace(logindPath + "/session")
	return []rule{
		{sender, sessions, dbus.WithMatchInterface(logindSession), dbus.WithMatchMember("Lock")},
		{
			sender, sessions, dbus.WithMatchInterface(properties), dbus.WithMatchMember("PropertiesChanged"),
			dbus.WithMatchArg(0, logindSession),
		},
		{sender, dbus.WithMatchInterface(logind + ".Manager"), dbus.WithMatchMember("PrepareForSleep")},
	}
}

func (w *watch) logind(ctx context.Context, conn *dbus.Conn, s *dbus.Signal) {
	switch s.Name {
	case logindSession + ".Lock":
	case properties + ".PropertiesChanged":
		var of string
		var changed map[string]dbus.Variant
		if len(s.Body) < 2 || dbus.Store(s.Body[:2], &of, &changed) != nil ||
			of != logindSession || changed["LockedHint"].Value() != true {
			return
		}
	case logind + ".Manager.PrepareForSleep":
		var begins bool
		if dbus.Store(s.Body, &begins) == nil && !begins && isLogind(ctx, conn, s.Sender) {
			w.log.Info("the machine has woken up")
			w.report(w.events.Woke)
		}
		return
	default:
		return
	}
	if isLogind(ctx, conn, s.Sender) && isMine(ctx, conn, s.Path) {
		w.locked(logind)
	}
}

// patience is how long a bus or logind may take to answer.
const patience = 5 * time.Second

// isLogind reports whether a sender is logind and no other user's program, which
// may send signals on the system bus too.
func isLogind(ctx context.Context, conn *dbus.Conn, sender string) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var owner string
	err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, logind).Store(&owner)
	return err == nil && owner == sender
}

// isMine reports whether a session is one of this program's user. The program itself
// has none where systemd starts it. A session that logind no longer knows may have
// been one.
func isMine(ctx context.Context, conn *dbus.Conn, session dbus.ObjectPath) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var user dbus.Variant
	err := conn.Object(logind, session).CallWithContext(ctx, properties+".Get", 0, logindSession, "User").Store(&user)
	if err != nil {
		return !errors.Is(ctx.Err(), context.Canceled)
	}
	parts, _ := user.Value().([]any) // the user's number and object
	return len(parts) == 0 || slices.Contains(parts, any(uint32(os.Getuid())))
}
