// Package lang has the texts that people read. A text is written in English where it
// is said, and its English is the key under which another language has it.
package lang

import (
	"fmt"
	"io"
)

// Text is an English text that people read. Its constants are the entries of the
// catalogue, which a test makes by reading the code.
type Text string

// String returns the text in the person's language.
func (t Text) String() string { return in(t) }

// T returns a text in the person's language, as it is: a % in it is no verb.
func T(t Text) string { return in(t) }

// Sprintf fills a text in as [fmt.Sprintf] does. A translation that needs its
// arguments in another order has %[2]s.
func Sprintf(t Text, args ...any) string { return fmt.Sprintf(in(t), args...) }

// Fprintf writes a text as [fmt.Fprintf] does.
func Fprintf(w io.Writer, t Text, args ...any) (int, error) {
	return fmt.Fprintf(w, in(t), args...)
}

// Errorf returns an error as [fmt.Errorf] does, %w included.
func Errorf(t Text, args ...any) error { return fmt.Errorf(in(t), args...) }

// Error returns an error that says the text. It asks for the language only when it
// is read, so that it may be made when a package is loaded.
func Error(t Text) error { return &failure{t} }

type failure struct{ text Text }

func (f *failure) Error() string { return in(f.text) }

// Plural chooses between the text for one and that for several.
func Plural(n int, one, several Text) Text {
	if n == 1 {
		return one
	}
	return several
}

// Count is Plural with the number filled in: "%d profile", "%d profiles".
func Count(n int, one, several Text) string { return Sprintf(Plural(n, one, several), n) }
