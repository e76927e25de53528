package app

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// The cells of a code, in two groups of equal length as authenticator apps show it.
const (
	cellWidth  = 48
	cellHeight = 58
	cellGap    = 8
	groupGap   = 22
)

// codeWidth is how wide the field of a code is.
func codeWidth(length int) float32 {
	return float32(length*cellWidth + (length-2)*cellGap + groupGap)
}

// codeField takes the digits of a code, typed or pasted, one cell for each.
// Nothing but digits enters it.
type codeField struct {
	widget.BaseWidget
	focusing

	length int
	digits string
	locked bool

	// full is called with each complete code.
	full func(code string)
	// odd is called when what was pasted holds no code.
	odd func()
	// key takes the keys that are not the field's own.
	key func(*fyne.KeyEvent)
}

func newCodeField(length int) *codeField {
	f := &codeField{length: length}
	f.refocused = f.Refresh
	f.ExtendBaseWidget(f)
	return f
}

// clear empties the field.
func (f *codeField) clear() {
	f.digits = ""
	f.Refresh()
}

// lock says whether the field takes input. It is not disabled meanwhile: it
// keeps the focus, and with it the Escape key.
func (f *codeField) lock(locked bool) {
	if f.locked != locked {
		f.locked = locked
		f.Refresh()
	}
}

// enter puts digits behind those that are there; what does not fit is dropped.
func (f *codeField) enter(digits string) {
	if f.locked || digits == "" || len(f.digits) == f.length {
		return
	}
	f.digits = (f.digits + digits)[:min(f.length, len(f.digits)+len(digits))]
	f.Refresh()
	if len(f.digits) == f.length {
		f.full(f.digits)
	}
}

// paste takes a whole code in place of what is there, or a part of one behind
// it.
func (f *codeField) paste(text string) {
	if f.locked {
		return
	}
	switch digits := digitsIn(text); {
	case digits == "" || len(digits) > f.length:
		f.odd()
	case len(digits) == f.length:
		f.digits = ""
		f.enter(digits)
	default:
		f.enter(digits)
	}
}

// TypedRune enters a digit.
func (f *codeField) TypedRune(r rune) { f.enter(digitsIn(string(r))) }

// TypedKey takes a digit back, or passes the key on.
func (f *codeField) TypedKey(ev *fyne.KeyEvent) {
	switch {
	case ev.Name == fyne.KeyBackspace && !f.locked:
		if f.digits != "" {
			f.digits = f.digits[:len(f.digits)-1]
			f.Refresh()
		}
	case ev.Name == fyne.KeyDelete && !f.locked:
		f.clear()
	default:
		f.key(ev)
	}
}

// TypedShortcut pastes.
func (f *codeField) TypedShortcut(s fyne.Shortcut) {
	if p, ok := s.(*fyne.ShortcutPaste); ok {
		f.paste(p.Clipboard.Content())
	}
}

// Tapped takes the focus.
func (f *codeField) Tapped(*fyne.PointEvent) { takeFocus(f) }

// TappedSecondary offers to paste.
func (f *codeField) TappedSecondary(ev *fyne.PointEvent) {
	takeFocus(f)
	paste := fyne.NewMenuItem("Paste", func() { f.paste(fyne.CurrentApp().Clipboard().Content()) })
	paste.Disabled = f.locked
	offer(f, paste, ev)
}

// Cursor is that of a text field.
func (f *codeField) Cursor() desktop.Cursor { return desktop.TextCursor }

// CreateRenderer draws the cells.
func (f *codeField) CreateRenderer() fyne.WidgetRenderer {
	r := &codeRenderer{field: f}
	for range f.length {
		cell, digit := canvas.NewRectangle(nil), canvas.NewText("", nil)
		digit.TextSize, digit.TextStyle, digit.Alignment = sizeDigit, codeStyle, fyne.TextAlignCenter
		r.cells, r.digits, r.objects = append(r.cells, cell), append(r.digits, digit), append(r.objects, cell, digit)
	}
	r.caret = canvas.NewRectangle(nil)
	r.objects = append(r.objects, r.caret)
	r.Refresh()
	return r
}

type codeRenderer struct {
	drawing

	field  *codeField
	cells  []*canvas.Rectangle
	digits []*canvas.Text
	caret  *canvas.Rectangle
}

func (r *codeRenderer) MinSize() fyne.Size {
	return fyne.NewSize(codeWidth(r.field.length), cellHeight)
}

func (r *codeRenderer) Layout(size fyne.Size) {
	left := (size.Width - codeWidth(r.field.length)) / 2
	for i := range r.cells {
		x := left + float32(i)*(cellWidth+cellGap)
		if i >= r.field.length/2 {
			x += groupGap - cellGap
		}
		place(r.cells[i], x, 0, cellWidth, cellHeight)
		height := r.digits[i].MinSize().Height
		place(r.digits[i], x, (cellHeight-height)/2, cellWidth, height)
		if i == len(r.field.digits) {
			const width, height = 2, 26
			place(r.caret, x+(cellWidth-width)/2, (cellHeight-height)/2, width, height)
		}
	}
}

func (r *codeRenderer) Refresh() {
	th, f := r.field.Theme(), r.field
	active := f.focused && !f.locked
	ink := theme.ColorNameForeground
	if f.locked {
		ink = theme.ColorNameDisabled
	}
	for i := range r.cells {
		cell, digit := r.cells[i], r.digits[i]
		cell.FillColor = shade(th, theme.ColorNameInputBackground)
		cell.CornerRadius = radius
		cell.StrokeColor, cell.StrokeWidth = shade(th, theme.ColorNameInputBorder), 1
		if active && i == len(f.digits) {
			cell.StrokeColor, cell.StrokeWidth = shade(th, theme.ColorNamePrimary), 2
		}
		digit.Color = shade(th, ink)
		digit.Text = ""
		if i < len(f.digits) {
			digit.Text = f.digits[i : i+1]
		}
	}
	r.caret.FillColor = shade(th, theme.ColorNamePrimary)
	r.caret.Hidden = !active || len(f.digits) == f.length
	r.Layout(f.Size())
	for _, o := range r.objects {
		o.Refresh()
	}
}

// digitsIn returns the digits in what a person pasted: "123 456\n" is a code.
func digitsIn(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
