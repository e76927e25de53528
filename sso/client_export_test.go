package sso

import (
	"context"
	"net"
)

// CheckURL is checkURL.
var CheckURL = checkURL

// SetListen replaces how the loopback port is bound.
func (c *Client) SetListen(listen func(context.Context) (net.Listener, error)) { c.listen = listen }
