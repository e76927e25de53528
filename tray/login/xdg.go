//go:build !windows && !darwin

package login

import (
	"os"
	"path/filepath"
	"strings"

	"daypass/packaging/linux"
)

// xdg is a desktop that follows the Desktop Application Autostart Specification: of the
// entries with one name the person's own counts, even if it only says Hidden, else the
// first one of the system.
// https://specifications.freedesktop.org/autostart-spec/
type xdg struct{ program string }

func newSystem(program string) system { return xdg{program} }

const entryName = id + ".desktop"

// own returns the path of the person's entry.
func (x xdg) own() (string, error) {
	config, err := os.UserConfigDir()
	return filepath.Join(config, "autostart", entryName), err
}

// installed returns the system's entry, and whether there is one.
func (x xdg) installed() (entry, bool, error) {
	dirs := os.Getenv("XDG_CONFIG_DIRS")
	if dirs == "" {
		dirs = "/etc/xdg"
	}
	for _, dir := range filepath.SplitList(dirs) {
		if !filepath.IsAbs(dir) {
			continue
		}
		text, there, err := readFile(filepath.Join(dir, "autostart", entryName))
		if err != nil || there {
			return parseEntry(text), there, err
		}
	}
	return entry{}, false, nil
}

// desktop returns the names of the running desktop; none if it is unknown.
func desktop() []string {
	return strings.FieldsFunc(os.Getenv("XDG_CURRENT_DESKTOP"), func(r rune) bool { return r == ':' })
}

func (x xdg) enabled() (bool, error) {
	path, err := x.own()
	if err != nil {
		return false, err
	}
	text, there, err := readFile(path)
	if err != nil {
		return false, err
	}
	if there {
		return parseEntry(text).startsIn(desktop()), nil
	}
	e, _, err := x.installed()
	return err == nil && e.startsIn(desktop()), err
}

// fresh returns the entry of a package with this program in it.
func (x xdg) fresh() entry {
	e := parseEntry(linux.Autostart)
	x.put(&e)
	return e
}

// put sets the program that an entry starts.
func (x xdg) put(e *entry) {
	e.set(keyExec, command(x.program))
	e.set(keyTryExec, x.program)
}

func (x xdg) enable(on bool) error {
	path, err := x.own()
	if err != nil {
		return err
	}
	text, there, err := readFile(path)
	if err != nil {
		return err
	}
	installed, hasInstalled, err := x.installed()
	if err != nil {
		return err
	}
	e := parseEntry(text)
	if e.get(keyExec) == "" {
		// No entry, or one that masks the installed one and starts nothing.
		switch {
		case on && installed.startsIn(desktop()):
			return remove(path)
		case !on && (there || !hasInstalled):
			return nil
		}
		e = x.fresh()
		if on {
			if err := check(x.program); err != nil {
				return err
			}
		}
	}
	switch mine := x.fresh().String(); {
	case on:
		if err := x.unblock(&e); err != nil {
			return err
		}
		if installed.startsIn(desktop()) && e.String() == mine {
			// So that the entry of a newer package counts.
			return remove(path)
		}
	case text == mine && !hasInstalled:
		return remove(path)
	case !e.is(keyHidden, true):
		e.set(keyHidden, "true")
	}
	if e.String() == text {
		return nil
	}
	return writeFile(path, e.String())
}

// unblock changes only what keeps an entry from starting something.
func (x xdg) unblock(e *entry) error {
	if e.is(keyHidden, true) {
		e.drop(keyHidden)
	}
	if e.is(keyGNOME, false) {
		e.set(keyGNOME, "true")
	}
	if !e.isFor(desktop()) {
		e.drop(keyOnlyShowIn)
		e.drop(keyNotShowIn)
	}
	if e.startsIn(desktop()) {
		return nil
	}
	// What it starts is gone.
	x.put(e)
	return check(x.program)
}
