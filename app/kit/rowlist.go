package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// RowLeft is where the text of a row begins.
const RowLeft = 12

// RowList is a list that draws only visible rows. A row shows itself whether it is
// chosen. A click chooses a row; keys go to the window.
type RowList struct {
	widget.List

	keys Keys
}

// NewRowList makes a list of rows, which update fills.
func NewRowList(length func() int, create func() fyne.CanvasObject, update func(int, fyne.CanvasObject), choose func(int), k Keys) *RowList {
	l := &RowList{}
	l.build(length, create, update, choose, k)
	l.ExtendBaseWidget(l)
	return l
}

func (l *RowList) build(length func() int, create func() fyne.CanvasObject, update func(int, fyne.CanvasObject), choose func(int), k Keys) {
	l.keys, l.Length, l.CreateItem = k, length, create
	l.UpdateItem = func(at widget.ListItemID, o fyne.CanvasObject) {
		if at < length() {
			update(at, o)
		}
	}
	l.OnSelected = func(at widget.ListItemID) {
		l.UnselectAll() // List.Select ignores a click on the same row.
		choose(at)
	}
	l.HideSeparators = true
}

// FocusGained does nothing: which row is chosen does not depend on the focus.
func (*RowList) FocusGained() {}

// FocusLost does nothing, as FocusGained does.
func (*RowList) FocusLost() {}

// TypedKey passes the key on to the window.
func (l *RowList) TypedKey(ev *fyne.KeyEvent) { l.keys.Key(ev) }

// TypedRune passes the character on to the window.
func (l *RowList) TypedRune(r rune) { l.keys.Char(r) }

// TypedShortcut passes the shortcut on to the window.
func (l *RowList) TypedShortcut(s fyne.Shortcut) { l.keys.Shortcut(s) }
