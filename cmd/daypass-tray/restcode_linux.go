package main

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"daypass/internal/lang"
)

// restCode returns the pages of the program's code to the kernel. They are half of an idle
// agent's resident memory, because the kernel maps code in large pieces and keeps them
// mapped. It has them in its cache while there is room. A page fault for each piece maps
// them again: the first request after a rest takes a few milliseconds more.
//
// Only code is returned, because it is never written: the data of a position-independent
// program has relocated addresses.
func restCode() error {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return err
	}
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(maps)) {
		// address perms offset dev inode path: proc_pid_maps(5).
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[1] != "r-xp" || !strings.HasSuffix(strings.TrimSpace(line), " "+self) {
			continue
		}
		from, to, _ := strings.Cut(fields[0], "-")
		start, err := strconv.ParseUint(from, 16, 64)
		if err != nil {
			return lang.Errorf("%q is no address: %w", fields[0], err)
		}
		end, err := strconv.ParseUint(to, 16, 64)
		if err != nil || end < start {
			return lang.Errorf("%q is no address", fields[0])
		}
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, uintptr(start), uintptr(end-start), unix.MADV_DONTNEED); errno != 0 {
			return lang.Errorf("handing back %s: %w", fields[0], errno)
		}
	}
	return nil
}
