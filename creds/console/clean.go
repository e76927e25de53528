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
	name, value, _ := parameter(part)
	switch name {
	case "account", "accountid", "awsaccountid":
		return len(value) == 12 && accountPattern.MatchString(value)
	}
	return false
}

// parameter returns the name of one, in lower case and with nothing between its
// words, and its value. Without a value it has no name: in fragments it may be a
// path, with a resource that is called like a secret. It is not clear if it is
// escaped too often to read.
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

// decoded undoes escapes, however often they were made, as the console puts
// addresses into addresses. It reports false where there is no end to it.
func decoded(text string) (plain string, clear bool) {
	for range 10 {
		next := percentEscape.ReplaceAllStringFunc(cloudWatchEscape.ReplaceAllString(text, "%$1"), func(e string) string {
			c, _ := url.PathUnescape(e) // the pattern's are all valid
			return c
		})
		if next == text {
			return text, true
		}
		text = next
	}
	return text, false
}

// secretNames are parameters that sign in, or belong to one session. The console
// has code, state and isauthcode after a sign-in.
var secretNames = []string{
	"accesskeyid", "authcode", "awsaccesskeyid", "code", "hashargs", "isauthcode", "relaystate", "samlresponse",
	"secret", "secretaccesskey", "secretkey", "session", "sessionduration", "sessionid", "sessionkey",
}

// secretText is what gives secrets away wherever it stands, as in an address
// within the address: presigned requests, tokens and the ids of temporary keys.
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

// hasSecret reports whether a text gives a secret away, or cannot be read.
func hasSecret(text string) bool {
	plain, clear := decoded(text)
	return !clear || secretText.MatchString(plain)
}

// dropSecrets takes out of the address what is a secret or a session's.
func (a *address) dropSecrets() error {
	if hasSecret(a.path) {
		return errors.New("the address has a secret in its path; copy it from the address line of the page itself")
	}
	a.query = slices.DeleteFunc(a.query, isSecret)
	head, query, _ := strings.Cut(a.fragment, "?")
	a.fragment = withoutSecrets(head)
	if query = withoutSecrets(query); query != "" {
		a.fragment += "?" + query
	}
	// What is cut into pieces in some way not thought of is dropped whole.
	if hasSecret(strings.Join(a.query, "&")) {
		a.query = nil
	}
	if hasSecret(a.fragment) {
		a.fragment = ""
	}
	return nil
}

// fragmentParts are parameters with what stands before them.
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
