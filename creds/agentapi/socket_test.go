package agentapi_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"daypass/creds/agentapi"
)

func TestTheSocketIsInAFolderOfTheUsersOwn(t *testing.T) {
	uid := strconv.Itoa(os.Getuid())
	for name, c := range map[string]struct {
		goos string
		env  map[string]string
		want string
	}{
		"where the environment says":          {"linux", map[string]string{"DAYPASS_RUNTIME_DIR": "/d", "XDG_RUNTIME_DIR": "/x"}, "/d"},
		"in the runtime folder":               {"linux", map[string]string{"XDG_RUNTIME_DIR": "/x", "TMPDIR": "/t"}, "/x/daypass"},
		"in a folder for temporary files":     {"linux", map[string]string{"TMPDIR": "/t"}, "/t/daypass-" + uid},
		"in the folder for temporary files":   {"linux", nil, "/tmp/daypass-" + uid},
		"in the library on macOS":             {"darwin", map[string]string{"HOME": "/Users/me"}, "/Users/me/Library/Application Support/daypass"},
		"in the local data folder on Windows": {"windows", map[string]string{"LOCALAPPDATA": "/l"}, "/l/daypass"},
	} {
		got, err := agentapi.SocketDir(func(name string) string { return c.env[name] }, c.goos)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

func TestAPathTooLongForASocketIsAnErrorThatSaysSo(t *testing.T) {
	// The path has a slash and agent.sock in addition.
	for goos, longest := range map[string]int{"linux": 107 - 11, "darwin": 103 - 11, "windows": 107 - 11} {
		for _, extra := range []int{0, 1} {
			dir := "/" + strings.Repeat("d", longest-1+extra)
			_, err := agentapi.SocketDir(func(name string) string {
				return map[string]string{"DAYPASS_RUNTIME_DIR": dir}[name]
			}, goos)
			if extra == 0 && err != nil || extra == 1 && (err == nil || !strings.Contains(err.Error(), "too long")) {
				t.Errorf("%s, %d bytes: %v", goos, len(dir), err)
			}
		}
	}
}

func TestAFolderThatSomebodyElseCanHaveMadeIsRefused(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "a", "b")
	if err := agentapi.MakeSocketDir(own); err != nil {
		t.Errorf("a new folder: %v", err)
	}
	if err := agentapi.MakeSocketDir(own); err != nil {
		t.Errorf("a folder of one's own: %v", err)
	}
	open := filepath.Join(dir, "open")
	file := filepath.Join(dir, "file")
	link := filepath.Join(dir, "link")
	foreign := filepath.Join(dir, "foreign")
	for _, err := range []error{
		os.Mkdir(open, 0o700), os.Chmod(open, 0o710),
		os.WriteFile(file, nil, 0o600),
		os.Symlink(own, link),
		os.Mkdir(foreign, 0o700), os.Chown(foreign, 65534, 65534),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		open: "open to other users", link: "not a folder", file: "", foreign: "another user's",
	} {
		if err := agentapi.MakeSocketDir(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if err := agentapi.CheckSocketDir(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}
