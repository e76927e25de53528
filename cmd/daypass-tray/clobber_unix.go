//go:build unix

package main

import (
	"os"
	"strings"
	"syscall"
)

// clobberFreed makes the garbage collector overwrite what it frees. Otherwise a key that is
// no longer used stays in memory until something else is written there, which in a stack
// may be never.
//
// The runtime reads the setting from the environment when a program starts, so this one
// starts again: https://pkg.go.dev/runtime#hdr-Environment_Variables.
func clobberFreed() error {
	const setting = "clobberfree=1"
	given := os.Getenv("GODEBUG")
	if before, isSet := strings.CutSuffix(given, setting); isSet {
		// The programs that this one starts should not get it.
		if before = strings.TrimSuffix(before, ","); before == "" {
			return os.Unsetenv("GODEBUG")
		}
		return os.Setenv("GODEBUG", before)
	}
	if given != "" {
		given += ","
	}
	if err := os.Setenv("GODEBUG", given+setting); err != nil {
		return err
	}
	return startAnew()
}

// startAnew replaces this process by a new one of the same program.
func startAnew() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(program, os.Args, os.Environ()) //nolint:gosec // itself
}
