package core

import (
	"context"

	"daypass/creds"
	"daypass/sso"
)

// User is the person at the machine: a capability that is passed in, so that
// whoever holds none cannot open a window.
type User interface {
	creds.Asker
	// SignIn has a person sign in to Identity Center, as soon as one wants
	// to. It calls work with the way to do it, and once more if the person
	// chooses another way; work ends with its ctx, and its error is
	// returned as it is. A person who closes the question gives an
	// [creds.Error] with [creds.CodeDeclined].
	SignIn(ctx context.Context, ask SignInRequest, work func(ctx context.Context, way sso.SignIn) error) error
}

// SignInRequest says where to sign in to, and why.
type SignInRequest struct {
	Session sso.Session
	// Profile is the one that was asked for; empty if it was the session
	// itself.
	Profile string
	// Options are the person's wishes, or the settings'.
	Options   creds.SignInOptions
	Requester creds.Requester
}
