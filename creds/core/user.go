package core

import (
	"context"
	"time"

	"daypass/creds"
	"daypass/creds/secret"
	"daypass/sso"
)

// User is the person at the machine: a capability that is passed in, so that
// whoever holds none cannot open a window.
type User interface {
	// MFA asks for the codes of a device until try accepts one, the person
	// declines, or ctx ends. It shows the words of a [*creds.Refusal] that try
	// returns and asks again; any other error of try ends the question and
	// is returned as it is. A person who closes the question gives an
	// [creds.Error] with [creds.CodeDeclined].
	MFA(ctx context.Context, ask MFARequest, try func(ctx context.Context, code secret.Text) error) error
	// Passphrase asks for the passphrase of the encrypted file that stands
	// in for a keyring, on the same terms as MFA.
	Passphrase(ctx context.Context, try func(ctx context.Context, passphrase secret.Text) error) error
	// Consent asks whether a program may have a sensitive profile. A person
	// who closes the question gives an [creds.Error] with
	// [creds.CodeDeclined].
	Consent(ctx context.Context, ask ConsentRequest) (creds.Grant, error)
	// SignIn has a person sign in to Identity Center, as soon as one wants
	// to. It calls work with the way to do it, and once more if the person
	// chooses another way; work ends with its ctx, and its error is
	// returned as it is. A person who closes the question gives an
	// [creds.Error] with [creds.CodeDeclined].
	SignIn(ctx context.Context, ask SignInRequest, work func(ctx context.Context, way sso.SignIn) error) error
	// Person asks whether the profiles of a session are to get another
	// person's credentials than before. A person who closes the question gives
	// an [creds.Error] with [creds.CodeDeclined].
	Person(ctx context.Context, ask PersonRequest) error
}

// PersonRequest says who has signed in instead of whom.
type PersonRequest struct {
	creds.Person
	// Profile is the one that was asked for; empty if it was the session
	// itself.
	Profile   string
	Requester creds.Requester
}

// ConsentRequest says which program wants what.
type ConsentRequest struct {
	Profile   string
	AccountID string
	// Lease is for how long the profile would be lent.
	Lease     time.Duration
	Requester creds.Requester
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

// MFARequest says whose code is asked for, and why.
type MFARequest struct {
	// Profile is the one that a person or a program asked for.
	Profile   string
	AccountID string
	// Serial is the serial number of the device, an ARN for a virtual one.
	Serial    string
	Requester creds.Requester
}
