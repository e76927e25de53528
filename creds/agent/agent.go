// Package agent is the serving side of daypass's socket: the one process of a
// user that holds the state and that every command line, window and SDK asks.
//
// An [Agent] answers requests from its [core.Manager]. A [Broker] is the
// Manager's [core.User]: it turns the Manager's questions into prompts, which
// outlive whoever asked and whatever shows them, and which the tray, a window
// and a terminal can answer alike. Only processes of the same user are
// answered, and only one agent runs for a user: the one that has the [Seat].
package agent

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/core"
	"daypass/creds/filewatch"
	"daypass/creds/safely"
	"daypass/creds/settings"
	"daypass/sso"
)

// Config is what an [Agent] is made of. All of it must be set but what
// says that it may be nil.
type Config struct {
	Seat    *Seat
	Manager *core.Manager
	// Broker is the Manager's User.
	Broker *Broker
	// Files are the AWS files that the Manager works on, as absolute paths.
	Files   agentapi.Files
	Version string
	// Settings are what the person has chosen; the Manager's are the same.
	Settings *settings.Store
	Consoles Consoles
	// Login starts the agent with the desktop's session; may be nil.
	Login Login
	// Tokens is the token cache to watch for what other programs do there;
	// nil watches none.
	Tokens *sso.Cache
	// Headless agents open no window.
	Headless bool
	// Desktop identifies the desktop session of the agent: see [Newcomer].
	Desktop string
	// OnDemand agents end by themselves when they are headless and idle.
	OnDemand bool
	// Show opens a window, or brings it to the front, and returns at once; nil
	// on a machine without a desktop. arg is what it is about, or "". A nil
	// opening is of a window that is there.
	Show func(window agentapi.Window, arg string) *Opening
	// Used is called when a long-term key was used, or a link that signs in was
	// made, of which no snapshot need tell; may be nil.
	Used func()
	Log  *slog.Logger
}

// Login is the desktop's way to start the agent with the session.
type Login interface {
	Enabled() (bool, error)
	Enable(on bool) error
}

// Agent serves the socket.
type Agent struct {
	cfg      Config
	feed     *core.Feed[creds.Snapshot]
	consoles *core.Feed[consoleState]
	raised   *core.Feed[creds.Raised]
	noIcon   *core.Feed[bool]
	idle     *idle
	// reading holds a token while nobody reads bookmarks and visits, so that what
	// was read first is not taken for the newest.
	reading chan struct{}
	// files tells of changes of files to all who want to know.
	files filewatch.Watcher
	// life ends when the agent is told to end.
	life context.Context //nolint:containedctx // of the agent itself
	end  context.CancelFunc
	work sync.WaitGroup
}

// New returns an agent that does not serve yet; see [Agent.Run].
func New(cfg Config) *Agent {
	a := &Agent{
		cfg: cfg, feed: core.NewFeed(creds.Snapshot{}), consoles: core.NewFeed(consoleState{}),
		raised: core.NewFeed(creds.Raised{}), noIcon: core.NewFeed(false), reading: make(chan struct{}, 1),
	}
	a.reading <- struct{}{}
	a.files.Log = cfg.Log
	a.life, a.end = context.WithCancel(context.Background())
	return a
}

// Watch gives the latest snapshot, prompts included, and each later one, until
// ctx ends.
func (a *Agent) Watch(ctx context.Context) <-chan creds.Snapshot { return a.feed.Watch(ctx) }

// used is to be called when work with a secret is over.
func (a *Agent) used() {
	if a.cfg.Used != nil {
		a.cfg.Used()
	}
}

