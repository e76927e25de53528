package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
)

// LongLine is a line with a long form, which is shown elsewhere while the mouse is over the
// line or the line has the focus, and which Ctrl+C copies.
type LongLine struct {
	Line
	hovering
	focusing

	// full is the long form of the text, if it has one.
	full string
	// ShowFull shows the long form elsewhere, or hides it when it is empty.
	ShowFull func(full string)
	// Key takes the keys that the line does not use.
	Key func(*fyne.KeyEvent)
}

// NewLongLine makes an empty line.
func NewLongLine(color fyne.ThemeColorName, size float32, style fyne.TextStyle) *LongLine {
	l := &LongLine{Line: Line{color: color, size: size, style: style}}
	l.changed = func() { l.say(l.hovered || l.focused) }
	l.refocused = func() { l.say(l.focused); l.Refresh() }
	l.ExtendBaseWidget(l)
	return l
}

// Set sets the text and its long form.
func (l *LongLine) Set(text, full string) {
	if l.Text == text && l.full == full {
		return
	}
	l.Text, l.full = text, full
	l.Refresh()
}

// More returns the long form, or "" if the line shows all of it.
func (l *LongLine) More() string {
	switch {
	case l.full != "" && l.full != l.Text:
		return l.full
	case l.Cut:
		return l.Text
	}
	return ""
}

// Disabled reports whether the line shows all there is: the Tab key then skips it.
func (l *LongLine) Disabled() bool { return l.More() == "" }

// Disable does nothing: the text decides whether there is more.
func (*LongLine) Disable() {}

// Enable does nothing, as Disable does.
func (*LongLine) Enable() {}

// Cursor is a hand where there is more than the line shows.
func (l *LongLine) Cursor() desktop.Cursor {
	if l.More() == "" {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// say shows the long form elsewhere, or hides it.
func (l *LongLine) say(on bool) {
	if on {
		l.ShowFull(l.More())
	} else {
		l.ShowFull("")
	}
}

// TypedKey passes the key on to the window.
func (l *LongLine) TypedKey(ev *fyne.KeyEvent) {
	if l.Key != nil {
		l.Key(ev)
	}
}

// TypedShortcut copies the long form.
func (l *LongLine) TypedShortcut(s fyne.Shortcut) {
	if c, ok := s.(*fyne.ShortcutCopy); ok && l.More() != "" {
		c.Clipboard.SetContent(l.More())
	}
}

// CreateRenderer draws the line.
func (l *LongLine) CreateRenderer() fyne.WidgetRenderer {
	r := &longLineRenderer{lineRenderer{line: &l.Line, text: canvas.NewText("", nil)}, l, canvas.NewRectangle(nil)}
	r.Parts = []fyne.CanvasObject{r.text, r.mark}
	r.Refresh()
	return r
}

type longLineRenderer struct {
	lineRenderer

	long *LongLine
	mark *canvas.Rectangle // Under the text, while it has the focus.
}

func (r *longLineRenderer) Layout(size fyne.Size) {
	r.lineRenderer.Layout(size)
	width := fyne.Min(size.Width, fyne.MeasureText(r.text.Text, r.line.size, r.line.style).Width)
	Place(r.mark, 0, size.Height-1, width, 1.5)
}

func (r *longLineRenderer) Refresh() {
	r.lineRenderer.Refresh()
	r.mark.FillColor = Shade(theme.ColorNamePrimary)
	r.mark.Hidden = !r.long.focused
	r.Layout(r.line.Size())
	r.mark.Refresh()
}
