//go:build unix

package nodump

import (
	"golang.org/x/sys/unix"

	"daypass/internal/lang"
)

// NoCore disables core files of this process and of those that it starts.
func NoCore() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return lang.Errorf("limiting core files: %w", err)
	}
	return nil
}
