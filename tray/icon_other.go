//go:build !(linux || freebsd || openbsd || netbsd || windows)

package tray

import "daypass/packaging/icons"

// drawn returns the icon of a state. macOS takes its shape alone and gives it
// the colour of the menu bar.
func drawn(state icons.State) ([]byte, error) { return icons.Tray(state, true), nil }

// inMenu returns an icon as the menu takes it: the system gives it its size.
func inMenu(icon []byte) ([]byte, error) { return icon, nil }
