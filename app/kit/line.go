package kit

import (
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Line is one line of text. Where it does not fit, it has an ellipsis in its middle:
// many names differ only at their end. It takes neither clicks nor keys, so that a row of a
// list that it is in gets them.
type Line struct {
	widget.BaseWidget

	Text string
	// brief is shown where the text does not fit, if it is set.
	brief string
	color fyne.ThemeColorName
	size  float32
	style fyne.TextStyle

	Cut bool
}

// NewLine makes an empty line.
func NewLine(color fyne.ThemeColorName, size float32, style fyne.TextStyle) *Line {
	l := &Line{color: color, size: size, style: style}
	l.ExtendBaseWidget(l)
	return l
}

// Set sets the text.
func (l *Line) Set(text string) {
	if l.Text != text {
		l.Text = text
		l.Refresh()
	}
}

// Tint sets the colour of the text.
func (l *Line) Tint(color fyne.ThemeColorName) {
	if l.color != color {
		l.color = color
		l.Refresh()
	}
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

// CreateRenderer draws the line.
func (l *Line) CreateRenderer() fyne.WidgetRenderer {
	r := &lineRenderer{line: l, text: canvas.NewText("", nil)}
	r.Parts = []fyne.CanvasObject{r.text}
	r.Refresh()
	return r
}

type lineRenderer struct {
	Drawing

	line *Line
	text *canvas.Text
}

func (r *lineRenderer) MinSize() fyne.Size {
	return fyne.NewSize(0, fyne.MeasureText("X", r.line.size, r.line.style).Height)
}

func (r *lineRenderer) Layout(size fyne.Size) {
	r.text.Text, r.line.Cut = r.line.Fit(size.Width)
	Place(r.text, 0, 0, size.Width, size.Height)
}

func (r *lineRenderer) Refresh() {
	r.text.Color = Shade(r.line.color)
	r.text.TextSize, r.text.TextStyle = r.line.size, r.line.style
	r.Layout(r.line.Size())
	r.text.Refresh()
}

// newText makes a line with a text that does not change.
func newText(text string, color fyne.ThemeColorName) *Line {
	l := NewLine(color, SizeText, fyne.TextStyle{})
	l.Set(text)
	return l
}

// NewLabel makes the label of a field.
func NewLabel(text string) *Line { return newText(text, theme.ColorNameForeground) }

// NewHeadline makes the headline of a page.
func NewHeadline(title string) *Line {
	l := NewLine(theme.ColorNameForeground, SizeHeadline, fyne.TextStyle{Bold: true})
	l.Set(title)
	return l
}
