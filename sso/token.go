package sso

import (
	"encoding/json"
	"time"

	"daypass/creds/secret"
)

// Token is what a sign-in gives: the access token of a [Session], and what
// renews it. It is kept in a file of the AWS CLI's token cache; see [Cache].
type Token struct {
	StartURL    string
	Region      string
	AccessToken secret.Text
	// Expires is by this machine's clock, as the AWS CLI and SDKs have it.
	Expires time.Time
	// RefreshToken is empty where AWS gave none.
	RefreshToken secret.Text
	// Registration is the client that the token was given to; only that one
	// can renew it.
	Registration Registration

	// other are the fields of the file that daypass does not know.
	other map[string]json.RawMessage
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
}
