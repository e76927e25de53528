package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// columns returns how many columns of a terminal a printable text takes. The cursor
// moves on by two for a character of East Asia and for an emoji, and not at all for
// an accent that goes over the letter before it.
func columns(text string) int {
	if isASCII(text) {
		return len(text) // as of nearly all of thousands of profiles
	}
	sum := 0
	for _, c := range cells(text) {
		sum += c.columns
	}
	return sum
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cell is what a terminal shows in one place: a character, with all that is drawn
// over it or changes how it looks.
type cell struct {
	text    string
	columns int
}

const (
	emojiStyle   = '\ufe0f' // the character before it is an emoji, and as wide as one
	skinFirst    = '\U0001f3fb'
	skinLast     = '\U0001f3ff'
	regionFirst  = '\U0001f1e6' // two of these are a flag
	regionLast   = '\U0001f1ff'
	emojiColumns = 2
)

// cells splits a text by what a terminal shows in one place.
func cells(text string) []cell {
	out := make([]cell, 0, len(text))
	flag := false // the last cell is half a flag
	for at, r := range text {
		size := utf8.RuneLen(r)
		if size < 0 || r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(text[at:])
		}
		half := r >= regionFirst && r <= regionLast
		joins := joinsTheOneBefore(r) || half && flag
		if len(out) > 0 && !joins && r >= skinFirst && r <= skinLast {
			joins = out[len(out)-1].columns == emojiColumns
		}
		if !joins || len(out) == 0 {
			out = append(out, cell{text[at : at+size], runeColumns(r)})
			flag = half
			continue
		}
		last := &out[len(out)-1]
		last.text += text[at : at+size]
		if r == emojiStyle || half {
			last.columns = emojiColumns
		}
		flag = false
	}
	return out
}

// joinsTheOneBefore reports whether a character is shown in the place of the one
// before it: an accent, or the vowel or the end of a Korean syllable.
func joinsTheOneBefore(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) ||
		r >= '\u1160' && r <= '\u11ff' || r >= '\ud7b0' && r <= '\ud7fb'
}

// runeColumns returns how wide a character is by itself, which
// https://www.unicode.org/reports/tr11/ says.
func runeColumns(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	if joinsTheOneBefore(r) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// shorten cuts the middle out of a text that takes more columns than width; names
// of profiles tend to differ at both ends.
func shorten(text string, width int) string {
	if width < 1 || len(text) <= width || columns(text) <= width {
		return text
	}
	all := cells(text)
	tail := (width - 1) / 2
	from := len(all)
	for rest := tail; from > 0 && all[from-1].columns <= rest; from-- {
		rest -= all[from-1].columns
	}
	to := 0
	for rest := width - 1 - tail; to < from && all[to].columns <= rest; to++ {
		rest -= all[to].columns
	}
	var out strings.Builder
	for _, c := range all[:to] {
		out.WriteString(c.text)
	}
	out.WriteString("…")
	for _, c := range all[from:] {
		out.WriteString(c.text)
	}
	return out.String()
}

// tail returns the end of a text that takes more columns than width.
func tail(text string, width int) string {
	if columns(text) <= width {
		return text
	}
	all := cells(text)
	from := len(all)
	for rest := width - 1; from > 0 && all[from-1].columns <= rest; from-- {
		rest -= all[from-1].columns
	}
	var out strings.Builder
	out.WriteString("…")
	for _, c := range all[from:] {
		out.WriteString(c.text)
	}
	return out.String()
}

// widths returns how wide the columns are.
func widths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], columns(cell))
		}
	}
	return widths
}

// total returns how wide a line of such columns is.
func total(widths []int) int {
	sum := gap * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	return sum
}

// aligned lays rows out in columns. Where a row would be wider than the width,
// unless that is zero, the widest of the columns that may be cut is. paint, unless
// nil, colours a cell, which adds nothing to its width.
func aligned(rows [][]string, width int, paint func(row, column int, text string) string, cut ...int) []string {
	widths := widths(rows)
	for over := total(widths) - width; width > 0 && over > 0; over-- {
		widest := cut[0]
		for _, i := range cut {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= nameMin {
			break
		}
		widths[widest]--
	}
	lines := make([]string, 0, len(rows))
	for i, row := range rows {
		var line strings.Builder
		blank := 0 // the blanks between two columns, written only before a third
		for j, text := range row {
			text = shorten(text, widths[j])
			taken := columns(text)
			if paint != nil && text != "" {
				text = paint(i, j, text)
			}
			if text != "" {
				line.WriteString(strings.Repeat(" ", blank) + text)
				blank = 0
			}
			blank += widths[j] - taken + gap
		}
		lines = append(lines, line.String())
	}
	return lines
}
