package settings

import (
	"strconv"
	"strings"
	"unicode"

	"daypass/creds/settings/schema"
)

// valueText writes a value: a string or a bool.
func valueText(value any) string {
	text, ok := value.(string)
	switch {
	case !ok:
		return strconv.FormatBool(value == true)
	case strings.ContainsAny(text, `"\`) && !strings.Contains(text, "'") && !strings.ContainsFunc(text, unicode.IsControl):
		return "'" + text + "'" // easier on the eye
	}
	return schema.Quote(text)
}
