// Package kit has the widgets and layouts of daypass's windows, in daypass's colours. It
// knows neither the agent nor profiles. A widget has a file of its name, or shares that of
// a similar one: Check is in button.go, Icon and Star are in glyph.go.
//
// Unlike Fyne's own widgets these pass keys that they do not use on to the window, above
// all the Escape key.
package kit

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Show shows or hides an object, and reports whether that was a change.
func Show(o fyne.CanvasObject, visible bool) (changed bool) {
	switch {
	case visible == o.Visible():
		return false
	case visible:
		o.Show()
	default:
		o.Hide()
	}
	return true
}

// Enable enables or disables a widget.
func Enable(w fyne.Disableable, on bool) {
	switch {
	case on && w.Disabled():
		w.Enable()
	case !on && !w.Disabled():
		w.Disable()
	}
}

// Place moves and resizes an object.
func Place(o fyne.CanvasObject, x, y, width, height float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(width, height))
}

// Whole rounds up: text between two rows of pixels is blurred.
func Whole(x float32) float32 { return float32(math.Ceil(float64(x))) }

// hovering is the part of a widget that shows that it can be clicked.
type hovering struct {
	hovered bool
	// changed draws the widget.
	changed func()
}

// Cursor is a hand.
func (*hovering) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MouseIn shows that the widget can be clicked.
func (h *hovering) MouseIn(*desktop.MouseEvent) { h.hovered = true; h.changed() }

// MouseMoved does nothing more than MouseIn did.
func (*hovering) MouseMoved(*desktop.MouseEvent) {}

// MouseOut shows the widget as it was before.
func (h *hovering) MouseOut() { h.hovered = false; h.changed() }

// focusing is the part of a widget that shows that it has the focus.
type focusing struct {
	focused bool
	// refocused draws the widget.
	refocused func()
}

// FocusGained shows that keys go here.
func (f *focusing) FocusGained() { f.focused = true; f.refocused() }

// FocusLost shows that keys go elsewhere.
func (f *focusing) FocusLost() { f.focused = false; f.refocused() }

// TypedRune does nothing: the widget takes no text.
func (*focusing) TypedRune(rune) {}

// takeFocus gives a widget the focus.
func takeFocus[W interface {
	fyne.CanvasObject
	fyne.Focusable
}](w W) {
	if on := fyne.CurrentApp().Driver().CanvasForObject(w); on != nil {
		on.Focus(w)
	}
}

// offer shows a menu with one item.
func offer(w fyne.CanvasObject, item *fyne.MenuItem, at *fyne.PointEvent) {
	on := fyne.CurrentApp().Driver().CanvasForObject(w)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", item), on, at.AbsolutePosition)
}

// Drawing is the part that all renderers have.
type Drawing struct{ Parts []fyne.CanvasObject }

// Destroy does nothing: there is nothing to release.
func (Drawing) Destroy() {}

// Objects are what is drawn, the last one on top.
func (d Drawing) Objects() []fyne.CanvasObject { return d.Parts }

// typedEnter reports whether a key presses the button that has the focus.
func typedEnter(ev *fyne.KeyEvent) bool {
	return ev.Name == fyne.KeySpace || ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter
}
