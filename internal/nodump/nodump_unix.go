//go:build unix

package nodump

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// NoCore disables core files of this process and of those that it starts.
func NoCore() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("limiting core files: %w", err)
	}
	return nil
}
