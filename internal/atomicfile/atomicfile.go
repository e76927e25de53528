// Package atomicfile is how stores and caches read, edit, replace and set aside
// their files, so that nothing is lost. A file is replaced in one step: whoever reads
// it while it is written, or after the machine has stopped in between, finds all of
// the old or all of the new.
//
// It is our own, since natefinch/atomic puts a file in the place of a link and
// gives up on Windows while a reader has the file open, google/renameio is not
// there on Windows, and neither sweeps what a killed writer has left.
package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	newFile   = 0o600 // as os.CreateTemp has it
	newFolder = 0o700
	maxLinks  = 40 // as many as Linux follows
	infix     = ".daypass-"
	// tempLife is more than a write takes.
	tempLife = time.Minute
)

// Write makes data all that the file has that path leads to, and mode its
// permissions, whatever the umask. Symbolic links are followed, also to a file
// not there yet; a missing folder is made, mode 0700. Neither a folder nor a
// device or a pipe is replaced.
//
// Once ctx has ended nothing is replaced. On Windows Write waits for readers, two
// seconds at most. The error names path and is one line.
func Write(ctx context.Context, path string, data []byte, mode fs.FileMode) error {
	file, err := Follow(path)
	if err == nil {
		err = replace(ctx, file, data, mode)
	}
	return named(path, err)
}

// Replace is [Write] for what is at path itself: it follows no link there,
// but puts the file in its place.
func Replace(ctx context.Context, path string, data []byte, mode fs.FileMode) error {
	return named(path, replace(ctx, path, data, mode))
}

func named(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write %s: %w", path, Cause(err))
}

func replace(ctx context.Context, path string, data []byte, mode fs.FileMode) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type()&^fs.ModeSymlink != 0 {
		return ErrNotRegular
	}
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	// Only old ones: another process may be at writing.
	Sweep(path, tempLife)
	temp, err := Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()           // closed already unless writing failed
			_ = os.Remove(temp.Name()) // not there any more if it was renamed
		}
	}()
	if _, err := temp.Write(data); err != nil {
		return err
	}
	if mode != newFile { // some file systems refuse to set what is set
		if err := temp.Chmod(mode); err != nil {
			return err
		}
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return Rename(ctx, temp.Name(), path)
}

// makeFolder makes a missing folder and its missing parents.
func makeFolder(folder string) error {
	parent := filepath.Dir(folder)
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) || parent == folder { // a drive that is not there
		return err
	}
	if err := makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(folder, newFolder); errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	} else if err != nil {
		return err
	}
	return inherit(folder, parent)
}

// Create makes a temporary file beside the file at path, mode 0600, to be renamed
// to it. [Sweep] knows it by its name.
func Create(path string) (*os.File, error) {
	folder, prefix := tempName(path)
	return os.CreateTemp(folder, prefix+"*")
}

// Sweep removes temporary files of the file at path that processes have left
// which were killed: there may be secrets in them. It removes those not written
// to for longer than age. Age 0 removes all: that is for the holder of a lock
// that all writers take.
func Sweep(path string, age time.Duration) {
	folder, prefix := tempName(path)
	sweep(folder, age, func(name string) bool { return strings.HasPrefix(name, prefix) })
}

// SweepFolder is [Sweep] for all files of a folder, at a start: the file may never
// be written again. Temporary files of the last minute stay, as another process
// may be at writing.
func SweepFolder(folder string) {
	sweep(folder, tempLife, func(name string) bool {
		i := strings.LastIndex(name, infix)
		return i > 0 && name[0] == '.' && strings.Trim(name[i+len(infix):], "0123456789") == ""
	})
}

func sweep(folder string, age time.Duration, isTemp func(name string) bool) {
	entries, _ := os.ReadDir(folder) // what cannot be listed cannot be swept
	for _, e := range entries {
		if !isTemp(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		if age > 0 {
			if info, err := e.Info(); err != nil || time.Since(info.ModTime()) <= age {
				continue
			}
		}
		_ = os.Remove(filepath.Join(folder, e.Name())) // the next write tries again
	}
}

func tempName(path string) (folder, prefix string) {
	return filepath.Dir(path), "." + filepath.Base(path) + infix
}

// Rename puts the file from in the place of the file to, which must be on the
// same file system, and makes that last. Windows refuses it while another
// program has the file to open, so there Rename waits for that to end, until ctx
// ends, but two seconds at most.
func Rename(ctx context.Context, from, to string) error {
	if err := rename(ctx, from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// Follow resolves symbolic links. Unlike filepath.EvalSymlinks it also does so
// if the file or the folders that they lead to are missing.
func Follow(path string) (string, error) {
	links := 0
	return follow(path, &links)
}

func follow(path string, links *int) (string, error) {
	for ; *links < maxLinks; *links++ {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return real, nil
		}
		path = filepath.Clean(path)
		folder, base := filepath.Dir(path), filepath.Base(path)
		if folder == path { // a drive that is not there
			return path, nil
		}
		folder, err := follow(folder, links)
		if err != nil {
			return "", err
		}
		path = filepath.Join(folder, base)
		target, err := os.Readlink(path)
		if err != nil {
			return path, nil //nolint:nilerr // no link: this is the file to create
		}
		if !filepath.IsAbs(target) {
			target = folder + string(filepath.Separator) + target
		}
		path = target
	}
	return "", errors.New("too many symbolic links")
}

// Cause takes the operation and path off an error of package os: they name
// temporary files, and callers name the file that matters.
func Cause(err error) error {
	var (
		path *fs.PathError
		link *os.LinkError
	)
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
