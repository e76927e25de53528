//go:build unix

package awsfile_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/credstest"
	"daypass/internal/atomicfile"

	"github.com/google/go-cmp/cmp"
)

// stranger is a user that owns nothing; tests that run as root switch to it, since root
// ignores file modes.
const stranger = 54321

// asStranger makes a command run as a user who must respect file modes.
func asStranger(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 {
		return cmd
	}
	// The test binary is where only root has access.
	folder := openFolder(t)
	program := filepath.Join(folder, "child")
	data, err := os.ReadFile(cmd.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd.Path = program
	cmd.Dir = folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
	return cmd
}

// openFolder returns a folder that every user may enter.
func openFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, f := range []string{filepath.Dir(folder), folder} {
		if err := os.Chmod(f, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestNewFilesAreForTheOwnerOnly(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "home", ".aws", "credentials")
	if err := update(t, path, setN("1")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{
		"home": 0o700, "home/.aws": 0o700, "home/.aws/credentials": 0o600, "home/.aws/.credentials.daypass.lock": 0o600,
	} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has the mode %v (%v)", name, info.Mode(), err)
		}
	}
}

func TestTheModeIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o644, 0o400} {
		_ = os.Remove(path) // there is none the first time
		credstest.Write(t, path, "[y]\n")
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := update(t, path, setN("1")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("the mode %v became %v (%v)", mode, info.Mode(), err)
		}
	}
}

func owner(t *testing.T, path string) [2]uint32 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatal("no owner is known")
	}
	return [2]uint32{s.Uid, s.Gid}
}

// chown changes the owner of a file, which only root can.
func chown(t *testing.T, path string, uid, gid int) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Chown(path, uid, gid); err != nil {
		t.Fatal(err)
	}
}

func TestTheOwnerIsKept(t *testing.T) {
	folder := openFolder(t)
	path := filepath.Join(folder, "credentials")
	credstest.Write(t, path, "[y]\n")
	chown(t, path, stranger, stranger+1)
	before := owner(t, path)
	if err := update(t, path, setN("1")); err != nil {
		t.Fatal(err)
	}
	if after := owner(t, path); after != before {
		t.Errorf("the owner %v became %v", before, after)
	}
}

func TestFilesMadeByRootInAUsersFolderBelongToTheUser(t *testing.T) {
	folder := openFolder(t)
	chown(t, folder, stranger, stranger)
	want := owner(t, folder)
	path := filepath.Join(folder, ".aws", "credentials")
	if err := update(t, path, setN("1")); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{filepath.Dir(path), path, filepath.Join(filepath.Dir(path), ".credentials.daypass.lock")} {
		if got := owner(t, p); got != want {
			t.Errorf("the owner of %s is %v, not %v", p, got, want)
		}
	}
	out, err := asStranger(t, childCommand(t, "set", path, "2", "x")).CombinedOutput()
	if err != nil || string(out) != "<nil>" {
		t.Errorf("the user cannot go on: %s (%v)", out, err)
	}
}

func TestAGroupThatCannotBeKeptLosesItsRights(t *testing.T) {
	folder := openFolder(t)
	path := filepath.Join(folder, "credentials")
	credstest.Write(t, path, "[y]\n")
	if err := os.Chmod(path, 0o664); err != nil {
		t.Fatal(err)
	}
	chown(t, folder, stranger, stranger)
	chown(t, path, stranger, stranger+1)
	before := owner(t, path)
	out, err := asStranger(t, childCommand(t, "set", path, "1", "x")).CombinedOutput()
	if err != nil || string(out) != "<nil>" {
		t.Fatalf("%s (%v)", out, err)
	}
	want := fs.FileMode(0o664)
	if owner(t, path) != before {
		want = 0o604
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
		t.Errorf("the mode is %v (%v)", info.Mode(), err)
	}
}

