// Package browsers knows the browsers of this machine and their profiles, and
// opens an address in a certain place: the system's browser, a private window,
// a browser's profile, a Firefox container or a command of the person's own.
//
// Nothing of a browser's is ever written. What the browsers keep is read from
// where their own documentation says that it is.
package browsers

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
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
	// Former is the name that Firefox had for it before it was in the profile
	// menu, which settings may still have; or "".
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
// installed in the ordinary way first. A file of a browser's that cannot be
// read is told by the Browser's Problem. When ctx ends, what was found up to
// then is returned.
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

// Lookup returns the browser with the ID. "firefox" stands for Firefox in
// whichever package it is here, the ordinary one first.
func Lookup(found []Browser, id string) (Browser, bool) {
	for _, b := range found {
		if b.ID == id {
			return b, true
		}
	}
	for _, b := range found {
		if family(b.ID) == id {
			return b, true
		}
	}
	return Browser{}, false
}

// family returns an ID without the package that the browser comes in.
func family(id string) string {
	id = strings.TrimSuffix(id, suffixSnap)
	return strings.TrimSuffix(id, suffixFlatpak)
}

// profile returns the profile with the name or, as names change and may be
// given twice, the folder. A Firefox profile may be any folder of the person's.
func (b Browser) profile(name string) (Profile, bool) {
	for _, p := range b.Profiles {
		if p.Dir == name {
			return p, true
		}
	}
	for _, p := range b.Profiles {
		if p.Name == name {
			return p, true
		}
	}
	for _, p := range b.Profiles {
		if name != "" && p.Former == name {
			return p, true
		}
	}
	if b.Kind == Firefox && filepath.IsAbs(name) && isDir(name) {
		return Profile{Dir: name, Name: filepath.Base(name)}, true
	}
	return Profile{}, false
}

// System returns the environment of this process.
func System() Environment {
	return Environment{OS: runtime.GOOS, Getenv: os.Getenv, Registry: systemRegistry}
}
