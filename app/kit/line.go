package kit

import (
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Line is one line of text. Where it does not fit, it has an ellipsis in its middle:
// many names differ only at their end. Its long form is shown elsewhere while the mouse
// is over the line or the line has the focus, and Ctrl+C copies it.
type Line struct {
	widget.BaseWidget
	hovering
	focusing

	Text string
	// full is the long form of the text, if it has one.
	full string
	// brief is shown where the text does not fit, if it is set.
	brief string
	color fyne.ThemeColorName
	size  float32
	style fyne.TextStyle

	// ShowFull shows the long form elsewhere, or hides it when it is empty. A line
	// without ShowFull is plain text.
	ShowFull func(full string)
	// Key takes the keys that the line does not use.
	Key func(*fyne.KeyEvent)

	Cut bool
}

// NewLine makes an empty line.
func NewLine(color fyne.ThemeColorName, size float32, style fyne.TextStyle) *Line {
	l := &Line{color: color, size: size, style: style}
	l.changed = func() { l.say(l.hovered || l.focused) }
	l.refocused = func() { l.say(l.focused); l.Refresh() }
	l.ExtendBaseWidget(l)
	return l
}

// Set sets the text and its long form.
func (l *Line) Set(text, full string) {
	if l.Text == text && l.full == full {
		return
	}
	l.Text, l.full = text, full
	l.Refresh()
}

// Tint sets the colour of the text.
func (l *Line) Tint(color fyne.ThemeColorName) {
	if l.color != color {
		l.color = color
		l.Refresh()
	}
}

// More returns the long form, or "" if the line shows all of it.
func (l *Line) More() string {
	switch {
	case l.ShowFull == nil:
		return ""
	case l.full != "" && l.full != l.Text:
		return l.full
	case l.Cut:
		return l.Text
	}
	return ""
}

// SetBrief sets the text that is shown where the line's own does not fit.
func (l *Line) SetBrief(brief string) {
	if l.brief != brief {
		l.brief = brief
		l.Refresh()
	}
}

// Fit returns what is shown of text in a width.
func (l *Line) Fit(width float32) (shown string, cut bool) {
	if shown, cut = Ellipsis(l.Text, width, l.size, l.style); cut && l.brief != "" {
		shown, _ = Ellipsis(l.brief, width, l.size, l.style)
	}
	return shown, cut
}

// Natural is the width of the line without an ellipsis.
func (l *Line) Natural() float32 { return fyne.MeasureText(l.Text, l.size, l.style).Width + 1 }

// Ellipsis returns as much of a text's beginning and end as fits into a width.
func Ellipsis(text string, width, size float32, style fyne.TextStyle) (shown string, cut bool) {
	fits := func(s string) bool { return fyne.MeasureText(s, size, style).Width <= width }
	if text == "" || fits(text) {
		return text, false
	}
	runes := []rune(text)
	keep := func(n int) string { return string(runes[:n-n/2]) + "…" + string(runes[len(runes)-n/2:]) }
	n := sort.Search(len(runes)-1, func(i int) bool { return !fits(keep(i + 1)) })
	return keep(n), true
}

// Disabled reports whether the line shows all there is: the Tab key then skips it.
func (l *Line) Disabled() bool { return l.More() == "" }

// Disable does nothing: the text decides whether there is more.
func (*Line) Disable() {}

// Enable does nothing, as Disable does.
func (*Line) Enable() {}

// Cursor is a hand where there is more than the line shows.
func (l *Line) Cursor() desktop.Cursor {
	if l.More() == "" {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// say shows the long form elsewhere, or hides it.
func (l *Line) say(on bool) {
	switch {
	case l.ShowFull == nil:
	case on:
		l.ShowFull(l.More())
	default:
		l.ShowFull("")
	}
}

// TypedKey passes the key on to the window.
func (l *Line) TypedKey(ev *fyne.KeyEvent) {
	if l.Key != nil {
		l.Key(ev)
	}
}

// TypedShortcut copies the long form.
func (l *Line) TypedShortcut(s fyne.Shortcut) {
	if c, ok := s.(*fyne.ShortcutCopy); ok && l.More() != "" {
		c.Clipboard.SetContent(l.More())
	}
}

// CreateRenderer draws the line.
func (l *Line) CreateRenderer() fyne.WidgetRenderer {
	r := &lineRenderer{line: l, text: canvas.NewText("", nil), mark: canvas.NewRectangle(nil)}
	r.Parts = []fyne.CanvasObject{r.text, r.mark}
	r.Refresh()
	return r
}

type lineRenderer struct {
	Drawing

	line *Line
	text *canvas.Text
	mark *canvas.Rectangle // Under the text, while it has the focus.
}

func (r *lineRenderer) MinSize() fyne.Size {
	return fyne.NewSize(0, fyne.MeasureText("X", r.line.size, r.line.style).Height)
}

func (r *lineRenderer) Layout(size fyne.Size) {
	r.text.Text, r.line.Cut = r.line.Fit(size.Width)
	Place(r.text, 0, 0, size.Width, size.Height)
	width := fyne.Min(size.Width, fyne.MeasureText(r.text.Text, r.line.size, r.line.style).Width)
	Place(r.mark, 0, size.Height-1, width, 1.5)
}

func (r *lineRenderer) Refresh() {
	r.text.Color = Shade(r.line.color)
	r.text.TextSize, r.text.TextStyle = r.line.size, r.line.style
	r.mark.FillColor = Shade(theme.ColorNamePrimary)
	r.mark.Hidden = !r.line.focused
	r.Layout(r.line.Size())
	r.text.Refresh()
	r.mark.Refresh()
}

// newText makes a line with a text that does not change.
func newText(text string, color fyne.ThemeColorName) *Line {
	l := NewLine(color, SizeText, fyne.TextStyle{})
	l.Set(text, "")
	return l
}

// NewLabel makes the label of a field.
func NewLabel(text string) *Line { return newText(text, theme.ColorNameForeground) }

// NewHeadline makes the headline of a page.
func NewHeadline(title string) *Line {
	l := NewLine(theme.ColorNameForeground, SizeHeadline, fyne.TextStyle{Bold: true})
	l.Set(title, "")
	return l
}
