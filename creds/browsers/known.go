package browsers

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	suffixSnap    = "-snap"
	suffixFlatpak = "-flatpak"
)

// spec says where a browser is on each system and where it keeps its profiles.
//
// Chromium's places are from
// https://chromium.googlesource.com/chromium/src/+/main/docs/user_data_dir.md,
// Firefox's from https://support.mozilla.org/kb/profiles-where-firefox-stores-user-data.
// Those of their kin are at the same places under names of their own, which their
// packages show: https://codeberg.org/librewolf, https://github.com/zen-browser/desktop,
// https://github.com/BrowserWorks/waterfox, https://github.com/Floorp-Projects/Floorp,
// https://help.vivaldi.com, https://help.opera.com.
type spec struct {
	id, name string
	kind     Kind
	// programs are the names on Linux, dirs the folders beside PATH and the
	// usual ones that hold them.
	programs, dirs []string
	// data is the folder of profiles below the one for settings on Linux; old
	// is where Firefox and its kin had it below the home, and go on with it.
	data, old string
	// snap and flatpak are the names of the packages.
	snap, flatpak string
	// apps are the names of the bundle on macOS, appProgram its program inside
	// it, and appData the folder below Application Support.
	apps                []string
	appProgram, appData string
	// exe is below Program Files on Windows, exeData below the application data,
	// which are the roaming ones for Firefox and its kin, and where it says so.
	exe, exeData string
	roaming      bool
	// appPath is set if the registry's App Paths have this browser alone under the
	// program's name.
	appPath bool
	// private is the flag for a private window of Chromium's kin; "" is
	// --incognito.
	private string
}

func known() []spec {
	return []spec{
		{
			id: "firefox", name: "Firefox", kind: Firefox,
			programs: []string{"firefox", "firefox-esr"}, dirs: []string{"/opt/firefox", "/usr/lib/firefox"},
			// Since version 147 a new Firefox obeys the specification; one that
			// has the old folder goes on with it
			// (https://bugzilla.mozilla.org/show_bug.cgi?id=259356).
			data: "mozilla/firefox", old: ".mozilla/firefox",
			snap: "firefox", flatpak: "org.mozilla.firefox",
			apps: []string{"Firefox.app"}, appProgram: "firefox", appData: "Firefox",
			exe: "Mozilla Firefox/firefox.exe", exeData: "Mozilla/Firefox", appPath: true,
		},
		{
			id: "chrome", name: "Google Chrome", kind: Chromium,
			programs: []string{"google-chrome", "google-chrome-stable"}, dirs: []string{"/opt/google/chrome"},
			data: "google-chrome", flatpak: "com.google.Chrome",
			apps: []string{"Google Chrome.app"}, appProgram: "Google Chrome", appData: "Google/Chrome",
			exe: "Google/Chrome/Application/chrome.exe", exeData: "Google/Chrome/User Data", appPath: true,
		},
		{
			id: "chromium", name: "Chromium", kind: Chromium,
			programs: []string{"chromium", "chromium-browser"},
			data:     "chromium", snap: "chromium", flatpak: "org.chromium.Chromium",
			apps: []string{"Chromium.app"}, appProgram: "Chromium", appData: "Chromium",
			exe: "Chromium/Application/chrome.exe", exeData: "Chromium/User Data",
		},
		{
			id: "edge", name: "Microsoft Edge", kind: Chromium,
			programs: []string{"microsoft-edge", "microsoft-edge-stable"}, dirs: []string{"/opt/microsoft/msedge"},
			data: "microsoft-edge", flatpak: "com.microsoft.Edge",
			apps: []string{"Microsoft Edge.app"}, appProgram: "Microsoft Edge", appData: "Microsoft Edge",
			exe: "Microsoft/Edge/Application/msedge.exe", exeData: "Microsoft/Edge/User Data", appPath: true,
			private: "--inprivate",
		},
		{
			id: "brave", name: "Brave", kind: Chromium,
			programs: []string{"brave-browser", "brave-browser-stable", "brave"}, dirs: []string{"/opt/brave.com/brave"},
			data: "BraveSoftware/Brave-Browser", snap: "brave", flatpak: "com.brave.Browser",
			apps: []string{"Brave Browser.app"}, appProgram: "Brave Browser", appData: "BraveSoftware/Brave-Browser",
			exe: "BraveSoftware/Brave-Browser/Application/brave.exe", exeData: "BraveSoftware/Brave-Browser/User Data", appPath: true,
		},
		{
			id: "vivaldi", name: "Vivaldi", kind: Chromium,
			programs: []string{"vivaldi", "vivaldi-stable"}, dirs: []string{"/opt/vivaldi"},
			data: "vivaldi", snap: "vivaldi", flatpak: "com.vivaldi.Vivaldi",
			apps: []string{"Vivaldi.app"}, appProgram: "Vivaldi", appData: "Vivaldi",
			exe: "Vivaldi/Application/vivaldi.exe", exeData: "Vivaldi/User Data", appPath: true,
		},
		{
			id: "opera", name: "Opera", kind: Chromium,
			programs: []string{"opera", "opera-stable"},
			data:     "opera", snap: "opera", flatpak: "com.opera.Opera",
			apps: []string{"Opera.app"}, appProgram: "Opera", appData: "com.operasoftware.Opera",
			exe: "Opera/opera.exe", exeData: "Opera Software/Opera Stable", roaming: true, appPath: true,
			private: "--private",
		},
		{
			id: "librewolf", name: "LibreWolf", kind: Firefox,
			programs: []string{"librewolf"}, dirs: []string{"/usr/lib/librewolf", "/usr/share/librewolf", "/opt/librewolf"},
			data: "librewolf/librewolf", old: ".librewolf", flatpak: "io.gitlab.librewolf-community",
			apps: []string{"LibreWolf.app"}, appProgram: "librewolf", appData: "librewolf",
			exe: "LibreWolf/librewolf.exe", exeData: "librewolf", appPath: true,
		},
		{
			id: "zen", name: "Zen", kind: Firefox,
			programs: []string{"zen-browser", "zen"}, dirs: []string{"/opt/zen", "/opt/zen-browser-bin"},
			data: "zen", old: ".zen", flatpak: "app.zen_browser.zen",
			apps: []string{"Zen.app", "Zen Browser.app"}, appProgram: "zen", appData: "zen",
			exe: "Zen Browser/zen.exe", exeData: "zen", appPath: true,
		},
		{
			id: "waterfox", name: "Waterfox", kind: Firefox,
			programs: []string{"waterfox"}, dirs: []string{"/opt/waterfox"},
			data: "waterfox", old: ".waterfox", flatpak: "net.waterfox.waterfox",
			apps: []string{"Waterfox.app"}, appProgram: "waterfox", appData: "Waterfox",
			exe: "Waterfox/waterfox.exe", exeData: "Waterfox", appPath: true,
		},
		{
			id: "floorp", name: "Floorp", kind: Firefox,
			programs: []string{"floorp"}, dirs: []string{"/opt/floorp", "/usr/lib/floorp"},
			data: "floorp", old: ".floorp", flatpak: "one.ablaze.floorp",
			apps: []string{"Floorp.app"}, appProgram: "floorp", appData: "Floorp",
			exe: "Ablaze Floorp/floorp.exe", exeData: "Floorp", appPath: true,
		},
	}
}

