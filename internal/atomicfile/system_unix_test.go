//go:build unix

package atomicfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/credstest"
	"daypass/internal/atomicfile"
)

func checkMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
		t.Errorf("%s has the mode %v, not %v (%v)", path, info.Mode(), want, err)
	}
}

func TestTheModeIsTheOneAskedFor(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	folder := t.TempDir()
	path := filepath.Join(folder, "some", "where", "file")
	for _, mode := range []fs.FileMode{0o644, 0o600, 0o440, 0o666} {
		if err := atomicfile.Write(t.Context(), path, nil, mode); err != nil {
			t.Fatal(err)
		}
		checkMode(t, path, mode)
	}
	checkMode(t, filepath.Join(folder, "some"), 0o700)
	checkMode(t, filepath.Dir(path), 0o700)
}

// TestWritesThatCannotBeAreOneSentence covers failures, after which the file
// must be unchanged and no other file may be left.
func TestWritesThatCannotBeAreOneSentence(t *testing.T) {
	for _, c := range []struct {
		name string
		task string
		file string // in the folder
		make func(t *testing.T, folder, path string)
		want string // PATH is the file's
	}{
		{
			"a full disk", "limited", "file", func(t *testing.T, _, path string) { credstest.Write(t, path, "old") },
			"write PATH: file too large",
		},
		{
			"a folder that is read only", "stranger", "file",
			func(t *testing.T, folder, path string) {
				credstest.Write(t, path, "old")
				credstest.Chmod(t, folder, 0o555)
			},
			"write PATH: permission denied",
		},
		{
			"a folder that is missing in one that is read only", "stranger", "sub/file",
			func(t *testing.T, folder, _ string) { credstest.Chmod(t, folder, 0o555) },
			"write PATH: permission denied",
		},
		{
			"a folder that nobody may enter", "stranger", "sub/file",
			func(t *testing.T, folder, _ string) {
				if err := os.Mkdir(filepath.Join(folder, "sub"), 0); err != nil {
					t.Fatal(err)
				}
			},
			"write PATH: permission denied",
		},
		{
			"a file where the folder should be", "stranger", "sub/file",
			func(t *testing.T, folder, _ string) { credstest.Write(t, filepath.Join(folder, "sub"), "") },
			"write PATH: not a directory",
		},
		{
			"a pipe", "stranger", "file",
			func(t *testing.T, _, path string) {
				if err := syscall.Mkfifo(path, 0o600); err != nil {
					t.Fatal(err)
				}
			},
			"write PATH: not a regular file",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			for _, f := range []string{filepath.Dir(folder), folder} { // a stranger is to come in
				credstest.Chmod(t, f, 0o755)
			}
			path := filepath.Join(folder, filepath.FromSlash(c.file))
			c.make(t, folder, path)
			names := credstest.Names(t, folder)
			cmd := childCommand(t, c.task, path)
			out, err := cmd.CombinedOutput()
			if want := strings.ReplaceAll(c.want, "PATH", path); err != nil || string(out) != want {
				t.Errorf("it says %q (%v), not %q", out, err, want)
			}
			credstest.Chmod(t, folder, 0o755)
			if diff := cmp.Diff(names, credstest.Names(t, folder)); diff != "" {
				t.Error(diff)
			}
			if slices.Contains(names, "file") && c.name != "a pipe" && credstest.Content(t, path) != "old" {
				t.Errorf("the file holds %.20q", credstest.Content(t, path))
			}
		})
	}
}

func TestAPipeIsRefusedAndNotWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := atomicfile.Read(path, 100)
	if want := "read " + path + ": not a regular file"; err == nil || err.Error() != want {
		t.Errorf("the error is %v", err)
	}
}
