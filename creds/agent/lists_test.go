package agent

import (
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
)

func TestTheTextOfAListIsMadeAnewWhenItIsNoLongerTrue(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection may drop it at any moment
	synctest.Test(t, func(t *testing.T) {
		made := 0
		var k kept
		get := func(profiles []creds.Status) string {
			t.Helper()
			text, err := k.get(creds.Snapshot{Profiles: profiles}, func(s creds.Snapshot, now time.Time) (agentapi.Text, time.Time, error) {
				made++
				return agentapi.AppendRecords(nil, s.Profiles, now), nextChange(s.Profiles, now), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(agentapi.AppendRecords(nil, profiles, time.Now())), string(text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			return string(text)
		}
		now := time.Now()
		first := []creds.Status{
			{Name: "long", Issued: now, Expires: now.Add(12 * time.Hour)},
			{Name: "never"},
			{Name: "short", Issued: now, Expires: now.Add(time.Hour)},
		}
		second := append([]creds.Status{}, first...)
		second[1].Note = "one that differs"
		for _, step := range []struct {
			what     string
			wait     time.Duration
			profiles []creds.Status
			made     int
		}{
			{"the first", 0, first, 1},
			{"the same", time.Minute, first, 1},
			{"another snapshot", 0, second, 2},
			{"the same again", 0, second, 2},
			{"a profile is ending", 49 * time.Minute, second, 3},
			{"it is still ending", 9 * time.Minute, second, 3},
			{"it has ended", time.Minute, second, 4},
			{"no profile", 0, nil, 5},
			{"fewer profiles", 0, first[:2], 6},
		} {
			time.Sleep(step.wait)
			get(step.profiles)
			if made != step.made {
				t.Errorf("%s: made %d times, want %d", step.what, made, step.made)
			}
		}
	})
}
