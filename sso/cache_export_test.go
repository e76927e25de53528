package sso

import "daypass/internal/jsoncache"

// ParseToken reads a token's file.
func ParseToken(data []byte) (Token, error) {
	o, err := jsoncache.Parse(data)
	if err != nil {
		return Token{}, err
	}
	return parseToken(o)
}

// FormatToken writes a token's file.
func FormatToken(t Token) ([]byte, error) { return formatToken(t).Marshal() }

// These name the files of a session.
var (
	RegistrationName = registrationName
	AssumedName      = assumedName
)

// TokenName names the file of a session's token.
func TokenName(s Session) string { return tokenNameOf(s.ID()) }

// GrantName names the file of a session without other spellings.
func GrantName(s Session, g Grant) string { return grantNames(s, g)[0] }
