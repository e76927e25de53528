package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/internal/lang"
)

// usualFolders are the systems' folders of programs that the agent starts by name: pass and
// gpg, xdg-open, browsers. They come after the PATH that the command line or the desktop
// has started the agent with. home is "" if it is unknown.
//
// NixOS and Nix: https://nix.dev/manual/nix/latest/command-ref/files/profiles and
// https://wiki.nixos.org/wiki/Environment_variables. Homebrew:
// https://docs.brew.sh/Installation. Snap: https://snapcraft.io/docs/system-architecture.
// Flatpak: https://docs.flatpak.org/en/latest/tips-and-tricks.html. MacPorts:
// https://guide.macports.org/#installing.shell. Guix:
// https://guix.gnu.org/manual/en/html_node/Getting-Started.html. pkgsrc:
// https://www.netbsd.org/docs/pkgsrc/.
func usualFolders(goos, home, user string) []string {
	if goos == "windows" {
		return nil
	}
	folders := []string{
		"/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin",
		"/run/wrappers/bin", "/run/current-system/sw/bin", "/nix/var/nix/profiles/default/bin",
	}
	if user != "" && user == filepath.Base(user) {
		folders = append(folders, "/etc/profiles/per-user/"+user+"/bin")
	}
	own := []string{".nix-profile/bin", ".local/state/nix/profile/bin"}
	if goos == "darwin" {
		folders = append(folders, "/opt/homebrew/bin", "/opt/local/bin")
	} else {
		folders = append(folders,
			"/run/current-system/profile/bin", "/home/linuxbrew/.linuxbrew/bin", "/snap/bin", "/var/lib/snapd/snap/bin",
			"/var/lib/flatpak/exports/bin", "/usr/pkg/bin")
		own = append(own, ".guix-profile/bin", ".linuxbrew/bin", ".local/share/flatpak/exports/bin")
	}
	if filepath.IsAbs(home) {
		for _, dir := range own {
			folders = append(folders, filepath.Join(home, dir))
		}
	}
	return folders
}

// searchPath returns a PATH with the folders of the setting path, those of the present PATH,
// and the usual ones. It leaves out folders that are not trusted, and reports those of
// the setting in its error. The present PATH is trusted, because no client sets it; see
// agentapi.Connect.
func searchPath(present, setting string, usual []string, trusted func(dir string) error) (string, error) {
	var folders []string
	var problems []string
	add := func(dir string) {
		if !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	for _, dir := range creds.SplitFolders(setting) {
		if err := trusted(dir); err != nil {
			problems = append(problems, lang.Sprintf("%s is not looked into: %v", dir, err))
			continue
		}
		add(dir)
	}
	for _, dir := range filepath.SplitList(present) {
		if dir != "" { // the working folder
			add(dir)
		}
	}
	for _, dir := range usual {
		if !slices.Contains(folders, dir) && trusted(dir) == nil {
			add(dir)
		}
	}
	path := strings.Join(folders, string(os.PathListSeparator))
	if len(problems) > 0 {
		return path, lang.Errorf("path in config.toml: %s", strings.Join(problems, "; "))
	}
	return path, nil
}
