// Package cmdline splits the command lines that settings hold.
package cmdline

import (
	"runtime"
	"strings"

	"daypass/internal/lang"
)

// errQuote and errEscape are what is wrong with a command line.
var (
	errQuote  = lang.Error("a quotation in it is not closed")
	errEscape = lang.Error("a backslash is its last character")
)

// Split returns the words of a command line as botocore does it for a credential_process:
// by the rules of a POSIX shell without expansions, and on Windows by those of its C runtime.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html
func Split(line string) ([]string, error) {
	words, err := Words(line)
	var all []string
	for _, w := range words {
		all = append(all, w.Text)
	}
	return all, err
}

// Word is one word of a command line, with where it is in that: its quotes and escapes
// included.
type Word struct {
	Text       string
	Start, End int
}

// Words is [Split] for who changes a line.
func Words(line string) ([]Word, error) {
	if runtime.GOOS == "windows" {
		return splitWindows(line)
	}
	return splitPOSIX(line)
}

// splitPOSIX follows Python's shlex.split: quotes may stand within a word, a backslash
// escapes what follows, and between double quotes only a double quote and itself.
func splitPOSIX(line string) ([]Word, error) {
	var all []Word
	var word strings.Builder
	start := 0
	inWord, escaped := false, false
	var quote byte
	for i := range len(line) {
		c := line[i]
		if !inWord {
			start = i
		}
		switch {
		case escaped:
			if quote == '"' && c != '"' && c != '\\' {
				word.WriteByte('\\')
			}
			word.WriteByte(c)
			escaped = false
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && quote != '\'':
			inWord, escaped = true, true
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			inWord, quote = true, c
		case strings.IndexByte(" \t\r\n", c) >= 0:
			if inWord {
				all = append(all, Word{word.String(), start, i})
				word.Reset()
				inWord = false
			}
		default:
			inWord = true
			word.WriteByte(c)
		}
	}
	switch {
	case escaped:
		return nil, errEscape
	case quote != 0:
		return nil, errQuote
	case inWord:
		all = append(all, Word{word.String(), start, len(line)})
	}
	return all, nil
}

// splitWindows knows double quotes alone. Backslashes are themselves, unless they lead up
// to a double quote: then two stand for one, and an odd one makes the quote a character.
// https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments
func splitWindows(line string) ([]Word, error) {
	var all []Word
	var word strings.Builder
	start := 0
	inWord, quoted := false, false
	slashes := 0
	for i := range len(line) {
		c := line[i]
		if !inWord {
			start = i
		}
		if c == '\\' {
			inWord = true
			slashes++
			continue
		}
		if c == '"' {
			word.WriteString(strings.Repeat(`\`, slashes/2))
			odd := slashes%2 == 1
			inWord, slashes = true, 0
			if odd {
				word.WriteByte('"')
			} else {
				quoted = !quoted
			}
			continue
		}
		word.WriteString(strings.Repeat(`\`, slashes))
		slashes = 0
		switch {
		case (c == ' ' || c == '\t') && !quoted:
			if inWord {
				all = append(all, Word{word.String(), start, i})
				word.Reset()
				inWord = false
			}
		default:
			inWord = true
			word.WriteByte(c)
		}
	}
	if quoted {
		return nil, errQuote
	}
	if inWord {
		word.WriteString(strings.Repeat(`\`, slashes))
		all = append(all, Word{word.String(), start, len(line)})
	}
	return all, nil
}
