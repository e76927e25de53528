package shell

import (
	"errors"
	"fmt"
	"strings"
)

// errUnquotable is wrapped with what it is about.
var errUnquotable = errors.New("it holds characters that this format cannot carry")

// plain reports whether every shell here takes v as it is. Keys, tokens,
// timestamps and real regions are of this kind, so that the output looks as
// that of "aws configure export-credentials" does; the rest of this file is for
// the profile whose region is not one. An equals sign is plain at the end only,
// where base64 puts it: zsh expands a word that begins with one.
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

// evalWord quotes for sh, bash, zsh and fish, so that an unquoted eval $(…)
// changes nothing: there a shell splits the text at blanks and expands what
// looks like a pattern of file names, before it reads the quotes.
func evalWord(v string) (string, error) {
	if plain(v) {
		return v, nil
	}
	if strings.ContainsAny(v, "\n\r\x00") {
		return "", errUnquotable
	}
	var octal strings.Builder
	for _, b := range []byte(v) {
		fmt.Fprintf(&octal, `\%03o`, b)
	}
	return `"$(printf '` + octal.String() + `')"`, nil
}

// fishWord quotes for fish, within whose double quotes only these three
// characters have a meaning:
// https://fishshell.com/docs/current/language.html#quotes.
func fishWord(v string) (string, error) {
	if strings.ContainsAny(v, "\n\r\x00") {
		return "", errUnquotable
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(v) + `"`, nil
}

// PowerShellWord quotes for PowerShell. It takes typographic quotes for plain
// ones, and doubles them within its own:
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

// plainWord lets pass what needs no quoting, for a format that has none: at
// cmd.exe's prompt nothing keeps % from expanding.
func plainWord(v string) (string, error) {
	if !plain(v) {
		return "", errUnquotable
	}
	return v, nil
}

// INIValue lets pass what AWS's readers of ini files take as one value.
func INIValue(v string) (string, error) {
	if strings.ContainsAny(v, "\n\r\x00") || strings.TrimSpace(v) != v {
		return "", errUnquotable
	}
	return v, nil
}

// INISection lets pass what AWS's readers of ini files take as the name of a
// section.
func INISection(name string) (string, error) {
	if strings.ContainsAny(name, "]\n\r\x00") {
		return "", errUnquotable
	}
	return name, nil
}
