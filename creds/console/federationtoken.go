package console

import "strings"

// AllowAll is the session policy to call GetFederationToken with. Without one the
// credentials may do nothing; with one they may do what both it and the user's policies
// allow, so this grants no more than the user has.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
const AllowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// FederationName returns the name of a user's GetFederationToken session, which
// CloudTrail and the console show: 2 to 32 letters, digits and "_+=,.@-".
func FederationName(user string) string {
	var b strings.Builder
	for _, r := range user {
		if b.Len() == 32 {
			break
		}
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_+=,.@-", r):
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	switch b.Len() {
	case 0:
		return "daypass"
	case 1:
		return "user-" + b.String()
	}
	return b.String()
}
