// Package consolesignin signs people in to AWS's console as "aws login" does: AWS gives
// credentials for 15 minutes and a refresh token, which renews them as long as the console
// session may live. The cache is the one of the AWS CLI and SDKs:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
//
// The refresh token changes with each renewal, and whoever sends one a second time ends
// the session. So daypass renews one session once at a time, under a lock for all its
// processes, reads the file again under that lock, and never sends a token again that AWS
// may have taken.
package consolesignin

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"daypass/internal/answers"
	"daypass/internal/jsoncache"
	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/internal/secret"
)

const (
	// RenewBefore is how long before their end credentials are renewed. The AWS CLI and
	// the SDK for JavaScript begin at five minutes.
	RenewBefore = 7 * time.Minute
	// Lifetime is how long AWS's credentials last.
	Lifetime = 15 * time.Minute
	// MaxSession is how long a console session may live.
	MaxSession = 12 * time.Hour
)

// Session is what a profile says of its sign-in.
type Session struct {
	// ARN is the login_session: who is signed in. It is "" before the first sign-in.
	ARN string
	// Region is the one whose sign-in service is asked.
	Region string
	// Endpoint is the URL of that service in the config file, or "". The environment's
	// comes first.
	Endpoint string
	// Profile is the one that errors name.
	Profile string
}

// Token is the content of a file of the cache: credentials, and what renews them.
type Token struct {
	// ARN is who is signed in, and AccountID their account.
	ARN, AccountID  string
	AccessKeyID     string
	SecretAccessKey secret.Text
	SessionToken    secret.Text
	// Expires is by this machine's clock, as the AWS CLI and SDKs have it.
	Expires      time.Time
	RefreshToken secret.Text
	// SignedIn is when the person signed in; zero if the file does not say.
	SignedIn time.Time
	// ProofKey is the PEM of the private key that proves all calls of the session. It is
	// exported since fmt prints secrets of fields that are not.
	ProofKey secret.Text

	// clientID says how the person signed in, and region where, if the file says so: AWS
	// renews a session there alone.
	clientID, region string
	// other and otherKeys are the fields of the file and of its accessToken that daypass
	// does not change. They may be secret: fmt prints no more than the pointer.
	other, otherKeys *jsoncache.Object
}

// Ends is when the session ends at the latest; zero if that is not known.
func (t Token) Ends() time.Time {
	if t.SignedIn.IsZero() {
		return time.Time{}
	}
	return t.SignedIn.Add(MaxSession)
}

// lasts returns how long the credentials are valid; not less than zero.
func (t Token) lasts() time.Duration { return max(0, t.Expires.Sub(now())) }

// now is the time by the wall clock: credentials end while the machine sleeps, and the
// monotonic clock stops.
func now() time.Time { return time.Now().Round(0) }

// The file names whose token says who signed in. The AWS CLI writes the first, the SDK
// for Go reads and writes only the second and loses the first. daypass writes both.
const (
	idToken       = "idToken"
	identityToken = "identityToken"
)

// signInRegion is the name of a newer field, which the SDK for JavaScript reads, and the AWS
// CLI 2.36 does not write.
const signInRegion = "signInRegion"

// in returns the session as the file has it: it belongs to the region that it was made in.
func (s Session) in(t Token) Session {
	s.Region = cmp.Or(t.region, s.Region)
	return s
}

