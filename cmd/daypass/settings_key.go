package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// errKey is what most keys that are none should have been.
var errKey = errors.New(`it is written as console.place, or profile."my prod".favourite: ` +
	`names with other characters than a-z, 0-9, - and _ stand between quotes`)

// parseKey reads a key as TOML writes it, https://toml.io/en/v1.1.0#keys: bare
// words and quoted ones, with dots between them.
func parseKey(text string) ([]string, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not UTF-8")
	}
	var path []string
	for rest := text; ; {
		rest = strings.TrimLeft(rest, " \t")
		word, after, err := keyWord(rest)
		if err != nil {
			return nil, err
		}
		path = append(path, word)
		if rest = strings.TrimLeft(after, " \t"); rest == "" {
			return path, nil
		}
		if rest[0] != '.' {
			return nil, errKey
		}
		rest = rest[1:]
	}
}

// keyWord takes one word off the front of a key.
func keyWord(text string) (word, rest string, err error) {
	if strings.HasPrefix(text, `"`) {
		return basicString(text[1:])
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

func isBare(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// isControl reports what stands in no string of TOML but as an escape.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

var escapes = map[byte]string{
	'b': "\b", 't': "\t", 'n': "\n", 'f': "\f", 'r': "\r", 'e': "\x1b", '"': `"`, '\\': `\`,
}

// basicString reads the rest of a string between double quotes.
func basicString(text string) (word, rest string, err error) {
	var out strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == '"':
			return out.String(), text[1:], nil
		case isControl(r):
			return "", "", errKey
		case r != '\\':
			out.WriteRune(r)
			text = text[size:]
			continue
		}
		plain, after, err := escaped(text[1:])
		if err != nil {
			return "", "", err
		}
		out.WriteString(plain)
		text = after
	}
	return "", "", errKey
}

// escaped reads what stands after a backslash.
func escaped(text string) (plain, rest string, err error) {
	if text == "" {
		return "", "", errKey
	}
	if plain, ok := escapes[text[0]]; ok {
		return plain, text[1:], nil
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[0]]
	if digits == 0 || len(text) < 1+digits {
		return "", "", fmt.Errorf(`\%c is no escape that TOML knows`, firstRune(text))
	}
	code, err := strconv.ParseUint(text[1:1+digits], 16, 32)
	if err != nil || code > unicode.MaxRune || !utf8.ValidRune(rune(code)) {
		return "", "", fmt.Errorf(`\%s is no character`, text[:1+digits])
	}
	return string(rune(code)), text[1+digits:], nil
}

func firstRune(text string) rune {
	r, _ := utf8.DecodeRuneInString(text)
	return r
}

// formatKey writes a key so that parseKey reads it.
func formatKey(path []string) string {
	words := make([]string, len(path))
	for i, word := range path {
		words[i] = word
		if word == "" || strings.IndexFunc(word, func(r rune) bool { return !isBare(r) }) >= 0 {
			words[i] = quoteTOML(word)
		}
	}
	return strings.Join(words, ".")
}

// quoteTOML writes a basic string. Whatever is not seen is written as an escape,
// so that the string is safe to show.
func quoteTOML(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case !isUnseen(r):
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
