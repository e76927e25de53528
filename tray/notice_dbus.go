//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"context"
	"html"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/godbus/dbus/v5"

	"daypass/internal/lang"
	"daypass/internal/safely"
	"daypass/packaging/icons"
)

// The desktop's notification service.
// https://specifications.freedesktop.org/notification-spec/latest/
const (
	notifications     = "org.freedesktop.Notifications"
	notificationsPath = dbus.ObjectPath("/org/freedesktop/Notifications")
	// defaultAction is the key of what a click on the notice itself does.
	defaultAction = "default"
	// maxOffers is how many buttons a notice has.
	maxOffers = 3
)

// closingLimit is how long it may take to withdraw the notices at the end.
const closingLimit = 500 * time.Millisecond

// notifier shows notices on the desktop. One goroutine owns it.
//
// It listens to the service only while a notice with offers is on the screen: the
// service sends signals about the notices of all programs, and each wakes the agent.
type notifier struct {
	// bus is not systray's connection. systray 1.12.2 reads all signals of its own
	// connection, mistakes a short one, such as that of a closed notice, for the
	// connection's end, and would miss the next panel (stayRegistered in
	// systray_unix.go).
	bus     *dbus.Conn
	log     *slog.Logger
	answers chan<- answer

	wanted map[Command]bool
	shown  map[popup]Notice // those with offers
	tokens map[popup]string // of clicks that are about to be reported
	// unshown are notices with offers that no service has accepted. A match rule
	// waits for a service while there are any.
	unshown []Notice
}

// popup identifies a notice on the screen. A restarted service counts from the
// beginning, and has another name on the bus.
type popup struct {
	owner string
	id    uint32
}

// start shows what comes in updates until ctx ends or end is called. end returns when
// all notices with offers are withdrawn.
func (d *notifier) start(ctx context.Context, updates <-chan update) (end func()) {
	d.shown, d.tokens = make(map[popup]Notice), make(map[popup]string)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	signals := make(chan *dbus.Signal, 16)
	d.bus.Signal(signals)
	go func() {
		defer close(done)
		safely.Keep(ctx, d.log, "the notices", func(ctx context.Context) { d.run(ctx, updates, signals) })
		d.bus.RemoveSignal(signals)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingLimit)
		defer cancel()
		d.wanted = nil
		d.withdraw(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

func (d *notifier) run(ctx context.Context, updates <-chan update, signals <-chan *dbus.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-updates:
			d.wanted = b.wanted
			d.withdraw(ctx)
			d.showAll(ctx, b.notices)
		case s, ok := <-signals:
			if !ok { // the bus has closed
				return
			}
			if isNewOwner(s, notifications) {
				d.showAgain(ctx)
				continue
			}
			if a := d.answerOf(ctx, s); len(a.commands) > 0 {
				select {
				case d.answers <- a:
				case <-ctx.Done():
				}
			}
		}
	}
}

// showAll shows notices, and keeps those with offers that could not be shown for a
// service that starts later.
func (d *notifier) showAll(ctx context.Context, notices []Notice) {
	for _, n := range notices {
		err := d.show(ctx, n)
		if err == nil {
			continue
		}
		d.log.Debug("notice not shown", "title", n.Title, "error", err)
		if len(n.Offers) > 0 && ctx.Err() == nil {
			d.keep(ctx, n)
		}
	}
}

// keep keeps a notice until there is a service.
func (d *notifier) keep(ctx context.Context, n Notice) {
	if len(d.unshown) == 0 {
		if err := d.bus.AddMatchSignalContext(ctx, matchOwner(notifications)...); err != nil {
			d.log.Debug("a later notification service goes unnoticed", "error", err)
			return
		}
	}
	d.unshown = append(slices.DeleteFunc(d.unshown, n.covers), n)
}

// showAgain shows what is still wanted of the notices that were kept.
func (d *notifier) showAgain(ctx context.Context) {
	if len(d.unshown) == 0 {
		return
	}
	kept := d.unshown
	d.unshown = nil
	if err := d.bus.RemoveMatchSignalContext(ctx, matchOwner(notifications)...); err != nil {
		d.log.Debug("still waiting for a notification service", "error", err)
	}
	d.showAll(ctx, kept)
}

