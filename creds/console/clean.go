package console

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"daypass/internal/lang"
)

// Clean returns a pasted address of the console as a bookmark keeps it: without the
// account, the session, secrets and the user in it, but with its service, path, region
// and fragment. {region} stays. endpoint is as for [Destination].
//
// Accounts stay in paths and fragments, where they are part of the ARNs that the page
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
	name, value, _ := parameter(part)
	switch name {
	case "account", "accountid", "awsaccountid":
		return len(value) == 12 && accountPattern.MatchString(value)
	}
	return false
}

// parameter returns the name of a parameter, in lower case and without separators, and
// its value. Without a value it has no name: in fragments it may be a path, in which a
// resource has the name of a secret. clear is false if it is escaped too often to read.
func parameter(part string) (name, value string, clear bool) {
	name, value, ok := strings.Cut(part, "=")
	if !ok {
		return "", "", true
	}
	name, nameClear := decoded(name)
	value, valueClear := decoded(value)
	name = name[strings.LastIndexAny(name, "/:?#")+1:]
	return strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name)), value, nameClear && valueClear
}

var (
	// cloudWatchEscape is CloudWatch's own, in its fragments.
	cloudWatchEscape = regexp.MustCompile(`[$*]([0-9A-Fa-f]{2})`)
	percentEscape    = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
)

// decoded undoes repeated escapes, as the console puts addresses into addresses. It
// reports false for a text that is escaped more than ten times.
func decoded(text string) (plain string, clear bool) {
	for range 10 {
		next := percentEscape.ReplaceAllStringFunc(cloudWatchEscape.ReplaceAllString(text, "%$1"), func(e string) string {
			c, _ := url.PathUnescape(e) // what the pattern matches is valid
			return c
		})
		if next == text {
			return text, true
		}
		text = next
	}
	return text, false
}

// secretNames are parameters that sign in, or belong to one session. After a sign-in the
// console's address has code, state and isauthcode.
var secretNames = []string{
	"accesskeyid", "authcode", "awsaccesskeyid", "code", "hashargs", "isauthcode", "relaystate", "samlresponse",
	"secret", "secretaccesskey", "secretkey", "session", "sessionduration", "sessionid", "sessionkey",
}

// secretText matches signs of secrets anywhere, as in an address within the address:
// presigned requests, tokens and the IDs of temporary keys.
var secretText = regexp.MustCompile(`(?i)x-amz-(security-token|signature|credential)|hashargs|saml_?response|` +
	`((sign-?_?in|session|security|access|refresh|id|auth|csrf)[-_]?token|session[-_]?key|secret[-_]?access[-_]?key|password|signature)(\s*=|["']\s*:)|` +
	`(?-i:ASIA[A-Z0-9]{16})`)

func isSecret(part string) bool {
	name, _, clear := parameter(part)
	return !clear || slices.Contains(secretNames, name) || strings.HasPrefix(name, "xamz") ||
		strings.Contains(name, "token") || strings.Contains(name, "password") ||
		strings.Contains(name, "credential") || strings.Contains(name, "signature") ||
		hasSecret(part)
}

// hasSecret reports whether a text seems to hold a secret, or cannot be read.
func hasSecret(text string) bool {
	plain, clear := decoded(text)
	return !clear || secretText.MatchString(plain)
}

// dropSecrets removes secrets, and what belongs to a session, from the address.
func (a *address) dropSecrets() error {
	if hasSecret(a.path) {
		return lang.Error("the address has a secret in its path; copy it from the address line of the page itself")
	}
	a.query = slices.DeleteFunc(a.query, isSecret)
	head, query, _ := strings.Cut(a.fragment, "?")
	a.fragment = withoutSecrets(head)
	if query = withoutSecrets(query); query != "" {
		a.fragment += "?" + query
	}
	// What still seems to hold a secret, whatever separates its parts, is dropped whole.
	if hasSecret(strings.Join(a.query, "&")) {
		a.query = nil
	}
	if hasSecret(a.fragment) {
		a.fragment = ""
	}
	return nil
}

// fragmentParts matches a parameter with the separator before it.
var fragmentParts = regexp.MustCompile(`[&;]?[^&;]*`)

func withoutSecrets(text string) string {
	kept := fragmentParts.ReplaceAllStringFunc(text, func(part string) string {
		if isSecret(strings.TrimLeft(part, "&;")) {
			return ""
		}
		return part
	})
	return strings.TrimLeft(kept, "&;")
}
