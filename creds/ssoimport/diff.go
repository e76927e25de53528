package ssoimport

import (
	"fmt"
	"regexp"
	"strings"

	"daypass/creds/awsfile"

	"github.com/aymanbagabas/go-udiff"
)

// contextLines is how many lines around a change are shown, as diff -u does.
const contextLines = 3

// unified writes changes, in the order of the file, as a unified diff. The changes are
// known and need not be found: tools that compare texts take seconds for thousands of
// removed sections, or show other changes.
func unified(path, before string, changes []awsfile.Change) string {
	d := differ{old: lines(before)}
	at, line := 0, 0
	for _, c := range changes {
		// A byte order mark is a section of its own that ends in mid-line.
		if start := strings.LastIndexByte(before[:c.Start], '\n') + 1; start < c.Start && c.Start < len(before) {
			c.New = before[start:c.Start] + c.New
			c.Start = start
		}
		line += strings.Count(before[at:c.Start], "\n")
		if c.Start > 0 && before[c.Start-1] != '\n' {
			line++ // behind a last line without a line break
		}
		removed, added := lines(before[c.Start:c.End]), lines(c.New)
		at = c.Start
		same := 0
		for same < len(removed) && same < len(added) && removed[same] == added[same] {
			same++
		}
		removed, added = removed[same:], added[same:]
		for len(removed) > 0 && len(added) > 0 && removed[len(removed)-1] == added[len(added)-1] {
			removed, added = removed[:len(removed)-1], added[:len(added)-1]
		}
		d.change(line+same, removed, added)
	}
	d.flush()
	if d.out.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("--- %s\n+++ %s\n%s", path, path, d.out.String())
}

func lines(text string) []string {
	out := strings.SplitAfter(text, "\n")
	if out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// differ gathers hunks.
type differ struct {
	old   []string
	out   strings.Builder
	hunk  strings.Builder
	open  bool
	start int // first line of the hunk, counted from 0
	next  int // first old line that is not in the hunk yet
	plus  int // added lines in the hunk
	minus int // removed lines in the hunk
	shift int // how many lines earlier hunks added to the file
}

// change replaces old lines, from the line at on, by others. Unless there are only removed
// or only added lines, they are the few of one section.
func (d *differ) change(at int, removed, added []string) {
	if len(removed) == 0 || len(added) == 0 {
		d.replace(at, len(removed), added)
		return
	}
	text, from := strings.Join(removed, ""), 0
	for _, e := range udiff.Lines(text, strings.Join(added, "")) {
		at += len(lines(text[from:e.Start]))
		count := len(lines(text[e.Start:e.End]))
		d.replace(at, count, lines(e.New))
		at += count
		from = e.End
	}
}

// replace adds a change of count old lines, from the line at on, to a hunk.
func (d *differ) replace(at, count int, added []string) {
	if count == 0 && len(added) == 0 {
		return
	}
	if d.open && at > d.next+2*contextLines {
		d.flush()
	}
	if !d.open {
		d.open, d.start = true, max(at-contextLines, 0)
		d.next = d.start
	}
	d.keep(at)
	for _, l := range d.old[at : at+count] {
		d.write('-', l)
	}
	for _, l := range added {
		d.write('+', l)
	}
	d.next = at + count
	d.minus += count
	d.plus += len(added)
}

// keep shows unchanged lines, up to a line.
func (d *differ) keep(to int) {
	for ; d.next < to; d.next++ {
		d.write(' ', d.old[d.next])
	}
}

func (d *differ) flush() {
	if !d.open {
		return
	}
	d.keep(min(d.next+contextLines, len(d.old)))
	length := d.next - d.start
	fmt.Fprintf(&d.out, "@@ -%s +%s @@\n", span(d.start, length), span(d.start+d.shift, length-d.minus+d.plus))
	d.out.WriteString(d.hunk.String())
	d.shift += d.plus - d.minus
	d.hunk.Reset()
	d.open, d.plus, d.minus = false, 0, 0
}

// span writes a range of lines as diff does: an empty one as the line above it.
func span(start, length int) string {
	switch length {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, length)
}

// secretLine finds values that a preview must not show: people keep keys in the config
// file too, and in comments.
var secretLine = regexp.MustCompile(`(?i)(aws_se(?:cret_access_key|ssion_token|curity_token)[ \t]*[=:][ \t]*)[^\s].*`)

func (d *differ) write(sign byte, line string) {
	if strings.Contains(strings.ToLower(line), "aws_se") {
		line = secretLine.ReplaceAllString(line, "${1}****")
	}
	d.hunk.WriteByte(sign)
	d.hunk.WriteString(line)
	if !strings.HasSuffix(line, "\n") {
		d.hunk.WriteString("\n\\ No newline at end of file\n")
	}
}
