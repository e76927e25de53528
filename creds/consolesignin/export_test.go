package consolesignin

import (
	"context"
	"net"

	"daypass/internal/jsoncache"
	"daypass/internal/signin"
)

// SetListen replaces how the loopback port is bound. Everybody comes in there.
func (c *Client) SetListen(listen func(context.Context) (net.Listener, error)) {
	c.ports = signin.Ports{Listen: listen, Own: func(net.Conn) error { return nil }}
}

// These are for tests.
var (
	FileName   = fileName
	PastedCode = pastedCode
	Proof      = proof
	FormatKey  = formatKey
	ParseKey   = parseKey
	NewKey     = newKey
	IsAWSPage  = isAWSPage
)

// NotACode and AnothersCode are the notes about a text that is not the page's code.
const (
	NotACode     = notACode
	AnothersCode = anothersCode
)

// ParseToken reads a file of an identity.
func ParseToken(arn string, data []byte) (Token, error) {
	o, err := jsoncache.Parse(data)
	if err != nil {
		return Token{}, err
	}
	return parseToken(arn, o)
}

// FormatToken writes a file.
func FormatToken(t Token) ([]byte, error) { return formatToken(t).Marshal() }
