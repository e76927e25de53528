// Package tray shows the agent's state in the desktop's tray: an icon, its
// tooltip, a menu, and notices.
//
// What is shown is a function of an [creds.Snapshot] and of the time:
// [NewMenu], [Icon], [Tooltip] and [Primary]; [Next] says when it changes by
// itself. [Run] puts it on the screen through fyne.io/systray and hands clicks
// to [Actions]. Nothing here calls AWS, reads a file or opens a window.
//
// The menu gives the end of a session as a time of day and the time left only in
// coarse steps. Both stay true without anybody waking up to keep them so: the
// agent is meant to sleep.
package tray

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"fyne.io/systray"

	"daypass/creds"
	"daypass/internal/safely"
)

// Actions is what clicks do. Console, Reopen, Window and Settings may be nil, and
// are not offered then; Activated, NoHost and HostChanged may be nil, too. All other
// functions must be set.
type Actions struct {
	// Refresh gets credentials for a profile and returns when that is over,
	// well or badly; with force it gets new ones though the present ones
	// last. It is called in a goroutine of its own, once at a time for each
	// profile, and must end soon after ctx does. Its outcome is shown as a
	// notice.
	Refresh func(ctx context.Context, profile string, force bool) (creds.Status, error)
	// Logout ends the session of a profile, on the same terms.
	Logout func(ctx context.Context, profile string) error
	// Unlock has a keyring read that was locked, on the terms of Refresh and
	// once at a time. Only its failure is shown.
	Unlock func(ctx context.Context) error
	// ShowPrompt brings up the window of a prompt. It returns at once.
	ShowPrompt func(id string)
	// SignIn signs in to a session of Identity Center, on the terms of
	// Refresh and once at a time for each session; with force it does so
	// though the present sign-in lasts. It is only called when a person has
	// clicked, and so may open a browser. Only its failure is shown.
	SignIn func(ctx context.Context, session string, force bool) error
	// SignOut signs out of a session, on the terms of Logout.
	SignOut func(ctx context.Context, session string) error
	// Console opens the console for a profile, at a bookmark if there is one,
	// on the terms of Refresh and once at a time for each. It may ask for a
	// code or a sign-in. Only its failure and the reply's note are shown.
	Console func(ctx context.Context, profile, bookmark string) (creds.ConsoleReply, error)
	// Reopen opens the page of the visit with this ID once more, on the terms
	// of Console. Only its failure is shown.
	Reopen func(ctx context.Context, visit string) error
	// Window brings up the window of all profiles. It returns at once.
	Window func()
	// Settings brings up the window of the settings. It returns at once.
	Settings func()
	// Activated is called before what a click on a notice asks for is done, with
	// the token by which a window may take the focus.
	// https://specifications.freedesktop.org/notification-spec/latest/protocol.html#signal-activation-token
	Activated func(token string)
	// NoHost is called once if nothing on the desktop shows tray icons a few
	// seconds after the start, as with GNOME as it comes. It returns at once.
	// The icon is shown when something appears that does.
	NoHost func()
	// HostChanged is called when that has changed: with true when something
	// shows the icon now, with false when nothing does any more.
	HostChanged func(there bool)
	// Import brings up the window that imports the accounts and roles of a
	// session. It returns at once.
	Import func(session string)
	// Migrate brings up the window that moves the legacy profiles of a start
	// URL to an [sso-session]. It returns at once.
	Migrate func(startURL string)
}

var (
	// ErrBusGone ends [Run] when the session bus closes: the desktop's session is
	// over.
	ErrBusGone = errors.New("the session bus closed")
	// ErrBusCame ends [Run] when there was no session bus and now there is one.
	// What else uses the bus has found none when the process started, as the
	// keyring's library, which never looks again.
	ErrBusCame = errors.New("the session bus has come")
)

const (
	// pace is the shortest time between two redraws. A bus message goes out
	// for every line that changes.
	pace = 50 * time.Millisecond
	// settle is how long notices wait for others to be merged with.
	settle = 300 * time.Millisecond
	// aim is how long a line that ends a session or opens a console must have
	// meant the same one before a click on it counts: nobody can have read
	// it sooner.
	aim = 300 * time.Millisecond
	// longest is the longest sleep while a session lasts. Go's timers stand
	// still while the machine is suspended, so after waking up the menu may
	// speak of the time left as it was for that long.
	longest = 5 * time.Minute
	// patience is how long the desktop may take to accept a notice.
	patience = 5 * time.Second
)

// tray is the goroutine that owns the menu.
type tray struct {
	actions  Actions
	log      *slog.Logger
	host     *host
	snapshot creds.Snapshot
	seen     Seen

	taps     chan struct{}
	outcomes chan outcome
	asked    map[Command]bool // what was asked for here and goes on
	work     sync.WaitGroup

	// pending are notices that wait for others to be merged with until ripe
	// is set.
	pending []Notice
	ripe    bool
	// wanted is what notices may still offer; turned is set while the desktop
	// is not told of it.
	wanted map[Command]bool
	turned bool
	// bulletins go to whoever shows notices, answers are the clicks on those.
	bulletins chan bulletin
	answers   chan answer
}

