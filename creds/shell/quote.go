package shell

import (
	"errors"
	"fmt"
	"strings"
)

var errUnquotable = errors.New("it holds characters that this format cannot carry")

// plain reports whether v needs no quotes in any of the shells. Keys, tokens, timestamps
// and real regions need none, so that the output looks like that of "aws configure
// export-credentials". An equals sign is plain at the end only, where base64 puts it: zsh
// expands a word that begins with one.
func plain(v string) bool {
	const marks = "_./:+-,"
	word := strings.TrimRight(v, "=")
	return word != "" && strings.IndexFunc(word, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(marks, r)
	}) < 0
}

// Word quotes for sh, bash and zsh, as people do.
func Word(v string) (string, error) {
	if plain(v) {
		return v, nil
	}
	if strings.ContainsRune(v, 0) {
		return "", errUnquotable
	}
	return "'" + strings.ReplaceAll(v, "'", `'\''`) + "'", nil
}

// evalWord quotes for sh, bash, zsh and fish, so that it survives an unquoted eval $(…):
// there a shell splits the text at blanks and expands patterns of file names before it
// reads the quotes.
func evalWord(v string) (string, error) {
	if plain(v) {
		return v, nil
	}
	// A shell takes newlines from the end of what a command prints.
	if strings.ContainsRune(v, 0) || strings.HasSuffix(v, "\n") {
		return "", errUnquotable
	}
	var octal strings.Builder
	for _, b := range []byte(v) {
		fmt.Fprintf(&octal, `\%03o`, b)
	}
	return `"$(printf '` + octal.String() + `')"`, nil
}

// fishWord quotes for fish, in whose double quotes only these three characters are
// special:
// https://fishshell.com/docs/current/language.html#quotes.
// Line ends are written outside of them, as "eval" would make blanks of them.
func fishWord(v string) (string, error) {
	if strings.ContainsRune(v, 0) {
		return "", errUnquotable
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "\n", `"\n"`, "\r", `"\r"`).Replace(v) + `"`, nil
}

// PowerShellWord quotes for PowerShell, which reads typographic quotes as plain ones, so
// that they are doubled too:
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules.
func PowerShellWord(v string) (string, error) {
	if plain(v) {
		return `"` + v + `"`, nil
	}
	if strings.ContainsRune(v, 0) {
		return "", errUnquotable
	}
	double := strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛")
	return "'" + double.Replace(v) + "'", nil
}

// plainWord accepts only what needs no quotes, for a format that has none: nothing keeps %
// from expanding at cmd.exe's prompt.
func plainWord(v string) (string, error) {
	if !plain(v) {
		return "", errUnquotable
	}
	return v, nil
}

// INIValue accepts what AWS's readers of INI files read as one value.
func INIValue(v string) (string, error) {
	if strings.ContainsAny(v, "\n\r\x00") || strings.TrimSpace(v) != v {
		return "", errUnquotable
	}
	return v, nil
}

// INISection accepts what AWS's readers of INI files read as the name of a section.
func INISection(name string) (string, error) {
	if strings.ContainsAny(name, "]\n\r\x00") {
		return "", errUnquotable
	}
	return name, nil
}
