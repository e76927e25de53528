package tray_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daypass/creds"
	"daypass/tray"
)

// childEnv makes the test binary a program with a tray icon. systray keeps its
// state in package variables and works once in a process.
const childEnv = "DAYPASS_TEST_TRAY"

// hostlessEnv has that program say when nothing shows its icon.
const hostlessEnv = "DAYPASS_TEST_TRAY_HOSTLESS"

// warnEnv has that program say what it logs as a warning.
const warnEnv = "DAYPASS_TEST_TRAY_WARN"

// warnings is a log whose warnings are said.
type warnings struct {
	slog.Handler
	say func(format string, args ...any)
}

func (w warnings) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

func (w warnings) Handle(_ context.Context, r slog.Record) error {
	w.say("warning: %s", r.Message)
	return nil
}

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := child(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// child shows the snapshots that come as lines of JSON, and writes a line for
// each action that a click asks for.
func child() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()

	snapshots := make(chan creds.Snapshot, 1)
	go func() {
		in := bufio.NewScanner(os.Stdin)
		in.Buffer(nil, 1<<24)
		for in.Scan() {
			var s creds.Snapshot
			if err := json.Unmarshal(in.Bytes(), &s); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
			select {
			case <-snapshots:
			default:
			}
			snapshots <- s
		}
	}()

	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Printf(format+"\n", args...)
	}
	log := slog.DiscardHandler
	if os.Getenv(warnEnv) != "" {
		log = warnings{log, say}
	}
	return tray.Run(ctx, snapshots, tray.Actions{
		Refresh: func(ctx context.Context, profile string, force bool) (creds.Status, error) {
			say("refresh %s %t", profile, force)
			switch {
			case strings.HasPrefix(profile, "bad"):
				return creds.Status{}, &creds.Error{Code: creds.CodeDenied, Message: "AWS said <no> to " + profile}
			case strings.HasPrefix(profile, "slow"):
				<-ctx.Done()
				return creds.Status{}, ctx.Err()
			}
			return creds.Status{Expires: time.Now().Add(12 * time.Hour)}, nil
		},
		Logout: func(_ context.Context, profile string) error {
			say("logout %s", profile)
			return nil
		},
		Rotate:     func(profile string) { say("rotate %s", profile) },
		Reminded:   func(_ context.Context, ids []string) { say("reminded %s", strings.Join(ids, " ")) },
		ImportKeys: func() { say("import keys") },
		Announced:  func(_ context.Context, ids []string) { say("announced %s", strings.Join(ids, " ")) },
		ShowPrompt: func(id string) { say("show %s", id) },
		Console: func(_ context.Context, profile, bookmark string) (creds.ConsoleReply, error) {
			say("console %s", strings.TrimSpace(profile+" "+bookmark))
			if strings.HasPrefix(profile, "bad") {
				return creds.ConsoleReply{}, &creds.Error{Code: creds.CodeDenied, Message: "AWS said <no> to " + profile}
			}
			return creds.ConsoleReply{}, nil
		},
		Reopen: func(_ context.Context, visit string) error {
			say("reopen %s", visit)
			return nil
		},
		NoHost: func() {
			if os.Getenv(hostlessEnv) != "" {
				say("no host")
			}
		},
		HostChanged: func(there bool) { say("host %t", there) },
		Activated:   func(token string) { say("activated %s", token) },
		Window:      func() { say("window") },
		Add:         func() { say("add") },
		Settings:    func() { say("settings") },
		SignIn: func(ctx context.Context, session string, force bool) error {
			say("sign in to %s %t", session, force)
			switch {
			case strings.HasPrefix(session, "bad"):
				return &creds.Error{Code: creds.CodeDenied, Message: "AWS said no to " + session}
			case strings.HasPrefix(session, "slow"):
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		},
		SignOut: func(_ context.Context, session string) error {
			say("sign out of %s", session)
			return nil
		},
		Import:  func(session string) { say("import %s", session) },
		Migrate: func(startURL string) { say("migrate %s", startURL) },
	}, slog.New(log))
}
