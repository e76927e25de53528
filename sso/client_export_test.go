package sso

import (
	"context"
	"net"

	"daypass/internal/signin"
)

// CheckURL is checkURL.
var CheckURL = checkURL

// SetListen replaces how the loopback port is bound. Everybody comes in there.
func (c *Client) SetListen(listen func(context.Context) (net.Listener, error)) {
	c.ports = signin.Ports{Listen: listen, Own: func(net.Conn) error { return nil }}
}
