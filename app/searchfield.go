package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// searchField takes what is searched for. The keys that move in a list are the
// window's, and so are the shortcuts that edit no text.
type searchField struct {
	widget.Entry

	keys keys
}

func newSearchField(placeholder string, changed func(string), k keys) *searchField {
	f := &searchField{keys: k}
	f.PlaceHolder, f.OnChanged = placeholder, changed
	f.Icon = theme.SearchIcon()
	f.ExtendBaseWidget(f)
	return f
}

// TypedKey edits, or passes the key on.
func (f *searchField) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyHome, fyne.KeyEnd,
		fyne.KeyReturn, fyne.KeyEnter, fyne.KeyEscape:
		f.keys.key(ev)
	default:
		f.Entry.TypedKey(ev)
	}
}

// TypedShortcut edits, or passes the shortcut on.
func (f *searchField) TypedShortcut(s fyne.Shortcut) {
	if _, copies := s.(*fyne.ShortcutCopy); copies && f.SelectedText() != "" {
		f.Entry.TypedShortcut(s)
		return
	}
	if !f.keys.shortcut(s) {
		f.Entry.TypedShortcut(s)
	}
}
