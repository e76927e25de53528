package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// The cells of a code, in two groups of three as authenticator apps show it.
const (
	cellWidth  = 48
	cellHeight = 58
	cellGap    = 8
	groupGap   = 22
	codeWidth  = codeLength*cellWidth + (codeLength-2)*cellGap + groupGap
)

// codeField takes the six digits of a code, typed or pasted, one cell for each.
// Nothing but digits enters it.
type codeField struct {
	widget.BaseWidget

	digits  string
	locked  bool
	focused bool

	// full is called with each complete code.
	full func(code string)
	// odd is called when what was pasted holds no code.
	odd func()
	// key takes the keys that are not the field's own.
	key func(*fyne.KeyEvent)
}

func newCodeField() *codeField {
	f := &codeField{}
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
	if f.locked || digits == "" || len(f.digits) == codeLength {
		return
	}
	f.digits = (f.digits + digits)[:min(codeLength, len(f.digits)+len(digits))]
	f.Refresh()
	if len(f.digits) == codeLength {
		f.full(f.digits)
	}
}

// paste takes a whole code in place of what is there, or a part of one behind
// it.
func (f *codeField) paste(text string) {
	if f.locked {
		return
	}
	switch digits := codeIn(text); {
	case digits == "" || len(digits) > codeLength:
		f.odd()
	case len(digits) == codeLength:
		f.digits = ""
		f.enter(digits)
	default:
		f.enter(digits)
	}
}

// TypedRune enters a digit.
func (f *codeField) TypedRune(r rune) { f.enter(codeIn(string(r))) }

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

// FocusGained shows where the next digit goes.
func (f *codeField) FocusGained() {
	f.focused = true
	f.Refresh()
}

// FocusLost shows that digits would go elsewhere.
func (f *codeField) FocusLost() {
	f.focused = false
	f.Refresh()
}

// Tapped takes the focus.
func (f *codeField) Tapped(*fyne.PointEvent) { f.focus() }

// TappedSecondary offers to paste.
func (f *codeField) TappedSecondary(ev *fyne.PointEvent) {
	f.focus()
	c := fyne.CurrentApp().Driver().CanvasForObject(f)
	paste := fyne.NewMenuItem("Paste", func() { f.paste(fyne.CurrentApp().Clipboard().Content()) })
	paste.Disabled = f.locked
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", paste), c, ev.AbsolutePosition)
}

func (f *codeField) focus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(f); c != nil {
		c.Focus(f)
	}
}

// Cursor is that of a text field.
func (f *codeField) Cursor() desktop.Cursor { return desktop.TextCursor }

// CreateRenderer draws the cells.
func (f *codeField) CreateRenderer() fyne.WidgetRenderer {
	r := &codeRenderer{field: f}
	for i := range r.cells {
		r.cells[i] = canvas.NewRectangle(nil)
		r.digits[i] = canvas.NewText("", nil)
		r.digits[i].TextSize = sizeDigit
		r.digits[i].TextStyle = fyne.TextStyle{Monospace: true}
		r.digits[i].Alignment = fyne.TextAlignCenter
		r.objects = append(r.objects, r.cells[i], r.digits[i])
	}
	r.caret = canvas.NewRectangle(nil)
	r.objects = append(r.objects, r.caret)
	r.Refresh()
	return r
}

type codeRenderer struct {
	field   *codeField
	cells   [codeLength]*canvas.Rectangle
	digits  [codeLength]*canvas.Text
	caret   *canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *codeRenderer) Destroy() {}

func (r *codeRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *codeRenderer) MinSize() fyne.Size { return fyne.NewSize(codeWidth, cellHeight) }

func (r *codeRenderer) Layout(size fyne.Size) {
	left := (size.Width - codeWidth) / 2
	for i := range r.cells {
		x := left + float32(i)*(cellWidth+cellGap)
		if i >= codeLength/2 {
			x += groupGap - cellGap
		}
		r.cells[i].Move(fyne.NewPos(x, 0))
		r.cells[i].Resize(fyne.NewSize(cellWidth, cellHeight))
		height := r.digits[i].MinSize().Height
		r.digits[i].Move(fyne.NewPos(x, (cellHeight-height)/2))
		r.digits[i].Resize(fyne.NewSize(cellWidth, height))
		if i == len(r.field.digits) {
			const width, height = 2, 26
			r.caret.Move(fyne.NewPos(x+(cellWidth-width)/2, (cellHeight-height)/2))
			r.caret.Resize(fyne.NewSize(width, height))
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
	r.caret.Hidden = !active || len(f.digits) == codeLength
	r.Layout(f.Size())
	for _, o := range r.objects {
		o.Refresh()
	}
}
