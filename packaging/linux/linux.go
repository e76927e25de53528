// Package linux holds what a package for Linux puts on the desktop.
package linux

import _ "embed"

// Autostart is the desktop entry that a package installs as
// /etc/xdg/autostart/app.daypass.daypass.desktop.
//
//go:embed app.daypass.daypass-autostart.desktop
var Autostart string