// bulletin is what the desktop gets to know: notices to show, and what they may
// still offer. Notices that offer nothing else are to be taken back.
type bulletin struct {
	notices []Notice
	wanted  map[Command]bool
}

// answer is a click on a notice.
type answer struct {
	commands []Command
	// token lets a window that the click opens take the focus; may be empty.
	token string
}

// outcome is how something that was asked for here ended.
type outcome struct {
	// asked is what was asked for, without what can go on twice.
	asked  Command
	notice Notice
	worthy bool
	// session is the one that err concerns, or may concern.
	session string
	err     error
}

// Run shows the tray icon until ctx ends or a person quits, and returns nil for
// both: whoever started it ends the rest. It draws from the first snapshot on
// and expects a channel that holds the latest one only; one that closes before
// the first snapshot counts as the end of ctx.
//
// It must be called from the main goroutine (macOS delivers a program's events
// to its main thread) and only once in a process. It returns an error when there
// is no desktop to show anything on; a desktop whose tray is absent, or comes
// and goes, is no error.
func Run(ctx context.Context, snapshots <-chan creds.Snapshot, actions Actions, log *slog.Logger) error {
	t := &tray{
		actions:   actions,
		log:       log,
		taps:      make(chan struct{}),
		outcomes:  make(chan outcome),
		asked:     make(map[Command]bool),
		bulletins: make(chan bulletin),
		answers:   make(chan answer),
	}
	select {
	case first, ok := <-snapshots:
		if !ok {
			return nil
		}
		t.snapshot = first
	case <-ctx.Done():
		return nil
	}
	// systray drops what it cannot send at once: with no buffer, an opening while the
	// menu is being drawn.
	systray.TrayOpenedCh = make(chan struct{}, 1)
	ctx, cancel := context.WithCancelCause(ctx)
	defer t.work.Wait()
	defer cancel(nil)
	return t.show(ctx, cancel, snapshots)
}

// draw makes the screen agree with the snapshot and collects what there is to
// hear. It returns how long that holds.
func (t *tray) draw() time.Duration {
	// The wall clock alone counts: the monotonic one misses suspends.
	now := time.Now().Round(0)
	t.host.show(t.snapshot, now)
	t.pending = append(t.pending, t.actions.able(t.seen.Notices(t.snapshot, now))...)
	if wanted := t.seen.Wanted(t.snapshot, now); !maps.Equal(wanted, t.wanted) {
		t.wanted, t.turned = wanted, true
	}
	next := Next(t.snapshot, now)
	if again := t.seen.Next(now); next.IsZero() || !again.IsZero() && again.Before(next) {
		next = again
	}
	if next.IsZero() {
		return 0
	}
	return min(next.Sub(now), longest)
}

// keepLoop runs the loop, and begins it anew after a panic. What was asked for
// goes on meanwhile.
func (t *tray) keepLoop(ctx context.Context, snapshots <-chan creds.Snapshot) {
	safely.Keep(ctx, t.log, "the tray's menu", func(context.Context) { t.loop(ctx, snapshots) })
}

// loop runs until ctx ends or a person quits.
func (t *tray) loop(ctx context.Context, snapshots <-chan creds.Snapshot) {
	redraw := time.NewTimer(0)
	defer redraw.Stop()
	var paced, settled <-chan time.Time
	fresh := snapshots
	for {
		bulletins, news := t.bulletin()
		select {
		case <-ctx.Done():
			return
		case bulletins <- news:
			if t.turned = false; t.ripe {
				t.pending, t.ripe = nil, false
			}
		case s, ok := <-fresh:
			if !ok {
				fresh, snapshots = nil, nil
				continue
			}
			t.snapshot = s
			fresh, paced = nil, time.After(pace)
			redraw.Reset(0)
		case <-paced:
			fresh, paced = snapshots, nil
		case <-redraw.C:
			if next := t.draw(); next > 0 {
				redraw.Reset(next)
			}
		case <-systray.TrayOpenedCh:
			t.host.open()
			redraw.Reset(0)
		case s := <-t.host.clicks.clicked:
			if quit := t.click(ctx, s); quit {
				return
			}
		case <-t.taps:
			t.obey(ctx, Primary(t.snapshot, time.Now().Round(0)))
		case a := <-t.answers:
			t.answered(ctx, a)
			redraw.Reset(0)
		case o := <-t.outcomes:
			t.learn(o)
		case <-settled:
			settled, t.ripe = nil, true
		}
		if len(t.pending) > 0 && settled == nil && !t.ripe {
			settled = time.After(settle)
		}
	}
}

// answered does what a person has chosen in a notice.
func (t *tray) answered(ctx context.Context, a answer) {
	if t.actions.Activated != nil && a.token != "" {
		t.actions.Activated(a.token)
	}
	for _, c := range a.commands {
		t.obey(ctx, c)
	}
}

// bulletin returns what there is to tell the desktop, and where to; the channel
// is nil while there is nothing.
func (t *tray) bulletin() (chan<- bulletin, bulletin) {
	b := bulletin{wanted: t.wanted}
	if t.ripe {
		b.notices = Merge(t.pending)
	}
	if len(b.notices) == 0 && !t.turned {
		return nil, b
	}
	return t.bulletins, b
}
