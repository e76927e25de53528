package console

import (
	"daypass/internal/lang"
)

// The kinds of error that [Federation.Link] returns beside a context's own.
var (
	// ErrDuration says that AWS refused credentials with a session duration, as it
	// does for roles that were assumed through another one. AWS does not say which of
	// the two it refuses; without a duration it may accept the credentials.
	ErrDuration = lang.Error("the session duration was refused")
	// ErrRefused says that AWS refused the credentials, or the request.
	ErrRefused = lang.Error("sign-in to the console was refused")
	// ErrUnreachable says that no valid answer came.
	ErrUnreachable = lang.Error("sign-in to the console cannot be reached")
)

// failure is a sentence for people, and its kind for programs.
type failure struct {
	kind    error
	message string
}

func (f *failure) Error() string { return f.message }

func (f *failure) Unwrap() error { return f.kind }
