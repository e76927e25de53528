package browsers_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/browsers"
)

// The programs and folders are those of each browser's own packages.
func TestBrowsersBasedOnFirefoxAndChromiumAreFound(t *testing.T) {
	t.Parallel()
	mac := func(root string) browsers.Environment {
		return environment("darwin", root, map[string]string{"HOME": "~/Users/alice"})
	}
	windows := func(root string) browsers.Environment {
		return environment("windows", root, map[string]string{
			"PROGRAMFILES": "~/Program Files", "LOCALAPPDATA": "~/Users/alice/AppData/Local", "APPDATA": "~/Users/alice/AppData/Roaming",
		})
	}
	const (
		local, roaming = "Users/alice/AppData/Local/", "Users/alice/AppData/Roaming/"
		support        = "Users/alice/Library/Application Support/"
		home, app      = "home/alice/", "home/alice/.var/app/"
		flatpak        = "var/lib/flatpak/exports/bin/"
	)
	for _, c := range []struct {
		env               func(string) browsers.Environment
		id, program, data string
		seen              string // the folder as the browser has it, if not data
		chromium          bool
	}{
		{env: linux, id: "librewolf", program: "usr/bin/librewolf", data: home + ".librewolf"},
		{env: linux, id: "librewolf", program: "usr/share/librewolf/librewolf", data: home + ".config/librewolf/librewolf"},
		{
			env: linux, id: "librewolf-flatpak", program: flatpak + "io.gitlab.librewolf-community",
			data: app + "io.gitlab.librewolf-community/.librewolf", seen: home + ".librewolf",
		},
		{
			env: linux, id: "librewolf-flatpak", program: flatpak + "io.gitlab.librewolf-community",
			data: app + "io.gitlab.librewolf-community/config/librewolf/librewolf",
		},
		{env: mac, id: "librewolf", program: "Applications/LibreWolf.app/Contents/MacOS/librewolf", data: support + "librewolf"},
		{env: windows, id: "librewolf", program: "Program Files/LibreWolf/librewolf.exe", data: roaming + "librewolf"},

		{env: linux, id: "zen", program: "usr/bin/zen-browser", data: home + ".zen"},
		{env: linux, id: "zen", program: home + ".local/bin/zen", data: home + ".config/zen"},
		{env: linux, id: "zen-flatpak", program: flatpak + "app.zen_browser.zen", data: app + "app.zen_browser.zen/.zen", seen: home + ".zen"},
		{env: mac, id: "zen", program: "Applications/Zen.app/Contents/MacOS/zen", data: support + "zen"},
		{env: mac, id: "zen", program: "Users/alice/Applications/Zen Browser.app/Contents/MacOS/zen", data: support + "zen"},
		{env: windows, id: "zen", program: "Program Files/Zen Browser/zen.exe", data: roaming + "zen"},

		{env: linux, id: "waterfox", program: "usr/bin/waterfox", data: home + ".waterfox"},
		{env: linux, id: "waterfox-flatpak", program: flatpak + "net.waterfox.waterfox", data: app + "net.waterfox.waterfox/.waterfox", seen: home + ".waterfox"},
		{env: mac, id: "waterfox", program: "Applications/Waterfox.app/Contents/MacOS/waterfox", data: support + "Waterfox"},
		{env: windows, id: "waterfox", program: "Program Files/Waterfox/waterfox.exe", data: roaming + "Waterfox"},

		{env: linux, id: "floorp", program: "usr/bin/floorp", data: home + ".floorp"},
		{env: linux, id: "floorp-flatpak", program: flatpak + "one.ablaze.floorp", data: app + "one.ablaze.floorp/.floorp", seen: home + ".floorp"},
		{env: mac, id: "floorp", program: "Applications/Floorp.app/Contents/MacOS/floorp", data: support + "Floorp"},
		{env: windows, id: "floorp", program: "Program Files/Ablaze Floorp/floorp.exe", data: roaming + "Floorp"},

		{env: linux, id: "vivaldi", program: "usr/bin/vivaldi-stable", data: home + ".config/vivaldi", chromium: true},
		{env: linux, id: "vivaldi", program: "opt/vivaldi/vivaldi", data: home + ".config/vivaldi", chromium: true},
		{env: linux, id: "vivaldi-snap", program: "snap/bin/vivaldi", data: home + "snap/vivaldi/current/.config/vivaldi", chromium: true},
		{env: linux, id: "vivaldi-flatpak", program: flatpak + "com.vivaldi.Vivaldi", data: app + "com.vivaldi.Vivaldi/config/vivaldi", chromium: true},
		{env: mac, id: "vivaldi", program: "Applications/Vivaldi.app/Contents/MacOS/Vivaldi", data: support + "Vivaldi", chromium: true},
		{env: windows, id: "vivaldi", program: local + "Vivaldi/Application/vivaldi.exe", data: local + "Vivaldi/User Data", chromium: true},

		{env: linux, id: "opera", program: "usr/bin/opera", data: home + ".config/opera", chromium: true},
		{env: linux, id: "opera-snap", program: "snap/bin/opera", data: home + "snap/opera/common/opera", chromium: true},
		{env: linux, id: "opera-flatpak", program: flatpak + "com.opera.Opera", data: app + "com.opera.Opera/config/opera", chromium: true},
		{env: mac, id: "opera", program: "Applications/Opera.app/Contents/MacOS/Opera", data: support + "com.operasoftware.Opera", chromium: true},
		{env: windows, id: "opera", program: local + "Programs/Opera/opera.exe", data: roaming + "Opera Software/Opera Stable", chromium: true},

		{env: linux, id: "brave-snap", program: "snap/bin/brave", data: home + "snap/brave/current/.config/BraveSoftware/Brave-Browser", chromium: true},
	} {
		root := t.TempDir()
		put(t, filepath.Join(root, c.program), "#!/bin/sh\n", 0o755)
		want := browsers.Profile{Dir: "Profile 1", Name: "Work"}
		if c.chromium {
			put(t, filepath.Join(root, c.data, "Local State"), `{"profile":{"info_cache":{"Profile 1":{"name":"Work"}}}}`, 0o644)
		} else {
			put(t, filepath.Join(root, c.data, "profiles.ini"), "[Profile0]\nName=Work\nIsRelative=1\nPath=w.Work\n", 0o644)
			put(t, filepath.Join(root, c.data, "w.Work/times.json"), "{}", 0o644)
			if c.seen == "" {
				c.seen = c.data
			}
			want.Dir = "~/" + c.seen + "/w.Work"
		}
		found := tilde(browsers.Find(t.Context(), c.env(root)), root)
		if len(found) != 1 {
			t.Errorf("%s in %s: found %v", c.id, c.program, found)
			continue
		}
		found[0].Name, found[0].Kind = "", 0
		if diff := cmp.Diff(browsers.Browser{ID: c.id, Path: "~/" + c.program, Profiles: []browsers.Profile{want}}, found[0]); diff != "" {
			t.Errorf("%s in %s: (-want +got)\n%s", c.id, c.program, diff)
		}
		// Settings can name it.
		if place, err := browsers.ParsePlace(c.id + ":Work"); err != nil || place.Browser != c.id {
			t.Errorf("%s: %v, %v", c.id, place, err)
		}
		if _, err := browsers.ParsePlace(c.id + ":container"); (err == nil) == c.chromium {
			t.Errorf("%s has containers: %v", c.id, err)
		}
	}
}
