package main

import (
	"strings"
	"unicode/utf8"

	"daypass/creds"
)

// The bytes that a terminal in raw mode sends for keys with a meaning here.
const (
	keyInterrupt = 0x03 // Ctrl-C
	keyEnd       = 0x04 // Ctrl-D
	keyBackspace = 0x08
	keyClear     = 0x15 // Ctrl-U
	keyEscape    = 0x1b
	keyDelete    = 0x7f
)

// maxLine is far above the length of any answer.
const maxLine = 4096

// input is a kind of line.
type input int

const (
	inputText   input = iota // shown as typed
	inputHidden              // not shown at all
	inputCode                // six digits, complete with the sixth
	inputMaybe               // shown as typed, and may be empty
	inputPasted              // a long word, which may be pasted in several lines
)

// outcome is the state of the line after a key.
type outcome int

const (
	typing outcome = iota
	entered
	cancelled
)

// line is a line being typed. Backspace and Ctrl-U are enough to edit short codes and
// hidden texts.
type line struct {
	input  input
	text   []byte
	escape string // an escape sequence that has begun
	// pasting is set between the marks of a pasted text, whose line breaks end no line.
	pasting bool
}

// key handles the next byte from the terminal.
func (l *line) key(b byte) outcome {
	if l.escape != "" || b == keyEscape {
		return l.sequence(b)
	}
	switch b {
	case keyInterrupt:
		return cancelled
	case keyEnd:
		if len(l.text) == 0 {
			return cancelled
		}
	case '\r', '\n':
		if l.pasting {
			break
		}
		if l.input == inputMaybe || len(l.text) > 0 && l.input != inputCode {
			return entered
		}
	case keyBackspace, keyDelete:
		_, size := utf8.DecodeLastRune(l.text)
		l.text = l.text[:len(l.text)-size]
	case keyClear:
		l.text = l.text[:0]
	default:
		return l.add(b)
	}
	return typing
}

func (l *line) add(b byte) outcome {
	switch {
	case l.input == inputCode:
		// A code may be pasted as "123 456": other characters than digits are
		// ignored, and what follows the sixth is not for this line.
		if b >= '0' && b <= '9' && len(l.text) < creds.CodeDigits {
			l.text = append(l.text, b)
		}
		if len(l.text) == creds.CodeDigits {
			return entered
		}
	case l.input == inputPasted:
		// One byte more than allowed shows the agent that it is too long.
		if b > ' ' && len(l.text) <= creds.MostPasted {
			l.text = append(l.text, b)
		}
	case b >= ' ' && len(l.text) < maxLine:
		l.text = append(l.text, b)
	}
	return typing
}

// The sequences around a pasted text, where a terminal is asked for them.
const (
	pasteBegins = "\x1b[200~"
	pasteEnds   = "\x1b[201~"
)

// sequence ignores the escape sequences of arrows and function keys, which have letters
// and digits: ESC O x, or ESC [ ... x with x from @ to ~ (ECMA-48, section 5.4).
func (l *line) sequence(b byte) outcome {
	switch {
	case b == keyInterrupt:
		return cancelled
	case l.escape == "":
		l.escape = "\x1b"
	case l.escape == "\x1b" && (b == '[' || b == 'O'):
		l.escape += string(rune(b))
	case strings.HasPrefix(l.escape, "\x1b[") && (b < '@' || b > '~') && b >= ' ':
		if len(l.escape) < len(pasteBegins) {
			l.escape += string(rune(b)) // parameters of the sequence
		}
	default:
		switch l.escape + string(rune(b)) {
		case pasteBegins:
			l.pasting = true
		case pasteEnds:
			l.pasting = false
		}
		l.escape = ""
	}
	return typing
}

// shown returns the visible text.
func (l *line) shown() string {
	if l.input == inputHidden {
		return ""
	}
	return strings.ToValidUTF8(string(l.text), "")
}
