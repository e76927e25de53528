//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// trustedFolder returns an error if a folder is not there, or if somebody else
// than the person and root could put a program into it, or another folder in its
// place: neither it nor one above it, of the name and of what that leads to, is
// another user's or to be written by others.
func trustedFolder(dir string) error {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return errors.New("it is not there")
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

// trustedAt looks at one folder. In one with the sticky bit, as /tmp and Nix's
// store have it, nobody can put away what is another's; it will do for one above.
func trustedAt(dir string, itself bool) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	mode := info.Mode()
	switch {
	case !ok:
		return fmt.Errorf("the owner of %s is not known", dir)
	case !mode.IsDir():
		return fmt.Errorf("%s is no folder", dir)
	case stat.Uid != 0 && int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("%s is another user's", dir)
	case mode&os.ModeSticky != 0 && !itself:
		return nil
	case mode&0o002 != 0:
		return fmt.Errorf("everybody can write to %s", dir)
	case mode&0o020 != 0 && !ownGroup(stat.Gid):
		return fmt.Errorf("a group can write to %s", dir)
	}
	return nil
}

// ownGroup reports whether a group is root's, or the person's own, which has their
// name and nobody else in it: Debian and Fedora give each user one, and Homebrew
// lets it write. On macOS it is "admin" whom Homebrew lets write, who may become
// root.
func ownGroup(gid uint32) bool {
	if gid == 0 {
		return true
	}
	group, err := user.LookupGroupId(strconv.FormatUint(uint64(gid), 10))
	if err != nil {
		return false
	}
	return group.Name == adminGroup || group.Name == userName()
}

// userName is the person's login name, or "".
func userName() string {
	me, err := user.Current()
	if err != nil {
		return ""
	}
	return me.Username
}
