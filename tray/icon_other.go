//go:build !(linux || freebsd || openbsd || netbsd || windows)

package tray

import "daypass/packaging/icons"

// drawn returns the icon of a state. macOS uses its shape alone, in the colour of the
// menu bar.
func drawn(state icons.State) ([]byte, error) { return icons.Tray(state, true), nil }

// inMenu returns an icon for the menu; the system scales it.
func inMenu(icon []byte) ([]byte, error) { return icon, nil }
