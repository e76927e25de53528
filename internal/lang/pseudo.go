//go:build pseudo

package lang

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// in returns a text as no language has it, to see at a glance which texts come past
// the catalogue, and whether there is room for a longer language: with accents, in
// brackets, and two fifths longer. A text that the catalogue lacks begins with a ¿.
func in(t Text) string {
	if !strings.ContainsFunc(kept.ReplaceAllString(string(t), ""), unicode.IsLetter) {
		return string(t)
	}
	text := string(t)
	start := len(text) - len(strings.TrimLeft(text, " \n"))
	end := len(strings.TrimRight(text, " \n"))
	mark := ""
	if _, known := slices.BinarySearch(Catalogue[:], t); !known {
		mark = "¿"
	}
	more := strings.Repeat("~", 2*utf8.RuneCountInString(text[start:end])/5)
	return text[:start] + "[" + mark + accented(text[start:end]) + more + "]" + text[end:]
}

// kept are the parts of a text that code reads: verbs, and what is filled in by name.
var kept = regexp.MustCompile(`%[-+# 0]*[.\d*]*(\[\d+\])?[a-zA-Z%]|\b(NAME|SESSION|RETRY|Mon|Jan(uary)?)\b|daypass [a-z-]+( [a-z-]+)*|--[a-z-]+`)

func accented(text string) string {
	var out strings.Builder
	for text != "" {
		at := kept.FindStringIndex(text)
		if at == nil {
			at = []int{len(text), len(text)}
		}
		out.WriteString(accents.Replace(text[:at[0]]))
		out.WriteString(text[at[0]:at[1]])
		text = text[at[1]:]
	}
	return out.String()
}

var accents = strings.NewReplacer("a", "á", "e", "é", "i", "í", "o", "ó", "u", "ú", "y", "ý", "c", "ç", "n", "ñ", "s", "š", "z", "ž",
	"A", "Á", "E", "É", "I", "Í", "O", "Ó", "U", "Ú", "Y", "Ý", "C", "Ç", "N", "Ñ", "S", "Š", "Z", "Ž")
