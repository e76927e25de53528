// Package shell quotes words for shells, and writes the statements that export credentials
// or unset variables.
package shell

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"daypass/creds"
)

// Mark is the environment variable that lists what an export has set, so that the next
// one can unset it.
const Mark = "DAYPASS_EXPORTED"

// separator is between the names in [Mark]. No shell gives it a meaning there.
const separator = ","

// others are the variables that change the identity or the region although the
// environment holds keys:
//
//   - The JavaScript SDK and .NET's version 3 ignore the keys if AWS_PROFILE is set; the
//     AWS CLI takes the region of that profile. It and boto3 read AWS_DEFAULT_PROFILE
//     too.
//
//   - botocore prefers AWS_SECURITY_TOKEN to AWS_SESSION_TOKEN.
//
//   - .NET's version 3 reads AWS_WEB_IDENTITY_TOKEN_FILE before the keys. Without it all
//     SDKs ignore AWS_ROLE_ARN.
//
//   - AWS_ACCOUNT_ID and AWS_CREDENTIAL_SCOPE are read as a part of the keys:
//     https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html.
//
//   - What the format "ec2" sets is read by tools that know no other names.
//
// What comes after the keys in every SDK, such as a container's credentials, stays.
var others = []string{
	"AWS_PROFILE", defaultProfile, tokenFile, accountID, "AWS_CREDENTIAL_SCOPE",
	legacyKeyID, legacySecret, legacyToken, securityToken,
	Profile, Session,
}

const (
	accountID    = "AWS_ACCOUNT_ID"
	sessionToken = "AWS_SESSION_TOKEN" //nolint:gosec // a name
	expiration   = "AWS_CREDENTIAL_EXPIRATION"
	// endOfSession is expiration as scripts of other tools read it.
	endOfSession = "AWS_SESSION_EXPIRATION"

	// These are the names of EC2's first command line tools and of boto 2.
	legacyKeyID   = "AWS_ACCESS_KEY"
	legacySecret  = "AWS_SECRET_KEY"       //nolint:gosec // a name
	legacyToken   = "AWS_DELEGATION_TOKEN" //nolint:gosec // a name
	securityToken = "AWS_SECURITY_TOKEN"
)

// regions are both names, since AWS CLI v1 reads only the second.
var regions = []string{"AWS_REGION", "AWS_DEFAULT_REGION"}

// format writes variables in the language of one shell.
type format struct {
	name  string
	set   string // with a verb each for name and value
	quote func(string) (string, error)
	unset string // with a verb for the name; empty if the format cannot unset
	// first comes before the first unset.
	first string
	// more are set beside what AWS's own tools export.
	more []string
}

// shFormat is what sh, bash, zsh and fish understand. fish has "export", but no "unset".
func shFormat(name string, more ...string) format {
	return format{name, "export %s=%s;\n", evalWord, "unset %s;\n", "type unset >/dev/null 2>&1 || alias unset 'set --erase';\n", more}
}

// A semicolon ends each statement, for those who evaluate the text in one line.
// To cmd.exe it would be a part of the value. Files of assignments and "env" can
// only set.
var formats = []format{
	shFormat("env", endOfSession),
	{"env-no-export", "%s=%s\n", Word, "", "", nil},
	{"powershell", "$Env:%s=%s;\n", PowerShellWord, "$Env:%s=$null;\n", "", []string{endOfSession}},
	{"windows-cmd", "set %s=%s\n", plainWord, "set %s=\n", "", nil},
	{"fish", "set -gx %s %s;\n", fishWord, "set -e %s;\n", "", []string{endOfSession}},
	shFormat("ec2", endOfSession, legacyKeyID, legacySecret, legacyToken, securityToken),
}

// Formats returns the names of the formats that [Export] knows: those of "aws configure
// export-credentials --format", and ec2. The first is sh's.
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

func formatOf(name string) (format, error) {
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if i < 0 {
		return format{}, fmt.Errorf("there is no format %q", name)
	}
	return formats[i], nil
}

// Values are what goes into an environment.
type Values struct {
	Credentials creds.Credentials
	// Variables are as in [creds.UseReply].
	Variables map[string]string
	// Profile is the one that the shell then works as, or that a role was assumed with, and
	// that the next one starts from. Session is what the credentials are called, as by
	// [Label]; "" for a role's. They go into the variables of these names, and "" unsets them.
	Profile, Session string
}

// Export returns statements that put credentials and what goes with them into a shell's
// environment, and remove an earlier export or another identity. lookup is that environment,
// like os.LookupEnv: only variables that are set are unset.
func Export(formatName string, v Values, lookup func(name string) (string, bool)) (string, error) {
	f, err := formatOf(formatName)
	if err != nil {
		return "", err
	}
	var unset []string
	for _, name := range slices.Concat(stale(v.Credentials), inMark(lookup), []string{Profile, Session}) {
		value, there := lookup(name)
		if there && !slices.Contains(unset, name) && (name != accountID || value != v.Credentials.AccountID) {
			unset = append(unset, name)
		}
	}
	v.Variables = withoutChosen(v.Variables, lookup)
	if !slices.Contains(f.more, endOfSession) {
		v.Profile, v.Session = "", "" // for shells alone
	}
	return f.write(v, unset, "")
}

