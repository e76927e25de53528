package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Action is a button in a column of buttons: an icon, a label, and the keys that do the
// same. It passes the keys that it does not use on to the window.
type Action struct {
	widget.DisableableWidget
	hovering
	focusing

	Glyph Glyph
	Text  string
	hint  string
	High  bool // Drawn to stand out among the others.
	do    func()
	keys  Keys
}

// NewAction makes an action; hint names the keys that do the same.
func NewAction(g Glyph, text, hint string, do func(), k Keys) *Action {
	a := &Action{Glyph: g, Text: text, hint: hint, do: do, keys: k}
	a.changed, a.refocused = a.Refresh, a.Refresh
	a.ExtendBaseWidget(a)
	return a
}

// Set sets the label, whether the action can be done, and whether it is to stand out.
func (a *Action) Set(text string, can, high bool) {
	changed := a.Text != text || a.High != high
	a.Text, a.High = text, high
	Enable(a, can)
	if changed {
		a.Refresh()
	}
}

// Tapped does what the action is for.
func (a *Action) Tapped(*fyne.PointEvent) {
	if !a.Disabled() {
		a.do()
	}
}

// Cursor is a hand while the action can be done.
func (a *Action) Cursor() desktop.Cursor {
	if a.Disabled() {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// TypedRune passes the character on to the window.
func (a *Action) TypedRune(r rune) {
	if r != ' ' {
		a.keys.Char(r)
	}
}

// TypedKey presses the button, or passes the key on.
func (a *Action) TypedKey(ev *fyne.KeyEvent) {
	if typedEnter(ev) {
		a.Tapped(nil)
	} else {
		a.keys.Key(ev)
	}
}

// TypedShortcut passes the shortcut on to the window.
func (a *Action) TypedShortcut(s fyne.Shortcut) { a.keys.Shortcut(s) }

// CreateRenderer draws the action.
func (a *Action) CreateRenderer() fyne.WidgetRenderer {
	r := &actionRenderer{
		action: a, ground: canvas.NewRectangle(nil), icon: &canvas.Image{FillMode: canvas.ImageFillContain},
		text: canvas.NewText("", nil), hint: canvas.NewText("", nil),
	}
	r.Parts = []fyne.CanvasObject{r.ground, r.icon, r.text, r.hint}
	r.Refresh()
	return r
}

type actionRenderer struct {
	Drawing

	action     *Action
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
	Place(r.icon, actionPad, (size.Height-actionIcon)/2, actionIcon, actionIcon)
	text, hint := r.text.MinSize(), r.hint.MinSize()
	Place(r.text, 2*actionPad+actionIcon, Whole((size.Height-text.Height)/2)-1, text.Width, text.Height)
	Place(r.hint, Whole(size.Width-actionPad-hint.Width), Whole((size.Height-hint.Height)/2), hint.Width, hint.Height)
}

func (r *actionRenderer) Refresh() {
	a := r.action
	ground, ink, hint := theme.ColorNameButton, theme.ColorNameForeground, ColorSecondary
	switch {
	case a.Disabled():
		ink, hint = theme.ColorNameDisabled, theme.ColorNameDisabled
	case a.High:
		ground = theme.ColorNamePrimary
		ink, hint = theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnPrimary
	case a.hovered:
		ground = ColorChosen
	}
	r.ground.FillColor, r.ground.CornerRadius = Shade(ground), Radius
	r.ground.StrokeWidth = 0
	if a.focused || a.High && a.hovered {
		r.ground.StrokeColor, r.ground.StrokeWidth = Shade(theme.ColorNameForeground), 1.5
	}
	r.icon.Resource = a.Glyph.in(Shade(ink), Shade(ground))
	r.text.Text, r.text.Color, r.text.TextSize = a.Text, Shade(ink), SizeText
	r.hint.Text, r.hint.Color, r.hint.TextSize = a.hint, Shade(hint), SizeSmall
	r.Layout(a.Size())
	for _, o := range r.Parts {
		o.Refresh()
	}
}