// show shows a notice. A desktop without a notification service shows nothing:
// the icon and the menu say the same.
func (d *notifier) show(ctx context.Context, n Notice) error {
	if ctx.Err() != nil || len(n.Offers) > 0 && len(n.Click(d.wanted)) == 0 {
		return nil
	}
	ctx, cancel := withGrace(ctx)
	defer cancel()
	can, owner, err := d.service(ctx)
	if err != nil {
		return lang.Errorf("notification service: %w", err)
	}
	// A notice that cannot be clicked is withdrawn, too.
	offers := len(n.Offers) > 0
	if offers {
		// Before it is shown, so that no click is too early.
		if err := d.bus.AddMatchSignalContext(ctx, matchService(owner)...); err != nil {
			return lang.Errorf("listening to the notification service: %w", err)
		}
	}
	id, err := d.notify(ctx, owner, n, can)
	if err != nil {
		if offers {
			d.unmatch(ctx, owner)
		}
		return lang.Errorf("notification service: %w", err)
	}
	if offers {
		d.replace(ctx, n)
		d.shown[popup{owner, id}] = n
	}
	return nil
}

// withGrace returns a context with the time that a call may take, and a moment more
// than ctx: a notice can only be withdrawn once its number is known.
func withGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(closingLimit, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}

// service returns what the notification service can do, and its unique name on
// the bus. The first call starts it where it is started on demand.
func (d *notifier) service(ctx context.Context) (can []string, owner string, err error) {
	service := d.bus.Object(notifications, notificationsPath)
	if err := service.CallWithContext(ctx, notifications+".GetCapabilities", 0).Store(&can); err != nil {
		return nil, "", err
	}
	err = d.bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, notifications).Store(&owner)
	return can, owner, err
}

// notify sends a notice to the service.
func (d *notifier) notify(ctx context.Context, owner string, n Notice, can []string) (id uint32, err error) {
	clicks := slices.Contains(can, "actions")
	title, body := n.Text(clicks)
	if slices.Contains(can, "body-markup") {
		body = html.EscapeString(body)
	}
	urgency, expires := normal, byItself
	switch {
	case n.Quiet():
		// mako keeps a notice without a time on the screen, until it is wrong.
		urgency, expires = low, briefly
	case n.Stays:
		// GNOME Shell hides every notice after some seconds but critical ones,
		// whatever time is asked for. Only the last one before an end is critical,
		// because those also ignore the desktop's own "do not disturb".
		urgency, expires = critical, never
	}
	icon, hints := d.icon()
	hints["desktop-entry"] = dbus.MakeVariant(appID)
	hints["urgency"] = dbus.MakeVariant(urgency)
	hints["transient"] = dbus.MakeVariant(n.Quiet())
	actions := []string{}
	if clicks && len(n.Offers) > 0 {
		// xfce4-notifyd makes a button of a default action with a label.
		actions = append(actions, defaultAction, "")
		for i, o := range n.Offers[:min(len(n.Offers), maxOffers)] {
			actions = append(actions, strconv.Itoa(i), legible(o.Label))
		}
	}
	err = d.bus.Object(owner, notificationsPath).CallWithContext(ctx, notifications+".Notify", 0,
		"daypass", uint32(0), icon, title, body, actions, hints, expires).Store(&id)
	return id, err
}

// appID is the name of the installed desktop entry and icon.
const appID = "app.daypass.daypass"

// How urgent a notice is, and how long it is shown, in milliseconds.
const (
	low, normal, critical = byte(0), byte(1), byte(2)
	byItself, never       = int32(-1), int32(0)
	briefly               = int32(10_000)
)

// icon returns the name of the installed icon, or the picture itself as a hint:
// a name that the desktop's theme does not have shows a placeholder.
func (d *notifier) icon() (name string, hints map[string]dbus.Variant) {
	hints = make(map[string]dbus.Variant)
	if iconInstalled(os.Getenv) {
		return appID, hints
	}
	picture, err := imageData(icons.Small())
	if err != nil {
		d.log.Debug("a notice without an icon", "error", err)
		return "", hints
	}
	hints["image-data"] = dbus.MakeVariant(picture)
	return "", hints
}

