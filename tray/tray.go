// Package tray shows the agent's state in the desktop's tray: an icon, its
// tooltip, a menu, and notices.
//
// What is shown is a function of an [creds.Snapshot] and of the time:
// [NewMenu], [Icon], [Tooltip] and [Primary]; [Next] says when it changes by
// itself. [Run] puts it on the screen through fyne.io/systray and hands clicks
// to [Actions]. Nothing here calls AWS, reads a file or opens a window.
//
// The menu shows the end of a session as a time of day and the time left only in
// coarse steps, so that the agent need not wake up to keep them true.
package tray

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"fyne.io/systray"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// Actions is what clicks do, and who hears of panels. All functions must be set.
type Actions struct {
	// Refresh gets credentials for a profile and returns when it has them or has
	// failed; with force it gets new ones though the present ones are valid. It
	// runs in a goroutine of its own, once at a time for each profile, and must
	// end soon after ctx does. A notice shows its outcome.
	Refresh func(ctx context.Context, profile string, force bool) (creds.Status, error)
	// Logout takes the credentials of a profile away; it runs as Refresh does.
	Logout func(ctx context.Context, profile string) error
	// Unlock reads a keyring that was locked; it runs as Refresh does, once at a
	// time. Only its failure is shown.
	Unlock func(ctx context.Context) error
	// ShowPrompt brings up the window of a prompt. It returns at once.
	ShowPrompt func(id string)
	// SignIn signs in to an SSO session; it runs as Refresh does, once at a time
	// for each session. With force it does so though the present sign-in is
	// valid. It is only called after a click, and so may open a browser. Only its
	// failure is shown.
	SignIn func(ctx context.Context, session string, force bool) error
	// SignOut signs out of an SSO session; it runs as Logout does.
	SignOut func(ctx context.Context, session string) error
	// Console opens the console for a profile, at a bookmark unless that is empty;
	// it runs as Refresh does, once at a time for each. It may ask for a code or
	// a sign-in. Only its failure and the reply's note are shown.
	Console func(ctx context.Context, profile, bookmark string) (creds.ConsoleReply, error)
	// Reopen opens the page of a visit again; it runs as Console does. Only its
	// failure is shown.
	Reopen func(ctx context.Context, visit string) error
	// Window brings up the window of all profiles. It returns at once.
	Window func()
	// Add brings up the window that makes a profile. It returns at once.
	Add func()
	// Settings brings up the window of the settings. It returns at once.
	Settings func()
	// Activated is called before the command of a click on a notice runs, with the
	// token by which a window may take the focus.
	// https://specifications.freedesktop.org/notification-spec/latest/protocol.html#signal-activation-token
	Activated func(token string)
	// NoHost is called once if nothing on the desktop shows tray icons a few
	// seconds after the start, as with GNOME without extensions. It returns at
	// once. The icon appears when a panel does that shows it.
	NoHost func()
	// HostChanged is called when that changes, with whether something shows the
	// icon now.
	HostChanged func(there bool)
	// Rotate brings up the window of a profile's long-term key, with what a rotation would
	// do. It returns at once.
	Rotate func(profile string)
	// Reminded notes the access key IDs of old keys that a notice was made about: there is
	// one a day at most. It runs in a goroutine of its own.
	Reminded func(ctx context.Context, accessKeyIDs []string)
	// ImportKeys brings up the window that brings long-term keys in plaintext into the
	// keyring. It returns at once.
	ImportKeys func()
	// Announced notes the access key IDs of keys in plaintext that a notice was made about:
	// there is one for each key, for all time. It runs in a goroutine of its own.
	Announced func(ctx context.Context, accessKeyIDs []string)
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
	ErrBusGone = lang.Error("the session bus closed")
	// ErrBusCame ends [Run] when there was no session bus and now there is one. The
	// keyring's library looks for the bus only when the process starts, so the
	// process must start again.
	ErrBusCame = lang.Error("the session bus has come")
)

const (
	// pace is the shortest time between two redraws. A bus message goes out
	// for every line that changes.
	pace = 50 * time.Millisecond
	// settle is how long notices wait for others to be merged with.
	settle = 300 * time.Millisecond
	// aim is how long a line that ends a session or opens a console must be
	// unchanged before a click on it counts: nobody can have read it sooner.
	aim = 300 * time.Millisecond
	// longest is the longest time between two redraws while a session lasts. Go's
	// timers stop while the machine is suspended, so after waking up the menu may
	// show an old time left for that long.
	longest = 5 * time.Minute
	// patience is how long the desktop may take to accept a notice.
	patience = 5 * time.Second
)

