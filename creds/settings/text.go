package settings

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// keyText writes a key, with dots between its names.
func keyText(path []string) string {
	var parts []string
	for _, name := range path {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool {
			return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			name = quote(name)
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ".")
}

// valueText writes a value: a string or a bool.
func valueText(value any) string {
	text, ok := value.(string)
	switch {
	case !ok:
		return strconv.FormatBool(value == true)
	case strings.ContainsAny(text, `"\`) && !strings.Contains(text, "'") && !strings.ContainsFunc(text, unicode.IsControl):
		return "'" + text + "'" // easier on the eye
	}
	return quote(text)
}

// quote writes a basic string: https://toml.io/en/v1.0.0#string.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
