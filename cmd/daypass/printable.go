package main

import (
	"strings"

	"daypass/creds/advice"
	"daypass/internal/words"
)

// printable makes text from files or from AWS safe to show.
func printable(text string) string { return words.Printable(text) }

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
