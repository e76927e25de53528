// Package textfile recognises files that only look like text in an editor: daypass and
// AWS's tools read their files as UTF-8, or as any encoding that contains ASCII. An
// ASCII line added to a file in another encoding makes the file unreadable for all.
package textfile

import (
	"errors"
	"strings"

	"daypass/internal/lang"
)

// The errors of Check say why a file's content is no text, and what to do.
var (
	// ErrUTF16 is how Windows PowerShell saves what it redirects to a file.
	ErrUTF16 = lang.Error("it is written in UTF-16, as Windows PowerShell does it, and has to be in UTF-8; save it again as UTF-8 without a byte order mark")
	ErrUTF32 = lang.Error("it is written in UTF-32, and has to be in UTF-8; save it again as UTF-8 without a byte order mark")
	ErrNUL   = lang.Error("it holds NUL bytes, so that it is no text; put a sound copy in its place, or move it away")
)

// IsNotText reports whether an error is one of [Check]'s.
func IsNotText(err error) bool {
	return errors.Is(err, ErrUTF16) || errors.Is(err, ErrUTF32) || errors.Is(err, ErrNUL)
}

// Check returns nil for text, and else one of this package's errors.
func Check(data string) error {
	// By the byte order mark, or by the zeros of the first character, which is ASCII in
	// these files: see RFC 4627, section 3.
	switch first := data[:min(len(data), 4)]; {
	case first == "\xff\xfe\x00\x00", first == "\x00\x00\xfe\xff", like(first, "x000"), like(first, "000x"):
		return ErrUTF32
	case strings.HasPrefix(first, "\xff\xfe"), strings.HasPrefix(first, "\xfe\xff"), like(first, "x0"), like(first, "0x"):
		return ErrUTF16
	case strings.IndexByte(data, 0) >= 0:
		return ErrNUL
	}
	return nil
}

// like reports whether a text begins with zeros where a pattern has them, and
// nowhere else.
func like(text, pattern string) bool {
	if len(text) < len(pattern) {
		return false
	}
	for i := range len(pattern) {
		if (text[i] == 0) != (pattern[i] == '0') {
			return false
		}
	}
	return true
}
