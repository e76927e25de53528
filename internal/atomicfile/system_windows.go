package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// nonblocking is not needed: Windows' pipes are not among files.
const nonblocking = 0

// rename waits for readers, since Windows refuses to replace a file while
// another program has it open.
func rename(ctx context.Context, from, to string) error {
	const (
		patience = 2 * time.Second
		pause    = 10 * time.Millisecond
	)
	for start := time.Now(); ; {
		err := os.Rename(from, to)
		held := errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
		if !held || time.Since(start) > patience {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// syncFolder does nothing: NTFS keeps a journal of renames.
func syncFolder(string) error { return nil }

// keepOwner does nothing: files inherit owner and access list from their folder.
func keepOwner(*os.File, fs.FileInfo) (groupKept bool, err error) { return true, nil }

func inherit(string, string) error { return nil }
