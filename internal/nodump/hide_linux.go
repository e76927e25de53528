package nodump

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// hide makes the process one that cannot be traced: PR_SET_DUMPABLE in prctl(2),
// and ptrace(2), which says what that protects: most of /proc/PID, too.
func hide() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("hiding the memory from other programs: %w", err)
	}
	return nil
}
