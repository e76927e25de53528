//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// The part of a desktop that collects tray icons for its panel.
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
const (
	watcher     = "org.kde.StatusNotifierWatcher"
	watcherPath = dbus.ObjectPath("/StatusNotifierWatcher")
	itemPath    = "/StatusNotifierItem"
)

const (
	// hostPatience is how long a panel may take that starts at login, together with
	// the agent. xfce4-panel needs 4 s in the desktop rig.
	hostPatience = 8 * time.Second
	// hostPause is how long a panel may take to start or end.
	hostPause = time.Second
	// registerPause is how long systray may take to register the icon, and
	// registerTries how often that is checked; each pause is twice the last one.
	registerPause = 500 * time.Millisecond
	registerTries = 6
)

// panel watches what shows the icon. One goroutine owns it.
type panel struct {
	// item is the connection that the icon is on, bus another one.
	item, bus *dbus.Conn
	actions   Actions
	log       *slog.Logger

	// there is whether something shows the icon, if that is known.
	there, known bool
}

// watch keeps the icon registered, and reports whether a panel shows it, until ctx ends.
//
// systray registers the icon once when it starts and once with each new watcher. A
// watcher that has its name before it can answer, or comes between the two, would
// never get the icon.
func (p *panel) watch(ctx context.Context) {
	signals := make(chan *dbus.Signal, 16)
	p.bus.Signal(signals)
	defer p.bus.RemoveSignal(signals)
	for _, match := range [][]dbus.MatchOption{
		matchOwner(watcher), matchWatcher("StatusNotifierHostRegistered"), matchWatcher("StatusNotifierHostUnregistered"),
	} {
		if err := p.bus.AddMatchSignalContext(ctx, match...); err != nil && ctx.Err() == nil {
			p.log.Debug("a panel that comes later may go unnoticed", "error", err)
		}
		defer func() { _ = p.bus.RemoveMatchSignal(match...) }()
	}
	pause, tries := registerPause, registerTries
	register, look := time.After(pause), time.After(hostPatience)
	for {
		select {
		case <-ctx.Done():
			return
		case s, open := <-signals:
			switch {
			case !open: // the bus has closed
				return
			case isNewOwner(s, watcher):
				pause, tries = registerPause, registerTries
				register = time.After(pause)
			case !isOfWatcher(s):
				continue
			}
			if p.known {
				look = time.After(hostPause)
			}
		case <-register:
			register = nil
			if tries--; tries > 0 && !p.registered(ctx) {
				pause *= 2
				register = time.After(pause)
			}
		case <-look:
			look = nil
			p.look(ctx)
		}
	}
}

// registered reports whether the watcher, if there is one, has the icon. If it has
// not, the icon is registered now.
func (p *panel) registered(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	owned, err := p.owned(ctx)
	if err != nil || !owned {
		return err == nil // the next watcher is noticed
	}
	object := p.item.Object(watcher, watcherPath)
	var answer dbus.Variant
	err = object.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, watcher, "RegisteredStatusNotifierItems").Store(&answer)
	items, known := answer.Value().([]string)
	if known && slices.ContainsFunc(items, p.isOurs) {
		return true
	}
	registering := object.CallWithContext(ctx, watcher+".RegisterStatusNotifierItem", 0, itemPath).Err
	p.log.Debug("the icon was not with the panel's watcher", "items", items, "error", err, "registering", registering)
	// A watcher that does not list its items is believed.
	return !known && registering == nil
}

// isOurs reports whether an item of the watcher's list is the icon: the name of a
// service, usually followed by the path of its object.
func (p *panel) isOurs(item string) bool {
	service, _, _ := strings.Cut(item, "/")
	return slices.Contains(p.item.Names(), service) || service == fmt.Sprintf("org.kde.StatusNotifierItem-%d-1", os.Getpid())
}

// look reports once if nothing shows the icon when the desktop's panel should be
// there, and each change after that.
func (p *panel) look(ctx context.Context) {
	asked, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	there, err := p.hasHost(asked)
	if err != nil {
		p.log.Debug("it is not known whether there is a tray", "error", err)
		return
	}
	if ctx.Err() != nil || p.known && there == p.there {
		return
	}
	first := !p.known
	p.there, p.known = there, true
	switch {
	case first && there:
	case first:
		p.log.Info("no panel shows tray icons")
		p.actions.NoHost()
	default:
		p.actions.HostChanged(there)
	}
}

// hasHost reports whether something on the desktop shows tray icons. A watcher that
// does not say is believed to have a host.
func (p *panel) hasHost(ctx context.Context) (bool, error) {
	owned, err := p.owned(ctx)
	if err != nil || !owned {
		return false, err
	}
	var answer dbus.Variant
	err = p.bus.Object(watcher, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0,
		watcher, "IsStatusNotifierHostRegistered").Store(&answer)
	registered, known := answer.Value().(bool)
	return err != nil || !known || registered, ctx.Err()
}

// owned reports whether there is a watcher.
func (p *panel) owned(ctx context.Context) (owned bool, err error) {
	err = p.bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&owned)
	return owned, err
}

func matchWatcher(member string) []dbus.MatchOption {
	return []dbus.MatchOption{
		dbus.WithMatchObjectPath(watcherPath), dbus.WithMatchInterface(watcher), dbus.WithMatchMember(member),
	}
}

func isOfWatcher(s *dbus.Signal) bool {
	return strings.HasPrefix(s.Name, watcher+".") || isOwnerChange(s, watcher)
}

// matchOwner matches the signal that a name on the bus has another owner.
func matchOwner(name string) []dbus.MatchOption {
	return []dbus.MatchOption{
		dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchObjectPath("/org/freedesktop/DBus"),
		dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name),
	}
}

func isOwnerChange(s *dbus.Signal, name string) bool {
	return s.Name == "org.freedesktop.DBus.NameOwnerChanged" && len(s.Body) == 3 && s.Body[0] == name
}

// isNewOwner reports whether a name has got an owner.
func isNewOwner(s *dbus.Signal, name string) bool {
	return isOwnerChange(s, name) && s.Body[2] != ""
}