// parseToken reads a file of whoever arn is. It empties the object. Its error is a part of
// a sentence, such as "it has no dpopKey".
func parseToken(arn string, o jsoncache.Object) (Token, error) {
	t := Token{ARN: arn}
	var keys jsoncache.Object
	if err := errors.Join(
		o.Take("accessToken", &keys),
		o.Take("clientId", &t.clientID),
		o.TakeSecret("refreshToken", &t.RefreshToken),
		o.TakeSecret("dpopKey", &t.ProofKey),
	); err != nil {
		return Token{}, oneLine(err)
	}
	if err := errors.Join(
		keys.Take("accessKeyId", &t.AccessKeyID),
		keys.TakeSecret("secretAccessKey", &t.SecretAccessKey),
		keys.TakeSecret("sessionToken", &t.SessionToken),
		keys.Take("accountId", &t.AccountID),
	); err != nil {
		return Token{}, oneLine(err)
	}
	for _, needed := range []struct{ name, value string }{
		{"accessKeyId", t.AccessKeyID},
		{"secretAccessKey", t.SecretAccessKey.Reveal()},
		{"sessionToken", t.SessionToken.Reveal()},
		{"refreshToken", t.RefreshToken.Reveal()},
		{"clientId", t.clientID},
		{"dpopKey", t.ProofKey.Reveal()},
	} {
		if needed.value == "" {
			return Token{}, lang.Errorf("it has no %s", needed.name)
		}
	}
	if err := keys.TakeTime("expiresAt", &t.Expires); err != nil {
		return Token{}, err
	}
	if _, err := parseKey(t.ProofKey); err != nil {
		return Token{}, err
	}
	t.AccountID = cmp.Or(t.AccountID, accountOf(arn))
	if o.Take(signInRegion, &t.region) != nil || !partition.IsRegion(t.region) {
		t.region = "" // as the SDK for JavaScript takes it
	}
	t.other, t.otherKeys = o.Rest(), keys.Rest()
	if who, ok := whoIs(t.idToken()); ok {
		if who.Subject != arn {
			return Token{}, lang.Errorf("it is of %.200q", answers.Words(who.Subject))
		}
		t.SignedIn = who.signedIn()
	}
	return t, nil
}

// formatToken returns a file's content.
func formatToken(t Token) jsoncache.Object {
	keys := jsoncache.With(t.otherKeys)
	keys.Put("accessKeyId", t.AccessKeyID)
	keys.Put("secretAccessKey", t.SecretAccessKey)
	keys.Put("sessionToken", t.SessionToken)
	keys.Put("accountId", t.AccountID)
	keys.Put("expiresAt", t.Expires)
	o := jsoncache.With(t.other)
	o.Put("accessToken", keys)
	o.Put("clientId", t.clientID)
	o.Put("refreshToken", t.RefreshToken)
	o.Put("dpopKey", t.ProofKey)
	o.Put(signInRegion, t.region)
	if id := t.idToken(); id != "" {
		o.Put(idToken, id)
		o.Put(identityToken, id)
	}
	return o
}

// idToken returns the signed statement of who signed in, "" if the file has none.
func (t Token) idToken() string {
	for _, name := range []string{idToken, identityToken} {
		var text string
		if jsoncache.With(t.other).Take(name, &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

// identity is what an ID token says (OpenID Connect Core §2). Its signature is not
// checked: it comes from AWS itself over TLS, or from the person's own file.
type identity struct {
	Subject  string  `json:"sub"`
	Issued   float64 `json:"iat"`
	AuthTime float64 `json:"auth_time"`
}

// whoIs reads an ID token, and reports whether it names anybody.
func whoIs(token string) (identity, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return identity{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return identity{}, false
	}
	var who identity
	if json.NewDecoder(bytes.NewReader(payload)).Decode(&who) != nil {
		return identity{}, false
	}
	return who, who.Subject != ""
}

// latest is far beyond any time of a token, and still one that can be written.
const latest = 1 << 34

func (i identity) signedIn() time.Time {
	at := cmp.Or(i.AuthTime, i.Issued)
	if at <= 0 || at > latest {
		return time.Time{}
	}
	return time.Unix(int64(at), 0).UTC()
}

// accountOf returns the account of an ARN.
func accountOf(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 4 {
		return parts[4]
	}
	return ""
}

// oneLine makes one sentence of joined errors.
func oneLine(err error) error {
	return errors.New(strings.ReplaceAll(err.Error(), "\n", ", "))
}
