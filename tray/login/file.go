//go:build !windows

package login

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"daypass/internal/atomicfile"
	"daypass/internal/lang"
)

// id is daypass's name on a desktop.
const id = "app.daypass.daypass"

// maxFile is far above what a file about one program needs.
const maxFile = 1 << 20

// readFile returns the text of a file and whether it exists. Other than regular files,
// such as /dev/null behind a link that masks an entry, count as empty.
func readFile(path string) (text string, there bool, err error) {
	info, err := os.Stat(path) //nolint:gosec // of the person's own environment
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, err
	case info.IsDir():
		return "", false, lang.Errorf("%s is a folder: please remove it", path)
	case !info.Mode().IsRegular():
		return "", true, nil
	}
	data, _, err := atomicfile.Read(path, maxFile)
	if errors.Is(err, atomicfile.ErrTooLarge) {
		return "", false, lang.Errorf("%s is too large to be about one program: please remove it", path)
	}
	return string(data), err == nil, err
}

// writeFile replaces a file, or the regular file behind a link, in one step, and keeps
// its permissions. A link to anything else is replaced by the file. A missing folder is
// made for its owner only, as the XDG Base Directory Specification wants it.
func writeFile(path, text string) error {
	write, mode := atomicfile.Replace, fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		write, mode = atomicfile.Write, info.Mode().Perm()
	}
	// No desktop reads the temporary file, which ends in neither .desktop nor
	// .plist.
	return write(context.Background(), path, []byte(text), mode)
}

// remove removes a file, if it exists.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
