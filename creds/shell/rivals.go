package shell

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"daypass/internal/lang"
)

const (
	keyID          = "AWS_ACCESS_KEY_ID"
	secretKey      = "AWS_SECRET_ACCESS_KEY" //nolint:gosec // a name
	defaultProfile = "AWS_DEFAULT_PROFILE"
	tokenFile      = "AWS_WEB_IDENTITY_TOKEN_FILE" //nolint:gosec // a name
	roleARN        = "AWS_ROLE_ARN"
)

// Rival is something in an environment that overrides AWS_PROFILE.
type Rival struct {
	// What describes it in a sentence.
	What string
	// Names are the variables to unset.
	Names []string
}

// Rivals returns what gives AWS's tools another identity although AWS_PROFILE names a
// profile. lookup is the shell's environment, like os.LookupEnv.
//
//   - A key in the environment comes first in botocore, the Go and the Java SDK; only the
//     JavaScript SDK ignores it.
//   - botocore reads AWS_DEFAULT_PROFILE before AWS_PROFILE.
//   - A web identity in the environment comes before static keys in botocore and in the Go
//     SDK; it needs both variables.
//
// AWS_SESSION_TOKEN alone is ignored, and a container's credentials come last. What an
// earlier export has set is no rival: see [Exports].
func Rivals(profile string, lookup func(name string) (string, bool)) []Rival {
	is := func(name string) bool {
		value, _ := lookup(name)
		return value != ""
	}
	set := func(names ...string) []string {
		return slices.DeleteFunc(names, func(name string) bool { return !is(name) })
	}
	var rivals []Rival
	if is(keyID) && !Exports(lookup) {
		rivals = append(rivals, Rival{
			lang.T(keyID + " is set in this shell, and AWS's tools take that key before any AWS_PROFILE"),
			set(keyID, secretKey, sessionToken, "AWS_SECURITY_TOKEN"),
		})
	}
	if is(tokenFile) && is(roleARN) {
		rivals = append(rivals, Rival{
			lang.T(tokenFile + " is set in this shell, and AWS's tools take that web identity before the profile's credentials"),
			set(tokenFile, roleARN),
		})
	}
	if other, _ := lookup(defaultProfile); other != "" && other != profile {
		rivals = append(rivals, Rival{
			lang.T(defaultProfile + " names another profile in this shell, and the AWS CLI and boto3 take it before AWS_PROFILE"),
			[]string{defaultProfile},
		})
	}
	return rivals
}

// Exports reports whether an export has put a key into the environment, which overrides
// AWS_PROFILE too.
func Exports(lookup func(name string) (string, bool)) bool {
	mark, _ := lookup(Mark)
	return slices.Contains(exported(mark), keyID)
}

// Here returns the format, one of [Formats], of the shell that a program was started
// from, as far as the environment says.
func Here(goos string, getenv func(string) string) string {
	login := path.Base(getenv("SHELL"))
	switch {
	case login == "fish":
		return "fish"
	case login == "pwsh":
		return "powershell"
	case goos != "windows" || getenv("MSYSTEM") != "": // Git's bash
		return "env"
	case getenv("PROMPT") != "": // PowerShell has none
		return "windows-cmd"
	}
	return "powershell"
}

// Unset returns the command that unsets variables in a shell.
func Unset(formatName string, names []string) string {
	switch formatName {
	case "fish":
		return "set -e " + strings.Join(names, " ")
	case "powershell":
		return "Remove-Item Env:" + strings.Join(names, ", Env:")
	case "windows-cmd":
		return `set "` + strings.Join(names, `=" & set "`) + `="`
	}
	return "unset " + strings.Join(names, " ")
}

// Use returns what to put before a command on a shell's line to run it with a profile.
func Use(formatName, profile string) (string, error) {
	quote, form := Word, "AWS_PROFILE=%s "
	switch formatName {
	case "powershell":
		quote, form = PowerShellWord, "$Env:AWS_PROFILE=%s; "
	case "windows-cmd": // a blank before the & would be part of the value
		quote, form = plainWord, "set AWS_PROFILE=%s& "
	}
	word, err := quote(profile)
	if err != nil {
		return "", lang.Errorf("the name of the profile: %w", err)
	}
	return fmt.Sprintf(form, word), nil
}

// Load returns the command that makes a shell evaluate what "daypass export" prints, or ""
// where a shell has none.
func Load(formatName, profile string) string {
	word, err := Word(profile)
	if err != nil {
		return ""
	}
	switch formatName {
	case "env":
		return fmt.Sprintf(`eval "$(daypass export %s)"`, word)
	case "fish":
		return fmt.Sprintf("daypass export %s --format fish | source", word)
	case "powershell":
		return fmt.Sprintf("daypass export %s --format powershell | Out-String | iex", word)
	}
	return ""
}
