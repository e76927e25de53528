//go:build unix

package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// nonblocking keeps the opening of a pipe from waiting for its writer.
const nonblocking = syscall.O_NONBLOCK

func rename(_ context.Context, from, to string) error { return os.Rename(from, to) }

// syncFolder syncs a rename to disk.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // nothing was written through it
	// Some file systems cannot sync folders.
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// keepOwner gives the temporary file the owner and group of the file that it replaces.
func keepOwner(temp *os.File, old fs.FileInfo) (groupKept bool, err error) {
	info, err := temp.Stat()
	if err != nil {
		return false, err
	}
	is, ok := info.Sys().(*syscall.Stat_t)
	was, known := old.Sys().(*syscall.Stat_t)
	if !ok || !known || is.Uid == was.Uid && is.Gid == was.Gid {
		return true, nil
	}
	if is.Uid != was.Uid {
		if err := temp.Chown(int(was.Uid), int(was.Gid)); err != nil {
			return false, ErrOwner
		}
		return true, nil
	}
	return temp.Chown(-1, int(was.Gid)) == nil, nil
}

// inherit gives what root made in another user's folder to that user, who could not use
// it otherwise.
func inherit(path, folder string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || s.Uid == 0 {
		return nil
	}
	return os.Lchown(path, int(s.Uid), int(s.Gid))
}
