// Package tray shows the agent's state in the desktop's tray: an icon, its
// tooltip, a menu, and notices.
//
// What is shown is a function of an [agentapi.Snapshot] and of the time:
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
	"log/slog"
	"sync"
	"time"

	"fyne.io/systray"

	"daypass/creds/agentapi"
)

// Actions is what clicks do. All of its functions must be set.
type Actions struct {
	// Refresh gets credentials for a profile and returns when that is over,
	// well or badly; with force it gets new ones though the present ones
	// last. It is called in a goroutine of its own, once at a time for each
	// profile, and must end soon after ctx does. Its outcome is shown as a
	// notice.
	Refresh func(ctx context.Context, profile string, force bool) (agentapi.Status, error)
	// Logout ends the session of a profile, on the same terms.
	Logout func(ctx context.Context, profile string) error
	// ShowPrompt brings up the window of a prompt. It returns at once.
	ShowPrompt func(id string)
}

const (
	// pace is the shortest time between two redraws. A bus message goes out
	// for every line that changes.
	pace = 50 * time.Millisecond
	// settle is how long notices wait for others to be merged with.
	settle = 300 * time.Millisecond
	// aim is how long a line that ends a session must have meant the same
	// session before a click on it counts: nobody can have read it sooner.
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
	actions Actions
	log     *slog.Logger
	// notify shows one notice on the desktop.
	notify func(context.Context, Notice) error

	host     *host
	snapshot agentapi.Snapshot
	seen     Seen

	taps     chan struct{}
	outcomes chan outcome
	asked    map[string]bool // profiles whose refresh was asked for here and goes on
	pending  []Notice
	work     sync.WaitGroup
}

// outcome is how something that was asked for here ended.
type outcome struct {
	// refreshed is the profile that was refreshed; empty for a logout.
	refreshed string
	notice    Notice
	worthy    bool
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
func Run(ctx context.Context, snapshots <-chan agentapi.Snapshot, actions Actions, log *slog.Logger) error {
	t := &tray{
		actions:  actions,
		log:      log,
		taps:     make(chan struct{}),
		outcomes: make(chan outcome),
		asked:    make(map[string]bool),
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
	t.pending = append(t.pending, t.seen.Notices(t.snapshot, now)...)
	next := Next(t.snapshot, now)
	if next.IsZero() {
		return 0
	}
	return min(next.Sub(now), longest)
}

// loop runs until ctx ends or a person quits.
func (t *tray) loop(ctx context.Context, snapshots <-chan agentapi.Snapshot) {
	redraw := time.NewTimer(0)
	defer redraw.Stop()
	var paced, settled <-chan time.Time
	fresh := snapshots
	for {
		select {
		case <-ctx.Done():
			return
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
			redraw.Reset(0)
		case s := <-t.host.clicks:
			if quit := t.click(ctx, s); quit {
				return
			}
		case <-t.taps:
			t.obey(ctx, Primary(t.snapshot, time.Now().Round(0)))
		case o := <-t.outcomes:
			delete(t.asked, o.refreshed)
			if o.worthy {
				t.pending = append(t.pending, o.notice)
			}
		case <-settled:
			settled = nil
			t.tell(ctx)
		}
		if len(t.pending) > 0 && settled == nil {
			settled = time.After(settle)
		}
	}
}

// click does what a line of the menu says, and reports whether it says quit.
func (t *tray) click(ctx context.Context, s *slot) (quit bool) {
	command := s.line.Click
	if command.Verb == VerbLogout && time.Since(s.since) < aim {
		t.log.Info("click ignored: the line has just changed", "line", s.line.Text)
		return false
	}
	if command.Verb == VerbQuit {
		return true
	}
	t.obey(ctx, command)
	return false
}

// obey starts what a command asks for.
func (t *tray) obey(ctx context.Context, c Command) {
	t.log.Debug("click", "verb", c.Verb, "profile", c.Profile, "prompt", c.Prompt)
	switch c.Verb {
	case VerbRefresh, VerbRenew:
		if t.asked[c.Profile] {
			return
		}
		t.asked[c.Profile] = true
		t.start(ctx, func() outcome {
			status, err := t.actions.Refresh(ctx, c.Profile, c.Verb == VerbRenew)
			status.Name = c.Profile
			notice, worthy := Refreshed(status, err, time.Now().Round(0))
			return outcome{c.Profile, notice, worthy}
		})
	case VerbLogout:
		t.start(ctx, func() outcome {
			err := t.actions.Logout(ctx, c.Profile)
			if err == nil {
				return outcome{}
			}
			notice, worthy := failed("The session of "+c.Profile+" was not ended", err)
			return outcome{notice: notice, worthy: worthy}
		})
	case VerbAnswer:
		t.actions.ShowPrompt(c.Prompt)
	case VerbTell:
		t.pending = append(t.pending, Notice{Topic: TopicDone, Title: Tooltip(t.snapshot, time.Now().Round(0))})
	case VerbQuit, VerbNone:
	}
}

// start does something that takes time and brings its outcome back.
func (t *tray) start(ctx context.Context, do func() outcome) {
	t.work.Go(func() {
		select {
		case t.outcomes <- do():
		case <-ctx.Done():
		}
	})
}

// tell shows the notices that have come together.
func (t *tray) tell(ctx context.Context) {
	notices := Merge(t.pending)
	t.pending = nil
	t.work.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		for _, n := range notices {
			if err := t.notify(ctx, n); err != nil {
				t.log.Debug("notice not shown", "title", n.Title, "error", err)
			}
		}
	})
}

// tapped is a plain click on the icon, where the tray host tells clicks apart.
func (t *tray) tapped(ctx context.Context) {
	select {
	case t.taps <- struct{}{}:
	case <-ctx.Done():
	}
}