// Paste is Export for a shell whose environment is unknown: PowerShell on Windows, sh
// elsewhere. Unsetting a variable that is not set does no harm.
func Paste(cr creds.Credentials, goos string) (string, error) {
	name, undo := "env", "! printenv "+Mark+" | grep -q "+regions[0]+" || unset "+strings.Join(regions, " ")+";\n"
	if goos == "windows" {
		name, undo = "powershell", "if ($Env:"+Mark+" -match '"+regions[0]+"') { "+
			"$Env:"+regions[0]+"=$null; $Env:"+regions[1]+"=$null };\n"
	}
	if cr.Region != "" {
		undo = ""
	}
	f, err := formatOf(name)
	if err != nil {
		return "", err
	}
	return f.write(Values{Credentials: cr}, stale(cr), undo)
}

// Legacy returns credentials under the names that EC2's first command line tools and boto 2
// read.
func Legacy(cr creds.Credentials) map[string]string {
	token := cr.SessionToken.Reveal()
	return map[string]string{
		legacyKeyID: cr.AccessKeyID, legacySecret: cr.SecretAccessKey.Reveal(), legacyToken: token, securityToken: token,
	}
}

// Expiration is when credentials end, as AWS's tools write it; "" if never.
func Expiration(cr creds.Credentials) string {
	if cr.Expires.IsZero() {
		return ""
	}
	return cr.Expires.UTC().Format(time.RFC3339)
}

// stale returns the variables that must not keep their old values.
func stale(cr creds.Credentials) []string {
	names := slices.Clone(others)
	if cr.SessionToken.IsZero() {
		names = append(names, sessionToken)
	}
	if Expiration(cr) == "" {
		names = append(names, expiration)
	}
	return append(names, endOfSession)
}

// exportable reports whether a mark may hold a name. Any program can write a mark, and a
// shell evaluates the statements made from it.
func exportable(name string) bool {
	const longest, letters = 64, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	word, ours := strings.CutPrefix(name, "AWS_")
	return ours && word != "" && len(word) <= longest && strings.Trim(word, letters) == ""
}

// exported returns the names in a mark.
func exported(mark string) []string {
	return slices.DeleteFunc(strings.Split(mark, separator), func(name string) bool { return !exportable(name) })
}

// inMark returns what an earlier export has set in an environment.
func inMark(lookup func(string) (string, bool)) []string {
	mark, _ := lookup(Mark)
	return exported(mark)
}

// withoutChosen removes the variables of a profile's settings that a person has set in an
// environment, where they take precedence over any profile. A URL for all services there
// comes before a profile's URL for one:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func withoutChosen(variables map[string]string, lookup func(string) (string, bool)) map[string]string {
	earlier := inMark(lookup)
	chosen := func(name string) bool {
		value, _ := lookup(name)
		return value != "" && !slices.Contains(earlier, name)
	}
	ignored, _ := lookup(creds.IgnoreEndpoints)
	rest := maps.Clone(variables)
	maps.DeleteFunc(rest, func(name, _ string) bool {
		return chosen(name) || strings.HasPrefix(name, creds.EndpointURL) && (chosen(creds.EndpointURL) || strings.EqualFold(ignored, "true"))
	})
	return rest
}

// assignments returns what is set, without what is empty. more names what is set beside what
// AWS's own tools export.
func (v Values) assignments(more []string) [][2]string {
	cr := v.Credentials
	id, secret, token, end := cr.AccessKeyID, cr.SecretAccessKey.Reveal(), cr.SessionToken.Reveal(), Expiration(cr)
	set := [][2]string{{keyID, id}, {secretKey, secret}, {sessionToken, token}, {expiration, end}}
	for _, also := range [][2]string{
		{endOfSession, end}, {legacyKeyID, id}, {legacySecret, secret}, {legacyToken, token}, {securityToken, token},
	} {
		if slices.Contains(more, also[0]) {
			set = append(set, also)
		}
	}
	set = append(set, [2]string{regions[0], cr.Region}, [2]string{regions[1], cr.Region})
	for _, name := range slices.Sorted(maps.Keys(v.Variables)) {
		set = append(set, [2]string{name, v.Variables[name]})
	}
	set = append(set, [2]string{Profile, v.Profile}, [2]string{Session, v.Session})
	return slices.DeleteFunc(set, func(v [2]string) bool { return v[1] == "" })
}

// write returns the statements; undo is one more, after those that unset.
func (f format) write(v Values, unset []string, undo string) (string, error) {
	set := v.assignments(f.more)
	names := make([]string, len(set))
	for i, v := range set {
		names[i] = v[0]
	}
	unset = slices.DeleteFunc(unset, func(name string) bool { return slices.Contains(names, name) })

	var out strings.Builder
	if f.unset != "" {
		if len(unset) > 0 || undo != "" {
			out.WriteString(f.first)
		}
		for _, name := range unset {
			fmt.Fprintf(&out, f.unset, name)
		}
		out.WriteString(undo)
	}
	for _, v := range append(set, [2]string{Mark, strings.Join(names, separator)}) {
		quoted, err := f.quote(v[1])
		if err != nil {
			return "", fmt.Errorf("%s cannot be written as %s: %w", v[0], f.name, err)
		}
		fmt.Fprintf(&out, f.set, v[0], quoted)
	}
	return out.String(), nil
}
