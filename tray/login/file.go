//go:build !windows

package login

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// id is daypass's name on a desktop.
const id = "app.daypass.daypass"

// maxFile is far above what a file about one program needs.
const maxFile = 1 << 20

// readFile returns what a file holds and whether it is there. What is no
// regular file, as /dev/null where a link masks an entry, is there and holds
// nothing.
func readFile(path string) (text string, there bool, err error) {
	info, err := os.Stat(path) //nolint:gosec // of the person's own environment
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, err
	case info.IsDir():
		return "", false, fmt.Errorf("%s is a folder: please remove it", path)
	case !info.Mode().IsRegular():
		return "", true, nil
	case info.Size() > maxFile:
		return "", false, fmt.Errorf("%s is too large to be about one program: please remove it", path)
	}
	data, err := os.ReadFile(path) //nolint:gosec // of the person's own environment
	return string(data), err == nil, err
}

// writeFile replaces a file, or the regular file that a link leads to, in one
// step, and keeps its permissions.
func writeFile(path, text string) (err error) {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		mode = info.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	// As the XDG Base Directory Specification has it for folders of a person.
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// One name, not a random one: the next write clears what a killed one
	// left. No desktop reads a file that is called so.
	temp, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	_, err = temp.WriteString(text)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// remove is content with a file that is not there.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
