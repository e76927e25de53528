package browsers_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"daypass/creds/browsers"
)

// machine writes the files of an archive, with its scripts as programs, and returns their
// folder.
func machine(t *testing.T, archive string) string {
	t.Helper()
	root := t.TempDir()
	parsed, err := txtar.ParseFile(filepath.Join("testdata", archive))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range parsed.Files {
		mode := os.FileMode(0o644)
		if strings.HasPrefix(string(file.Data), "#!") {
			mode = 0o755
		}
		put(t, filepath.Join(root, file.Name), strings.ReplaceAll(string(file.Data), "$ROOT", root), mode)
	}
	return root
}

func put(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// environment returns that of an operating system below root. "~" in its values is
// root.
func environment(goos, root string, values map[string]string) browsers.Environment {
	return browsers.Environment{OS: goos, Root: root, Getenv: func(name string) string {
		return strings.ReplaceAll(values[name], "~", root)
	}}
}

func linux(root string) browsers.Environment {
	return environment("linux", root, map[string]string{"HOME": "~/home/alice", "PATH": "bin:.::~/home/alice/bin:~/snap/bin"})
}

// tilde replaces root in paths by "~".
func tilde(found []browsers.Browser, root string) []browsers.Browser {
	for i := range found {
		found[i].Path = strings.ReplaceAll(found[i].Path, root, "~")
		found[i].Problem = strings.ReplaceAll(found[i].Problem, root, "~")
		for j, profile := range found[i].Profiles {
			found[i].Profiles[j].Dir = strings.ReplaceAll(profile.Dir, root, "~")
		}
	}
	return found
}

func TestTheBrowsersOfEachSystemAreFound(t *testing.T) {
	type profiles = []browsers.Profile
	firefox := "~/home/alice/.mozilla/firefox/"
	for name, tc := range map[string]struct {
		environment func(root string) browsers.Environment
		want        []browsers.Browser
	}{
		"linux": {linux, []browsers.Browser{
			{ID: "firefox", Name: "Firefox", Path: "~/usr/bin/firefox-esr", Kind: browsers.Firefox, Profiles: profiles{
				{Dir: firefox + "b7yk2jq5.default", Name: "default"},
				{Dir: firefox + "wz1u9p0x.default-esr", Name: "default-esr"},
				{Dir: "~/srv/profiles/office", Name: "Work = play; [really]"},
			}},
			{ID: "firefox-snap", Name: "Firefox (snap)", Path: "~/snap/bin/firefox", Kind: browsers.Firefox, Profiles: profiles{
				{Dir: "~/home/alice/snap/firefox/common/.mozilla/firefox/snap0000.default", Name: "default"},
			}},
			{ID: "firefox-flatpak", Name: "Firefox (Flatpak)", Path: "~/var/lib/flatpak/exports/bin/org.mozilla.firefox", Kind: browsers.Firefox, Profiles: profiles{
				{Dir: firefox + "flat0000.default-release", Name: "default-release"},
			}},
			{ID: "chrome", Name: "Google Chrome", Path: "~/opt/google/chrome/google-chrome", Kind: browsers.Chromium},
			{ID: "chromium", Name: "Chromium", Path: "~/usr/bin/chromium", Kind: browsers.Chromium, Profiles: profiles{
				{Dir: "Profile 2", Name: "alpha"},
				{Dir: "Default", Name: "Person 1"},
				{Dir: "Profile 3", Name: "Profile 3"},
				{Dir: "Profile 10", Name: "zeta"},
			}},
			{ID: "chromium-snap", Name: "Chromium (snap)", Path: "~/snap/bin/chromium", Kind: browsers.Chromium, Profiles: profiles{{Dir: "Default", Name: "In the snap"}}},
			{ID: "edge", Name: "Microsoft Edge", Path: "~/home/alice/bin/microsoft-edge", Kind: browsers.Chromium},
			{
				ID: "brave-flatpak", Name: "Brave (Flatpak)", Path: "~/home/alice/.local/share/flatpak/exports/bin/com.brave.Browser",
				Kind: browsers.Chromium, Profiles: profiles{{Dir: "Default", Name: "Brave"}},
			},
		}},
		"darwin": {func(root string) browsers.Environment {
			return environment("darwin", root, map[string]string{"HOME": "~/Users/alice"})
		}, []browsers.Browser{
			{
				ID: "firefox", Name: "Firefox", Path: "~/Applications/Firefox.app/Contents/MacOS/firefox", Kind: browsers.Firefox,
				Profiles: profiles{{Dir: "~/Users/alice/Library/Application Support/Firefox/Profiles/mac00000.default-release", Name: "default-release"}},
				Problem:  "Firefox: ~/Users/alice/Library/Application Support/Firefox/profiles.ini names folders that are not there, so some profiles are missing",
			},
			{
				ID: "chrome", Name: "Google Chrome", Path: "~/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", Kind: browsers.Chromium,
				Profiles: profiles{{Dir: "Default", Name: "Alice"}, {Dir: "Profile 1", Name: "Prod 🔥"}},
			},
			{
				ID: "edge", Name: "Microsoft Edge", Path: "~/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge", Kind: browsers.Chromium,
				Profiles: profiles{{Dir: "Default", Name: "Arbeit"}},
			},
			{ID: "brave", Name: "Brave", Path: "~/Users/alice/Applications/Brave Browser.app/Contents/MacOS/Brave Browser", Kind: browsers.Chromium},
		}},
		"windows": {func(root string) browsers.Environment {
			env := environment("windows", root, map[string]string{
				"PROGRAMFILES": "~/Program Files", "PROGRAMFILES(X86)": "~/Program Files (x86)",
				"LOCALAPPDATA": "~/Users/alice/AppData/Local", "APPDATA": "~/Users/alice/AppData/Roaming",
			})
			env.Registry = func(key string) string {
				return map[string]string{
					`SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\chrome.exe`:  `"` + root + `/D/Chrome/chrome.exe"`,
					`SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\firefox.exe`: root + `/gone/firefox.exe`,
				}[key]
			}
			return env
		}, []browsers.Browser{
			{
				ID: "firefox", Name: "Firefox", Path: "~/Program Files/Mozilla Firefox/firefox.exe", Kind: browsers.Firefox,
				Profiles: profiles{{Dir: "~/Users/alice/AppData/Roaming/Mozilla/Firefox/Profiles/win00000.default-release", Name: "default-release"}},
			},
			{ID: "chrome", Name: "Google Chrome", Path: "~/D/Chrome/chrome.exe", Kind: browsers.Chromium, Profiles: profiles{{Dir: "Default", Name: "Alice"}}},
			{
				ID: "chromium", Name: "Chromium", Path: "~/Users/alice/AppData/Local/Chromium/Application/chrome.exe", Kind: browsers.Chromium,
				Profiles: profiles{{Dir: "Default", Name: "Chromium's"}},
			},
			{
				ID: "edge", Name: "Microsoft Edge", Path: "~/Program Files (x86)/Microsoft/Edge/Application/msedge.exe", Kind: browsers.Chromium,
				Profiles: profiles{{Dir: "Profile 1", Name: "Work"}},
			},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			root := machine(t, name+".txtar")
			got := tilde(browsers.Find(t.Context(), tc.environment(root)), root)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestANewFirefoxKeepsItsProfilesWhereTheSpecificationSays(t *testing.T) {
	root := t.TempDir()
	put(t, root+"/usr/bin/firefox", "#!/bin/sh\n", 0o755)
	put(t, root+"/etc/alice/mozilla/firefox/profiles.ini", "[Profile0]\r\nName=new\r\nIsRelative=1\r\nPath=a.new\r\n", 0o644)
	put(t, root+"/etc/alice/mozilla/firefox/a.new/times.json", "{}", 0o644)
	env := environment("linux", root, map[string]string{"HOME": "~/home/alice", "XDG_CONFIG_HOME": "~/etc/alice"})
	got := tilde(browsers.Find(t.Context(), env), root)
	want := []browsers.Browser{{
		ID: "firefox", Name: "Firefox", Path: "~/usr/bin/firefox", Kind: browsers.Firefox,
		Profiles: []browsers.Profile{{Dir: "~/etc/alice/mozilla/firefox/a.new", Name: "new"}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestABrowserWithDamagedFilesIsFoundWithAWarning(t *testing.T) {
	const state, ini = "/home/alice/.config/chromium/Local State", "/home/alice/.mozilla/firefox/profiles.ini"
	for name, tc := range map[string]struct {
		path, text string
		mode       os.FileMode
		want       string
	}{
		"half a Local State":         {state, `{"profile":{"info_cache":{"Def`, 0o644, "Chromium: its profiles cannot be listed, as ~" + state + " is damaged; start the browser once to have it repaired"},
		"an empty Local State":       {state, "", 0o644, "Chromium: its profiles cannot be listed, as ~" + state + " is damaged; start the browser once to have it repaired"},
		"a list for a table":         {state, `{"profile":{"info_cache":[1,2]}}`, 0o644, "Chromium: its profiles cannot be listed, as ~" + state + " is damaged; start the browser once to have it repaired"},
		"no profiles at all":         {state, `{}`, 0o644, ""},
		"a folder for a file":        {state + "/x", "", 0o644, "Chromium: its profiles cannot be listed: read ~" + state + ": not a regular file"},
		"an empty profiles.ini":      {ini, "", 0o644, "Firefox: ~" + ini + " names no profile that is there; start the browser once to have it repaired"},
		"noise":                      {ini, "\x00\xff[[Profile\n=\n[", 0o644, "Firefox: ~" + ini + " names no profile that is there; start the browser once to have it repaired"},
		"a profile without a folder": {ini, "[Profile0]\nName=x\nIsRelative=1\n", 0o644, "Firefox: ~" + ini + " names no profile that is there; start the browser once to have it repaired"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			put(t, root+"/usr/bin/firefox", "#!/bin/sh\n", 0o755)
			put(t, root+"/usr/bin/chromium", "#!/bin/sh\n", 0o755)
			put(t, root+tc.path, tc.text, tc.mode)
			got := tilde(browsers.Find(t.Context(), linux(root)), root)
			want := []browsers.Browser{
				{ID: "firefox", Name: "Firefox", Path: "~/usr/bin/firefox", Kind: browsers.Firefox},
				{ID: "chromium", Name: "Chromium", Path: "~/usr/bin/chromium", Kind: browsers.Chromium},
			}
			if strings.HasPrefix(tc.want, "Firefox") {
				want[0].Problem = tc.want
			} else {
				want[1].Problem = tc.want
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestWhatBrowsersKeepIsNotWritten(t *testing.T) {
	root := machine(t, "linux.txtar")
	path := filepath.Join(root, "home/alice/.config/chromium/Local State")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	browsers.Find(t.Context(), linux(root))
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Error(diff)
	}
}

func TestLookingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if found := browsers.Find(ctx, linux(machine(t, "linux.txtar"))); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

func TestAPlainIDFindsTheBrowserInAnyPackage(t *testing.T) {
	found := browsers.Find(t.Context(), linux(machine(t, "linux.txtar")))
	for id, want := range map[string]string{
		"firefox": "firefox", "firefox-snap": "firefox-snap", "firefox-flatpak": "firefox-flatpak",
		"brave": "brave-flatpak", "brave-snap": "", "fire": "", "": "",
	} {
		b, ok := browsers.Lookup(found, id)
		if b.ID != want || ok != (want != "") {
			t.Errorf("Lookup(%q) = %q, %v", id, b.ID, ok)
		}
	}
}
