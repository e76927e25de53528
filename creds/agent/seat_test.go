package agent

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daypass/creds/agentapi"
)

func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// sit serves only greetings from a seat, and counts them.
func sit(t *testing.T, s *Seat) (shown *atomic.Int32, leave func()) {
	t.Helper()
	l, err := s.listen(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	shown = &atomic.Int32{}
	mux := http.NewServeMux()
	mux.HandleFunc(agentapi.Show.Path, func(http.ResponseWriter, *http.Request) { shown.Add(1) })
	mux.HandleFunc(agentapi.Greeting.Path, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(l) }()
	return shown, func() {
		_ = server.Close()
		if err := s.Release(); err != nil {
			t.Error(err)
		}
	}
}

func TestOfTwoAgentsThatRaceOneGetsTheSeat(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for range 50 {
		dir := shortDir(t)
		var won, lost atomic.Int32
		var leave func()
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				seat, err := Claim(t.Context(), dir, Newcomer{Show: true})
				switch {
				case err == nil:
					won.Add(1)
					_, leave = sit(t, seat)
				case errors.Is(err, ErrRunning):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || lost.Load() != 1 {
			t.Fatalf("%d won and %d lost", won.Load(), lost.Load())
		}
		leave()
	}
}

func TestTheSecondAgentShowsTheFirst(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	dir := shortDir(t)
	seat, err := Claim(t.Context(), dir, Newcomer{Show: true})
	if err != nil {
		t.Fatal(err)
	}
	shown, leave := sit(t, seat)
	defer leave()
	for _, show := range []bool{true, false} {
		if _, err := Claim(t.Context(), dir, Newcomer{Show: show}); !errors.Is(err, ErrRunning) {
			t.Fatal(err)
		}
	}
	if got := shown.Load(); got != 1 {
		t.Errorf("the first agent was shown %d times, not once", got)
	}
	// Even when its lock was tidied away.
	if err := os.Remove(filepath.Join(dir, "agent.lock")); err != nil {
		t.Fatal(err)
	}
	if _, err := Claim(t.Context(), dir, Newcomer{Show: true}); !errors.Is(err, ErrRunning) {
		t.Fatal(err)
	}
}

// TestAnAgentMakesPlaceForOneOfAnotherDesktopSession has agents that are where they
// say, and newcomers.
func TestAnAgentMakesPlaceForOneOfAnotherDesktopSession(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for _, tt := range []struct {
		name, there, comes string
		stopped            bool
	}{
		{"one without a desktop", "", "new", true},
		{"one of another session", "old", "new", true},
		{"one of the same session stays", "new", "new", false},
		{"a newcomer without a desktop changes nothing", "old", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := shortDir(t)
			seat, err := Claim(t.Context(), dir, Newcomer{})
			if err != nil {
				t.Fatal(err)
			}
			l, err := seat.listen(t.Context(), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			mux := http.NewServeMux()
			server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
			end := sync.OnceFunc(func() {
				_ = server.Close()
				_ = seat.Release()
			})
			defer end()
			var stopped, shown atomic.Bool
			mux.HandleFunc(agentapi.Greeting.Path, func(w http.ResponseWriter, _ *http.Request) {
				_ = writeJSON(w, http.StatusOK, agentapi.Hello{Desktop: tt.there})
			})
			mux.HandleFunc(agentapi.Show.Path, func(w http.ResponseWriter, _ *http.Request) {
				shown.Store(true)
				_ = writeJSON(w, http.StatusOK, struct{}{})
			})
			mux.HandleFunc(agentapi.Stop.Path, func(w http.ResponseWriter, _ *http.Request) {
				stopped.Store(true)
				_ = writeJSON(w, http.StatusOK, struct{}{})
				time.AfterFunc(100*time.Millisecond, end) // an end takes its time
			})
			go func() { _ = server.Serve(l) }()

			next, err := Claim(t.Context(), dir, Newcomer{Show: true, Desktop: tt.comes})
			if err == nil {
				_ = next.Release()
			}
			if got := stopped.Load(); got != tt.stopped || (err == nil) != tt.stopped || shown.Load() == tt.stopped {
				t.Errorf("the agent was stopped: %t, shown: %t; the newcomer: %v", got, shown.Load(), err)
			}
		})
	}
}

func TestAStaleSocketIsNoObstacle(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	dir := shortDir(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: agentapi.SocketPath(dir)})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	seat, err := Claim(t.Context(), dir, Newcomer{Show: true})
	if err != nil {
		t.Fatal(err)
	}
	_, leave := sit(t, seat)
	defer leave()
	info, err := os.Stat(agentapi.SocketPath(dir))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info.Mode(), err)
	}
}

func TestASeatThatIsBeingGivenUpIsWaitedFor(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	dir := shortDir(t)
	first, err := Claim(t.Context(), dir, Newcomer{Show: true})
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = first.Release() })
	second, err := Claim(t.Context(), dir, Newcomer{Show: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Claim(ctx, dir, Newcomer{Show: true}); err == nil || errors.Is(err, ErrRunning) {
		t.Errorf("a seat that is taken and silent: %v", err)
	}
	_ = second.Release()
}

func TestASeatInAFolderThatIsOpenToOthersIsRefused(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	dir := shortDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Claim(t.Context(), dir, Newcomer{Show: true}); err == nil {
		t.Error("the seat was taken")
	}
	link := filepath.Join(shortDir(t), "link")
	if err := os.Symlink(shortDir(t), link); err != nil {
		t.Fatal(err)
	}
	if _, err := Claim(t.Context(), link, Newcomer{Show: true}); err == nil {
		t.Error("the seat was taken behind a symlink")
	}
}
