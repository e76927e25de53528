package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
)

// MakePrivate takes from all but its owner what they may do with a file or folder.
// That there is none is no error. On Windows it does nothing: who may do what comes
// from the folder there.
func MakePrivate(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || runtime.GOOS == "windows":
		return nil
	case err != nil:
		return err
	case info.Mode().Perm()&0o077 == 0:
		return nil
	}
	return os.Chmod(path, info.Mode().Perm()&^0o077)
}
