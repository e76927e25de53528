// Package answers checks AWS's answers before they are used: that they are complete and
// plausible. The answer may come from a proxy, a login page or an imitation of AWS
// instead, and its values go into files with one line per value, into headers and to
// terminals.
package answers

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"

	"daypass/internal/lang"
)

// Fault says what an answer lacks, or what in it cannot be right. It never holds a value
// of the answer, except a time.
type Fault struct{ what string }

// Error returns the end of a sentence.
func (f *Fault) Error() string { return lang.Sprintf("AWS's answer %s", f.what) }

const between = "a proxy or a login page may stand in between"

// Missing is the [Fault] of an answer without a required value.
func Missing(what string) error { return &Fault{lang.Sprintf("has no %s; %s", what, lang.T(between))} }

// Wrong is the [Fault] of an answer with an impossible value.
func Wrong(what string) error {
	return &Fault{lang.Sprintf("has %s that cannot be one; %s", what, lang.T(between))}
}

// Text returns a fault unless a value is one word of ASCII, as all that AWS generates is:
// keys, tokens, codes, IDs. what names it.
func Text(what, value string) error {
	if value == "" {
		return Missing(what)
	}
	return Optional(what, value)
}

// Optional is Text for a value that may be missing.
func Optional(what, value string) error {
	if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Wrong(article(what))
	}
	return nil
}

// Form returns a fault unless a value matches a pattern.
func Form(what, value string, pattern *regexp.Regexp) error {
	switch {
	case value == "":
		return Missing(what)
	case !pattern.MatchString(value):
		return Wrong(article(what))
	}
	return nil
}

// maxLabel is far above AWS's own limits: 50 for the name of an account, 64 for
// its address.
const maxLabel = 1024

// Label returns a fault unless a value is one readable line, or empty.
func Label(what, value string) error {
	if len(value) > maxLabel || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return Wrong(article(what))
	}
	return nil
}

// Patterns of IAM's and STS's models:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html,
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_MFADevice.html,
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html.
var (
	keyID    = regexp.MustCompile(`^[A-Za-z0-9_]{16,128}$`)
	account  = regexp.MustCompile(`^[0-9]{12}$`)
	serial   = regexp.MustCompile(`^[A-Za-z0-9_+=/:,.@-]{9,256}$`)
	roleName = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`)
	// identity is the ARN of a key's owner: the root user, an IAM user, or an identity
	// that STS has derived from one.
	identity = regexp.MustCompile(`^arn:aws[a-z-]*:(iam|sts)::([0-9]{12}):(root|(user|assumed-role|federated-user)(/[A-Za-z0-9_+=,.@!-~]+)+)$`)
)

// IsWrittenKeyID reports whether a text is written as AWS writes the IDs of access keys, and
// so is no secret that somebody has put in its place: a secret has small letters.
func IsWrittenKeyID(text string) bool { return IsKeyID(text) && text == strings.ToUpper(text) }

// IsKeyID reports whether a text can be the ID of an access key.
func IsKeyID(text string) bool { return keyID.MatchString(text) }

// Keys returns a fault unless the three can be temporary credentials.
func Keys(id, secretKey, token string) error {
	return cmp.Or(
		Form(lang.T("access key ID"), id, keyID), Text(lang.T("secret access key"), secretKey), Text(lang.T("session token"), token),
	)
}

// AccountID returns a fault unless a value is the number of an account.
func AccountID(value string) error { return Form(lang.T("account ID"), value, account) }

// RoleName returns a fault unless a value is the name of a role.
func RoleName(value string) error { return Form(lang.T("name of a role"), value, roleName) }

// Serial returns a fault unless a value is the serial number of an MFA device.
func Serial(value string) error { return Form(lang.T("serial number of an MFA device"), value, serial) }

// Identity returns a fault unless a value is the ARN of an identity that can sign calls.
func Identity(arn string) error { return Form(lang.T("ARN of a user"), arn, identity) }

// IdentityIn is Identity for one in an account.
func IdentityIn(arn, of string) error {
	if fault := cmp.Or(Identity(arn), AccountID(of)); fault != nil {
		return fault
	}
	if identity.FindStringSubmatch(arn)[2] != of {
		return &Fault{lang.T("names two accounts; " + between)}
	}
	return nil
}

// End returns a fault unless a credential ends after now and within most. what names it:
// "the session".
func End(what string, at, now time.Time, most time.Duration) error {
	switch {
	case at.IsZero() || at.Unix() == 0:
		return Missing(lang.Sprintf("end of %s", what))
	case !at.After(now):
		return &Fault{lang.Sprintf("says that %s ended %s; is this computer's clock right?", what, at.Local().Format(lang.T("at 15:04 on 2 January 2006")))}
	case at.Sub(now) > most:
		return &Fault{lang.Sprintf("says that %s lasts longer than %s, which none does; %s", what, span(most), lang.T(between))}
	}
	return nil
}

// Lifetime is End for a number of seconds from now.
func Lifetime(what string, seconds int64, most time.Duration) error {
	switch {
	case seconds == 0:
		return Missing(lang.Sprintf("lifetime of %s", what))
	case seconds < 0:
		return Wrong(lang.Sprintf("a lifetime of %s", what))
	case seconds > int64(most/time.Second):
		return End(what, time.Unix(0, 0).Add(most+time.Second), time.Unix(0, 0), most)
	}
	return nil
}

func span(d time.Duration) string {
	if days := d / (24 * time.Hour); days > 2 {
		return lang.Sprintf("%d days", days)
	}
	return lang.Sprintf("%.0f hours", d.Hours())
}

func article(what string) string {
	if strings.ContainsRune("aeiouAEIOU", rune(what[0])) {
		return lang.Sprintf("an %s", what)
	}
	return lang.Sprintf("a %s", what)
}

// Unreadable says, as the end of a sentence, why an answer with a status could not be
// read.
func Unreadable(status int, err error) string {
	var lost *net.OpError // a connection that is reset while the answer comes
	switch {
	case status == http.StatusProxyAuthRequired:
		return lang.Sprintf("the proxy wants a name and a password (HTTP status %d)", status)
	case errors.Is(err, ErrTooLong):
		return lang.Sprintf("what answered is not AWS (HTTP status %d and over %d MB); %s", status, Limit>>20, lang.T(between))
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &lost):
		return lang.T("AWS's answer broke off; try again")
	}
	return lang.Sprintf("what answered is not AWS (HTTP status %d); %s", status, lang.T(between))
}

// UnreadableAdvice is the step that helps where an answer could not be read, in whole
// sentences; "" where its status names no cause.
func UnreadableAdvice(status int) string {
	switch {
	case status == http.StatusProxyAuthRequired:
		return lang.T("Give both in HTTP_PROXY or HTTPS_PROXY, as in http://name:password@host:port. The agent keeps the proxy that it was started with; end it, so that it starts anew.")
	case status < http.StatusInternalServerError:
		return lang.T("Open a page in the browser, as the network may have a login page of its own; else look at HTTPS_PROXY, and at the endpoint's URL if you have set one.")
	}
	return ""
}

// maxWords is longer than AWS's longest message.
const maxWords = 600

// Words makes a message of an answer fit for one line of a terminal or a window.
func Words(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxWords {
		text = string(runes[:maxWords]) + "…"
	}
	return text
}