// TestWritesThatCannotBeAreOneSentence covers failures, after which the file
// must be unchanged and no other file may be left.
func TestWritesThatCannotBeAreOneSentence(t *testing.T) {
	big := "[y]\nn = " + strings.Repeat("a", 8000) + "\n"
	for _, c := range []struct {
		name string
		task string
		make func(t *testing.T, folder, path string)
		as   func(*testing.T, *exec.Cmd) *exec.Cmd
		want string // PATH is the file's
		lock bool   // a lock may be left
	}{
		{
			"a full disk", "limited",
			func(t *testing.T, _, path string) { credstest.Write(t, path, big) },
			func(_ *testing.T, cmd *exec.Cmd) *exec.Cmd { return cmd },
			"write PATH: file too large", true,
		},
		{
			"a read-only folder", "set",
			func(t *testing.T, folder, path string) {
				credstest.Write(t, path, "[y]\n")
				credstest.Chmod(t, path, 0o666)
				credstest.Chmod(t, folder, 0o555)
			},
			asStranger,
			"write PATH: lock: permission denied", false,
		},
		{
			"a read-only home without .aws", "set",
			func(t *testing.T, folder, _ string) {
				credstest.Chmod(t, folder, 0o555)
			},
			asStranger,
			"write PATH: permission denied", false,
		},
		{
			"an unreadable file", "set",
			func(t *testing.T, folder, path string) {
				credstest.Write(t, path, "[y]\n")
				credstest.Chmod(t, path, 0)
				credstest.Chmod(t, folder, 0o777)
			},
			asStranger,
			"read PATH: permission denied", false,
		},
		{
			"an unreadable file that is only read", "load",
			func(t *testing.T, folder, path string) {
				credstest.Write(t, path, "[y]\n")
				credstest.Chmod(t, path, 0)
				credstest.Chmod(t, folder, 0o777)
			},
			asStranger,
			"read PATH: permission denied", false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := openFolder(t)
			path := filepath.Join(folder, "credentials")
			if strings.Contains(c.name, ".aws") {
				path = filepath.Join(folder, ".aws", "credentials")
			}
			c.make(t, folder, path)
			before, readErr := os.ReadFile(path)
			names := credstest.Names(t, folder)
			cmd := c.as(t, childCommand(t, c.task, path, "1", "x"))
			out, err := cmd.CombinedOutput()
			if want := strings.ReplaceAll(c.want, "PATH", path); err != nil || string(out) != want {
				t.Errorf("it says %q (%v), not %q", out, err, want)
			}
			after, afterErr := os.ReadFile(path)
			if diff := cmp.Diff(string(before), string(after)); diff != "" || (readErr == nil) != (afterErr == nil) {
				t.Errorf("the file changed: %s", diff)
			}
			if c.lock {
				names = append([]string{".credentials.daypass.lock"}, names...)
			}
			if diff := cmp.Diff(names, credstest.Names(t, folder)); diff != "" {
				t.Error(diff)
			}
			credstest.Chmod(t, folder, 0o755)
		})
	}
}

func TestAnotherUsersFileIsNotReplaced(t *testing.T) {
	folder := openFolder(t)
	path := filepath.Join(folder, "credentials")
	credstest.Write(t, path, "[y]\n")
	credstest.Chmod(t, path, 0o666)
	chown(t, folder, stranger, stranger)
	before := owner(t, path)
	out, err := asStranger(t, childCommand(t, "set", path, "1", "x")).CombinedOutput()
	want := "<nil>"
	if os.Geteuid() == 0 {
		want = "write " + path + ": " + atomicfile.ErrOwner.Error()
	}
	if err != nil || string(out) != want {
		t.Errorf("it says %q (%v), not %q", out, err, want)
	}
	if after := owner(t, path); after != before {
		t.Errorf("the owner %v became %v", before, after)
	}
}

func TestAPipeIsNotWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := awsfile.Load(t.Context(), awsfile.Credentials, path); !errors.Is(err, atomicfile.ErrNotRegular) {
		t.Errorf("the error of reading is %v", err)
	}
	if err := update(t, path, setN("1")); !errors.Is(err, atomicfile.ErrNotRegular) {
		t.Errorf("the error of writing is %v", err)
	}
}
