package main

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheWindowThatAClickOpensMayTakeTheFocus(t *testing.T) {
	inherited := []string{"HOME=/home/alice", "DESKTOP_STARTUP_ID=of-the-agent", "XDG_ACTIVATION_TOKEN=of-the-agent"}
	plain := inherited[:1]
	for _, tt := range []struct {
		name  string
		after time.Duration
		want  []string
	}{
		{"at once", 0, []string{plain[0], "XDG_ACTIVATION_TOKEN=of-the-click", "DESKTOP_STARTUP_ID=of-the-click"}},
		{"a window that opens later is no answer to the click", 11 * time.Second, plain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var f focus
				if diff := cmp.Diff(plain, f.environ(inherited, time.Now())); diff != "" {
					t.Errorf("without a click (-want +got):\n%s", diff)
				}
				f.note("of-the-click")
				time.Sleep(tt.after)
				if diff := cmp.Diff(tt.want, f.environ(inherited, time.Now())); diff != "" {
					t.Errorf("after it (-want +got):\n%s", diff)
				}
				if next := f.environ(inherited, time.Now()); !slices.Equal(next, plain) {
					t.Errorf("the next window gets %q", next)
				}
			})
		})
	}
}
