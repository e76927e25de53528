// Package tomlfile reads the TOML files that a person may edit, within bounds: neither a
// wrong file nor a malicious one may cost minutes, or overflow the stack, which ends the
// process.
package tomlfile

import (
	"strings"

	"github.com/BurntSushi/toml"

	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/textfile"
)

const (
	// MaxSize is far above what 10,000 profiles need.
	MaxSize = 4 << 20
	// maxDepth is far above the three or four levels in use. The decoder recurses for
	// each level, and takes two minutes for 20,000.
	maxDepth = 32
)

// Read returns the text of a file. The error is that of [atomicfile.Read].
func Read(path string) ([]byte, error) {
	data, _, err := atomicfile.Read(path, MaxSize)
	return data, err
}

// Decode is [toml.Decode] within bounds, for text in UTF-8.
func Decode(text string, into any) (toml.MetaData, error) {
	if len(text) > MaxSize {
		return toml.MetaData{}, atomicfile.ErrTooLarge
	}
	if err := textfile.Check(text); err != nil {
		return toml.MetaData{}, err
	}
	if line := tooDeep(text); line > 0 {
		return toml.MetaData{}, lang.Errorf("line %d: tables, lists or keys are nested too deeply", line)
	}
	return toml.Decode(text, into)
}

// tooDeep returns the first line on which something is nested too deeply, or 0.
// Up to the first fault in the text it sees the same strings and comments as the
// decoder, which reads no further.
func tooDeep(text string) (line int) {
	depth, dots := 0, 0
	for at := 0; at < len(text); at++ {
		switch text[at] {
		case '#':
			end := strings.IndexByte(text[at:], '\n')
			if end < 0 {
				return 0
			}
			at += end - 1 // the line's end is looked at next
		case '"', '\'':
			at += stringLength(text[at:]) - 1
		case '[', '{':
			depth, dots = depth+1, 0
		case ']', '}':
			depth, dots = max(0, depth-1), 0
		case '.':
			dots++
		case ',', '=', '\n':
			dots = 0
		}
		if depth > maxDepth || dots > maxDepth {
			return 1 + strings.Count(text[:at], "\n")
		}
	}
	return 0
}

// stringLength returns the length of the string that a text begins with, quotes
// included; of one that does not end, up to the end of its line or of the text.
func stringLength(text string) int {
	quote := text[:1]
	end, lines := quote, false
	if strings.HasPrefix(text, quote+quote+quote) {
		end, lines = quote+quote+quote, true
	}
	for at := len(end); at < len(text); at++ {
		switch {
		case text[at] == '\\' && quote == `"`:
			at++
		case text[at] == '\n' && !lines:
			return at
		case strings.HasPrefix(text[at:], end):
			at += len(end)
			// Up to two more quotes may belong to the string.
			for lines && at < len(text) && text[at] == quote[0] {
				at++
			}
			return at
		}
	}
	return len(text)
}
