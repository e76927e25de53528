package kit

import (
	"sort"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"daypass/internal/lang"
)

// CopyText is a text to read and to copy: a click or the Tab key selects all of it, and
// Ctrl+C copies it. In Fyne's own selectable label the Escape key does not reach the
// window (focusSelectable in widget/label.go).
type CopyText struct {
	widget.BaseWidget
	focusing // Text that has the focus is selected.

	text  string
	width float32
	size  float32
	// lines is how many are shown at most; all are copied.
	lines int
	// key takes the keys that the text does not use.
	key func(*fyne.KeyEvent)
}

// NewCopyText makes an empty text of a width, a size and a number of lines.
func NewCopyText(width, size float32, lines int, key func(*fyne.KeyEvent)) *CopyText {
	c := &CopyText{width: width, size: size, lines: lines, key: key}
	c.refocused = c.Refresh
	c.ExtendBaseWidget(c)
	return c
}

// Set sets the text, and reports whether that was a change.
func (c *CopyText) Set(text string) bool {
	if c.text == text {
		return false
	}
	c.text = text
	c.Refresh()
	return true
}

// codeStyle is for what people compare letter by letter.
var codeStyle = fyne.TextStyle{Monospace: true}

const (
	copyPadX, copyPadY = 12, 10
	copyLeading        = 2
)

// wrapped breaks the text wherever a line is full: addresses have no spaces.
func (c *CopyText) wrapped() []string {
	var lines []string
	for part := range strings.SplitSeq(strings.TrimSuffix(c.text, "\n"), "\n") {
		rest := []rune(part)
		for len(rest) > 0 {
			fits := func(n int) bool {
				return fyne.MeasureText(string(rest[:n]), c.size, codeStyle).Width <= c.width-2*copyPadX
			}
			n := max(1, sort.Search(len(rest), func(i int) bool { return !fits(i + 1) }))
			if len(lines) == c.lines-1 && n < len(rest) {
				return append(lines, string(rest[:max(1, n-1)])+"…")
			}
			lines, rest = append(lines, string(rest[:n])), rest[n:]
		}
	}
	return lines
}

// Tapped selects the text.
func (c *CopyText) Tapped(*fyne.PointEvent) { takeFocus(c) }

// TappedSecondary offers to copy.
func (c *CopyText) TappedSecondary(ev *fyne.PointEvent) {
	takeFocus(c)
	offer(c, fyne.NewMenuItem(lang.T("Copy"), func() { fyne.CurrentApp().Clipboard().SetContent(c.text) }), ev)
}

// Cursor is that of text.
func (*CopyText) Cursor() desktop.Cursor { return desktop.TextCursor }

// TypedKey passes the key on to the window.
func (c *CopyText) TypedKey(ev *fyne.KeyEvent) { c.key(ev) }

// TypedShortcut copies the text.
func (c *CopyText) TypedShortcut(s fyne.Shortcut) {
	if s, ok := s.(*fyne.ShortcutCopy); ok {
		s.Clipboard.SetContent(c.text)
	}
}

// CreateRenderer draws the text in a box.
func (c *CopyText) CreateRenderer() fyne.WidgetRenderer {
	r := &copyRenderer{copy: c, box: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type copyRenderer struct {
	Drawing

	copy  *CopyText
	box   *canvas.Rectangle
	marks []*canvas.Rectangle // Behind the lines, while they are selected.
	texts []*canvas.Text
}

func (r *copyRenderer) lineHeight() float32 {
	return fyne.MeasureText("X", r.copy.size, codeStyle).Height + copyLeading
}

func (r *copyRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.copy.width, float32(max(1, len(r.texts)))*r.lineHeight()+2*copyPadY)
}

func (r *copyRenderer) Layout(size fyne.Size) {
	r.box.Resize(size)
	height := r.lineHeight()
	for i, text := range r.texts {
		width := fyne.MeasureText(text.Text, r.copy.size, codeStyle).Width
		x := float32(copyPadX)
		if len(r.texts) == 1 {
			x = (size.Width - width) / 2
		}
		y := copyPadY + float32(i)*height
		Place(text, x, y, width, height)
		Place(r.marks[i], x-3, y, width+6, height)
	}
}

func (r *copyRenderer) Refresh() {
	r.box.FillColor, r.box.CornerRadius = Shade(theme.ColorNameInputBackground), Radius
	r.box.StrokeColor, r.box.StrokeWidth = Shade(theme.ColorNameInputBorder), 1
	if r.copy.focused {
		r.box.StrokeColor = Shade(theme.ColorNamePrimary)
	}
	r.texts, r.marks, r.Parts = nil, nil, []fyne.CanvasObject{r.box}
	for _, line := range r.copy.wrapped() {
		text := canvas.NewText(line, Shade(theme.ColorNameForeground))
		text.TextSize, text.TextStyle = r.copy.size, codeStyle
		mark := canvas.NewRectangle(Shade(theme.ColorNameSelection))
		mark.Hidden = !r.copy.focused
		r.texts, r.marks, r.Parts = append(r.texts, text), append(r.marks, mark), append(r.Parts, mark, text)
	}
	r.Layout(r.copy.Size())
	canvas.Refresh(r.copy)
}