// Run serves until ctx ends, a client asks it to stop,
// or it has been idle for long and may end by itself; all of that is no error.
// It runs the Manager too, removes the socket and releases the seat. It may be
// called once.
func (a *Agent) Run(ctx context.Context) error {
	defer func() { _ = a.cfg.Seat.Release() }()
	defer context.AfterFunc(ctx, a.end)()
	defer a.end()
	listener, err := a.cfg.Seat.listen(ctx, a.cfg.Log)
	if err != nil {
		return err
	}
	if a.cfg.OnDemand && a.cfg.Headless {
		a.idle = newIdle(idleLimit, a.end)
		defer a.idle.stop()
	}
	a.work.Go(func() {
		err := safely.Do(a.cfg.Log, "the renewal of sessions", func() error { return a.cfg.Manager.Run(a.life) })
		if err != nil && a.life.Err() == nil {
			a.cfg.Log.Error("sessions are no longer renewed", "error", err)
		}
	})
	a.cfg.Manager.NoteSettings(a.cfg.Settings.Fault())
	a.refreshConsoles()
	a.keep("what the windows are told", a.merge)
	a.keep("the watch of the settings", a.watchSettings)
	a.keep("the watch of the AWS files", a.watchFiles)
	a.keep("the watch of the bookmarks", a.watchBookmarks)
	a.keep("the watch of the socket", func(ctx context.Context) { a.watchSeat(ctx, listener) })
	if a.cfg.Tokens != nil {
		a.keep("the watch of the token cache", a.watchTokens)
	}

	server := &http.Server{
		Handler:           a.routes(),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ConnContext:       withPeer,
		// A handler sees the agent's end as the end of its request.
		BaseContext: func(net.Listener) context.Context { return a.life },
		ErrorLog:    slog.NewLogLogger(a.cfg.Log.Handler(), slog.LevelDebug),
	}
	a.work.Go(func() {
		<-a.life.Done()
		safely.Run(a.cfg.Log, "the end of the agent", func() { a.shutDown(server) })
	})
	a.cfg.Log.Info("serving", "socket", listener.Addr().String(), "pid", os.Getpid(), "headless", a.cfg.Headless)
	err = server.Serve(listener)
	a.end()
	a.work.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// keep runs a loop for as long as the agent lives, whatever befalls it.
func (a *Agent) keep(doing string, loop func(context.Context)) {
	a.work.Go(func() { safely.Keep(a.life, a.cfg.Log, doing, loop) })
}

// shutDown lets answers that are under way go out, and then closes what is left.
func (a *Agent) shutDown(server *http.Server) {
	a.cfg.Log.Info("ending")
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		_ = server.Close()
	}
	a.cfg.Broker.Close()
}

// merge puts the Manager's snapshots and the broker's prompts together.
func (a *Agent) merge(ctx context.Context) {
	var s creds.Snapshot
	raised, noIcon, unshown := a.raised.Watch(ctx), a.noIcon.Watch(ctx), a.cfg.Broker.unshown.Watch(ctx)
	states, prompts, consoles := a.cfg.Manager.Watch(ctx), a.cfg.Broker.Watch(ctx), a.consoles.Watch(ctx)
	busy := false
	defer func() {
		if busy {
			a.idle.done()
		}
	}()
	for {
		var ok bool
		select {
		case next, open := <-states:
			next.Prompts, next.Bookmarks, next.Visits = s.Prompts, s.Bookmarks, s.Visits
			next.Raised, next.NoIcon, next.Unshown = s.Raised, s.NoIcon, s.Unshown
			s, ok = next, open
		case c, open := <-consoles:
			s.Bookmarks, s.Visits, ok = c.bookmarks, c.visits, open
		case s.Prompts, ok = <-prompts:
		case s.Raised, ok = <-raised:
		case s.NoIcon, ok = <-noIcon:
		case s.Unshown, ok = <-unshown:
		}
		if !ok {
			return
		}
		a.feed.Publish(s)
		if now := isBusy(s); now != busy {
			busy = now
			if busy {
				a.idle.begin()
			} else {
				a.idle.done()
			}
		}
	}
}

// isBusy reports whether a snapshot shows something under way.
func isBusy(s creds.Snapshot) bool {
	for _, p := range s.Profiles {
		switch p.Phase {
		case creds.PhaseRefreshing, creds.PhaseNeedsMFA, creds.PhaseNeedsSSO:
			return true
		case creds.PhaseIdle, creds.PhaseFailed:
		}
	}
	for _, one := range s.Sessions {
		if one.Phase != creds.PhaseIdle && one.Phase != creds.PhaseFailed || one.Total > 0 {
			return true
		}
	}
	return len(s.Prompts) > 0
}

