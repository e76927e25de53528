package core_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/vault"
)

// fill leaves no room in a folder, and returns a function that makes room again: root
// mounts a small file system, other users remove the write permission.
func fill(t *testing.T, folder string) (free func()) {
	t.Helper()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=256k"); err != nil {
		if os.Geteuid() == 0 {
			t.Logf("no file system can be mounted (%v), so that a folder in the way stands for a full one", err)
			path := filepath.Join(folder, "sessions.age")
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			return func() { _ = os.Remove(path) }
		}
		chmod(t, folder, 0o500)
		return func() { chmod(t, folder, 0o700) }
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, 0) })
	filler := filepath.Join(folder, "filler")
	file, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for range 1024 {
		if _, err = file.Write(make([]byte, 4096)); err != nil {
			return func() { _ = os.Remove(filler) }
		}
	}
	t.Fatal("the file system does not fill")
	return nil
}

func TestALoginOnAFullDiskGivesCredentialsAndAWarning(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.stop()
		// The keyring is elsewhere, and has room.
		state := filepath.Dir(w.sessionsFile())
		if err := os.Rename(state, state+"-keyring"); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(state, 0o700); err != nil {
			t.Fatal(err)
		}
		w.vaultOf = func() *vault.Vault {
			return vault.New(vault.Config{
				Backend: "file", Dir: state + "-keyring", PassphraseFile: filepath.Join(w.home, "passphrase"), User: w.person,
			})
		}
		folder := state
		free := fill(t, folder)
		w.start()
		if s := w.refresh("ci", core.RefreshOptions{}); s.State(time.Now()) != creds.StateValid {
			t.Errorf("it is %s", s.State(time.Now()))
		}
		if w.credentials("ci")["aws_session_token"] == "" {
			t.Error("the credentials were not written")
		}
		if got := w.m.Unsaved(); !strings.Contains(got, "not") || !strings.Contains(got, w.sessionsFile()) {
			t.Errorf("said is %q", got)
		}
		free()
		time.Sleep(2 * time.Minute)
		if got := w.m.Unsaved(); got != "" || content(t, w.sessionsFile()) == "" {
			t.Errorf("with room again is said %q", got)
		}
		w.stop()
	})
}
