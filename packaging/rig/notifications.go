//go:build linux

package rig

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
)

// Notification is one that the notification daemon has taken for showing.
type Notification struct {
	ID       uint32 // as the daemon gave it out
	Replaces uint32 // the notification that this one took the place of; 0 is none
	App      string
	Icon     string
	Summary  string
	Body     string
	Actions  []string // key, label, key, label, …
	Hints    map[string]dbus.Variant
}

// monitor sees every message to and from the notification daemon.
type monitor struct {
	conn *dbus.Conn

	mu      sync.Mutex
	asked   map[string]Notification // by the asker's unique name and serial
	shown   []Notification
	changed chan struct{} // closed and renewed when shown grows
}

// watchNotifications makes a connection of its own a monitor (D-Bus
// specification, "Message Bus Messages: BecomeMonitor"): dunst's history knows
// only what has left the screen.
func (d *Desktop) watchNotifications(ctx context.Context) (*monitor, error) {
	conn, err := d.connect()
	if err != nil {
		return nil, err
	}
	m := &monitor{conn: conn, asked: map[string]Notification{}, changed: make(chan struct{})}
	rules := []string{
		"type='method_call',interface='org.freedesktop.Notifications',member='Notify'",
		"type='method_return',sender='org.freedesktop.Notifications'",
	}
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, rules, uint32(0)).Err
	if err != nil {
		_ = conn.Close() // The first error says more.
		return nil, fmt.Errorf("watching notifications: %w", err)
	}
	messages := make(chan *dbus.Message, 1024) // What does not fit is lost.
	conn.Eavesdrop(messages)
	go func() {
		for {
			select {
			case message := <-messages:
				if message == nil {
					return // The bus has ended.
				}
				m.see(message)
			case <-conn.Context().Done():
				return
			}
		}
	}()
	return m, nil
}

// close ends the watching. The library closes the channel of an eavesdropper
// with the connection, and may then send what it had just read to it: a panic
// (godbus v5.2.4, Conn.Close and Conn.inWorker). So it must not have one then.
func (m *monitor) close() {
	m.conn.Eavesdrop(nil)
	_ = m.conn.Close() // Its bus ends anyway.
}

func (m *monitor) see(message *dbus.Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	header := func(f dbus.HeaderField) any { return message.Headers[f].Value() }
	switch message.Type {
	case dbus.TypeMethodCall:
		var n Notification
		var timeout int32
		if dbus.Store(message.Body, &n.App, &n.Replaces, &n.Icon, &n.Summary, &n.Body, &n.Actions, &n.Hints, &timeout) != nil {
			return // Not a Notify as the specification has it; the daemon refuses it too.
		}
		m.asked[fmt.Sprint(header(dbus.FieldSender), message.Serial())] = n
	case dbus.TypeMethodReply:
		key := fmt.Sprint(header(dbus.FieldDestination), header(dbus.FieldReplySerial))
		n, ok := m.asked[key]
		if !ok || dbus.Store(message.Body, &n.ID) != nil {
			return
		}
		delete(m.asked, key)
		m.shown = append(m.shown, n)
		close(m.changed)
		m.changed = make(chan struct{})
	}
}

// Notifications returns what the notification daemon has shown since the
// desktop started, oldest first.
func (d *Desktop) Notifications() []Notification {
	d.notices.mu.Lock()
	defer d.notices.mu.Unlock()
	return slices.Clone(d.notices.shown)
}

// WaitNotification waits for a notification that match accepts and returns it.
// Those that were shown before the call count.
func (d *Desktop) WaitNotification(ctx context.Context, match func(Notification) bool) (Notification, error) {
	for {
		d.notices.mu.Lock()
		shown, changed := slices.Clone(d.notices.shown), d.notices.changed
		d.notices.mu.Unlock()
		if i := slices.IndexFunc(shown, match); i >= 0 {
			return shown[i], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Notification{}, fmt.Errorf("waiting for a notification: %w; shown were %+v", d.failure(ctx), shown)
		case <-d.ended.Done():
			return Notification{}, fmt.Errorf("waiting for a notification: %w", d.failure(ctx))
		}
	}
}

// ClickNotification clicks on the notification that is on the screen, which does
// its default action and closes it. Of several it is the one that was shown
// last.
func (d *Desktop) ClickNotification(ctx context.Context) error {
	// Their corner: see dunst's settings. Before the popup is drawn, the
	// desktop is seen there.
	var at image.Point
	err := d.WaitScreen(ctx, func(screen *image.RGBA) bool {
		at = screen.Bounds().Max.Sub(image.Pt(60, 40))
		return screen.RGBAAt(at.X, at.Y) == color.RGBA{R: 0x2f, G: 0x34, B: 0x3f, A: 0xff}
	})
	if err != nil {
		return fmt.Errorf("waiting for a notification on the screen: %w", err)
	}
	return d.Click(ctx, at.X, at.Y, 1)
}

// CloseNotifications takes all notifications off the screen.
func (d *Desktop) CloseNotifications(ctx context.Context) error {
	if _, err := d.call(ctx, "dunstctl", "close-all"); err != nil {
		return fmt.Errorf("closing the notifications: %w", err)
	}
	return nil
}
