package core

import (
	"context"
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
	"daypass/creds/credstest"
)

func TestTheNextAgentFindsWhatWasBegun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "custody.json")
	j := newJournal(path)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := j.begin(t.Context(), journalRotation, []string{"work"}, map[string]string{"step": "creating"})
	must(err)
	must(j.step(t.Context(), id, map[string]string{"step": "created"}))
	if all := j.unclaimed(); len(all) != 0 {
		t.Errorf("this agent would take up what it is doing itself: %v", all)
	}
	next := newJournal(path)
	must(next.open())
	all := next.unclaimed()
	if len(all) != 1 || all[0].ID != id || string(all[0].State) != `{"step":"created"}` {
		t.Fatalf("the next agent finds %+v", all)
	}
	if !next.claim(id) || next.claim(id) {
		t.Error("an entry is claimed once")
	}
	due := time.Now().Add(time.Hour).Round(0)
	must(next.leave(t.Context(), id, due))
	if all := next.unclaimed(); len(all) != 1 || !all[0].Due.Equal(due) {
		t.Errorf("left is %+v", all)
	}
	must(next.end(t.Context(), id, "the rotation was undone"))
	last := newJournal(path)
	must(last.open())
	if len(last.Entries) != 0 || last.news("work").Text != "the rotation was undone" {
		t.Errorf("in the end there is %+v", last.journalForm)
	}
	second, err := last.begin(t.Context(), journalRotation, []string{"work"}, nil)
	must(err)
	if second == id {
		t.Errorf("two entries are called %s", id)
	}
	must(last.end(t.Context(), second, ""))
	if news := last.news("work"); news.Text != "" {
		t.Errorf("old news stay: %v", news)
	}
}

func TestNothingIsBegunWithoutAJournal(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"damaged":            {`{"version":1,"entr`, "cannot be read, so that no key is changed"},
		"of a newer version": {`{"version":2}`, "newer version"},
		"something else":     {`[]`, "cannot be read, so that no key is changed"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "custody.json")
			credstest.Write(t, path, tt.text)
			j := newJournal(path)
			_, err := j.begin(t.Context(), journalImport, []string{"work"}, nil)
			credstest.WantCode(t, err, creds.CodeFile, tt.want)
			if got := credstest.Content(t, path); got != tt.text {
				t.Errorf("it was replaced by %s", got)
			}
			// Once it is repaired, no new agent is needed.
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if _, err := j.begin(t.Context(), journalImport, []string{"work"}, nil); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAStepThatCannotBeWrittenIsNotTaken(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	j := newJournal(filepath.Join(folder, "custody.json"))
	id, err := j.begin(t.Context(), journalRename, []string{"work"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	credstest.Write(t, folder, "") // a file in its place is in the way for root too
	err = j.step(t.Context(), id, 2)
	credstest.WantCode(t, err, creds.CodeFile, "written down first")
	if all := j.entries(journalRename); len(all) != 1 || string(all[0].State) != "1" {
		t.Errorf("it has %+v", all)
	}
}

func TestManyBeginAtTheSameTimeAndNoneIsLost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "custody.json")
	j := newJournal(path)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			id, err := j.begin(context.Background(), journalImport, nil, nil)
			if err != nil {
				t.Error(err)
			}
			if strings.HasSuffix(id, "0") {
				if err := j.end(context.Background(), id, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	next := newJournal(path)
	if err := next.open(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(18, len(next.Entries)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestASecondChangeOfTheSameIsRefusedWithWhatTheFirstOneIs(t *testing.T) {
	all := newTurns()
	done, err := all.take("its key is being rotated", "work", "AKIAIOSFODNN7EXAMPLE")
	if err != nil {
		t.Fatal(err)
	}
	_, err = all.take("its key is being imported", "play", "AKIAIOSFODNN7EXAMPLE")
	credstest.WantCode(t, err, creds.CodeBusy, "AKIAIOSFODNN7EXAMPLE: its key is being rotated just now; nothing was changed")
	free, err := all.take("its key is being imported", "play")
	if err != nil {
		t.Fatalf("the refused one has taken something: %v", err)
	}
	free()
	done()
	if _, err := all.take("it is being removed", "work"); err != nil {
		t.Error(err)
	}
}

// TestAnEntryThatCannotBeFinishedIsTakenUpAgainLater counts the attempts of an hour.
func TestAnEntryThatCannotBeFinishedIsTakenUpAgainLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJournal(filepath.Join(t.TempDir(), "custody.json"))
		o := &owners{custodians: custodians{newKeyring(), j}, back: newBackground(slog.New(slog.DiscardHandler))}
		o.cfg.Log = slog.New(slog.DiscardHandler)
		o.view = &view{owners: o, due: make(chan struct{}, 1)}
		tries := 0
		cu := &Custody{owners: o, failed: map[string]failedEntry{}, resumptions: map[journalKind]resumption{
			journalRemoval: func(ctx context.Context, e journalEntry) error {
				if tries++; tries < 4 {
					return context.DeadlineExceeded
				}
				return j.end(ctx, e.ID, "it is removed")
			},
		}}
		id, err := j.begin(t.Context(), journalRemoval, []string{"work"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		due := time.Now().Add(10 * time.Minute)
		if err := j.leave(t.Context(), id, due); err != nil {
			t.Fatal(err)
		}
		look := func() {
			cu.startDue(time.Now())
			synctest.Wait()
		}
		if look(); tries != 0 {
			t.Fatal("it was taken up while the keyring is unread")
		}
		o.keyring.wasRead()
		if look(); tries != 0 {
			t.Fatal("it was taken up before its time")
		}
		time.Sleep(time.Until(due))
		look()
		look()
		if tries != 1 {
			t.Fatalf("%d attempts at once", tries)
		}
		for time.Since(due) < time.Hour {
			time.Sleep(time.Minute)
			look()
		}
		if tries != 4 || len(j.unclaimed()) != 0 || j.news("work").Text != "it is removed" {
			t.Errorf("%d attempts; %+v", tries, j.journalForm)
		}
		o.back.shutDown()
	})
}
