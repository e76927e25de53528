package core

import (
	"context"

	"daypass/creds"
	"daypass/internal/signin"
)

// User is the person at the machine. It is passed in, so that code without one cannot
// open a window.
type User interface {
	creds.Asker
	// SignIn asks a person to sign in with a browser. Once the person wants to, it
	// calls work with the way to do it, and again if the person chooses another way.
	// work ends with its ctx, and its error is returned unchanged. If the person closes
	// the question, the error is a [creds.Error] with [creds.CodeDeclined].
	SignIn(ctx context.Context, ask SignInRequest, work func(ctx context.Context, way signin.Way) error) error
}

// SignInRequest says where to sign in to, and why.
type SignInRequest struct {
	// Kind is that of the question: [creds.PromptSSO] or [creds.PromptConsole].
	Kind creds.PromptKind
	// About is what is signed in to.
	About creds.SignIn
	// Profile is the one that was asked for; empty if it was the SSO session itself.
	Profile string
	// Options are the person's wishes, or else the settings'.
	Options   creds.SignInOptions
	Requester creds.Requester
}
