//go:build unix

package core

import (
	"io/fs"
	"os"
	"syscall"
)

// isOwn reports whether a file is the present user's. Root may change all.
func isOwn(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || os.Geteuid() == 0 || int(stat.Uid) == os.Geteuid()
}
