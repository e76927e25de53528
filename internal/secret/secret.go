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
)

const mask = "****"

// Text is a string that is never printed. Its zero value is the empty secret.
// Two secrets may be compared with ==.
type Text struct {
	// A struct, because a named string would be printed by %q and
	// converted by accident.
	text string
}

// New wraps text.
func New(text string) Text { return Text{text} }

// Reveal returns the secret itself: for a request's signature, a keyring item
// or a file that is meant to hold it, and for nothing else.
func (t Text) Reveal() string { return t.text }

// IsZero reports whether the secret is empty.
func (t Text) IsZero() bool { return t.text == "" }

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
