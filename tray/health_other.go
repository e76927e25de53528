//go:build !(linux || freebsd || openbsd || netbsd)

package tray

import "daypass/creds"

// Checks are none here: macOS and Windows always show icons and notices.
func Checks() []creds.HealthCheck { return nil }
