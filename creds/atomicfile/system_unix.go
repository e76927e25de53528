//go:build unix

package atomicfile

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// nonblocking keeps the opening of a pipe from waiting for its writer.
const nonblocking = syscall.O_NONBLOCK

func rename(_ context.Context, from, to string) error { return os.Rename(from, to) }

// syncFolder makes the rename itself last.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // nothing was written through it
	// Some file systems cannot do this for folders; there is no more to do.
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}
