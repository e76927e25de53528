package console

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Clean returns a pasted address of the console as a bookmark keeps it: without
// the account, the session, secrets and the user in it, but with its service,
// path, region and fragment. {region} stays. endpoint is as for [Destination].
//
// Accounts stay in paths and fragments: they are in the ARNs of what the page
// shows.
func Clean(pasted, endpoint string) (string, error) {
	a, err := cleaned(pasted, endpoint)
	if err != nil {
		return "", err
	}
	return a.String(), nil
}

// CleanAnyRegion is Clean, with {region} wherever the address names its region.
func CleanAnyRegion(pasted, endpoint string) (string, error) {
	a, err := cleaned(pasted, endpoint)
	if err != nil {
		return "", err
	}
	a.setRegion(regionStandIn)
	return a.String(), nil
}

func cleaned(pasted, endpoint string) (*address, error) {
	a, err := parseAddress(pasted, endpoint)
	if err != nil {
		return nil, err
	}
	a.query = slices.DeleteFunc(a.query, isAccount)
	return a, a.dropSecrets()
}

func isAccount(part string) bool {
	name, value := parameter(part)
	switch name {
	case "account", "accountid", "awsaccountid":
		return len(value) == 12 && accountPattern.MatchString(value)
	}
	return false
}

// parameter returns the name of one, in lower case and with nothing between its
// words, and its value.
func parameter(part string) (name, value string) {
	name, value, _ = strings.Cut(part, "=")
	return strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(decoded(name))), decoded(value)
}

// decoded undoes percent-encoding, however often it was done: the console puts
// addresses into addresses. CloudWatch has its own form, with "$" for "%".
func decoded(text string) string {
	for range 8 {
		next, err := url.PathUnescape(text)
		if err != nil {
			next = unescapeLoosely(text)
		}
		next = unescapeLoosely(cloudWatchEscape.ReplaceAllString(next, "%$1"))
		if next == text {
			return text
		}
		text = next
	}
	return text
}

var (
	cloudWatchEscape = regexp.MustCompile(`[$*]([0-9A-Fa-f]{2})`)
	percentEscape    = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
)

// unescapeLoosely leaves what is no escape as it is.
func unescapeLoosely(text string) string {
	return percentEscape.ReplaceAllStringFunc(text, func(e string) string {
		c, _ := url.PathUnescape(e) // the pattern's are all valid
		return c
	})
}

// secretNames are parameters that sign in, or belong to one session. The console
// has code, state and isauthcode after a sign-in.
var secretNames = []string{
	"accesskeyid", "authcode", "awsaccesskeyid", "code", "isauthcode", "hashargs", "policy", "relaystate", "samlresponse",
	"secret", "secretaccesskey", "secretkey", "session", "sessionduration", "sessionid", "sessionkey",
}

// secretText is what gives secrets away wherever it stands, as in an address
// within the address: presigned requests, tokens and the ids of temporary keys.
// The names' parts may be apart, as in signin_token.
var secretText = regexp.MustCompile(`(?i)x-amz-|hashargs|saml_?response|((sign-?_?in|session|security|access|refresh|id|auth|csrf)[-_]?token|session[-_]?key|session[-_]?id|secret[-_]?access[-_]?key|password|signature)["']?\s*[=:]|ASIA[A-Z0-9]{16}`)

func isSecret(part string) bool {
	name, value := parameter(part)
	return slices.Contains(secretNames, name) || strings.HasPrefix(name, "xamz") ||
		strings.Contains(name, "token") || strings.Contains(name, "password") ||
		strings.Contains(name, "credential") || strings.Contains(name, "signature") ||
		secretText.MatchString(name+"="+value) || secretText.MatchString(decoded(part))
}

// fragmentParts are what stands in a fragment's own query, with what parts it
// from what comes before.
var fragmentParts = regexp.MustCompile(`[?&;]?[^?&;]+`)

// dropSecrets takes out of the address what is a secret or a session's.
func (a *address) dropSecrets() error {
	if secretText.MatchString(decoded(a.path)) {
		return errors.New("the address has a secret in its path; copy it from the address line of the page itself")
	}
	a.query = slices.DeleteFunc(a.query, isSecret)
	a.fragment = fragmentParts.ReplaceAllStringFunc(a.fragment, func(part string) string {
		if isSecret(strings.TrimLeft(part, "?&;/")) {
			return ""
		}
		return part
	})
	// What is cut into pieces in some way not thought of is dropped whole.
	if secretText.MatchString(decoded(strings.Join(a.query, "&"))) {
		a.query = nil
	}
	if secretText.MatchString(decoded(a.fragment)) {
		a.fragment = ""
	}
	return nil
}
