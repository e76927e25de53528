package app

import (
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// line is one line of text that has an ellipsis in its middle where it does not
// fit: where names differ is at their end as often as not.
// When there is more to tell than it shows, it tells it while the mouse is over
// it or while it has the keyboard's focus, and Ctrl+C copies it.
type line struct {
	widget.BaseWidget
	hovering
	focusing

	text string
	// full is the long form of text, when it has one.
	full string
	// brief is shown where text does not fit, when there is one.
	brief string
	color fyne.ThemeColorName
	size  float32
	style fyne.TextStyle

	// tell shows the long form elsewhere, or takes it away when it is
	// empty. A line without tell is plain text.
	tell func(full string)
	// key takes the keys that come here with the focus.
	key func(*fyne.KeyEvent)

	cut bool
}

func newLine(color fyne.ThemeColorName, size float32, style fyne.TextStyle) *line {
	l := &line{color: color, size: size, style: style}
	l.changed = func() { l.say(l.hovered || l.focused) }
	l.refocused = func() { l.say(l.focused); l.Refresh() }
	l.ExtendBaseWidget(l)
	return l
}

// set shows text, and has full to tell.
func (l *line) set(text, full string) {
	if l.text == text && l.full == full {
		return
	}
	l.text, l.full = text, full
	l.Refresh()
}

// tint draws the text in another colour.
func (l *line) tint(color fyne.ThemeColorName) {
	if l.color != color {
		l.color = color
		l.Refresh()
	}
}

// more returns what there is to tell beyond what is shown.
func (l *line) more() string {
	switch {
	case l.tell == nil:
		return ""
	case l.full != "" && l.full != l.text:
		return l.full
	case l.cut:
		return l.text
	}
	return ""
}

// setBrief has another text shown where the line's own does not fit.
func (l *line) setBrief(brief string) {
	if l.brief != brief {
		l.brief = brief
		l.Refresh()
	}
}

// fit returns what is shown of text in a width.
func (l *line) fit(width float32) (shown string, cut bool) {
	if shown, cut = ellipsis(l.text, width, l.size, l.style); cut && l.brief != "" {
		shown, _ = ellipsis(l.brief, width, l.size, l.style)
	}
	return shown, cut
}

// ellipsis returns as much of a text's beginning and end, of equal length, as is
// at most width wide in some size and style.
func ellipsis(text string, width, size float32, style fyne.TextStyle) (shown string, cut bool) {
	fits := func(s string) bool { return fyne.MeasureText(s, size, style).Width <= width }
	if text == "" || fits(text) {
		return text, false
	}
	runes := []rune(text)
	keep := func(n int) string { return string(runes[:n-n/2]) + "…" + string(runes[len(runes)-n/2:]) }
	n := sort.Search(len(runes)-1, func(i int) bool { return !fits(keep(i + 1)) })
	return keep(n), true
}

// Disabled reports that there is nothing more to tell: the Tab key then passes
// the line by.
func (l *line) Disabled() bool { return l.more() == "" }

// Disable does nothing: a line knows by itself whether it has more to tell.
func (*line) Disable() {}

// Enable does nothing, as Disable does.
func (*line) Enable() {}

// Cursor is a hand where there is more to tell.
func (l *line) Cursor() desktop.Cursor {
	if l.more() == "" {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// say shows the long form elsewhere, or takes it away.
func (l *line) say(on bool) {
	switch {
	case l.tell == nil:
	case on:
		l.tell(l.more())
	default:
		l.tell("")
	}
}

// TypedKey passes the key on to the window.
func (l *line) TypedKey(ev *fyne.KeyEvent) {
	if l.key != nil {
		l.key(ev)
	}
}

// TypedShortcut copies the long form.
func (l *line) TypedShortcut(s fyne.Shortcut) {
	if c, ok := s.(*fyne.ShortcutCopy); ok && l.more() != "" {
		c.Clipboard.SetContent(l.more())
	}
}

// CreateRenderer draws the line.
func (l *line) CreateRenderer() fyne.WidgetRenderer {
	r := &lineRenderer{line: l, text: canvas.NewText("", nil), mark: canvas.NewRectangle(nil)}
	r.objects = []fyne.CanvasObject{r.text, r.mark}
	r.Refresh()
	return r
}

type lineRenderer struct {
	drawing

	line *line
	text *canvas.Text
	mark *canvas.Rectangle // Under the text, while it has the focus.
}

func (r *lineRenderer) MinSize() fyne.Size {
	return fyne.NewSize(0, fyne.MeasureText("X", r.line.size, r.line.style).Height)
}

func (r *lineRenderer) Layout(size fyne.Size) {
	r.text.Text, r.line.cut = r.line.fit(size.Width)
	place(r.text, 0, 0, size.Width, size.Height)
	width := fyne.Min(size.Width, fyne.MeasureText(r.text.Text, r.line.size, r.line.style).Width)
	place(r.mark, 0, size.Height-1, width, 1.5)
}

func (r *lineRenderer) Refresh() {
	th := newLook() // A list makes its rows without the theme of what it is in.
	r.text.Color = shade(th, r.line.color)
	r.text.TextSize, r.text.TextStyle = r.line.size, r.line.style
	r.mark.FillColor = shade(th, theme.ColorNamePrimary)
	r.mark.Hidden = !r.line.focused
	r.Layout(r.line.Size())
	r.text.Refresh()
	r.mark.Refresh()
}

// newText makes a line that always says the same.
func newText(text string, color fyne.ThemeColorName) *line {
	l := newLine(color, sizeText, fyne.TextStyle{})
	l.set(text, "")
	return l
}

// newLabel makes the label of a field.
func newLabel(text string) *line { return newText(text, theme.ColorNameForeground) }

// newHeadline makes the headline of a page.
func newHeadline(title string) *line {
	l := newLine(theme.ColorNameForeground, sizeHeadline, fyne.TextStyle{Bold: true})
	l.set(title, "")
	return l
}

// natural is how wide the line is where nothing is cut.
func (l *line) natural() float32 { return fyne.MeasureText(l.text, l.size, l.style).Width + 1 }
