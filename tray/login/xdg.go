package login

import (
	"os"
	"path/filepath"
	"strings"

	"daypass/packaging/linux"
)

// xdg is a desktop that follows the Desktop Application Autostart Specification:
// of the entries of one name the person's own counts, even if all that it says
// is Hidden, and else the first one of the system.
// https://specifications.freedesktop.org/autostart-spec/
type xdg struct{ program string }

const entryName = id + ".desktop"

// own returns the path of the person's entry.
func (x xdg) own() (string, error) {
	config, err := os.UserConfigDir()
	return filepath.Join(config, "autostart", entryName), err
}

// installed returns the entry that counts where a person has none, and whether
// there is one.
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

// desktop returns the names of the running desktop.
func desktop() []string { return strings.Split(os.Getenv("XDG_CURRENT_DESKTOP"), ":") }

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
func (x xdg) fresh() (entry, error) {
	e := parseEntry(linux.Autostart)
	exec, err := quote(x.program)
	if err != nil {
		return e, err
	}
	e.set(keyExec, exec)
	e.set(keyTryExec, x.program)
	return e, nil
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
	wanted := text
	if on {
		wanted, err = x.on(text, installed.startsIn(desktop()))
	} else if there || hasInstalled {
		wanted, err = x.off(text, there, hasInstalled)
	}
	switch {
	case err != nil:
		return err
	case wanted == text:
		return nil
	case wanted == "":
		return remove(path)
	default:
		return writeFile(path, wanted)
	}
}

// on returns what the person's entry must hold to start the program, "" if
// there should be none because the installed one does.
func (x xdg) on(text string, installed bool) (string, error) {
	e := parseEntry(text)
	if e.get(keyExec) == "" {
		// Nothing, or a mask of the installed entry, which starts nothing
		// however it is changed.
		if installed {
			return "", nil
		}
		if err := check(x.program); err != nil {
			return "", err
		}
		e, err := x.fresh()
		return e.String(), err
	}
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
	if !e.startsIn(desktop()) {
		if err := x.replace(&e); err != nil {
			return "", err
		}
	}
	if mine, err := x.fresh(); err == nil && installed && mine.String() == e.String() {
		// From now on a package's newer entry counts.
		return "", nil
	}
	return e.String(), nil
}

// replace puts the program in the place of one that is gone.
func (x xdg) replace(e *entry) error {
	if err := check(x.program); err != nil {
		return err
	}
	exec, err := quote(x.program)
	if err != nil {
		return err
	}
	e.set(keyExec, exec)
	e.set(keyTryExec, x.program)
	return nil
}

// off returns what the person's entry must hold to start nothing, "" if there
// should be none.
func (x xdg) off(text string, there, installed bool) (string, error) {
	mine, err := x.fresh()
	if !there {
		if err != nil {
			return "", err
		}
		mine.set(keyHidden, "true")
		return mine.String(), nil
	}
	e := parseEntry(text)
	switch {
	case e.get(keyExec) == "" || e.is(keyHidden, true):
		return text, nil
	case err == nil && !installed && mine.String() == text:
		return "", nil
	default:
		e.set(keyHidden, "true")
		return e.String(), nil
	}
}
