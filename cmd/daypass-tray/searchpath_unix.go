//go:build unix

package main

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"daypass/internal/lang"
)

// trustedFolder returns an error if a folder does not exist, or if other users than root
// could put a program into it or replace it: neither it nor a folder above it, of its
// name and of a link's target, may belong to another user or be writable by others.
func trustedFolder(dir string) error {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return lang.Error("it is not there")
		}
		return err
	}
	for _, path := range []string{dir, real} {
		for at := filepath.Clean(path); ; at = filepath.Dir(at) {
			if err := trustedAt(at, at == filepath.Clean(path)); err != nil {
				return err
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return nil
}

// trustedAt checks one folder. With the sticky bit, as in /tmp and Nix's store, nobody can
// replace the files of others; that is enough for a folder above.
func trustedAt(dir string, itself bool) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	mode := info.Mode()
	switch {
	case !ok:
		return lang.Errorf("the owner of %s is not known", dir)
	case !mode.IsDir():
		return lang.Errorf("%s is no folder", dir)
	case stat.Uid != 0 && int(stat.Uid) != os.Geteuid():
		return lang.Errorf("%s is another user's", dir)
	case mode&os.ModeSticky != 0 && !itself:
		return nil
	case mode&0o002 != 0:
		return lang.Errorf("everybody can write to %s", dir)
	case mode&0o020 != 0 && !ownGroup(stat.Gid):
		return lang.Errorf("a group can write to %s", dir)
	}
	return nil
}

// ownGroup reports whether a group is root's, or the user's own with the same name and no
// other members: Debian and Fedora make one for each user, and Homebrew lets it write.
// On macOS Homebrew lets "admin" write, whose members may become root.
func ownGroup(gid uint32) bool {
	if gid == 0 {
		return true
	}
	group, err := user.LookupGroupId(strconv.FormatUint(uint64(gid), 10))
	if err != nil {
		return false
	}
	return group.Name == userName() || runtime.GOOS == "darwin" && group.Name == "admin"
}

// userName is the user's login name, or "".
func userName() string {
	me, err := user.Current()
	if err != nil {
		return ""
	}
	return me.Username
}
