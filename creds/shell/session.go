package shell

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daypass/internal/lang"
)

// The variables of daypass in a shell.
const (
	// Caller names the shell that evaluates what a command prints: see [Hook].
	Caller = "DAYPASS_SHELL"
	// Profile is the profile that a shell was switched to.
	Profile = "DAYPASS_PROFILE"
	// Session is the label of the keys in a shell: see [Label].
	Session = "DAYPASS_SESSION"
)

// identity are the variables that choose who AWS's tools work as.
var identity = []string{
	keyID, secretKey, sessionToken, securityToken, legacyKeyID, legacySecret, legacyToken,
	awsProfile, defaultProfile,
	roleARN, "AWS_ROLE_SESSION_NAME", tokenFile,
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	expiration, endOfSession, accountID, "AWS_CREDENTIAL_SCOPE",
}

const awsProfile = "AWS_PROFILE"

// Label is what a shell with a profile's keys is called, as people who switch accounts know
// it: "personal", and "personal-MFA-STS" once a code was given.
func Label(profile string, mfa bool) string {
	if mfa {
		return profile + "-MFA-STS"
	}
	return profile
}

// Shells returns the names of the shells that can be switched.
func Shells() []string {
	names := make([]string, len(languages))
	for i, l := range languages {
		names[i] = l.name
	}
	return names
}

// language writes statements for one shell to evaluate. The words in front keep aliases and
// functions of the same names out.
type language struct {
	name  string
	quote func(string) (string, error)
	// set, local and unset have a verb for a variable's name; set and local one more for its
	// value. What is local is not passed to programs.
	set, local, unset string
	// noClock is set if a prompt in it does not know what time it is.
	noClock bool
	// reveal, unless "", takes back what unset has hidden.
	reveal string
	hook   func(program, old string) string
}

func languageOf(name string) (language, error) {
	i := slices.IndexFunc(languages, func(l language) bool { return l.name == name })
	if i < 0 {
		return language{}, lang.Errorf("there is no shell %q; there are %s", name, strings.Join(Shells(), ", "))
	}
	return languages[i], nil
}

// Variable is one of an environment.
type Variable struct{ Name, Value string }

// Switch returns variables for a shell, one statement a line, after all that has given it
// another identity is unset. lookup is the shell's environment, like os.LookupEnv. Those named
// AWS_… are noted in [Mark], so that the next switch or export takes them out again.
func Switch(shell string, set []Variable, lookup func(string) (string, bool)) (string, error) {
	l, err := languageOf(shell)
	if err != nil {
		return "", err
	}
	set = slices.DeleteFunc(slices.Clone(set), func(v Variable) bool { return v.Value == "" })
	var ours []string
	for _, v := range set {
		if exportable(v.Name) {
			ours = append(ours, v.Name)
		}
	}
	set = append(set, Variable{Mark, strings.Join(ours, separator)})
	isSet := func(name string) bool {
		return slices.ContainsFunc(set, func(v Variable) bool { return v.Name == name })
	}
	var out strings.Builder
	for _, name := range slices.Concat(identity, earlier(lookup, identity...), []string{Profile, Session}) {
		if _, there := lookup(name); there && !isSet(name) {
			fmt.Fprintf(&out, l.unset, name)
		}
	}
	for _, v := range set {
		if err := l.assign(&out, l.set, v); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

// Leave returns the statements that take out of a shell what a switch or an export has set.
func Leave(shell string, lookup func(string) (string, bool)) (string, error) {
	l, err := languageOf(shell)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if l.reveal != "" {
		for _, name := range identity {
			fmt.Fprintf(&out, l.reveal, name)
		}
	}
	for _, name := range append(earlier(lookup), Profile, Session, Mark) {
		if _, there := lookup(name); there {
			fmt.Fprintf(&out, l.unset, name)
		}
	}
	return out.String(), nil
}

// Set reports whether a switch or an export has set anything.
func Set(lookup func(string) (string, bool)) bool {
	for _, name := range []string{Mark, Profile, Session} {
		if _, there := lookup(name); there {
			return true
		}
	}
	return false
}

// earlier returns what a switch or an export has set, each name once, without those given.
func earlier(lookup func(string) (string, bool), but ...string) []string {
	names := inMark(lookup)
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return slices.Contains(but, name) })
}

// Keys returns the variables of credentials and what goes with them, for a switch.
func (v Values) Keys(lookup func(string) (string, bool)) []Variable {
	v.Variables = withoutChosen(v.Variables, lookup)
	var all []Variable
	for _, one := range v.assignments([]string{endOfSession}) {
		all = append(all, Variable{one[0], one[1]})
	}
	return all
}

func (l language) assign(out *strings.Builder, form string, v Variable) error {
	word, err := l.quote(v.Value)
	if err != nil {
		return lang.Errorf("%s cannot be written for %s: %w", v.Name, l.name, err)
	}
	fmt.Fprintf(out, form, v.Name, word)
	return nil
}

// Segment is what a prompt says of its shell.
type Segment struct {
	// Text names what the shell works as; "" is nothing. State is what there is to say of it
	// without credentials, which changes by itself: a shell without a clock does not show it.
	Text, State string
	// Until is when the credentials end, and Again when the agent is to be asked anew, as
	// seconds since 1970; zero is never.
	Until, Again int64
}

func (s Segment) text(l language) string {
	if s.State == "" || l.noClock {
		return s.Text
	}
	return s.Text + " " + s.State
}

// The variables behind a prompt's segment, which no program sees.
const (
	segmentText  = "_daypass_text"
	segmentUntil = "_daypass_until"
	segmentAgain = "_daypass_again"
	segmentFor   = "_daypass_for"
)

// seen are the variables by whose values a prompt knows that its shell has changed, in the
// order in which the functions of [Hook] join them. None is a secret.
var seen = []string{awsProfile, Profile, Session, keyID}

// Statements returns the segment for the prompt of a shell whose variables are those of lookup.
func (s Segment) Statements(shell string, lookup func(string) (string, bool)) (string, error) {
	l, err := languageOf(shell)
	if err != nil {
		return "", err
	}
	values := make([]string, len(seen))
	for i, name := range seen {
		values[i], _ = lookup(name)
	}
	var out strings.Builder
	for _, v := range []Variable{
		{segmentText, s.text(l)},
		{segmentUntil, strconv.FormatInt(s.Until, 10)},
		{segmentAgain, strconv.FormatInt(s.Again, 10)},
		{segmentFor, strings.Join(values, " ")},
	} {
		if err := l.assign(&out, l.local, v); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}
