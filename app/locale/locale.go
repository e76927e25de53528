// Package locale keeps Fyne from complaining of a locale that names no language.
//
// Fyne reads the locale when it is initialised, logs two lines for each that it
// cannot parse, as C.UTF-8, and later two more where there is none or it is C or
// POSIX. So this package does its work when it is initialised. It imports
// nothing but what Fyne imports too; Go initialises the packages that are ready
// in the order of their paths
// (https://go.dev/ref/spec#Program_initialization), and "daypass" comes before
// "fyne.io" and "github.com".
package locale

import (
	"os"
	"runtime"
	"strings"
)

func init() {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return // which are asked otherwise
	}
	for name, value := range changes(os.Getenv) {
		_ = os.Setenv(name, value) // the complaints are harmless
	}
}

// plain is the locale of who has chosen none: its letters are UTF-8, its
// language nobody's.
const plain = "C.UTF-8"

// changes returns what is to be set in an environment so that it names a
// language that Fyne can parse.
func changes(getenv func(string) string) map[string]string {
	set := map[string]string{}
	locale := ""
	// Whichever comes first is the one in force.
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale = getenv(name); locale == "" {
			continue
		}
		if locale == "C" || locale == "POSIX" {
			// In these LANGUAGE is ignored.
			set[name] = plain
		}
		break
	}
	languages := getenv("LANGUAGE")
	if languages == "" {
		languages = locale
	}
	var named []string
	for one := range strings.SplitSeq(languages, ":") {
		if namesLanguage(one) {
			named = append(named, one)
		}
	}
	switch {
	case len(named) == 0:
		set["LANGUAGE"] = "en"
	case getenv("LANGUAGE") != "" && len(set) == 0 && strings.Join(named, ":") != languages:
		set["LANGUAGE"] = strings.Join(named, ":")
	case len(set) > 0:
		// C and POSIX ask for untranslated messages, whatever LANGUAGE says.
		set["LANGUAGE"] = "en"
	}
	return set
}

// namesLanguage reports whether a locale begins with the code of a language, of
// two or three letters.
func namesLanguage(locale string) bool {
	language := locale
	if end := strings.IndexAny(locale, "_-.@"); end >= 0 {
		language = locale[:end]
	}
	if len(language) != 2 && len(language) != 3 {
		return false
	}
	for _, letter := range language {
		if letter|0x20 < 'a' || letter|0x20 > 'z' {
			return false
		}
	}
	return true
}
