//go:build linux

package rig

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"path/filepath"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
)

// Notification is one that the notification daemon has accepted.
type Notification struct {
	ID       uint32 // as the daemon gave it out
	Replaces uint32 // the notification that this one replaced, or 0
	App      string
	Icon     string
	Summary  string
	Body     string
	Actions  []string // key, label, key, label, …
	Hints    map[string]dbus.Variant
}

// Notifications are those that the desktop's notification daemon shows. They are
// seen in the messages to and from it: dunst's history knows only what has left
// the screen.
type Notifications struct {
	s      *session
	screen *Screen
	conn   *dbus.Conn // its own, a monitor; nil before watch

	mu      sync.Mutex
	asked   map[string]Notification // by the asker's unique name and serial
	shown   []Notification
	changed chan struct{} // closed and renewed when shown grows
}

// watch makes a connection of its own a monitor (D-Bus specification, "Message Bus
// Messages: BecomeMonitor").
func (n *Notifications) watch(ctx context.Context) error {
	conn, err := n.s.connect()
	if err != nil {
		return err
	}
	n.asked, n.changed = map[string]Notification{}, make(chan struct{})
	rules := []string{
		"type='method_call',interface='org.freedesktop.Notifications',member='Notify'",
		"type='method_return',sender='org.freedesktop.Notifications'",
	}
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, rules, uint32(0)).Err
	if err != nil {
		_ = conn.Close() // The first error says more.
		return fmt.Errorf("watching notifications: %w", err)
	}
	n.conn = conn
	messages := make(chan *dbus.Message, 1024) // What does not fit is lost.
	conn.Eavesdrop(messages)
	go func() {
		for {
			select {
			case message := <-messages:
				if message == nil {
					return // The bus has ended.
				}
				n.see(message)
			case <-conn.Context().Done():
				return
			}
		}
	}()
	return nil
}

func (n *Notifications) start(ctx context.Context) error {
	if err := n.s.run(nil, nil, "dunst", "-config", filepath.Join(n.s.folders.parts(), ".config/dunst/dunstrc")); err != nil {
		return err
	}
	return n.s.waitName(ctx, "org.freedesktop.Notifications")
}

// close ends the watching. The library closes the channel of an eavesdropper
// with the connection, and may then send what it had just read to it: a panic
// (godbus v5.2.4, Conn.Close and Conn.inWorker). So it must not have one then.
func (n *Notifications) close() {
	if n.conn == nil {
		return
	}
	n.conn.Eavesdrop(nil)
	_ = n.conn.Close() // Its bus ends anyway.
}

func (n *Notifications) see(message *dbus.Message) {
	n.mu.Lock()
	defer n.mu.Unlock()
	header := func(f dbus.HeaderField) any { return message.Headers[f].Value() }
	switch message.Type {
	case dbus.TypeMethodCall:
		var asked Notification
		var timeout int32
		if dbus.Store(message.Body, &asked.App, &asked.Replaces, &asked.Icon, &asked.Summary, &asked.Body, &asked.Actions, &asked.Hints, &timeout) != nil {
			return // an invalid Notify, which the daemon refuses too
		}
		n.asked[fmt.Sprint(header(dbus.FieldSender), message.Serial())] = asked
	case dbus.TypeMethodReply:
		key := fmt.Sprint(header(dbus.FieldDestination), header(dbus.FieldReplySerial))
		shown, ok := n.asked[key]
		if !ok || dbus.Store(message.Body, &shown.ID) != nil {
			return
		}
		delete(n.asked, key)
		n.shown = append(n.shown, shown)
		close(n.changed)
		n.changed = make(chan struct{})
	}
}

// All returns what the notification daemon has shown since the
// desktop started, oldest first.
func (n *Notifications) All() []Notification {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.shown)
}

// Wait waits for a notification that match accepts and returns it.
// Those that were shown before the call count.
func (n *Notifications) Wait(ctx context.Context, match func(Notification) bool) (Notification, error) {
	for {
		n.mu.Lock()
		shown, changed := slices.Clone(n.shown), n.changed
		n.mu.Unlock()
		if i := slices.IndexFunc(shown, match); i >= 0 {
			return shown[i], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Notification{}, fmt.Errorf("waiting for a notification: %w; shown were %+v", n.s.failure(ctx), shown)
		case <-n.s.ended.Done():
			return Notification{}, fmt.Errorf("waiting for a notification: %w", n.s.failure(ctx))
		}
	}
}

// Click clicks on the notification that is on the screen, which does
// its default action and closes it. Of several it is the one that was shown
// last.
func (n *Notifications) Click(ctx context.Context) error {
	// Their corner: see dunst's settings. Before the popup is drawn, the
	// desktop is seen there.
	var at image.Point
	err := n.screen.Wait(ctx, func(screen *image.RGBA) bool {
		at = screen.Bounds().Max.Sub(image.Pt(60, 40))
		return screen.RGBAAt(at.X, at.Y) == color.RGBA{R: 0x2f, G: 0x34, B: 0x3f, A: 0xff}
	})
	if err != nil {
		return fmt.Errorf("waiting for a notification on the screen: %w", err)
	}
	return n.screen.Click(ctx, at.X, at.Y, 1)
}

// Close closes all notifications.
func (n *Notifications) Close(ctx context.Context) error {
	if _, err := n.s.call(ctx, "dunstctl", "close-all"); err != nil {
		return fmt.Errorf("closing the notifications: %w", err)
	}
	return nil
}