// answerOf returns the commands that a signal asks for and that are still wanted.
func (d *notifier) answerOf(ctx context.Context, s *dbus.Signal) answer {
	if s.Path != notificationsPath || len(s.Body) < 2 {
		return answer{}
	}
	id, _ := s.Body[0].(uint32)
	where := popup{s.Sender, id}
	n, ours := d.shown[where]
	if !ours {
		return answer{}
	}
	switch s.Name {
	case notifications + ".ActivationToken":
		// It comes before the click that it belongs to.
		d.tokens[where], _ = s.Body[1].(string)
	case notifications + ".ActionInvoked":
		a := answer{n.clicked(s.Body[1], d.wanted), d.tokens[where]}
		d.drop(ctx, where)
		d.clear(ctx, where)
		return a
	case notifications + ".NotificationClosed":
		d.drop(ctx, where)
	}
	return answer{}
}

// clear closes a notice that was answered. A service should do so by itself; that of
// LXQt does not. It waits for no reply, because the notice may be closed already.
func (d *notifier) clear(ctx context.Context, where popup) {
	service := d.bus.Object(where.owner, notificationsPath)
	err := service.CallWithContext(ctx, notifications+".CloseNotification", dbus.FlagNoReplyExpected, where.id).Err
	if err != nil {
		d.log.Debug("a notice that was answered may stay", "error", err)
	}
}

// clicked returns the commands of an action key.
func (n Notice) clicked(key any, wanted map[Command]bool) []Command {
	if key == defaultAction {
		return n.Click(wanted)
	}
	text, _ := key.(string)
	i, err := strconv.Atoi(text)
	if err != nil || i < 0 || i >= len(n.Offers) {
		return nil
	}
	return n.Offers[i].still(wanted)
}

// covers reports whether a notice offers everything that another one does.
func (n Notice) covers(other Notice) bool {
	offered := make(map[Command]bool)
	for _, o := range n.Offers {
		for _, c := range o.Clicks {
			offered[c] = true
		}
	}
	for _, o := range other.Offers {
		if len(o.still(offered)) < len(o.Clicks) {
			return false
		}
	}
	return true
}

// withdraw closes the notices whose offers are no longer wanted.
func (d *notifier) withdraw(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for where, n := range d.shown {
		if len(n.Click(d.wanted)) == 0 {
			d.closeNotice(ctx, where, n)
		}
	}
}

// replace closes the notices that the new one covers: earlier ones about the same end.
func (d *notifier) replace(ctx context.Context, by Notice) {
	for where, n := range d.shown {
		if by.covers(n) {
			d.closeNotice(ctx, where, n)
		}
	}
}

func (d *notifier) closeNotice(ctx context.Context, where popup, n Notice) {
	d.drop(ctx, where)
	service := d.bus.Object(where.owner, notificationsPath)
	if err := service.CallWithContext(ctx, notifications+".CloseNotification", 0, where.id).Err; err != nil {
		d.log.Debug("notice not taken back", "title", n.Title, "error", err)
	}
}

// drop forgets a notice.
func (d *notifier) drop(ctx context.Context, where popup) {
	delete(d.shown, where)
	delete(d.tokens, where)
	d.unmatch(ctx, where.owner)
}

// unmatch stops listening to the service for one notice.
func (d *notifier) unmatch(ctx context.Context, owner string) {
	// Also after a call that took too long.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingLimit)
	defer cancel()
	if err := d.bus.RemoveMatchSignalContext(ctx, matchService(owner)...); err != nil {
		d.log.Debug("still listening to the notification service", "error", err)
	}
}

func matchService(owner string) []dbus.MatchOption {
	return []dbus.MatchOption{
		dbus.WithMatchSender(owner),
		dbus.WithMatchObjectPath(notificationsPath),
		dbus.WithMatchInterface(notifications),
	}
}
