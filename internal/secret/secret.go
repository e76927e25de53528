// Package secret keeps keys, tokens and codes out of everything that prints.
//
// A [Text] shows itself as "****" to fmt, log/slog and encoding/json alike, so
// that a secret reaches a log or an error only where the code says
// [Text.Reveal].
package secret

import (
	"fmt"
	"io"
	"log/slog"
	"unique"
)

const mask = "****"

// Text is a string that is never printed. Its zero value is the empty secret.
// Two secrets may be compared with ==.
type Text struct {
	// A handle, because fmt calls no method of an unexported field: it prints what is
	// inside, and of a handle that is an address. Equal texts have equal handles.
	text unique.Handle[string]
}

// New wraps text.
func New(text string) Text {
	if text == "" {
		return Text{}
	}
	return Text{unique.Make(text)}
}

// Reveal returns the secret itself: for a request's signature, a keyring item
// or a file that is meant to hold it, and for nothing else.
func (t Text) Reveal() string {
	if t.IsZero() {
		return ""
	}
	return t.text.Value()
}

// IsZero reports whether the secret is empty.
func (t Text) IsZero() bool { return t == Text{} }

// Equal reports whether two secrets are the same, as == does.
func (t Text) Equal(other Text) bool { return t == other }

// String returns "****".
func (Text) String() string { return mask }

// Format prints "****" for every verb and flag, %#v and %x among them.
func (Text) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, mask) }

// LogValue returns "****".
func (Text) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText returns "****", and so does every encoder that asks for text,
// encoding/json among them. Code that sends or saves the secret itself says so with
// [Text.Reveal].
func (Text) MarshalText() ([]byte, error) { return []byte(mask), nil }