// Refresh gives a profile credentials that last, for a person at the tray. When
// a prompt that the profile waits for is open already, it is shown.
func (a *Agent) Refresh(ctx context.Context, profile string, force bool) (creds.Status, error) {
	by := creds.Requester{Surface: creds.SurfaceTray}
	ctx, on, leave := a.attend(ctx, profile, by)
	defer leave()
	a.showWaiting(on, by)
	s, err := a.cfg.Manager.Refresh(ctx, profile, core.RefreshOptions{Force: force, Requester: by})
	if err == nil {
		s.Warning = a.cfg.Manager.Unsaved()
	}
	return s, err
}

// SignIn signs in to a session of Identity Center, for a person at the tray;
// with force though the present sign-in lasts.
func (a *Agent) SignIn(ctx context.Context, session string, force bool) (creds.SSOLoginReply, error) {
	by := creds.Requester{Surface: creds.SurfaceTray}
	on := hanging{session: session}
	ctx, leave := a.cfg.Broker.attend(ctx, on, by.Surface)
	defer leave()
	a.showWaiting(on, by)
	return a.cfg.Manager.SignIn(ctx, session, core.RefreshOptions{Force: force, Requester: by})
}

// Unlock has a keyring read that was locked, for a person.
func (a *Agent) Unlock(ctx context.Context, by creds.Requester) error {
	on := hanging{}
	ctx, leave := a.cfg.Broker.attend(ctx, on, by.Surface)
	defer leave()
	a.showWaiting(on, by)
	return whyEnded(ctx, a.cfg.Manager.Unlock(ctx, by))
}

// Raise brings a window that is open to the front, and tells it what it is asked
// to be about; "" leaves that.
func (a *Agent) Raise(window agentapi.Window, arg string) {
	a.raised.Publish(creds.Raised{Window: string(window), Arg: arg, Times: a.raised.Current().Times + 1})
}

// NoteNoIcon has the snapshots say whether the desktop shows no tray icon.
func (a *Agent) NoteNoIcon(none bool) { a.noIcon.Publish(none) }

// Show shows the prompts that wait, or else the agent itself. It returns when
// they are on the screen, and fails with a [NoWindow] where that cannot be.
func (a *Agent) Show(ctx context.Context) error {
	var openings []*Opening
	for _, p := range a.cfg.Broker.Prompts() {
		opening, err := a.cfg.Broker.Show(p.ID)
		if err != nil {
			continue // it has ended by now
		}
		openings = append(openings, opening)
	}
	if len(openings) == 0 && a.cfg.Show != nil {
		openings = append(openings, a.cfg.Show(agentapi.WindowStatus, ""))
	}
	for _, opening := range openings {
		if err := opening.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// showWaiting shows a person who has clicked what waits already. A sign-in that a
// program asked for begins now.
func (a *Agent) showWaiting(on hanging, by creds.Requester) {
	if !byClick(by.Surface) {
		return
	}
	for _, p := range a.cfg.Broker.Prompts() {
		if !on.on(p) {
			continue
		}
		_, _ = a.cfg.Broker.Show(p.ID) // it may have ended by now
		if p.Kind == creds.PromptSSO {
			_ = a.cfg.Broker.Begin(p.ID, creds.SignInOptions{})
		}
	}
}

// hangs says what a profile's credentials may hang on.
func (a *Agent) hangs(ctx context.Context, profile string) hanging {
	// Whether there is such a profile is told by the request itself.
	status, _ := a.cfg.Manager.Status(ctx, profile)
	return hanging{profile, status.MFASerial, status.Session}
}

// attend makes the broker know who waits for a profile; see [Broker.attend].
func (a *Agent) attend(ctx context.Context, profile string, by creds.Requester) (attended context.Context, on hanging, leave func()) {
	on = a.hangs(ctx, profile)
	attended, leave = a.cfg.Broker.attend(ctx, on, by.Surface)
	return attended, on, leave
}
