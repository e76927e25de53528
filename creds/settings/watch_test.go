package settings_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/settings"
	"daypass/internal/filewatch"
)

// watched is a store with a watch.
type watched struct {
	*settings.Store
	t       *testing.T
	updates <-chan settings.Update
	leave   context.CancelFunc
}

func watch(t *testing.T, path string) *watched {
	t.Helper()
	w := &watched{Store: open(t, path), t: t}
	var ctx context.Context
	ctx, w.leave = context.WithCancel(t.Context())
	t.Cleanup(w.leave)
	w.updates = w.Watch(ctx, new(filewatch.Watcher))
	return w
}

// next returns what is reported next.
func (w *watched) next() settings.Update {
	w.t.Helper()
	select {
	case u, open := <-w.updates:
		if !open {
			w.t.Fatal("the watch has ended")
		}
		return u
	case <-time.After(30 * time.Second):
		w.t.Fatal("nothing is reported")
	}
	panic("unreachable")
}

// reports fails unless the next update has settings with a suffix, which must also be in
// use.
func (w *watched) reports(suffix string) {
	w.t.Helper()
	u := w.next()
	if u.Err != nil || u.Settings.DerivedSuffix != suffix || w.Current().DerivedSuffix != suffix {
		w.t.Fatalf("reported is %+v, in use is %q, not %q", u, w.Current().DerivedSuffix, suffix)
	}
}

// save writes a file as most editors do: beside, and then over it.
func save(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+"~", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		err := os.Rename(path+"~", path)
		if err == nil {
			return
		}
		if n == 100 {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // Windows: the file is being read
	}
}

func suffix(s string) string { return "derived_suffix = \"" + s + "\"\n" }

func TestWhatAnEditorSavesIsReported(t *testing.T) {
	path := write(t, suffix("-a"))
	w := watch(t, path)
	save(t, path, suffix("-b"))
	w.reports("-b")
	// In place, as some editors do.
	if err := os.WriteFile(path, []byte(suffix("-c")), 0o600); err != nil {
		t.Fatal(err)
	}
	w.reports("-c")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	w.reports(settings.Defaults().DerivedSuffix)
	save(t, path, suffix("-d"))
	w.reports("-d")
	w.leave()
	if u, open := <-w.updates; open {
		t.Errorf("after its end the watch reports %+v", u)
	}
}

func TestWhatWasSavedBeforeTheWatchIsReported(t *testing.T) {
	path := write(t, suffix("-a"))
	store := open(t, path)
	save(t, path, suffix("-b"))
	w := &watched{Store: store, t: t, updates: store.Watch(t.Context(), new(filewatch.Watcher))}
	w.reports("-b")
}

func TestTheFolderMayComeAndGo(t *testing.T) {
	home := t.TempDir()
	folder := filepath.Join(home, "config", "daypass")
	path := filepath.Join(folder, "config.toml")
	w := watch(t, path)
	for _, s := range []string{"-a", "-b"} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		save(t, path, suffix(s))
		w.reports(s)
		if err := os.RemoveAll(filepath.Join(home, "config")); err != nil {
			t.Fatal(err)
		}
		w.reports(settings.Defaults().DerivedSuffix)
	}
}

func TestALinkedFileIsWatchedWhereItIs(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links are not a person's to make there
	}
	real, other := write(t, suffix("-a")), write(t, suffix("-c"))
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.Symlink(real, path); err != nil {
		t.Fatal(err)
	}
	w := watch(t, path)
	save(t, real, suffix("-b"))
	w.reports("-b")
	if err := os.Symlink(other, path+"~"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
	w.reports("-c")
	save(t, other, suffix("-d"))
	w.reports("-d")
}

func TestABrokenFileIsReportedOnceAndTheLastGoodSettingsStay(t *testing.T) {
	path := write(t, suffix("-a"))
	w := watch(t, path)
	broken := suffix("-b") + "colour = 1\n"
	save(t, path, broken)
	u := w.next()
	if u.Err == nil || !strings.Contains(u.Err.Error(), `unknown key "colour"`) || u.Settings.DerivedSuffix != "-a" || w.Current().DerivedSuffix != "-a" {
		t.Fatalf("reported is %+v", u)
	}
	// The same fault is not reported again; another is.
	save(t, path, broken+"\n")
	for range 2 {
		// A watch that begins reports it, when the other would be.
		begun := &watched{t: t, updates: w.Watch(t.Context(), new(filewatch.Watcher))}
		if u := begun.next(); u.Err == nil || !strings.Contains(u.Err.Error(), "colour") {
			t.Fatalf("reported is %+v", u)
		}
	}
	save(t, path, "x = [")
	if u := w.next(); u.Err == nil || strings.Contains(u.Err.Error(), "colour") {
		t.Fatalf("reported is %+v", u)
	}
	save(t, path, suffix("-a"))
	w.reports("-a")
}

func TestChangesByTheStoreAreReportedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "config.toml")
	w := watch(t, path)
	for _, s := range []string{"-a", "-b", "-c"} {
		if err := w.Change(t.Context(), []creds.SettingChange{to("derived_suffix", s)}); err != nil {
			t.Fatal(err)
		}
		w.reports(s)
	}
	save(t, path, suffix("-d"))
	w.reports("-d")
}

func TestALateReceiverGetsTheLatestSettings(t *testing.T) {
	path := write(t, suffix("-a"))
	w := watch(t, path)
	for _, s := range []string{"-b", "-c", "-d", "-e"} {
		if err := w.Change(t.Context(), []creds.SettingChange{to("derived_suffix", s)}); err != nil {
			t.Fatal(err)
		}
	}
	for n := 0; ; n++ {
		u := w.next()
		if u.Settings.DerivedSuffix == "-e" {
			break
		}
		if n == 2 {
			t.Fatalf("the third that is reported is %+v", u)
		}
	}
}
