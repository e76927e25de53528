package creds

import (
	"strings"
	"unicode"
)

// CodeDigits is the length of every code that AWS takes:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html.
const CodeDigits = 6

// MFACode returns the digits of a code as people write and paste it: "123 456",
// "123-456", with any blanks around and within. It reports false if the text is no code.
func MFACode(text string) (digits string, ok bool) {
	digits = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Dash, unicode.Cf) {
			return -1
		}
		return r
	}, text)
	return digits, len(digits) == CodeDigits && strings.Trim(digits, "0123456789") == ""
}
