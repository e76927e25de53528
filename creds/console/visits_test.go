package console_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/console"
	"daypass/creds/credstest"
)

func destinations(t *testing.T, v *console.Visits) []string {
	t.Helper()
	var all []string
	for _, one := range must[[]creds.Visit](t)(v.List()) {
		all = append(all, one.Destination)
	}
	return all
}

func TestVisitsAreKeptForNinetyDaysNewestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "daypass", "visits.json")
		v := console.NewVisits(path, nil)
		if list, err := v.List(); err != nil || list == nil || len(list) != 0 {
			t.Errorf("at first there are %v, %v", list, err)
		}
		add := func(name string) creds.Visit {
			return must[creds.Visit](t)(v.Add(creds.Visit{Profile: "dev", Destination: name, Opened: time.Now(), Until: time.Now().Add(time.Hour)}))
		}
		first := add("first")
		time.Sleep(60 * 24 * time.Hour)
		second := add("second")
		if first.ID == "" || first.ID == second.ID {
			t.Errorf("the ids are %q and %q", first.ID, second.ID)
		}
		v = console.NewVisits(path, nil) // after a restart
		if diff := cmp.Diff([]string{"second", "first"}, destinations(t, v)); diff != "" {
			t.Error(diff)
		}
		if got, err := v.Find(first.ID); err != nil || !got.Until.Equal(first.Until) || got.Profile != "dev" {
			t.Errorf("found %+v, %v", got, err)
		}
		time.Sleep(30*24*time.Hour + 1)
		if diff := cmp.Diff([]string{"second"}, destinations(t, v)); diff != "" {
			t.Error(diff)
		}
		if _, err := v.Find(first.ID); err == nil || err.Error() != "what was opened then is not in the list any more" {
			t.Error(err)
		}
		for i := range 120 {
			time.Sleep(time.Second)
			add(fmt.Sprint(i))
		}
		if got := destinations(t, v); len(got) != 100 || got[0] != "119" || got[99] != "20" {
			t.Errorf("there are %d: %v", len(got), got)
		}
		if err := v.Clear(); err != nil {
			t.Error(err)
		}
		if got := destinations(t, v); got != nil {
			t.Errorf("after all is forgotten there are %v", got)
		}
		if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(path))); len(left) != 0 {
			t.Errorf("left are %v", left)
		}
		if err := v.Clear(); err != nil {
			t.Error(err)
		}
	})
}

func TestADamagedListOfVisitsIsSetAsideAndLogged(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":2}`, "null", strings.Repeat("x", 5<<20)} {
		path := filepath.Join(t.TempDir(), "visits.json")
		for _, aside := range []string{path + ".unreadable", path + ".unreadable-2"} {
			credstest.Write(t, path, text)
			var log bytes.Buffer
			v := console.NewVisits(path, slog.New(slog.NewTextHandler(&log, nil)))
			if _, err := v.Add(creds.Visit{Destination: "x", Opened: time.Now()}); err != nil {
				t.Errorf("%.20q: %v", text, err)
			}
			if diff := cmp.Diff([]string{"x"}, destinations(t, v)); diff != "" {
				t.Errorf("%.20q: %s", text, diff)
			}
			if got, err := os.ReadFile(aside); err != nil || string(got) != text {
				t.Errorf("%.20q: what was set aside is %.20q, %v", text, got, err)
			}
			if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), aside) {
				t.Errorf("%.20q: the log says %s", text, &log)
			}
		}
	}
}

func TestVisitsAtOnceAreAllKept(t *testing.T) {
	v := console.NewVisits(filepath.Join(t.TempDir(), "visits.json"), nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := v.Add(creds.Visit{Destination: "x", Opened: time.Now()}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := destinations(t, v); len(got) != 20 {
		t.Errorf("there are %d", len(got))
	}
}
