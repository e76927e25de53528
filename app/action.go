package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// action is a button in a column of such: an icon, what it does, and the keys
// that do it too. What is typed while it has the focus is the window's.
type action struct {
	widget.DisableableWidget
	hovering
	focusing

	glyph glyph
	text  string
	hint  string
	high  bool // Drawn to stand out among the others.
	do    func()
	keys  keys
}

func newAction(g glyph, text, hint string, do func(), k keys) *action {
	a := &action{glyph: g, text: text, hint: hint, do: do, keys: k}
	a.changed, a.refocused = a.Refresh, a.Refresh
	a.ExtendBaseWidget(a)
	return a
}

// set gives the action another text, and says whether it can be done and
// whether it stands out.
func (a *action) set(text string, can, high bool) {
	changed := a.text != text || a.high != high
	a.text, a.high = text, high
	enable(a, can)
	if changed {
		a.Refresh()
	}
}

// Tapped does it.
func (a *action) Tapped(*fyne.PointEvent) {
	if !a.Disabled() {
		a.do()
	}
}

// Cursor is a hand where it can be done.
func (a *action) Cursor() desktop.Cursor {
	if a.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// TypedRune passes the character on to the window.
func (a *action) TypedRune(r rune) {
	if r != ' ' {
		a.keys.char(r)
	}
}

// TypedKey does it, or passes the key on.
func (a *action) TypedKey(ev *fyne.KeyEvent) {
	if typedEnter(ev) {
		a.Tapped(nil)
	} else {
		a.keys.key(ev)
	}
}

// TypedShortcut passes the shortcut on to the window.
func (a *action) TypedShortcut(s fyne.Shortcut) { a.keys.shortcut(s) }

// CreateRenderer draws the action.
func (a *action) CreateRenderer() fyne.WidgetRenderer {
	r := &actionRenderer{
		action: a, ground: canvas.NewRectangle(nil), icon: &canvas.Image{FillMode: canvas.ImageFillContain},
		text: canvas.NewText("", nil), hint: canvas.NewText("", nil),
	}
	r.objects = []fyne.CanvasObject{r.ground, r.icon, r.text, r.hint}
	r.Refresh()
	return r
}

type actionRenderer struct {
	drawing

	action     *action
	ground     *canvas.Rectangle
	icon       *canvas.Image
	text, hint *canvas.Text
}

const (
	actionHeight = 36
	actionIcon   = 18
	actionPad    = 12
)

func (r *actionRenderer) MinSize() fyne.Size {
	width := r.text.MinSize().Width + r.hint.MinSize().Width
	return fyne.NewSize(width+4*actionPad+actionIcon, actionHeight)
}

func (r *actionRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	place(r.icon, actionPad, (size.Height-actionIcon)/2, actionIcon, actionIcon)
	text, hint := r.text.MinSize(), r.hint.MinSize()
	place(r.text, 2*actionPad+actionIcon, whole((size.Height-text.Height)/2)-1, text.Width, text.Height)
	place(r.hint, whole(size.Width-actionPad-hint.Width), whole((size.Height-hint.Height)/2), hint.Width, hint.Height)
}

func (r *actionRenderer) Refresh() {
	a, th := r.action, newLook()
	ground, ink, hint := theme.ColorNameButton, theme.ColorNameForeground, colorSecondary
	switch {
	case a.Disabled():
		ink, hint = theme.ColorNameDisabled, theme.ColorNameDisabled
	case a.high:
		ground = theme.ColorNamePrimary
		ink, hint = theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnPrimary
	case a.hovered:
		ground = colorChosen
	}
	r.ground.FillColor, r.ground.CornerRadius = shade(th, ground), radius
	r.ground.StrokeWidth = 0
	if a.focused || a.high && a.hovered {
		r.ground.StrokeColor, r.ground.StrokeWidth = shade(th, theme.ColorNameForeground), 1.5
	}
	r.icon.Resource = a.glyph.in(shade(th, ink), shade(th, ground))
	r.text.Text, r.text.Color, r.text.TextSize = a.text, shade(th, ink), sizeText
	r.hint.Text, r.hint.Color, r.hint.TextSize = a.hint, shade(th, hint), sizeSmall
	r.Layout(a.Size())
	for _, o := range r.objects {
		o.Refresh()
	}
}
