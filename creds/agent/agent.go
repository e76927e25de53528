// Package agent is the serving side of daypass's socket: the one process of a user that
// holds the state, and that every command line, window and SDK asks.
//
// An [Agent] answers requests from its [core.Manager]. A [Broker] is the Manager's
// [core.User]: it turns the Manager's questions into prompts. Prompts outlive whoever
// asked and whatever shows them, and the tray, a window and a terminal can answer them
// alike. Only processes of the same user are answered. A user has one agent: the one
// with the [Seat].
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
	"daypass/creds/consolesignin"
	"daypass/creds/core"
	"daypass/creds/settings"
	"daypass/internal/filewatch"
	"daypass/internal/safely"
	"daypass/sso"
)

// Config is what an [Agent] needs. All of it must be set unless it says otherwise.
type Config struct {
	Seat    *Seat
	Manager *core.Manager
	// Broker is the Manager's User.
	Broker *Broker
	// Files are the Manager's AWS files, as absolute paths.
	Files   agentapi.Files
	Version string
	// Settings are what the person has chosen, the same as the Manager's.
	Settings *settings.Store
	Consoles Consoles
	// Login starts the agent with the desktop's session; may be nil.
	Login Login
	// Tokens is the token cache to watch for other programs' changes; nil watches none.
	Tokens *sso.Cache
	// Logins is the login cache to watch in the same way; nil watches none.
	Logins *consolesignin.Cache
	// Headless agents open no window.
	Headless bool
	// Desktop identifies the agent's desktop session; see [Newcomer].
	Desktop string
	// OnDemand agents end by themselves when they are headless and idle.
	OnDemand bool
	// Show opens a window or brings it to the front, and returns at once. arg is what it
	// is about, or "". The Opening is nil for a window that is open already. Show is nil
	// on a machine without a desktop.
	Show func(window agentapi.Window, arg string) *Opening
	// Used is called after a request with secrets, after files with secrets were read, or a
	// link that signs in was made, if no snapshot shows that; may be nil.
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
	cfg       Config
	profiles  *profiles
	questions *questions
	sessions  *sessions
	consoles  *consoles
	choices   *choices
	display   *display
	custody   *custody
	lists     *lists
	feed      *core.Feed[creds.Snapshot]
	idle      *idle
	// files reports changes of files to all watchers.
	files filewatch.Watcher
	// life ends when the agent is to end.
	life context.Context //nolint:containedctx // of the agent itself
	end  context.CancelFunc
	work sync.WaitGroup
}

// New returns an agent that does not serve yet; see [Agent.Run].
func New(cfg Config) *Agent {
	used := cfg.Used
	if used == nil {
		used = func() {}
	}
	w := waits{cfg.Manager, cfg.Broker}
	a := &Agent{
		cfg: cfg, feed: core.NewFeed(creds.Snapshot{}),
		questions: &questions{waits: w, log: cfg.Log},
		sessions:  &sessions{w},
		custody:   &custody{waits: w, used: used},
		lists:     &lists{manager: cfg.Manager},
		consoles:  newConsoles(cfg, w, used),
		choices:   &choices{settings: cfg.Settings, login: cfg.Login, manager: cfg.Manager, log: cfg.Log},
		display:   &display{broker: cfg.Broker, open: cfg.Show, raised: core.NewFeed(creds.Raised{}), noIcon: core.NewFeed(false)},
	}
	a.files.Log = cfg.Log
	a.life, a.end = context.WithCancel(context.Background())
	a.profiles = &profiles{waits: w, life: a.life, used: used, log: cfg.Log}
	return a
}

// Watch gives the latest snapshot, prompts included, and each later one, until
// ctx ends.
func (a *Agent) Watch(ctx context.Context) <-chan creds.Snapshot { return a.feed.Watch(ctx) }

// Run serves until ctx ends, a client asks it to stop, or it has been idle for long and
// may end by itself. None of these is an error. It also runs the Manager. At the end it
// removes the socket and releases the seat. It may be called once.
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
	a.consoles.refresh()
	a.keep("the snapshots for the windows", a.merge)
	a.keep("the watch of the settings", a.watchSettings)
	a.keep("the watch of the AWS files", a.watchFiles)
	a.keep("the watch of the bookmarks", func(ctx context.Context) { a.consoles.watchBookmarks(ctx, &a.files) })
	a.keep("the watch of the socket", func(ctx context.Context) { a.watchSeat(ctx, listener) })
	if a.cfg.Tokens != nil {
		a.keep("the watch of the token cache", a.watchTokens)
	}
	if a.cfg.Logins != nil {
		a.keep("the watch of the login cache", a.watchLogins)
	}

	server := &http.Server{
		Handler:           a.mux(),
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

// keep runs a loop for as long as the agent lives, even after a panic.
func (a *Agent) keep(doing string, loop func(context.Context)) {
	a.work.Go(func() { safely.Keep(a.life, a.cfg.Log, doing, loop) })
}

// shutDown lets answers that are under way go out, and then closes the rest.
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
	raised, noIcon, unshown := a.display.raised.Watch(ctx), a.display.noIcon.Watch(ctx), a.cfg.Broker.unshown.Watch(ctx)
	states, prompts, consoles := a.cfg.Manager.Watch(ctx), a.cfg.Broker.Watch(ctx), a.consoles.feed.Watch(ctx)
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
