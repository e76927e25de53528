//go:build !linux && !windows

package peers

import (
	"log/slog"
	"net/netip"
)

// Own lets everyone in, as no documented interface of the system tells whose a
// connection is.
func Own(_, _ netip.AddrPort, _ *slog.Logger) error { return nil }
