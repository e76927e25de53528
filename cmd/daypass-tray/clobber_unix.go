//go:build unix

package main

import (
	"os"
	"strings"
	"syscall"
)

// clobberFreed has the garbage collector overwrite what it frees. Go frees memory
// as it is: a key that nobody refers to any more could be read in it until chance
// has something else written there, which in a stack may be never.
//
// The runtime reads the setting from the environment when a program starts, so
// this one starts once more: https://pkg.go.dev/runtime#hdr-Environment_Variables.
func clobberFreed() error {
	const setting = "clobberfree=1"
	given := os.Getenv("GODEBUG")
	if before, isSet := strings.CutSuffix(given, setting); isSet {
		// It is not for the programs that this one starts.
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

// startAnew starts this program in its own place.
func startAnew() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(program, os.Args, os.Environ()) //nolint:gosec // itself
}
