package awsfile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"daypass/internal/lang"
)

var (
	// ErrInvalidName refuses a section name or a key that AWS's readers would not find
	// again.
	ErrInvalidName = lang.Error("name cannot be written to an AWS file")
	// ErrInvalidValue refuses a value that AWS's readers would read differently. The
	// error never shows the value.
	ErrInvalidValue = lang.Error("value cannot be written to an AWS file")
)

// CheckName returns an error that wraps [ErrInvalidName] if a section of that name could
// not be created: it is empty, not UTF-8, has control characters, white space at an end,
// brackets, quotes, backslashes or comment marks, or is a word that one of AWS's readers
// reserves.
func CheckName(kind Kind, sec Section) error {
	name := sec.Name
	switch {
	case name == "":
		return lang.Errorf("%w: it is empty", ErrInvalidName)
	case !utf8.ValidString(name):
		return lang.Errorf("%w: %q is not UTF-8", ErrInvalidName, name)
	case strings.ContainsFunc(name, isControl):
		return lang.Errorf("%w: %q has control characters", ErrInvalidName, name)
	case strings.TrimFunc(name, isSpace) != name:
		return lang.Errorf("%w: %q has white space at an end", ErrInvalidName, name)
	case strings.ContainsAny(name, "[]\"'\\#;"):
		return lang.Errorf("%w: %q has brackets, quotes, backslashes or comment marks", ErrInvalidName, name)
	case name == "__proto__":
		// The JavaScript SDK refuses a whole file with it.
		return lang.Errorf("%w: %q is reserved", ErrInvalidName, name)
	}
	title := headerOf(kind, sec)
	if title == "[DEFAULT]" {
		// Python's parser would give its keys to every other section.
		return lang.Errorf("%w: %q is reserved", ErrInvalidName, name)
	}
	if h, ok := parseHeader(kind, title); !ok || h.sec != sec || h.junk || h.comment != "" {
		return lang.Errorf("%w: %q would be read as another", ErrInvalidName, name)
	}
	return nil
}

// Portable reports whether every AWS SDK finds a profile by this name. In the config
// file the JavaScript SDK finds no names with spaces or letters outside ASCII, and the
// Go SDK no quoted ones; the AWS CLI reads and writes both.
func Portable(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-@+.%:/", r)
	})
}

// Found reports whether every AWS SDK finds a section by the header that it would get.
func Found(kind Kind, sec Section) bool {
	find, _ := headerSeen(kind, headerOf(kind, sec), sec)
	return find == allTools
}

// CheckNew is [CheckName] for a name that somebody chooses: it also refuses one that not
// every AWS SDK finds.
func CheckNew(kind Kind, sec Section) error {
	if err := CheckName(kind, sec); err != nil {
		return err
	}
	if !Found(kind, sec) {
		return lang.Errorf("%w: not all of AWS's tools would find %q; they all find names of the letters a to z, digits and _ - @ + . %% : /", ErrInvalidName, sec.Name)
	}
	return nil
}

// MakePortable returns a name that every AWS SDK finds. Dashes replace what some of them
// do not know.
func MakePortable(name string) string {
	return strings.Map(func(r rune) rune {
		if Portable(string(r)) {
			return r
		}
		return '-'
	}, name)
}

// Title returns the header by which people find a section.
func Title(kind Kind, sec Section) string { return headerOf(kind, sec) }

// headerOf returns the header line that sec is created with.
func headerOf(kind Kind, sec Section) string {
	name := sec.Name
	switch {
	case sec.Type == TypeOther, sec.Type == TypeProfile && (kind == Credentials || name == "default"):
		return "[" + name + "]"
	case strings.ContainsFunc(name, unicode.IsSpace):
		name = `"` + name + `"`
	}
	return "[" + sectionWords[sec.Type] + " " + name + "]"
}

// sectionWords are what headers begin with.
var sectionWords = [...]string{TypeProfile: "profile", TypeSSOSession: "sso-session", TypeServices: "services", TypeOther: ""}

func checkKey(key string) error {
	for _, r := range key {
		if r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.", r) {
			return lang.Errorf("%w: the key %q has characters other than letters, digits, dots, dashes and underscores", ErrInvalidName, key)
		}
	}
	if key == "" {
		return lang.Errorf("%w: the key is empty", ErrInvalidName)
	}
	return nil
}

func checkValue(value string) error {
	refuse := func(why string) error { return lang.Errorf("%w: it %s", ErrInvalidValue, why) }
	if value == "" {
		return refuse(lang.T("is empty"))
	}
	if !utf8.ValidString(value) {
		return refuse(lang.T("is not UTF-8"))
	}
	if strings.ContainsFunc(value, isControl) {
		return refuse(lang.T("has control characters"))
	}
	if strings.TrimFunc(value, isSpace) != value {
		return refuse(lang.T("has white space at an end"))
	}
	space := true // the one written before the value
	for _, r := range value {
		if space && (r == '#' || r == ';') {
			return refuse(lang.T("would be cut at a comment mark"))
		}
		space = isSpace(r)
	}
	// The Go SDK removes such quotes, the others keep them. A single one makes the Go
	// SDK panic.
	if first := value[0]; (first == '"' || first == '\'') && value[len(value)-1] == first {
		return refuse(lang.T("begins and ends with a quote"))
	}
	return nil
}

// isSpace reports what any of the readers takes for white space. JavaScript includes the
// byte order mark.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' }

func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
}
