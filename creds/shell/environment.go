package shell

import (
	"maps"
	"slices"
	"strings"
)

// The variables of a command that "daypass exec" has started.
const (
	// Exec names the profile whose credentials the command was given.
	Exec = "DAYPASS_EXEC"
	// profileName and sessionLabel are those of a switched shell.
	profileName  = "DAYPASS_PROFILE"
	sessionLabel = "DAYPASS_SESSION"
)

// identities are the variables that give AWS's tools an identity, or say how long one lasts.
var identities = []string{
	keyID, secretKey, sessionToken,
	legacyKeyID, legacySecret, legacyToken, securityToken, "AWS_CREDENTIAL_FILE",
	"AWS_PROFILE", defaultProfile,
	roleARN, "AWS_ROLE_SESSION_NAME", tokenFile,
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	expiration, endOfSession, accountID, "AWS_CREDENTIAL_SCOPE",
	// The AWS CLI's guard against circles would take the command for a part of one.
	"_AWS_CLI_PROFILE_CHAIN",
}

// Environment returns the environment of a command that works with credentials: the given one
// without any other identity, and without what an export or a switch has set. more are
// variables by their names.
func Environment(environ []string, v Values, more map[string]string) []string {
	before := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && name != "" {
			before[name] = value
		}
	}
	lookup := func(name string) (string, bool) {
		value, there := before[name]
		return value, there
	}
	unset := slices.Concat(identities, inMark(lookup), []string{Mark, sessionLabel})
	v.Variables = withoutChosen(v.Variables, lookup)
	set := maps.Clone(more)
	if set == nil {
		set = map[string]string{}
	}
	for _, one := range v.assignments([]string{endOfSession}) {
		set[one[0]] = one[1]
	}
	after := slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		_, replaced := set[name]
		return replaced || slices.Contains(unset, name)
	})
	for _, name := range slices.Sorted(maps.Keys(set)) {
		after = append(after, name+"="+set[name])
	}
	return after
}

// OfExec returns the variables that tell a command what profile it works with.
func OfExec(profile string) map[string]string {
	return map[string]string{Exec: profile, profileName: profile}
}
