package schema

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"daypass/internal/lang"
	"daypass/internal/words"
)

// errKey says how a key is written.
var errKey = lang.Error(`it is written as console.place, or profile."my prod".favourite: ` +
	`names with other characters than a-z, 0-9, - and _ go in quotes`)

// ParseKey reads a key as TOML writes it, https://toml.io/en/v1.1.0#keys: bare
// words and quoted ones, with dots between them.
func ParseKey(text string) (path []string, err error) {
	if !utf8.ValidString(text) {
		return nil, lang.Error("it is not UTF-8")
	}
	path, rest, err := CutKey(text)
	if err == nil && rest != "" {
		err = errKey
	}
	return path, err
}

// CutKey reads the key that a text begins with, and the blanks behind it.
func CutKey(text string) (path []string, rest string, err error) {
	for rest = text; ; rest = rest[1:] {
		word, after, err := cutWord(strings.TrimLeft(rest, " \t"))
		if err != nil {
			return nil, "", err
		}
		path = append(path, word)
		if rest = strings.TrimLeft(after, " \t"); !strings.HasPrefix(rest, ".") {
			return path, rest, nil
		}
	}
}

// cutWord takes one word off the front of a key.
func cutWord(text string) (word, rest string, err error) {
	if strings.HasPrefix(text, `"`) {
		return cutBasic(text[1:])
	}
	if strings.HasPrefix(text, "'") {
		word, rest, closed := strings.Cut(text[1:], "'")
		if !closed || strings.ContainsFunc(word, isControl) {
			return "", "", errKey
		}
		return word, rest, nil
	}
	end := strings.IndexFunc(text, func(r rune) bool { return !isBare(r) })
	if end < 0 {
		end = len(text)
	}
	if end == 0 {
		return "", "", errKey
	}
	return text[:end], text[end:], nil
}

// cutBasic reads the rest of a string between double quotes.
func cutBasic(text string) (word, rest string, err error) {
	var out strings.Builder
	for text != "" {
		switch {
		case text[0] == '"':
			return out.String(), text[1:], nil
		case isControl(rune(text[0])):
			return "", "", errKey
		case strings.HasPrefix(text, `\e`):
			out.WriteByte(0x1b)
			text = text[2:]
			continue
		}
		// Go has the escapes of TOML and more. Its \x is a byte, which is the
		// number of a character here.
		r, _, after, err := strconv.UnquoteChar(text, '"')
		escape := text[:min(2, len(text))]
		if err != nil || text[0] == '\\' && !strings.Contains(`\b\t\n\f\r\"\\\x\u\U`, escape) {
			_, size := utf8.DecodeRuneInString(text[1:])
			return "", "", lang.Errorf("%s is no escape that TOML knows", text[:1+size])
		}
		out.WriteRune(r)
		text = after
	}
	return "", "", errKey
}

func isBare(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// isControl reports whether a string of TOML has a character only as an escape.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// FormatKey writes a key so that ParseKey reads it.
func FormatKey(path []string) string {
	parts := make([]string, len(path))
	for i, word := range path {
		parts[i] = word
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return !isBare(r) }) {
			parts[i] = Quote(word)
		}
	}
	return strings.Join(parts, ".")
}

// ProfileKey is the key of a setting of a profile.
func ProfileKey(profile, name string) string {
	return FormatKey([]string{"profile", profile, name})
}

// Quote writes a basic string, https://toml.io/en/v1.0.0#string. Invisible characters
// are written as escapes, so that it is safe to show.
func Quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case !words.IsUnseen(r):
			out.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&out, `\u%04X`, r)
		default:
			fmt.Fprintf(&out, `\U%08X`, r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
