package tray

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

func TestAClickOnALineThatHasJustChangedHitsNobody(t *testing.T) {
	for _, verb := range []Verb{VerbLogout, VerbSignOut, VerbConsole} {
		t.Run(string(verb), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				did := make(chan string, 1)
				tr := &tray{
					log:      slog.New(slog.DiscardHandler),
					outcomes: make(chan outcome, 1),
					asked:    make(map[Command]bool),
					actions: Actions{
						Logout:  func(_ context.Context, profile string) error { did <- profile; return nil },
						SignOut: func(_ context.Context, session string) error { did <- session; return nil },
						Console: func(_ context.Context, profile, _ string) (creds.ConsoleReply, error) {
							did <- profile
							return creds.ConsoleReply{}, nil
						},
					},
				}
				line := &slot{line: Line{Click: Command{Verb: verb, Profile: "prod"}}, since: time.Now()}

				time.Sleep(aim - time.Millisecond)
				tr.click(t.Context(), line)
				synctest.Wait()
				if len(did) > 0 {
					t.Error("a click that was meant for another line has hit this one")
				}

				time.Sleep(time.Millisecond)
				tr.click(t.Context(), line)
				synctest.Wait()
				if len(did) != 1 {
					t.Error("the line still does nothing")
				}
			})
		})
	}
}

// TestTheKeyringIsUnlockedOnceAtATime has a person click again while the keyring
// asks.
func TestTheKeyringIsUnlockedOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, done := 0, make(chan error)
		tr := &tray{
			log:      slog.New(slog.DiscardHandler),
			outcomes: make(chan outcome, 1),
			asked:    make(map[Command]bool),
			actions:  Actions{Unlock: func(context.Context) error { asked++; return <-done }},
		}
		for range 3 {
			tr.perform(t.Context(), Command{Verb: VerbUnlock})
			synctest.Wait()
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		done <- &creds.Error{Code: creds.CodeKeyringLocked, Message: "the keyring is locked"}
		tr.finish(<-tr.outcomes)
		want := []Notice{{Topic: TopicFailed, Title: "The keyring was not unlocked", Body: "the keyring is locked"}}
		if diff := cmp.Diff(want, tr.pending); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
		tr.perform(t.Context(), Command{Verb: VerbUnlock})
		synctest.Wait()
		done <- nil
		tr.finish(<-tr.outcomes)
		if asked != 2 || len(tr.pending) != 1 {
			t.Errorf("asked %d times; notices: %v", asked, tr.pending)
		}
	})
}

// TestAConsoleIsOpenedOnceAtATime has a person click again while the browser
// takes its time.
func TestAConsoleIsOpenedOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened, done := 0, make(chan struct{})
		tr := &tray{
			log:      slog.New(slog.DiscardHandler),
			outcomes: make(chan outcome, 1),
			asked:    make(map[Command]bool),
			actions: Actions{Console: func(context.Context, string, string) (creds.ConsoleReply, error) {
				opened++
				<-done
				return creds.ConsoleReply{Note: "the session lasts one hour only"}, nil
			}},
		}
		command := Command{Verb: VerbConsole, Profile: "prod"}
		for range 3 {
			tr.perform(t.Context(), command)
			synctest.Wait()
		}
		if opened != 1 {
			t.Errorf("opened %d times", opened)
		}
		close(done)
		tr.finish(<-tr.outcomes)
		want := []Notice{{Topic: TopicOpened, Title: "The console of prod was opened", Body: "the session lasts one hour only"}}
		if diff := cmp.Diff(want, tr.pending); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
		tr.perform(t.Context(), command)
		synctest.Wait()
		if opened != 2 {
			t.Errorf("opened %d times in all", opened)
		}
	})
}

func TestAnActionThatPanicsIsANoticeAndMayBeAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hush = "hush-hush"
		var logged bytes.Buffer
		asked := 0
		tr := &tray{
			log:      slog.New(slog.NewTextHandler(&logged, nil)),
			outcomes: make(chan outcome, 1),
			asked:    make(map[Command]bool),
			actions: Actions{
				Refresh: func(context.Context, string, bool) (creds.Status, error) { asked++; panic(hush) },
				Logout:  func(context.Context, string) error { asked++; panic(hush) },
				SignIn:  func(context.Context, string, bool) error { asked++; panic(hush) },
				SignOut: func(context.Context, string) error { asked++; panic(hush) },
				Console: func(context.Context, string, string) (creds.ConsoleReply, error) { asked++; panic(hush) },
				Reopen:  func(context.Context, string) error { asked++; panic(hush) },
			},
		}
		for _, verb := range []Verb{VerbRefresh, VerbRenew, VerbLogout, VerbSignIn, VerbSignInAgain, VerbSignOut, VerbConsole, VerbReopen} {
			for range 2 {
				asked, tr.pending = 0, nil
				tr.perform(t.Context(), Command{Verb: verb, Profile: "prod", Session: "corp"})
				tr.finish(<-tr.outcomes)
				if asked != 1 || len(tr.pending) != 1 || tr.pending[0].Title != "That did not work" || strings.Contains(tr.pending[0].Body, hush) {
					t.Errorf("%s: asked %d times, announced %+v", verb, asked, tr.pending)
				}
			}
		}
		if !strings.Contains(logged.String(), "a panic was caught") || strings.Contains(logged.String(), hush) {
			t.Errorf("the log is\n%s", &logged)
		}
	})
}
