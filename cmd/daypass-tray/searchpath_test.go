package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProgramsAreFoundWhereNixOSHomebrewAndSnapHaveThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ goos, folder string }{
		{"linux", "/usr/local/bin"},
		{"linux", "/run/wrappers/bin"},
		{"linux", "/run/current-system/sw/bin"},
		{"linux", "/etc/profiles/per-user/alice/bin"},
		{"linux", "/home/alice/.nix-profile/bin"},
		{"linux", "/home/alice/.local/state/nix/profile/bin"},
		{"linux", "/nix/var/nix/profiles/default/bin"},
		{"linux", "/home/linuxbrew/.linuxbrew/bin"},
		{"linux", "/snap/bin"},
		{"linux", "/var/lib/flatpak/exports/bin"},
		{"linux", "/home/alice/.local/share/flatpak/exports/bin"},
		{"darwin", "/opt/homebrew/bin"},
		{"darwin", "/opt/local/bin"},
		{"darwin", "/run/current-system/sw/bin"},
		{"freebsd", "/usr/local/bin"},
	} {
		path, err := searchPath("/usr/bin", "", usualFolders(c.goos, "/home/alice", "alice"), func(string) error { return nil })
		if err != nil || !strings.Contains(":"+path+":", ":"+c.folder+":") || !strings.HasPrefix(path, "/usr/bin:") {
			t.Errorf("%s: %s is not in %s (%v)", c.goos, c.folder, path, err)
		}
	}
	for _, user := range []string{"", "..", "a/b"} {
		if path := strings.Join(usualFolders("linux", "", user), ":"); strings.Contains(path, "per-user/..") && user != ".." || strings.Contains(path, "a/b") || strings.Contains(path, ".nix-profile") {
			t.Errorf("for %q: %s", user, path)
		}
	}
	if got := usualFolders("windows", `C:\Users\alice`, "alice"); len(got) > 0 {
		t.Errorf("Windows has %q", got)
	}
}

func TestFoldersThatOthersCouldWriteToAreLeftOut(t *testing.T) {
	t.Parallel()
	trusted := func(dir string) error {
		if strings.Contains(dir, "bad") {
			return errors.New("everybody can write to " + dir)
		}
		return nil
	}
	list := func(dirs ...string) string { return strings.Join(dirs, string(filepath.ListSeparator)) }
	got, err := searchPath(list("/usr/bin", "", "/session/bad", "/usr/bin"), list("/own", "/own/bad", "/bad"), []string{"/usual", "/usual/bad", "/usr/bin", "/own"}, trusted)
	// What the agent was started with is not judged here; its empty part would be
	// the working folder.
	if diff := cmp.Diff(list("/own", "/usr/bin", "/session/bad", "/usual"), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	want := "path in config.toml: /own/bad is not looked into: everybody can write to /own/bad; /bad is not looked into: everybody can write to /bad"
	if err == nil || err.Error() != want {
		t.Errorf("it says %v", err)
	}
}
