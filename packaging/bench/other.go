//go:build !linux

// Command bench measures daypass's speed and size. It reads /proc and starts
// desktops of its own, so it runs on Linux only.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: this runs on Linux only")
	os.Exit(1)
}
