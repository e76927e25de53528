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

// unified writes changes, in the order of the file, as a unified diff. What
// changes is known, so nothing is searched for: tools that compare texts take
// seconds for thousands of sections that go at once, or show something else.
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
			line++ // behind a last line without an end
		}
		gone, come := lines(before[c.Start:c.End]), lines(c.New)
		at = c.Start
		same := 0
		for same < len(gone) && same < len(come) && gone[same] == come[same] {
			same++
		}
		gone, come = gone[same:], come[same:]
		for len(gone) > 0 && len(come) > 0 && gone[len(gone)-1] == come[len(come)-1] {
			gone, come = gone[:len(gone)-1], come[:len(come)-1]
		}
		d.change(line+same, gone, come)
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
	plus  int // lines that come, in the hunk
	minus int // lines that go, in the hunk
	shift int // how many lines earlier hunks added to the file
}

// change says that old lines, from the line at on, become others. They are few,
// one section's, unless all go or all come.
func (d *differ) change(at int, gone, come []string) {
	if len(gone) == 0 || len(come) == 0 {
		d.replace(at, len(gone), come)
		return
	}
	text, from := strings.Join(gone, ""), 0
	for _, e := range udiff.Lines(text, strings.Join(come, "")) {
		at += len(lines(text[from:e.Start]))
		count := len(lines(text[e.Start:e.End]))
		d.replace(at, count, lines(e.New))
		at += count
		from = e.End
	}
}

// replace says that count old lines, from the line at on, become others.
func (d *differ) replace(at, count int, by []string) {
	if count == 0 && len(by) == 0 {
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
	for _, l := range by {
		d.write('+', l)
	}
	d.next = at + count
	d.minus += count
	d.plus += len(by)
}

// keep shows old lines as they are, up to another.
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

// span writes a range of lines as diff does: one that is empty by the line
// above it.
func span(start, length int) string {
	switch length {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, length)
}

// secretLine finds values that a preview must not show: people keep keys in
// the config file too, and copies of them in comments.
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
