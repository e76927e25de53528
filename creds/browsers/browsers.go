// Package browsers finds the browsers of this machine and their profiles, and opens an
// address in a certain place: the system's browser, a private window, a browser's
// profile, a Firefox container or a person's own command.
//
// It never writes a browser's files, and reads them where the browser's documentation
// says that they are.
package browsers

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Kind is a family of browsers that are started in the same manner.
type Kind int

// The families.
const (
	Chromium Kind = iota + 1
	Firefox
)

// Browser is a browser that is installed.
type Browser struct {
	// ID names the browser in a [Place] and in settings: "firefox", "chrome" and
	// so on, with "-snap" or "-flatpak" for those, as one browser may be here in
	// several packages, each with profiles of its own.
	ID string
	// Name is for people, "Google Chrome".
	Name string
	// Path is the absolute path of the program.
	Path string
	Kind Kind
	// Profiles are sorted by name.
	Profiles []Profile
	// Problem is "", or a sentence on why profiles are missing.
	Problem string
}

// Profile is a profile of a browser.
type Profile struct {
	// Dir is what goes on the browser's command line: the name of a folder
	// for Chromium and its kin, an absolute path for Firefox.
	Dir string
	// Name is the person's own name for it. Several may have the same.
	Name string
	// Former is the name that Firefox had for it before it was in the profile menu,
	// which settings may still contain; or "".
	Former string
}

// Environment is where browsers are looked for.
type Environment struct {
	// OS is a GOOS. All but "darwin" and "windows" are as Linux is.
	OS string
	// Getenv returns a variable of the environment, or "".
	Getenv func(string) string
	// Root is put before the paths that are fixed, such as /usr/bin. It is ""
	// but in tests.
	Root string
	// Registry returns the default value of a key of the Windows registry
	// below HKEY_CURRENT_USER or, if it is not there, HKEY_LOCAL_MACHINE; or
	// "". It may be nil.
	Registry func(key string) string
}

// Find returns the browsers of this machine and their profiles, those that are
// installed in the ordinary way first. The Browser's Problem says which of its files
// cannot be read. When ctx ends, it returns what was found up to then.
func Find(ctx context.Context, env Environment) []Browser {
	var found []Browser
	for _, k := range known() {
		for _, at := range env.places(k) {
			if ctx.Err() != nil {
				return found
			}
			program := env.program(at)
			if program == "" {
				continue
			}
			b := Browser{ID: k.id + at.suffix, Name: k.name + at.note, Path: program, Kind: k.kind}
			switch k.kind {
			case Firefox:
				b.Profiles, b.Problem = firefoxProfiles(at.data, at.inside)
			case Chromium:
				b.Profiles, b.Problem = chromiumProfiles(at.data)
			}
			if b.Problem != "" {
				b.Problem = b.Name + ": " + b.Problem
			}
			found = append(found, b)
		}
	}
	return found
}

// Lookup returns the browser with the ID. "firefox" also finds Firefox in another
// package than the ordinary one.
func Lookup(found []Browser, id string) (Browser, bool) {
	return first(found,
		func(b Browser) bool { return b.ID == id },
		func(b Browser) bool { return family(b.ID) == id })
}

// first returns the first item that matches the earliest condition which any matches.
func first[T any](items []T, conditions ...func(T) bool) (item T, found bool) {
	for _, matches := range conditions {
		if i := slices.IndexFunc(items, matches); i >= 0 {
			return items[i], true
		}
	}
	return item, false
}

// family returns an ID without the package that the browser comes in.
func family(id string) string {
	id = strings.TrimSuffix(id, suffixSnap)
	return strings.TrimSuffix(id, suffixFlatpak)
}

// profile returns the profile with the folder or, as names change and may be given
// twice, the name. A Firefox profile may be any folder of the person's.
func (b Browser) profile(name string) (Profile, bool) {
	p, ok := first(b.Profiles,
		func(p Profile) bool { return p.Dir == name },
		func(p Profile) bool { return p.Name == name },
		func(p Profile) bool { return p.Former == name && name != "" })
	if !ok && b.Kind == Firefox && filepath.IsAbs(name) && isDir(name) {
		return Profile{Dir: name, Name: filepath.Base(name)}, true
	}
	return p, ok
}

// System returns the environment of this process.
func System() Environment {
	return Environment{OS: runtime.GOOS, Getenv: os.Getenv, Registry: systemRegistry}
}
