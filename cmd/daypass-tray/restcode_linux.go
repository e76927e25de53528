package main

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"daypass/internal/lang"
)

// restCode returns the pages of the program's code and constants to the kernel. They are
// half of an idle agent's resident memory, because the kernel maps a file in large pieces
// and keeps them mapped. It has them in its cache while there is room. A page fault for
// each piece maps them again: the first request after a rest takes a few milliseconds more.
//
// What was written after it was mapped is not in the file, and stays: the constants of a
// position-independent program have relocated addresses, and its page counts as anonymous.
func restCode() error {
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return err
	}
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	addresses := "" // of a mapping of the program, of which nothing may be written now
	for line := range strings.Lines(string(smaps)) {
		// address perms offset dev inode path, and lines of "Key: value kB": proc_pid_smaps(5).
		fields := strings.Fields(line)
		switch {
		case len(fields) < 2:
		case !strings.HasSuffix(fields[0], ":"):
			addresses = ""
			if (fields[1] == "r-xp" || fields[1] == "r--p") && strings.HasSuffix(strings.TrimSpace(line), " "+self) {
				addresses = fields[0]
			}
		case addresses != "" && fields[0] == "Anonymous:" && fields[1] == "0":
			if err := handBack(addresses); err != nil {
				return err
			}
		}
	}
	return nil
}

// handBack unmaps the pages between two addresses, which are as the file has them.
func handBack(addresses string) error {
	from, to, _ := strings.Cut(addresses, "-")
	start, err := strconv.ParseUint(from, 16, 64)
	if err != nil {
		return lang.Errorf("%q is no address: %w", addresses, err)
	}
	end, err := strconv.ParseUint(to, 16, 64)
	if err != nil || end < start {
		return lang.Errorf("%q is no address", addresses)
	}
	if _, _, errno := unix.Syscall(unix.SYS_MADVISE, uintptr(start), uintptr(end-start), unix.MADV_DONTNEED); errno != 0 {
		return lang.Errorf("handing back %s: %w", addresses, errno)
	}
	return nil
}
