package kit

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"daypass/internal/lang"
)

// The cells of a code, in two groups of equal length as authenticator apps show it.
const (
	cellWidth  = 48
	cellHeight = 58
	cellGap    = 8
	groupGap   = 22
)

// CodeWidth is the width of the field for a code.
func CodeWidth(length int) float32 {
	return float32(length*cellWidth + (length-2)*cellGap + groupGap)
}

// CodeField takes the digits of a code, typed or pasted, one in each cell.
type CodeField struct {
	widget.BaseWidget
	focusing

	length int
	Digits string
	Locked bool

	// Full is called with each complete code.
	Full func(code string)
	// Odd is called when a pasted text holds no code.
	Odd func()
	// Key takes the keys that the field does not use.
	Key func(*fyne.KeyEvent)
}

// NewCodeField makes an empty field for a number of digits.
func NewCodeField(length int) *CodeField {
	f := &CodeField{length: length}
	f.refocused = f.Refresh
	f.ExtendBaseWidget(f)
	return f
}

// Clear empties the field.
func (f *CodeField) Clear() {
	f.Digits = ""
	f.Refresh()
}

// Lock sets whether the field takes no input. It is not disabled then: it keeps the
// focus, so that the Escape key still works.
func (f *CodeField) Lock(locked bool) {
	if f.Locked != locked {
		f.Locked = locked
		f.Refresh()
	}
}

// Enter appends digits. Those that do not fit are dropped.
func (f *CodeField) Enter(digits string) {
	if f.Locked || digits == "" || len(f.Digits) == f.length {
		return
	}
	f.Digits = (f.Digits + digits)[:min(f.length, len(f.Digits)+len(digits))]
	f.Refresh()
	if len(f.Digits) == f.length {
		f.Full(f.Digits)
	}
}

// paste replaces the digits with a whole code, or appends a part of one.
func (f *CodeField) paste(text string) {
	if f.Locked {
		return
	}
	switch digits := digitsIn(text); {
	case digits == "" || len(digits) > f.length:
		f.Odd()
	case len(digits) == f.length:
		f.Digits = ""
		f.Enter(digits)
	default:
		f.Enter(digits)
	}
}

// TypedRune enters a digit.
func (f *CodeField) TypedRune(r rune) { f.Enter(digitsIn(string(r))) }

// TypedKey deletes digits, or passes the key on.
func (f *CodeField) TypedKey(ev *fyne.KeyEvent) {
	switch {
	case ev.Name == fyne.KeyBackspace && !f.Locked:
		if f.Digits != "" {
			f.Digits = f.Digits[:len(f.Digits)-1]
			f.Refresh()
		}
	case ev.Name == fyne.KeyDelete && !f.Locked:
		f.Clear()
	default:
		f.Key(ev)
	}
}

// TypedShortcut pastes.
func (f *CodeField) TypedShortcut(s fyne.Shortcut) {
	if p, ok := s.(*fyne.ShortcutPaste); ok {
		f.paste(p.Clipboard.Content())
	}
}

// Tapped takes the focus.
func (f *CodeField) Tapped(*fyne.PointEvent) { takeFocus(f) }

// TappedSecondary offers to paste.
func (f *CodeField) TappedSecondary(ev *fyne.PointEvent) {
	takeFocus(f)
	paste := fyne.NewMenuItem(lang.T("Paste"), func() { f.paste(fyne.CurrentApp().Clipboard().Content()) })
	paste.Disabled = f.Locked
	offer(f, paste, ev)
}

// Cursor is that of a text field.
func (f *CodeField) Cursor() desktop.Cursor { return desktop.TextCursor }

// CreateRenderer draws the cells.
func (f *CodeField) CreateRenderer() fyne.WidgetRenderer {
	r := &codeRenderer{field: f}
	for range f.length {
		cell, digit := canvas.NewRectangle(nil), canvas.NewText("", nil)
		digit.TextSize, digit.TextStyle, digit.Alignment = sizeDigit, codeStyle, fyne.TextAlignCenter
		r.cells, r.digits, r.Parts = append(r.cells, cell), append(r.digits, digit), append(r.Parts, cell, digit)
	}
	r.caret = canvas.NewRectangle(nil)
	r.Parts = append(r.Parts, r.caret)
	r.Refresh()
	return r
}

type codeRenderer struct {
	Drawing

	field  *CodeField
	cells  []*canvas.Rectangle
	digits []*canvas.Text
	caret  *canvas.Rectangle
}

func (r *codeRenderer) MinSize() fyne.Size {
	return fyne.NewSize(CodeWidth(r.field.length), cellHeight)
}

func (r *codeRenderer) Layout(size fyne.Size) {
	left := (size.Width - CodeWidth(r.field.length)) / 2
	for i := range r.cells {
		x := left + float32(i)*(cellWidth+cellGap)
		if i >= r.field.length/2 {
			x += groupGap - cellGap
		}
		Place(r.cells[i], x, 0, cellWidth, cellHeight)
		height := r.digits[i].MinSize().Height
		Place(r.digits[i], x, (cellHeight-height)/2, cellWidth, height)
		if i == len(r.field.Digits) {
			const width, height = 2, 26
			Place(r.caret, x+(cellWidth-width)/2, (cellHeight-height)/2, width, height)
		}
	}
}

func (r *codeRenderer) Refresh() {
	f := r.field
	active := f.focused && !f.Locked
	ink := theme.ColorNameForeground
	if f.Locked {
		ink = theme.ColorNameDisabled
	}
	for i := range r.cells {
		cell, digit := r.cells[i], r.digits[i]
		cell.FillColor = Shade(theme.ColorNameInputBackground)
		cell.CornerRadius = Radius
		cell.StrokeColor, cell.StrokeWidth = Shade(theme.ColorNameInputBorder), 1
		if active && i == len(f.Digits) {
			cell.StrokeColor, cell.StrokeWidth = Shade(theme.ColorNamePrimary), 2
		}
		digit.Color = Shade(ink)
		digit.Text = ""
		if i < len(f.Digits) {
			digit.Text = f.Digits[i : i+1]
		}
	}
	r.caret.FillColor = Shade(theme.ColorNamePrimary)
	r.caret.Hidden = !active || len(f.Digits) == f.length
	r.Layout(f.Size())
	for _, o := range r.Parts {
		o.Refresh()
	}
}

// digitsIn returns the digits of a text: "123 456\n" is a code.
func digitsIn(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
