//go:build unix

package awsfile

import (
	"io/fs"
	"os"
	"syscall"
)

func inode(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}

// keepOwner gives the temporary file the owner and group of the file that it
// is to replace.
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

// inherit gives what root made in another user's folder to that user, who
// could not use it otherwise.
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
