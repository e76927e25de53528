package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// The narrowest that a name is cut to, and the columns between columns.
const (
	nameMin = 12
	gap     = 2
)

// tableRow is a profile in a table.
type tableRow struct {
	cells   []string
	state   creds.State
	remarks []string // below it
}

func rowOf(s creds.Status, now time.Time) tableRow {
	return tableRow{[]string{printable(s.Name), describe(s, now), string(s.Kind), printable(s.AccountID)}, s.State(now), nil}
}

// writeTable writes a line for each profile and, when details are wanted, what
// there is to say about it below.
func writeTable(out io.Writer, profiles []creds.Status, now time.Time, l look, details bool) error {
	rows := make([]tableRow, 0, len(profiles))
	for _, s := range profiles {
		row := rowOf(s, now)
		if details {
			row.remarks = remarks(s)
		}
		rows = append(rows, row)
	}
	return writeRows(out, rows, l)
}

func writeRows(out io.Writer, rows []tableRow, l look) error {
	const name, state = 0, 1
	cells := make([][]string, 0, 1+len(rows))
	cells = append(cells, []string{lang.T("PROFILE"), lang.T("STATE"), lang.T("KIND"), lang.T("ACCOUNT")})
	for _, row := range rows {
		cells = append(cells, row.cells)
	}
	paint := func(row, column int, text string) string {
		if row == 0 || column != state {
			return text
		}
		return l.paint(rows[row-1].state, text)
	}
	w := bufio.NewWriter(out)
	for i, line := range aligned(cells, l.width, paint, name) {
		_, _ = w.WriteString(line)
		_ = w.WriteByte('\n')
		if i > 0 {
			writeIndented(w, rows[i-1].remarks, l.width)
		}
	}
	return w.Flush()
}

// remarks are the sentences that belong to a profile.
func remarks(s creds.Status) []string {
	var out []string
	if s.Err != nil {
		out = append(out, words.Sentence(printable(s.Err.Message)))
	}
	if s.Note != "" {
		out = append(out, words.Sentence(printable(s.Note)))
	}
	return out
}

// writeIndented writes sentences below a line that they belong to, wrapped at
// the given width unless that is zero.
func writeIndented(w io.Writer, sentences []string, width int) {
	const indent = "    "
	for _, s := range sentences {
		for _, line := range wrapped(s, width-len(indent)) {
			_, _ = fmt.Fprintln(w, indent+line)
		}
	}
}

// wrapped breaks a sentence into lines of a width at its spaces, unless the
// width is less than zero or too little for words.
func wrapped(text string, width int) []string {
	if width < nameMin {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && columns(line+" "+word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
