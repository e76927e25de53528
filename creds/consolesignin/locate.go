package consolesignin

import (
	"path/filepath"
	"regexp"
	"strings"
)

// Locate returns the folder of the login cache as AWS's tools find it: that of
// AWS_LOGIN_CACHE_DIRECTORY, with variables and a leading ~ expanded as botocore does, else
// .aws/login/cache in the home folder. goos is a value of runtime.GOOS. See
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-login.html.
func Locate(getenv func(string) string, goos, home string) string {
	dir := getenv("AWS_LOGIN_CACHE_DIRECTORY")
	if dir == "" {
		return filepath.Join(home, ".aws", "login", "cache")
	}
	dir = expand(dir, getenv, goos)
	rest, inHome := strings.CutPrefix(dir, "~")
	if inHome && (rest == "" || rest[0] == '/' || goos == "windows" && rest[0] == '\\') {
		return home + rest
	}
	return dir
}

// variables are $NAME and ${NAME}, and on Windows also %NAME%. Python leaves those alone
// that the environment does not have.
var (
	variables        = regexp.MustCompile(`\$(\w+)|\$\{([^}]*)\}`)
	windowsVariables = regexp.MustCompile(`\$(\w+)|\$\{([^}]*)\}|%([^%]+)%`)
)

func expand(text string, getenv func(string) string, goos string) string {
	pattern := variables
	if goos == "windows" {
		pattern = windowsVariables
	}
	return pattern.ReplaceAllStringFunc(text, func(whole string) string {
		if value := getenv(strings.Trim(whole, "${}%")); value != "" {
			return value
		}
		return whole
	})
}
