package sso

import (
	"time"

	"daypass/internal/jsoncache"
	"daypass/internal/secret"
)

// Token is the result of a sign-in: the access token of a [Session], and what renews it.
// A file of the AWS CLI's token cache has it; see [Cache].
type Token struct {
	StartURL    string
	Region      string
	AccessToken secret.Text
	// Expires is by this machine's clock, as the AWS CLI and SDKs have it.
	Expires time.Time
	// RefreshToken is empty if AWS gave none.
	RefreshToken secret.Text
	// Registration is the client that got the token; only that one can renew it.
	Registration Registration

	// other are the fields of the file that daypass does not know. A renewal changes
	// a copy of the token, which keeps them. They may be secret: fmt prints no more
	// than the pointer.
	other *jsoncache.Object
}

// IsZero reports whether it is no token at all.
func (t Token) IsZero() bool { return t.AccessToken.IsZero() }

// Left returns how long the access token is still valid; not less than zero.
func (t Token) Left(now time.Time) time.Duration { return max(0, t.Expires.Sub(now)) }

// Renewable reports whether a renewal is possible, with a refresh token and a registration
// that has not expired. botocore requires the same
// (SSOTokenProvider._refresh_access_token).
func (t Token) Renewable(now time.Time) bool {
	r := t.Registration
	return !t.RefreshToken.IsZero() && r.ClientID != "" && !r.ClientSecret.IsZero() && r.Expires.After(now)
}

// Registration is a client that Identity Center knows:
// https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_RegisterClient.html.
type Registration struct {
	ClientID     string
	ClientSecret secret.Text
	// Expires is by this machine's clock.
	Expires time.Time
	// Scopes and GrantTypes are what it was registered for. A token's file
	// has neither.
	Scopes     []string
	GrantTypes []string

	// other are the fields of the file that daypass does not know.
	other *jsoncache.Object
}
