package sso

import (
	"crypto/sha1" //nolint:gosec // The names of the AWS CLI's files; they protect nothing.
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// tokenNameOf is the AWS CLI's name for the token of a session with an ID
// (SSOTokenLoader._generate_cache_key in botocore/utils.py).
func tokenNameOf(text string) string { return hash(text) + ".json" }

// registrationName is the AWS CLI's name for a session's registration
// (BaseSSOTokenFetcher._registration_cache_key in awscli/botocore/utils.py).
func registrationName(s Session) string {
	name, scopes := "null", "null"
	if !s.Legacy() {
		name = pythonText(s.Name)
	}
	if len(s.Scopes) > 0 {
		list := make([]string, len(s.Scopes))
		for i, scope := range s.Scopes {
			list[i] = pythonText(scope)
		}
		scopes = "[" + strings.Join(list, ", ") + "]"
	}
	return hash(fmt.Sprintf(`{"region": %s, "scopes": %s, "session_name": %s, "startUrl": %s, "tool": "botocore"}`,
		pythonText(s.Region), scopes, name, pythonText(s.StartURL))) + ".json"
}

// ownRegistrationName is the name of a file that no other tool looks for. "aws sso
// logout" reads all files, and keeps those without accessToken.
func ownRegistrationName(s Session, grantTypes []string) string {
	kind := "device"
	if slices.Contains(grantTypes, authorizationCode) {
		kind = "browser"
	}
	return "daypass-" + kind + "-" + registrationName(s)
}

func hash(text string) string {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // As above.
	return hex.EncodeToString(sum[:])
}

// pythonText writes a string as Python's json.dumps does: in ASCII.
func pythonText(s string) string {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\f': `\f`, '\b': `\b`}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch escaped, ok := short[r]; {
		case ok:
			b.WriteString(escaped)
		case ' ' <= r && r <= '~':
			b.WriteRune(r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}
