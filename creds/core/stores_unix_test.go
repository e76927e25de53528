//go:build unix

package core_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/core"
)

// asStranger runs the calling test as a user who must respect file modes, in another
// process, and reports whether it did.
func asStranger(t *testing.T) (done bool) {
	t.Helper()
	const (
		task     = "CREDS_TEST_STRANGER"
		stranger = 54321
	)
	if os.Geteuid() != 0 {
		return false
	}
	if os.Getenv(task) != "" {
		for _, become := range []func() error{
			func() error { return syscall.Setgroups(nil) },
			func() error { return syscall.Setgid(stranger) },
			func() error { return syscall.Setuid(stranger) },
		} {
			if err := become(); err != nil {
				t.Fatal(err)
			}
		}
		return false
	}
	temp, err := os.MkdirTemp("", "stranger")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(temp) })
	if err := os.Chown(temp, stranger, stranger); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), task+"=1", "TMPDIR="+temp)
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("as another user: %v\n%s", err, out)
	}
	return true
}

func (w *world) sessionsFile() string { return filepath.Join(w.home, "state", "sessions.age") }

func (w *world) problem() string {
	var all []string
	for _, p := range w.m.Snapshot(w.t.Context()).Problems {
		all = append(all, p.Message)
	}
	return strings.Join(all, "\n")
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestSavedSessionsThatCannotBeReadForATimeAreKeptAndUsedAgain(t *testing.T) {
	if asStranger(t) {
		return
	}
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("alice", core.RefreshOptions{})
		w.stop()
		saved := content(t, w.sessionsFile())
		chmod(t, w.sessionsFile(), 0)
		w.start()
		synctest.Wait()
		if got := w.problem(); !strings.Contains(got, "cannot be read: read "+w.sessionsFile()+": permission denied; make") {
			t.Errorf("the problem is %q", got)
		}
		w.refresh("ci", core.RefreshOptions{})
		if got := w.m.Unsaved(); !strings.Contains(got, "not saved") {
			t.Errorf("of the new session is said %q", got)
		}
		chmod(t, w.sessionsFile(), 0o600)
		if content(t, w.sessionsFile()) != saved {
			t.Fatal("the saved sessions were replaced")
		}
		time.Sleep(2 * time.Minute) // a look at what was put off
		if got := w.problem(); got != "" {
			t.Errorf("the problem is %q", got)
		}
		for range 2 {
			for _, name := range []string{"alice", "ci"} {
				w.wantState(name, creds.StateValid)
			}
			w.refresh("dev-admin", core.RefreshOptions{})
			w.stop()
			w.start()
			synctest.Wait()
		}
		if asked := w.person.asks(); asked != 1 {
			t.Errorf("the person was asked %d times", asked)
		}
	})
}

func TestAFolderInPlaceOfTheSavedSessionsDoesNotPreventALogin(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.stop()
				if err := put(w.sessionsFile()); err != nil {
					t.Fatal(err)
				}
				w.start()
				w.refresh("ci", core.RefreshOptions{})
				if got := w.m.Unsaved(); !strings.Contains(got, w.sessionsFile()+": not a regular file; make the file readable or move it away") {
					t.Errorf("of the new session is said %q", got)
				}
				if err := os.Remove(w.sessionsFile()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Minute)
				if got := w.m.Unsaved() + w.problem(); got != "" || len(content(t, w.sessionsFile())) == 0 {
					t.Errorf("then is said %q", got)
				}
			})
		})
	}
}

func TestASecondDamagedSessionFileDoesNotReplaceTheFirst(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("ci", core.RefreshOptions{})
		for _, text := range []string{"garbage", "rubbish", ""} {
			w.stop()
			w.write(w.sessionsFile(), text)
			w.start()
			synctest.Wait()
			if got := w.problem(); !strings.Contains(got, "moved to") {
				t.Errorf("the problem is %q", got)
			}
		}
		for suffix, want := range map[string]string{"": "garbage", "-2": "rubbish", "-3": ""} {
			if got := content(t, w.sessionsFile()+".unreadable"+suffix); got != want {
				t.Errorf("%q holds %q", suffix, got)
			}
		}
	})
}

func TestSavedSessionsOfAnImpossibleSizeAreSetAsideUnread(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.stop()
		w.write(w.sessionsFile(), "")
		if err := os.Truncate(w.sessionsFile(), 1<<30); err != nil {
			t.Fatal(err)
		}
		w.start()
		w.refresh("ci", core.RefreshOptions{})
		if info, err := os.Stat(w.sessionsFile() + ".unreadable"); err != nil || info.Size() != 1<<30 {
			t.Errorf("set aside is %v, %v", info, err)
		}
		if got := w.m.Unsaved(); got != "" {
			t.Error(got)
		}
	})
}

func TestADamagedDataKeyLosesOnlyTheSavedSessions(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for n, text := range []string{"half a", "", "e30.a.b.c.d"} {
			w.refresh("alice", core.RefreshOptions{Force: true})
			w.stop()
			item := filepath.Join(w.home, "state", "keyring", "daypass-data-key")
			w.write(item, text)
			w.start()
			w.refresh("alice", core.RefreshOptions{})
			if got := w.m.Unsaved(); got != "" {
				t.Errorf("%q: %s", text, got)
			}
			suffix := ".unreadable"
			if n > 0 {
				suffix += "-" + string(rune('1'+n))
			}
			if got := content(t, item+suffix); got != text {
				t.Errorf("%q: set aside is %q", text, got)
			}
			if content(t, w.sessionsFile()+suffix) == "" {
				t.Errorf("%q: the old sessions are gone", text)
			}
		}
	})
}

func TestTemporaryFilesOfKilledWritersAreSweptAtTheStart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.stop()
		old := time.Now().Add(-2 * time.Minute)
		var stale, others []string
		for _, path := range []string{w.files.Credentials, w.files.Config, w.sessionsFile(), filepath.Join(w.tokens.Dir(), "a.json")} {
			stale = append(stale, filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".daypass-123"))
			others = append(others, filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".daypass-12x"), path+".daypass-1")
		}
		for _, path := range append(slices.Clone(stale), others...) {
			w.write(path, "secret")
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
		w.start()
		synctest.Wait()
		for _, path := range stale {
			if _, err := os.Lstat(path); err == nil {
				t.Errorf("%s is left", path)
			}
		}
		for _, path := range others {
			if _, err := os.Lstat(path); err != nil {
				t.Error(err)
			}
		}
	})
}