// place is one way in which a browser may be installed.
type place struct {
	// suffix is of the ID, note of the name.
	suffix, note string
	// programs are absolute paths or "", of which the first that exists counts.
	programs []string
	// data are the folders that the profiles may be in, of which the first that
	// exists counts.
	data []string
	// inside returns the browser's own name of a folder in data; nil if it is the
	// same.
	inside func(string) string
}

func (e Environment) places(k spec) []place {
	switch e.OS {
	case "darwin":
		return []place{e.darwin(k)}
	case "windows":
		return []place{e.windows(k)}
	}
	places := []place{e.linux(k)}
	if k.snap != "" {
		places = append(places, e.snap(k))
	}
	return append(places, e.flatpak(k))
}

// home returns the home folder and what is below it, or "" if there is none.
func (e Environment) home(path string) string { return below(e.Getenv("HOME"), path) }

// below joins paths, and returns "" if the folder is relative, so that it is another one
// for each program.
func below(dir, path string) string {
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, filepath.FromSlash(path))
}

func (e Environment) fixed(path string) string { return e.Root + path }

// config returns a folder below the one for settings of
// https://specifications.freedesktop.org/basedir-spec/latest/.
func (e Environment) config(path string) string {
	if dir := e.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return below(dir, path)
	}
	return e.home(".config/" + path)
}

func (e Environment) linux(k spec) place {
	dirs := filepath.SplitList(e.Getenv("PATH"))
	for _, dir := range append([]string{"/usr/local/bin", "/usr/bin", "/bin"}, k.dirs...) {
		dirs = append(dirs, e.fixed(dir))
	}
	dirs = append(dirs, e.home(".local/bin"))
	var at place
	for _, program := range k.programs {
		for _, dir := range dirs {
			// snap returns the snaps.
			if path := below(dir, program); !e.isSnap(path) {
				at.programs = append(at.programs, path)
			}
		}
	}
	at.data = []string{e.config(k.data)}
	if k.kind == Firefox {
		at.data = []string{e.home(k.old), e.config(k.data)}
	}
	return at
}

