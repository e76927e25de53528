// Package locale keeps Fyne from logging errors about a locale without a language.
//
// When Fyne is initialised, it logs two lines for each locale that it cannot parse, such
// as C.UTF-8, and later two more if the locale is C, POSIX or not set. So this package
// changes the environment when it is initialised itself, before Fyne: it imports only
// packages that Fyne imports too, and Go initialises packages in the order of their paths
// (https://go.dev/ref/spec#Program_initialization): "daypass" is before "fyne.io".
package locale

import (
	"os"
	"runtime"
	"strings"
)

func init() {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return // Fyne does not read the environment there.
	}
	for name, value := range changes(os.Getenv) {
		_ = os.Setenv(name, value) // The errors are harmless.
	}
}

// plain is a locale with the letters of UTF-8 and without a language.
const plain = "C.UTF-8"

// changes returns the variables to set so that the environment names a language that Fyne
// can parse.
func changes(getenv func(string) string) map[string]string {
	set := map[string]string{}
	locale := ""
	// The first that is set applies.
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
