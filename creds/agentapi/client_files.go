package agentapi

import (
	"path/filepath"
	"strings"

	"daypass/creds"
	"daypass/internal/lang"
)

// Files are the two files that AWS's tools share.
type Files struct {
	Config      string
	Credentials string
}

// LocateFiles returns where an environment puts the AWS files, by the rules of
// https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html. It fails if the
// environment names no home folder.
//
// It repeats what awsfile does, so that the client need not link that; a test in package
// agent compares the two.
func LocateFiles(getenv func(string) string, goos string) (Files, error) {
	separator := "/"
	if goos == "windows" {
		separator = `\`
	}
	home := homeDir(getenv, goos)
	locate := func(variable, name string) (string, error) {
		path := getenv(variable)
		if path == "" {
			path = "~" + separator + ".aws" + separator + name
		}
		rest, inHome := strings.CutPrefix(path, "~")
		switch {
		case !inHome || rest != "" && rest[0] != '/' && rest[0] != separator[0]:
			return path, nil
		case home == "":
			return "", &creds.Error{Code: creds.CodeFile, Message: lang.Sprintf("the AWS %s file cannot be found: the environment names no home folder", name), Advice: lang.T("Set HOME, or name the file by AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE.")}
		}
		return strings.TrimRight(home, separator) + rest, nil
	}
	config, err := locate("AWS_CONFIG_FILE", "config")
	if err != nil {
		return Files{}, err
	}
	credentials, err := locate("AWS_SHARED_CREDENTIALS_FILE", "credentials")
	if err != nil {
		return Files{}, err
	}
	return Files{Config: config, Credentials: credentials}, nil
}

// absolute returns the files as absolute paths. It fails for paths that do not fit into
// a line of a request.
func (f Files) absolute() (Files, error) {
	for _, path := range []string{f.Config, f.Credentials} {
		if strings.ContainsFunc(path, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return Files{}, &creds.Error{
				Code: creds.CodeFile, Message: lang.Sprintf("the agent cannot be asked about the AWS file %q: its path has a line break or another control character", path),
				Advice: lang.T("Give it another name."),
			}
		}
	}
	config, err := filepath.Abs(f.Config)
	if err != nil {
		return Files{}, err
	}
	credentials, err := filepath.Abs(f.Credentials)
	if err != nil {
		return Files{}, err
	}
	return Files{Config: config, Credentials: credentials}, nil
}

// homeDir returns the home folder that an environment names, or "".
func homeDir(getenv func(string) string, goos string) string {
	home := getenv("HOME")
	if home == "" && goos == "windows" {
		if home = getenv("USERPROFILE"); home == "" {
			home = getenv("HOMEDRIVE") + getenv("HOMEPATH")
		}
	}
	return home
}
