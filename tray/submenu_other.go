//go:build !linux && !freebsd && !openbsd && !netbsd

package tray

import "fyne.io/systray"

// seed has nothing to do: an item can get a submenu at any time.
func seed(*systray.MenuItem) *systray.MenuItem { return nil }
