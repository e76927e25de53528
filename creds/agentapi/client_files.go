package agentapi

import (
	"cmp"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"daypass/creds"
	"daypass/internal/lang"
)

// Files are what AWS's tools share: two files, and the folder of console sign-ins.
type Files struct {
	Config      string
	Credentials string
	// LoginCache is "" where the environment neither names it nor a home folder.
	LoginCache string
}

// LocateFiles returns where an environment puts the AWS files, by the rules of
// https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html. It fails if the
// environment names no home folder.
//
// It repeats what awsfile and consolesignin do, so that the client need not link those; a
// test in package agent compares them.
func LocateFiles(getenv func(string) string, goos string) (Files, error) {
	home := homeDir(getenv, goos)
	locate := func(variable, name string) (string, error) {
		path, known := expandHome(cmp.Or(getenv(variable), inHome(goos, ".aws", name)), home, goos)
		if !known {
			return "", &creds.Error{Code: creds.CodeFile, Message: lang.Sprintf("the AWS %s file cannot be found: the environment names no home folder", name), Advice: lang.T("Set HOME, or name the file by AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE.")}
		}
		return path, nil
	}
	config, err := locate("AWS_CONFIG_FILE", "config")
	if err != nil {
		return Files{}, err
	}
	credentials, err := locate("AWS_SHARED_CREDENTIALS_FILE", "credentials")
	if err != nil {
		return Files{}, err
	}
	return Files{Config: config, Credentials: credentials, LoginCache: LocateLoginCache(getenv, goos)}, nil
}

// LocateLoginCache returns the folder of console sign-ins, as the AWS CLI finds it: in the
// variable's value it replaces variables and then the home folder. It is "" if the
// environment names no home folder.
func LocateLoginCache(getenv func(string) string, goos string) string {
	path := inHome(goos, ".aws", "login", "cache")
	if named := getenv("AWS_LOGIN_CACHE_DIRECTORY"); named != "" {
		path = expandVariables(named, getenv, goos)
	}
	path, _ = expandHome(path, homeDir(getenv, goos), goos)
	return path
}

// expandVariables replaces $NAME and ${NAME}, and on Windows %NAME%. Those that are not set
// stay as they are.
func expandVariables(path string, getenv func(string) string, goos string) string {
	marks := "$"
	if goos == "windows" {
		marks = "$%"
	}
	var out strings.Builder
	for {
		at := strings.IndexAny(path, marks)
		if at < 0 {
			return out.String() + path
		}
		out.WriteString(path[:at])
		text, name := variableAt(path[at:])
		if name != "" {
			out.WriteString(cmp.Or(getenv(name), text))
		} else {
			out.WriteString(text)
		}
		path = path[at+len(text):]
	}
}

// variableAt returns the variable that a text begins with, and its name; or the text's first
// byte if that begins none.
func variableAt(text string) (whole, name string) {
	isName := func(r rune) bool {
		return r == '_' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
	}
	mark, rest := text[:1], text[1:]
	end := len(rest) - len(strings.TrimLeftFunc(rest, isName))
	switch {
	case mark == "%":
		if name, _, closed := strings.Cut(rest, "%"); closed && name != "" {
			return text[:len(name)+2], name
		}
	case strings.HasPrefix(rest, "{"):
		if name, _, closed := strings.Cut(rest[1:], "}"); closed && name != "" {
			return text[:len(name)+3], name
		}
	case end > 0:
		return text[:1+end], rest[:end]
	}
	return mark, ""
}

// inHome returns a path that begins with ~.
func inHome(goos string, names ...string) string {
	return "~" + separator(goos) + strings.Join(names, separator(goos))
}

func separator(goos string) string {
	if goos == "windows" {
		return `\`
	}
	return "/"
}

// expandHome replaces a leading ~ by the home folder, but not the ~NAME of another user. It
// returns false if the home folder is needed and unknown.
func expandHome(path, home, goos string) (string, bool) {
	rest, begins := strings.CutPrefix(path, "~")
	switch {
	case !begins || rest != "" && rest[0] != '/' && rest[0] != separator(goos)[0]:
		return path, true
	case home == "":
		return "", false
	}
	return strings.TrimRight(home, separator(goos)) + rest, true
}

// absolute returns the files as absolute paths. It fails for paths that do not fit into
// a line of a request.
func (f Files) absolute() (Files, error) {
	for _, path := range []*string{&f.Config, &f.Credentials, &f.LoginCache} {
		if *path == "" {
			continue // unknown
		}
		if strings.ContainsFunc(*path, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return Files{}, &creds.Error{
				Code: creds.CodeFile, Message: lang.Sprintf("the agent cannot be asked about the AWS file %q: its path has a line break or another control character", *path),
				Advice: lang.T("Give it another name."),
			}
		}
		var err error
		if *path, err = filepath.Abs(*path); err != nil {
			return Files{}, err
		}
	}
	return f, nil
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
