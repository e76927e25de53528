package login

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"daypass/internal/lang"
)

const (
	// runKey names what Windows starts when the person logs in.
	// https://learn.microsoft.com/windows/win32/setupapi/run-and-runonce-registry-keys
	runKey = `Software\Microsoft\Windows\CurrentVersion\Run`
	// approvedKey has the switches of Task Manager and Settings. It is not
	// documented; the first byte of a value is odd for off:
	// https://superuser.com/questions/1766797.
	approvedKey = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
	valueName   = "daypass"
	// maxCommand is how many characters Windows takes in a value of the Run key.
	maxCommand = 260
)

// run is the Run key of this person. The keys are below HKEY_CURRENT_USER.
type run struct{ program, run, approved string }

func newSystem(program string) system { return run{program, runKey, approvedKey} }

func (r run) enabled() (bool, error) {
	command, err := readValue(r.run)
	if err != nil || command == "" {
		return false, err
	}
	words, err := windows.DecomposeCommandLine(command)
	if err != nil || len(words) == 0 || !isThere(words[0]) {
		return false, nil //nolint:nilerr // Windows can start nothing for it either
	}
	off, err := r.switchedOff()
	return err == nil && !off, err
}

// enable keeps a command that starts something.
func (r run) enable(on bool) error {
	if !on {
		return dropValue(r.run)
	}
	if enabled, err := r.enabled(); err != nil || enabled {
		return err
	}
	if err := dropValue(r.approved); err != nil {
		return err
	}
	if enabled, err := r.enabled(); err != nil || enabled {
		return err
	}
	if err := check(r.program); err != nil {
		return err
	}
	// No path on Windows has a quote in it, nor ends one in a backslash.
	command := `"` + r.program + `"`
	if len([]rune(command)) > maxCommand {
		return lang.Errorf("%s is too long a path for Windows to start at login: please move it", r.program)
	}
	key, _, err := registry.CreateKey(registry.CURRENT_USER, r.run, registry.SET_VALUE)
	if err != nil {
		return named(r.run, err)
	}
	return named(r.run, errors.Join(key.SetStringValue(valueName, command), key.Close()))
}

// switchedOff reports whether a person has switched daypass off in Task Manager
// or Settings.
func (r run) switchedOff() (bool, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, r.approved, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, named(r.approved, err)
	}
	defer key.Close() //nolint:errcheck // nothing was written
	state, _, err := key.GetBinaryValue(valueName)
	if errors.Is(err, registry.ErrNotExist) || errors.Is(err, registry.ErrUnexpectedType) {
		return false, nil
	}
	return err == nil && len(state) > 0 && state[0]&1 == 1, named(r.approved, err)
}

// readValue returns daypass's value with variables expanded, or "".
func readValue(path string) (string, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", named(path, err)
	}
	defer key.Close() //nolint:errcheck // nothing was written
	value, kind, err := key.GetStringValue(valueName)
	switch {
	case errors.Is(err, registry.ErrNotExist):
		return "", nil
	case err == nil && kind == registry.EXPAND_SZ:
		value, err = registry.ExpandString(value)
	}
	return value, named(path, err)
}

// dropValue removes daypass's value, if it exists.
func dropValue(path string) error {
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.SET_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	if err != nil {
		return named(path, err)
	}
	if err = key.DeleteValue(valueName); errors.Is(err, registry.ErrNotExist) {
		err = nil
	}
	return named(path, errors.Join(err, key.Close()))
}

// named adds the key to an error.
func named(path string, err error) error {
	if err == nil {
		return nil
	}
	return &os.PathError{Op: "registry", Path: `HKEY_CURRENT_USER\` + path, Err: err}
}
