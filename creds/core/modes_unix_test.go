//go:build unix

package core_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"daypass/creds/core"
)

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
		t.Errorf("%s is %v, %v; want %v", path, info, err, want)
	}
}

func TestACredentialsFileThatOthersMayReadIsReportedAndMadePrivateByAWrite(t *testing.T) {
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o660, 0o604} {
		for name, linked := range map[string]bool{"the file": false, "what a link leads to": true} {
			t.Run(fmt.Sprintf("%s, %#o", name, mode), func(t *testing.T) {
				bubble(t, func(t *testing.T, w *world) {
					path := w.files.Credentials
					if linked {
						path = filepath.Join(w.home, "elsewhere", "real")
						w.write(path, "")
						if err := os.Symlink(path, w.files.Credentials); err != nil {
							t.Fatal(err)
						}
					}
					w.write(path, "[other]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n")
					chmod(t, path, mode)
					said := fmt.Sprintf("%s holds secrets and is open to other users (mode %#o); make it private with: chmod 600 ", w.files.Credentials, mode)
					if got := w.problem(); !strings.Contains(got, said) {
						t.Errorf("the problem is %q", got)
					}
					wantMode(t, path, mode) // it is only read
					chmod(t, path, 0o600)
					if got := w.problem(); got != "" {
						t.Errorf("after the chmod: %q", got)
					}
					chmod(t, path, mode)
					w.refresh("ci", core.RefreshOptions{})
					wantMode(t, path, 0o600)
					if got := w.problem(); got != "" {
						t.Errorf("after the write: %q", got)
					}
				})
			})
		}
	}
}

func TestFilesWithoutSecretsKeepTheirModeUnreported(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		chmod(t, w.files.Config, 0o644)
		if got := w.problem(); got != "" {
			t.Errorf("the problem is %q", got)
		}
		w.write(w.files.Config, content(t, w.files.Config)+"[profile x]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n")
		if got := w.problem(); !strings.Contains(got, w.files.Config+" holds secrets") {
			t.Errorf("the problem is %q", got)
		}
	})
}

func TestFoldersOfOurOwnAreMadePrivateAtTheStart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("ci", core.RefreshOptions{})
		w.stop()
		state := filepath.Join(w.home, "state")
		chmod(t, state, 0o755)
		chmod(t, filepath.Join(state, "keyring"), 0o750)
		chmod(t, w.sessionsFile(), 0o644)
		w.start()
		synctest.Wait()
		wantMode(t, state, 0o700)
		wantMode(t, filepath.Join(state, "keyring"), 0o700)
		w.refresh("ci", core.RefreshOptions{Force: true})
		wantMode(t, w.sessionsFile(), 0o600)
	})
}
