package advice

import (
	"errors"
	"io/fs"
	"syscall"

	"daypass/internal/lang"
)

// File returns the step that helps if a file could not be read, written or moved, by the
// system's error; empty for one that a person cannot solve.
func File(err error) string {
	switch {
	case err == nil:
	case isFull(err):
		return lang.T("Make room on its disk, and try again.")
	case errors.Is(err, syscall.EROFS):
		return lang.T("Its disk can only be read: mount it writable, or have the file on another.")
	case errors.Is(err, fs.ErrPermission):
		return lang.T("Look at whom the file and its folder belong to, and at their permissions.")
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return lang.T("Move away what lies in its place.")
	case errors.Is(err, syscall.ELOOP):
		return lang.T("Its symbolic links lead in a circle: correct them.")
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return lang.T("Too many files are open: end some programs, and try again.")
	case errors.Is(err, syscall.EIO):
		return lang.T("The disk does not work as it should; the system's log says more.")
	}
	return ""
}
