package core_test

import (
	"os"
	"testing"
	"time"

	"daypass/creds/core"
)

// The watcher of the files reports the manager's own writes, too.
func TestRereadPublishesWhatOthersHaveChangedAndNothingElse(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("ci", core.RefreshOptions{})
		time.Sleep(time.Second) // what is shown may wait for more
		shown := w.m.Watch(t.Context())
		<-shown
		w.m.Reread(t.Context())
		time.Sleep(time.Second)
		select {
		case s := <-shown:
			t.Errorf("its own writing is news: %+v", s)
		default:
		}
		text, err := os.ReadFile(w.files.Config)
		if err != nil {
			t.Fatal(err)
		}
		w.write(w.files.Config, string(text)+"\n[profile by-hand]\nregion = eu-west-1\n")
		w.m.Reread(t.Context())
		time.Sleep(time.Second)
		select {
		case s := <-shown:
			if _, has := s.Profile("by-hand"); !has {
				t.Error("a profile that was added is not shown")
			}
		default:
			t.Error("a change of the files is no news")
		}
	})
}