// isSnap reports whether a program only starts a snap, as Ubuntu's
// /usr/bin/firefox and /usr/bin/chromium-browser do.
func (e Environment) isSnap(path string) bool {
	if filepath.Dir(path) == e.fixed("/snap/bin") {
		return true
	}
	file, err := os.Open(path)
	if err != nil {
		return false // and no program
	}
	defer func() { _ = file.Close() }()
	head, err := io.ReadAll(io.LimitReader(file, 8<<10))
	return err == nil && strings.HasPrefix(string(head), "#!") && strings.Contains(string(head), "/snap/bin/")
}

// snap is Canonical's package. It has $HOME/snap/NAME/common for a home where
// its author says so, or else $HOME/snap/NAME/current
// (https://snapcraft.io/docs/data-locations).
func (e Environment) snap(k spec) place {
	at := place{suffix: suffixSnap, note: " (snap)", programs: []string{e.fixed("/snap/bin/" + k.snap)}}
	home := "snap/" + k.snap
	if k.kind == Firefox {
		at.data = []string{e.home(home + "/common/" + k.old), e.home(home + "/common/.config/" + k.data)}
		return at
	}
	at.data = []string{e.home(home + "/common/" + k.data), e.home(home + "/current/.config/" + k.data)}
	return at
}

// flatpak has ~/.var/app/ID for its files and is started by a program of that
// name (https://docs.flatpak.org/en/latest/sandbox-permissions.html).
func (e Environment) flatpak(k spec) place {
	at := place{suffix: suffixFlatpak, note: " (Flatpak)"}
	for _, dir := range []string{e.home(".local/share/flatpak/exports/bin"), e.fixed("/var/lib/flatpak/exports/bin")} {
		at.programs = append(at.programs, below(dir, k.flatpak))
	}
	app := ".var/app/" + k.flatpak
	if k.kind != Firefox {
		at.data = []string{e.home(app + "/config/" + k.data)}
		return at
	}
	at.data = []string{e.home(app + "/" + k.old), e.home(app + "/config/" + k.data)}
	// In the home that the browser sees, the old folder is the package's own
	// (--persist). Firefox recognises a running profile by its path, so it must get the
	// path that it uses itself.
	top, _, _ := strings.Cut(k.old, "/")
	old := e.home(app + "/" + top)
	at.inside = func(path string) string {
		if rest, ok := strings.CutPrefix(path, old+string(filepath.Separator)); ok {
			return e.home(top + "/" + rest)
		}
		return path
	}
	return at
}

func (e Environment) darwin(k spec) place {
	// Not what `open -a` starts: it passes no arguments to a browser that runs.
	var at place
	for _, app := range k.apps {
		program := app + "/Contents/MacOS/" + k.appProgram
		at.programs = append(at.programs, e.fixed("/Applications/"+program), e.home("Applications/"+program))
	}
	at.data = []string{e.home("Library/Application Support/" + k.appData)}
	return at
}

func (e Environment) windows(k spec) place {
	var at place
	if k.appPath && e.Registry != nil {
		// https://learn.microsoft.com/windows/win32/shell/app-registration
		key := `SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\` + k.exe[strings.LastIndex(k.exe, "/")+1:]
		if path := strings.Trim(e.Registry(key), `"`); filepath.IsAbs(path) {
			at.programs = append(at.programs, path)
		}
	}
	local := e.Getenv("LOCALAPPDATA")
	for _, dir := range []string{e.Getenv("PROGRAMFILES"), e.Getenv("PROGRAMFILES(X86)"), local, below(local, "Programs")} {
		at.programs = append(at.programs, below(dir, k.exe))
	}
	data := "LOCALAPPDATA"
	if k.kind == Firefox || k.roaming {
		data = "APPDATA"
	}
	at.data = []string{below(e.Getenv(data), k.exeData)}
	return at
}

// program returns the first program of the place that exists, or "".
func (e Environment) program(at place) string {
	for _, path := range at.programs {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && e.runs(info) {
			return path
		}
	}
	return ""
}

// runs reports whether a file may be started; on Windows its name decides.
func (e Environment) runs(info os.FileInfo) bool {
	return e.OS == "windows" || runtime.GOOS == "windows" || info.Mode()&0o111 != 0
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
