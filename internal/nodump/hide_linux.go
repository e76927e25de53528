package nodump

import (
	"golang.org/x/sys/unix"

	"daypass/internal/lang"
)

// hide keeps other processes from tracing this one: PR_SET_DUMPABLE in prctl(2). See
// ptrace(2) for what that protects: most of /proc/PID, too.
func hide() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return lang.Errorf("hiding the memory from other programs: %w", err)
	}
	return nil
}
