//go:build !linux && !windows

package peers

import (
	"log/slog"
	"net/netip"
)

// Own admits everyone, as no documented interface of the system says which user a
// connection belongs to.
func Own(_, _ netip.AddrPort, _ *slog.Logger) error { return nil }
