// Package signin is what all sign-ins in a browser have in common: the page that a person
// is shown, the proof key of RFC 7636, and the port that the browser returns to (RFC 8252).
package signin

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"daypass/internal/lang"
	"daypass/internal/safely"
)

// Method is a way to sign in.
type Method string

// The methods.
const (
	// MethodBrowser is the authorization code grant with PKCE (RFC 7636): a
	// browser on this machine comes back to daypass by itself.
	MethodBrowser Method = "browser"
	// MethodDevice is for a browser on any machine: a code is compared (RFC 8628), or
	// brought back by the person.
	MethodDevice Method = "device-code"
)

// Page is what a person is shown while a sign-in waits for the browser.
type Page struct {
	Method Method
	// URL is where to sign in.
	URL string
	// Code is what the page at the URL shows too, to be compared; empty if there is
	// none.
	Code string
	// Pastes is set if the page shows a code in the end that the person pastes here.
	Pastes bool
	// Opening is true while a browser is being opened, and Opened after that. With
	// neither, the person must open the URL.
	Opening, Opened bool
	// Until is when the sign-in is given up.
	Until time.Time
	// Note is a sentence about something unusual; often empty.
	Note string
}

// Way says how a person signs in.
type Way struct {
	// Method is empty for the default, which depends on what is signed in to and on
	// whether there is a browser.
	Method Method
	// Open opens a browser. It runs in a goroutine of its own and may return late;
	// nil means that there is no browser, or that none is wanted.
	Open func(ctx context.Context, url string) error
	// Show is called for every change, one call after the other; it may be nil.
	Show func(Page)
	// Pasted gives what the person pastes; nil if nothing can be pasted. An invalid text
	// is answered with a page whose Note says why.
	Pasted <-chan string
}

// Unopened is why no browser could be opened, as a part of a sentence and without the
// address.
type Unopened struct{ Why string }

// Error returns Why.
func (u *Unopened) Error() string { return u.Why }

// NoteUnopened is the start of a sentence about a browser that could not be opened, with
// the reason of an [Unopened].
func NoteUnopened(err error) string {
	const note = "No browser could be opened"
	if u, ok := errors.AsType[*Unopened](err); ok {
		return lang.Sprintf("%s (%s)", lang.T(note), u.Why)
	}
	return lang.T(note)
}

// Opening opens the browser in the background: some openers return only when the browser
// is closed. The channel gets the result, and nothing without a browser.
func (w Way) Opening(ctx context.Context, url string, log *slog.Logger) <-chan error {
	if w.Open == nil {
		return nil
	}
	done := make(chan error, 1)
	go func() {
		done <- safely.Do(log, "the opening of a page", func() error { return w.Open(ctx, url) })
	}()
	return done
}
