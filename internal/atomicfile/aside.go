package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"daypass/internal/lang"
)

// ErrChanged says that another program wrote the file at the same moment.
var ErrChanged = lang.Error("another program is writing it; try again")

const (
	unreadable = ".unreadable"
	// manyNames bounds the search for a free one.
	manyNames = 10000
)

// SetAside renames the file that path leads to, because its content is invalid: to the
// same name with .unreadable behind it, or .unreadable-2 and so on. It never replaces or
// deletes a file. was is the file as [Read] found it: one that was written since stays,
// with [ErrChanged]. The error is one line, and does not name path.
func SetAside(path string, was fs.FileInfo) (aside string, err error) {
	file, err := Follow(path)
	if err == nil {
		aside, err = setAside(file, was)
	}
	if err != nil {
		return "", Cause(err)
	}
	return aside, nil
}

func setAside(file string, was fs.FileInfo) (string, error) {
	if now, err := os.Lstat(file); err != nil {
		return "", err
	} else if !isStill(now, was) {
		return "", ErrChanged
	}
	aside, err := reserve(file + unreadable)
	if err != nil {
		return "", err
	}
	if err := rename(context.Background(), file, aside); err != nil {
		_ = os.Remove(aside) // it is empty
		return "", err
	}
	if moved, err := os.Lstat(aside); err != nil || !isStill(moved, was) {
		// The file was replaced at the last moment, and a good one was moved: move it
		// back, unless there is another one again.
		if os.Link(aside, file) == nil {
			_ = os.Remove(aside)
		}
		return "", ErrChanged
	}
	return aside, syncFolder(filepath.Dir(file))
}

func isStill(now, was fs.FileInfo) bool {
	return os.SameFile(now, was) && now.Size() == was.Size() && now.ModTime().Equal(was.ModTime())
}

// reserve makes an empty file by an unused name: base, base-2 and so on. Another process
// that does the same at the same moment gets another name. The caller may replace it.
func reserve(base string) (string, error) {
	for n := 1; n < manyNames; n++ {
		name := base
		if n > 1 {
			name += "-" + strconv.Itoa(n)
		}
		file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, newFile)
		switch {
		case errors.Is(err, fs.ErrExist):
		case err != nil:
			return "", err
		default:
			return name, file.Close()
		}
	}
	return "", lang.Errorf("there are %d files called %s", manyNames, filepath.Base(base))
}

// WriteNew is [Write] for a new file: path or, where that exists, path-2 and so on. It
// returns the name.
func WriteNew(ctx context.Context, path string, data []byte, mode fs.FileMode) (name string, err error) {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return "", named(path, err)
	}
	if name, err = reserve(path); err != nil {
		return "", named(path, err)
	}
	if err := replace(ctx, name, data, mode); err != nil {
		_ = os.Remove(name) // it is empty
		return "", named(path, err)
	}
	return name, nil
}
