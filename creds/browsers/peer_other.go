//go:build !linux

package browsers

import "net/netip"

// peerIsOwn lets everyone in, as the system does not tell whose a connection is.
func peerIsOwn(_, _ netip.AddrPort) error { return nil }
