package main

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"daypass/creds/advice"
	"daypass/internal/words"
)

// printable makes text from files or from AWS safe to show: it cannot move a terminal's
// cursor, change the direction of writing, begin a line, or have invisible characters.
func printable(text string) string {
	if strings.IndexFunc(text, words.IsUnseen) < 0 && utf8.ValidString(text) {
		return text
	}
	var out strings.Builder
	for at, r := range text {
		switch {
		case r == '\\':
			out.WriteString(`\\`)
		case r == utf8.RuneError || words.IsUnseen(r):
			_, size := utf8.DecodeRuneInString(text[at:])
			escaped := strconv.QuoteToASCII(text[at : at+size])
			out.WriteString(escaped[1 : len(escaped)-1])
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// printableLines is printable for a text of several lines.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}

// shellWord quotes a name, so that a command can be copied from the terminal.
func shellWord(name string) string { return printable(advice.Word(name)) }
