//go:build linux || freebsd || openbsd || netbsd

package tray

import "daypass/packaging/icons"

// Drawn is for tests.
func Drawn(state icons.State) ([]byte, error) { return drawn(state) }