// tray is the goroutine that owns the menu.
type tray struct {
	actions  Actions
	log      *slog.Logger
	menu     *menuView
	snapshot creds.Snapshot
	seen     Seen

	taps     chan struct{}
	outcomes chan outcome
	asked    map[Command]bool // what was asked for here and is running
	work     sync.WaitGroup

	// pending are notices that wait to be merged with others until due is set.
	pending []Notice
	due     bool
	// wanted is what notices may still offer; wantedChanged is set until the desktop
	// has got it.
	wanted        map[Command]bool
	wantedChanged bool
	// updates go to whoever shows notices, answers are the clicks on those.
	updates chan update
	answers chan answer
}

// update is what the desktop gets: notices to show, and the commands that notices may
// still offer. Notices that offer nothing else are withdrawn.
type update struct {
	notices []Notice
	wanted  map[Command]bool
}

// answer is a click on a notice.
type answer struct {
	commands []Command
	// token lets a window that the click opens take the focus; may be empty.
	token string
}

// outcome is the result of a command.
type outcome struct {
	// asked is the command, if it may run only once at a time.
	asked  Command
	notice Notice
	show   bool
	// session is the SSO session that err may be about.
	session string
	err     error
}

// Run shows the tray icon until ctx ends or a person quits, and returns nil for
// both; the caller ends the rest. It draws from the first snapshot on and expects a
// channel that holds the latest one only. A channel that closes before the first
// snapshot counts as the end of ctx.
//
// It must be called from the main goroutine (macOS delivers a program's events
// to its main thread) and only once in a process. It returns an error when there
// is no desktop to show anything on; a desktop whose tray is absent, or comes
// and goes, is no error.
func Run(ctx context.Context, snapshots <-chan creds.Snapshot, actions Actions, log *slog.Logger) error {
	t := &tray{
		actions:  actions,
		log:      log,
		taps:     make(chan struct{}),
		outcomes: make(chan outcome),
		asked:    make(map[Command]bool),
		updates:  make(chan update),
		answers:  make(chan answer),
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
	// systray drops what it cannot send at once: without a buffer it would drop an
	// opening while the menu is being drawn.
	systray.TrayOpenedCh = make(chan struct{}, 1)
	ctx, cancel := context.WithCancelCause(ctx)
	defer t.work.Wait()
	defer cancel(nil)
	return t.show(ctx, cancel, snapshots)
}

// draw shows the snapshot and collects the notices that are due. It returns how long
// that is up to date; zero until the next snapshot.
func (t *tray) draw() time.Duration {
	// The wall clock alone counts: the monotonic one misses suspends.
	now := time.Now().Round(0)
	t.menu.show(t.snapshot, now)
	t.pending = append(t.pending, t.seen.Notices(t.snapshot, now)...)
	if wanted := t.seen.Wanted(t.snapshot, now); !maps.Equal(wanted, t.wanted) {
		t.wanted, t.wantedChanged = wanted, true
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

// keepLoop runs the loop, and restarts it after a panic. Commands go on meanwhile.
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
		updates, news := t.nextUpdate()
		select {
		case <-ctx.Done():
			return
		case updates <- news:
			if t.wantedChanged = false; t.due {
				t.pending, t.due = nil, false
				t.noteAnnounced(ctx)
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
			t.menu.open()
			redraw.Reset(0)
		case s := <-t.menu.clicks.clicked:
			if quit := t.click(ctx, s); quit {
				return
			}
		case <-t.taps:
			t.perform(ctx, Primary(t.snapshot, time.Now().Round(0)))
		case a := <-t.answers:
			t.answered(ctx, a)
			redraw.Reset(0)
		case o := <-t.outcomes:
			t.finish(o)
		case <-settled:
			settled, t.due = nil, true
		}
		if len(t.pending) > 0 && settled == nil && !t.due {
			settled = time.After(settle)
		}
	}
}

// noteAnnounced has the agent remember the keys in plaintext that the desktop was given a
// notice of.
func (t *tray) noteAnnounced(ctx context.Context) {
	if ids := t.seen.Announced(); len(ids) > 0 {
		t.work.Go(func() {
			safely.Run(t.log, "the note of a notice", func() { t.actions.Announced(ctx, ids) })
		})
	}
	if ids := t.seen.Reminded(); len(ids) > 0 {
		t.work.Go(func() {
			safely.Run(t.log, "the note of a notice", func() { t.actions.Reminded(ctx, ids) })
		})
	}
}

// answered runs the commands that a person has chosen in a notice.
func (t *tray) answered(ctx context.Context, a answer) {
	if a.token != "" {
		t.actions.Activated(a.token)
	}
	for _, c := range a.commands {
		t.perform(ctx, c)
	}
}

// nextUpdate returns what the desktop does not have yet, and the channel to send it to,
// which is nil while there is nothing.
func (t *tray) nextUpdate() (chan<- update, update) {
	b := update{wanted: t.wanted}
	if t.due {
		b.notices = Merge(t.pending)
	}
	if len(b.notices) == 0 && !t.wantedChanged {
		return nil, b
	}
	return t.updates, b
}
