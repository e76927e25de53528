//go:build unix

package creds_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// asStranger runs the test that calls it as a user whom file modes bind, in a
// process of its own, and reports whether it did that.
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
		w.refresh("alice", creds.RefreshOptions{})
		w.stop()
		saved := content(t, w.sessionsFile())
		chmod(t, w.sessionsFile(), 0)
		w.start()
		synctest.Wait()
		if got := w.problem(); !strings.Contains(got, "cannot be read: read "+w.sessionsFile()+": permission denied; make") {
			t.Errorf("the problem is %q", got)
		}
		w.refresh("ci", creds.RefreshOptions{})
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
				w.wantState(name, agentapi.StateValid)
			}
			w.refresh("dev-admin", creds.RefreshOptions{})
			w.stop()
			w.start()
			synctest.Wait()
		}
		if asked := w.person.asks(); asked != 1 {
			t.Errorf("the person was asked %d times", asked)
		}
	})
}

func TestWhatIsInThePlaceOfTheSavedSessionsKeepsNobodyFromALogin(t *testing.T) {
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
				w.refresh("ci", creds.RefreshOptions{})
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

func TestASecondDamagedSessionFileReplacesNotTheFirst(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("ci", creds.RefreshOptions{})
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
		w.refresh("ci", creds.RefreshOptions{})
		if info, err := os.Stat(w.sessionsFile() + ".unreadable"); err != nil || info.Size() != 1<<30 {
			t.Errorf("set aside is %v, %v", info, err)
		}
		if got := w.m.Unsaved(); got != "" {
			t.Error(got)
		}
	})
}

func TestADamagedDataKeyCostsTheSavedSessionsAndNothingElse(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for n, text := range []string{"half a", "", "e30.a.b.c.d"} {
			w.refresh("alice", creds.RefreshOptions{Force: true})
			w.stop()
			item := filepath.Join(w.home, "state", "keyring", "daypass-data-key")
			w.write(item, text)
			w.start()
			w.refresh("alice", creds.RefreshOptions{})
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

// TestAVaultThatIsKilledLeavesNothingBehind kills processes that write keys, at any
// point of that. What is left is gone after the next start, and after the next
// write, and no key is lost.
func TestAVaultThatIsKilledLeavesNothingBehind(t *testing.T) {
	const task = "CREDS_TEST_KEYS"
	open := func(dir string) *creds.Vault {
		return creds.NewVault(creds.VaultConfig{Backend: "file", Dir: dir, PassphraseFile: filepath.Join(dir, "passphrase")})
	}
	if dir := os.Getenv(task); dir != "" {
		v := open(dir)
		for {
			if err := v.SetKey(t.Context(), "alice", exampleKey); err != nil {
				t.Fatal(err)
			}
			os.Stdout.WriteString("w")
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "passphrase"), "correct horse")
	left := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, "keyring-new-*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ever := 0
	for n := range 40 {
		cmd := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), task+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// After its first writes, at a moment that is another each time.
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(n) * 700 * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		ever += len(left())
		v := open(dir)
		if n%2 == 0 {
			if key, err := v.Key(t.Context(), "alice"); err != nil || key != exampleKey {
				t.Fatalf("the key did not come back: %v", err)
			}
		} else if err := v.SetKey(t.Context(), "bob", exampleKey); err != nil {
			t.Fatal(err)
		}
		if now := left(); len(now) > 0 {
			t.Fatalf("left behind are %v", now)
		}
	}
	if ever == 0 {
		t.Error("nothing was ever left behind: the test kills at the wrong moments")
	}
}

func TestWhatIsBeingWrittenByAnotherProcessIsNotSwept(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "passphrase"), "correct horse")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 10 {
				// Each vault is as one of its own process: they share the lock alone.
				v := creds.NewVault(creds.VaultConfig{Backend: "file", Dir: dir, PassphraseFile: filepath.Join(dir, "passphrase")})
				if err := v.SetKey(t.Context(), fmt.Sprint("user", i%3), exampleKey); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
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
