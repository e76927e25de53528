package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// rowLeft is where the text of a row begins.
const rowLeft = 12

// rowList is a list whose rows show themselves which one is chosen. It draws those
// that can be seen. A row is chosen with a click; the keys are the window's.
type rowList struct {
	widget.List

	keys keys
}

func newRowList(length func() int, create func() fyne.CanvasObject, update func(int, fyne.CanvasObject), choose func(int), k keys) *rowList {
	l := &rowList{}
	l.build(length, create, update, choose, k)
	l.ExtendBaseWidget(l)
	return l
}

func (l *rowList) build(length func() int, create func() fyne.CanvasObject, update func(int, fyne.CanvasObject), choose func(int), k keys) {
	l.keys, l.Length, l.CreateItem = k, length, create
	l.UpdateItem = func(at widget.ListItemID, o fyne.CanvasObject) {
		if at < length() {
			update(at, o)
		}
	}
	l.OnSelected = func(at widget.ListItemID) {
		l.UnselectAll() // A click on the same row is heard, too.
		choose(at)
	}
	l.HideSeparators = true
}

// FocusGained does nothing: which row is chosen does not depend on the focus.
func (*rowList) FocusGained() {}

// FocusLost does nothing, as FocusGained does.
func (*rowList) FocusLost() {}

// TypedKey passes the key on to the window.
func (l *rowList) TypedKey(ev *fyne.KeyEvent) { l.keys.key(ev) }

// TypedRune passes the character on to the window.
func (l *rowList) TypedRune(r rune) { l.keys.char(r) }

// TypedShortcut passes the shortcut on to the window.
func (l *rowList) TypedShortcut(s fyne.Shortcut) { l.keys.shortcut(s) }
