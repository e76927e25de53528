//go:build unix

package vault_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"daypass/creds/credstest"
	"daypass/creds/vault"
)

// TestAVaultThatIsKilledLeavesNothingBehind kills processes while they write keys.
// What they leave is gone after the next start or write, and no key is lost.
func TestAVaultThatIsKilledLeavesNothingBehind(t *testing.T) {
	const task = "CREDS_TEST_KEYS"
	open := func(dir string) *vault.Vault {
		return vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: filepath.Join(dir, "passphrase")})
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
	credstest.Write(t, filepath.Join(dir, "passphrase"), "correct horse")
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
		// After its first writes, at a different moment each time.
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
	credstest.Write(t, filepath.Join(dir, "passphrase"), "correct horse")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 10 {
				// Each vault acts like another process: they share only the lock.
				v := vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: filepath.Join(dir, "passphrase")})
				if err := v.SetKey(t.Context(), fmt.Sprint("user", i%3), exampleKey); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
