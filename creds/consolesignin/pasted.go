package consolesignin

import (
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"strings"
	"unicode"

	"daypass/internal/lang"
)

// maxPasted is far above what the page shows.
const maxPasted = 16 << 10

// The notes about a text that is not the code of the page.
const (
	notACode     lang.Text = "This is not the code that the page shows at its end; copy all of it."
	anothersCode lang.Text = "This code is of another sign-in; paste the one of the page that was opened for this one."
)

// pastedCode returns the code in a text that a person has pasted: in base64, the answer
// that the browser would have brought back. note is why there is none; what terminals and
// mails add, white space, is ignored.
func pastedCode(text, state string) (code string, note lang.Text) {
	if len(text) > maxPasted {
		return "", notACode
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		}
		return r
	}, text)
	answer, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return "", notACode
	}
	query, err := url.ParseQuery(string(answer))
	if err != nil || len(query["state"]) != 1 || len(query["code"]) != 1 || query.Get("code") == "" {
		return "", notACode
	}
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(state)) != 1 {
		return "", anothersCode
	}
	return query.Get("code"), ""
}
