package kit

import (
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// DiffMark is the first character of a line of a diff.
type DiffMark byte

// The marks.
const (
	DiffSame  DiffMark = ' '
	diffPlus  DiffMark = '+'
	diffMinus DiffMark = '-'
	DiffHead  DiffMark = '@'
)

// DiffLine is a line of a diff. Its text begins with the mark.
type DiffLine struct {
	Mark DiffMark
	Text string
}

// DiffLines returns the lines of a diff in the unified format, without the names of the
// files above them: the window names the file.
func DiffLines(diff string) []DiffLine {
	var lines []DiffLine
	began := false
	for text := range strings.Lines(diff) {
		text = strings.ReplaceAll(strings.TrimRight(text, "\r\n"), "\t", "    ")
		began = began || strings.HasPrefix(text, "@@")
		if !began {
			continue
		}
		mark := DiffSame
		if text != "" {
			switch m := DiffMark(text[0]); m {
			case diffPlus, diffMinus, DiffHead:
				mark = m
			}
		}
		lines = append(lines, DiffLine{mark, text})
	}
	return lines
}

// DiffTable shows the lines of a diff. It draws only visible lines, and scrolls in both
// directions: no line is cut or wrapped.
type DiffTable struct {
	widget.Table

	Lines []DiffLine
	key   func(*fyne.KeyEvent)
}

const (
	diffSize   = 14
	diffHeight = 17
	diffPad    = 8
)

// NewDiffTable makes an empty table.
func NewDiffTable(key func(*fyne.KeyEvent)) *DiffTable {
	t := &DiffTable{key: key}
	t.Length = func() (rows, cols int) { return len(t.Lines), 1 }
	t.CreateCell = func() fyne.CanvasObject { return newDiffRow() }
	t.UpdateCell = func(id widget.TableCellID, o fyne.CanvasObject) {
		if id.Row < len(t.Lines) {
			o.(*diffRow).set(t.Lines[id.Row])
		}
	}
	t.HideSeparators = true
	t.ExtendBaseWidget(t)
	return t
}

// Set replaces the lines, and scrolls to the first.
func (t *DiffTable) Set(lines []DiffLine) {
	t.Lines = lines
	t.fit()
	t.Refresh()
	t.ScrollToTop()
}

// fit makes the column as wide as the longest line, and no narrower than the table, so
// that the background of a line reaches from edge to edge.
func (t *DiffTable) fit() {
	longest := 0
	for _, l := range t.Lines {
		longest = max(longest, utf8.RuneCountInString(l.Text))
	}
	letter := fyne.MeasureText("M", diffSize, codeStyle).Width
	t.SetColumnWidth(0, fyne.Max(t.Size().Width, float32(longest)*letter+2*diffPad))
}

// Resize keeps the lines as wide as the table.
func (t *DiffTable) Resize(size fyne.Size) {
	if t.Size() != size {
		t.Table.Resize(size)
		t.fit()
	}
}

// TypedKey scrolls, or passes the key on.
func (t *DiffTable) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyDown, fyne.KeyUp, fyne.KeyLeft, fyne.KeyRight:
		t.Table.TypedKey(ev)
	case fyne.KeyHome:
		t.ScrollToTop()
	case fyne.KeyEnd:
		t.ScrollToBottom()
	default:
		t.key(ev)
	}
}

// diffRow is one line of a diff.
type diffRow struct {
	widget.BaseWidget

	line DiffLine
}

func newDiffRow() *diffRow {
	r := &diffRow{}
	r.ExtendBaseWidget(r)
	return r
}

func (r *diffRow) set(l DiffLine) {
	if r.line != l {
		r.line = l
		r.Refresh()
	}
}

func (r *diffRow) CreateRenderer() fyne.WidgetRenderer {
	ground, text := canvas.NewRectangle(nil), canvas.NewText("", nil)
	d := &diffRowRenderer{Drawing{[]fyne.CanvasObject{ground, text}}, r, ground, text}
	d.text.TextSize, d.text.TextStyle = diffSize, codeStyle
	d.Refresh()
	return d
}

type diffRowRenderer struct {
	Drawing

	row    *diffRow
	ground *canvas.Rectangle
	text   *canvas.Text
}

func (d *diffRowRenderer) MinSize() fyne.Size { return fyne.NewSize(0, diffHeight) }

func (d *diffRowRenderer) Layout(size fyne.Size) {
	// A table leaves room for separators, even hidden ones (widget/table.go).
	gap := theme.Padding()
	d.ground.Resize(size.AddWidthHeight(0, gap))
	height := d.text.MinSize().Height
	Place(d.text, diffPad, (size.Height+gap-height)/2, size.Width-2*diffPad, height)
}

func (d *diffRowRenderer) Refresh() {
	ground, ink := theme.ColorNameInputBackground, theme.ColorNameForeground
	switch d.row.line.Mark {
	case diffPlus:
		ground = colorAdded
	case diffMinus:
		ground = colorRemoved
	case DiffHead:
		ink = ColorSecondary
	case DiffSame:
	}
	d.ground.FillColor = Shade(ground)
	d.text.Color, d.text.Text = Shade(ink), d.row.line.Text
	d.ground.Refresh()
	d.text.Refresh()
}
