package awsfile

import (
	"strings"

	"daypass/internal/lang"
)

// ErrNoHome says that the environment names no home folder.
var ErrNoHome = lang.Error("no home folder is set in the environment")

// Paths says where the two files are.
type Paths struct{ Config, Credentials string }

// Locate finds the files as AWS's tools do: AWS_CONFIG_FILE and
// AWS_SHARED_CREDENTIALS_FILE, else .aws in the home folder, which is HOME, on
// Windows also USERPROFILE or HOMEDRIVE with HOMEPATH. A leading ~ is the home
// folder. goos is a value of runtime.GOOS. The error is [ErrNoHome] if the home
// folder is needed and unknown. See
// https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html.
func Locate(getenv func(string) string, goos string) (Paths, error) {
	separator := "/"
	home := getenv("HOME")
	if goos == "windows" {
		separator = `\`
		if home == "" {
			home = getenv("USERPROFILE")
		}
		if home == "" {
			home = getenv("HOMEDRIVE") + getenv("HOMEPATH")
		}
	}
	find := func(variable, name string) (string, error) {
		path := getenv(variable)
		if path == "" {
			path = "~" + separator + ".aws" + separator + name
		}
		rest, inHome := strings.CutPrefix(path, "~")
		if !inHome || rest != "" && rest[0] != '/' && rest[0] != separator[0] {
			return path, nil
		}
		if home == "" {
			return "", lang.Errorf("locate the AWS %s file: %w", name, ErrNoHome)
		}
		return strings.TrimRight(home, separator) + rest, nil
	}
	var (
		p   Paths
		err error
	)
	if p.Config, err = find("AWS_CONFIG_FILE", "config"); err != nil {
		return Paths{}, err
	}
	if p.Credentials, err = find("AWS_SHARED_CREDENTIALS_FILE", "credentials"); err != nil {
		return Paths{}, err
	}
	return p, nil
}
