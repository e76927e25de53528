package tray

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

func TestALineThatHasJustChangedEndsNoSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan string, 1)
		tr := &tray{
			log:      slog.New(slog.DiscardHandler),
			outcomes: make(chan outcome, 1),
			actions: Actions{Logout: func(_ context.Context, profile string) error {
				ended <- profile
				return nil
			}},
		}
		line := &slot{line: Line{Click: Command{Verb: VerbLogout, Profile: "prod"}}, since: time.Now()}

		time.Sleep(aim - time.Millisecond)
		tr.click(t.Context(), line)
		synctest.Wait()
		if len(ended) > 0 {
			t.Error("a click that was meant for another line has ended a session")
		}

		time.Sleep(time.Millisecond)
		tr.click(t.Context(), line)
		synctest.Wait()
		if len(ended) != 1 {
			t.Error("the line still does nothing")
		}
	})
}
