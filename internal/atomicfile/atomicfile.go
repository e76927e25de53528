// Package atomicfile reads, edits, replaces and sets aside files so that nothing is lost.
// A file is replaced in one step: a program that reads it while it is written, or after
// the machine has stopped in between, finds all of the old or all of the new content.
//
// Existing packages do not suffice: natefinch/atomic replaces links and gives up on
// Windows while a reader has the file open, google/renameio does not support Windows, and
// neither removes what a killed writer has left.
package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"daypass/internal/lang"
)

const (
	newFile   = 0o600 // as os.CreateTemp has it
	newFolder = 0o700
	maxLinks  = 40 // as many as Linux follows
	infix     = ".daypass-"
	// tempLife is more than a write takes.
	tempLife = time.Minute
)

// Write replaces the content of the file that path leads to by data, and its permissions
// by mode, regardless of the umask. Symbolic links are followed, also to a missing file;
// a missing folder is made, mode 0700. A folder, a device or a pipe is not replaced.
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

// Replace is [Write] for path itself: it replaces a link instead of following it.
func Replace(ctx context.Context, path string, data []byte, mode fs.FileMode) error {
	return named(path, replace(ctx, path, data, mode))
}

func named(path string, err error) error {
	if err == nil {
		return nil
	}
	return lang.Errorf("write %s: %w", path, Cause(err))
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
	// Only old ones: another process may be writing.
	Sweep(path, tempLife)
	temp, err := Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()           // closed already unless writing failed
			_ = os.Remove(temp.Name()) // gone already if it was renamed
		}
	}()
	if _, err := temp.Write(data); err != nil {
		return err
	}
	if mode != newFile { // some file systems refuse even to set the same mode
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
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) || parent == folder { // a missing drive
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

// Create makes a temporary file beside the file at path, mode 0600, to be renamed to it.
// [Sweep] recognises it by its name.
func Create(path string) (*os.File, error) {
	folder, prefix := tempName(path)
	return os.CreateTemp(folder, prefix+"*")
}

// Sweep removes temporary files of the file at path that killed processes have left:
// there may be secrets in them. It removes those that were last written longer ago than
// age. Age 0 removes all: that is for the holder of a lock that all writers take.
func Sweep(path string, age time.Duration) {
	folder, prefix := tempName(path)
	sweep(folder, age, func(name string) bool { return strings.HasPrefix(name, prefix) })
}

// SweepFolder is [Sweep] for all files of a folder, at the start of a program: some may
// never be written again. Temporary files of the last minute stay, as another process may
// be writing.
func SweepFolder(folder string) {
	sweep(folder, tempLife, func(name string) bool {
		i := strings.LastIndex(name, infix)
		return i > 0 && name[0] == '.' && strings.Trim(name[i+len(infix):], "0123456789") == ""
	})
}

func sweep(folder string, age time.Duration, isTemp func(name string) bool) {
	entries, _ := os.ReadDir(folder) // without a list nothing can be removed
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

// Rename replaces the file to by the file from, on the same file system, and syncs that
// to disk. Windows refuses it while another program has the file open, so there Rename
// waits until that ends or ctx ends, but two seconds at most.
func Rename(ctx context.Context, from, to string) error {
	if err := rename(ctx, from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// Follow resolves symbolic links. Unlike filepath.EvalSymlinks it does so even if the
// file or the folders that they lead to are missing.
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
		if folder == path { // a missing drive
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
	return "", lang.Error("too many symbolic links")
}

// Cause removes the operation and the path from an error of package os: they may name a
// temporary file, and the caller names the real one.
func Cause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		return link.Err
	}
	return err
}

// MakePrivate removes the permissions of all but the owner from a file or folder. A
// missing one is no error. On Windows it does nothing: permissions come from the folder
// there.
func MakePrivate(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || runtime.GOOS == "windows":
		return nil
	case err != nil:
		return err
	case info.Mode().Perm()&others == 0:
		return nil
	}
	return os.Chmod(path, info.Mode().Perm()&^others)
}
