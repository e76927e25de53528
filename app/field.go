package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// textField takes a text, and passes the Escape key on to the window.
type textField struct {
	widget.Entry

	// locked fields take nothing. They are not disabled meanwhile: they keep the
	// focus, and with it the Escape key.
	locked bool
	key    func(*fyne.KeyEvent)
}

// newTextField makes a field of one line.
func newTextField(placeholder string, changed func(string), key func(*fyne.KeyEvent)) *textField {
	t := &textField{key: key}
	t.PlaceHolder, t.OnChanged = placeholder, changed
	t.ExtendBaseWidget(t)
	return t
}

// newPassphraseField makes a field that does not show what is typed.
func newPassphraseField(placeholder string, changed func(string), key func(*fyne.KeyEvent)) *textField {
	t := newTextField(placeholder, changed, key)
	t.Password = true
	return t
}

// newTextArea makes a field of many lines.
func newTextArea(key func(*fyne.KeyEvent)) *textField {
	t := newTextField("", nil, key)
	t.MultiLine, t.TextStyle = true, codeStyle
	return t
}

// TypedRune enters a character.
func (t *textField) TypedRune(r rune) {
	if !t.locked {
		t.Entry.TypedRune(r)
	}
}

// TypedShortcut pastes and selects.
func (t *textField) TypedShortcut(s fyne.Shortcut) {
	if !t.locked {
		t.Entry.TypedShortcut(s)
	}
}

// TypedKey edits, or passes the key on.
func (t *textField) TypedKey(ev *fyne.KeyEvent) {
	if t.locked || ev.Name == fyne.KeyEscape {
		t.key(ev)
		return
	}
	t.Entry.TypedKey(ev)
}

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
	_, moves := steps(ev, 0)
	if moves || ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter || ev.Name == fyne.KeyEscape {
		f.keys.key(ev)
		return
	}
	f.Entry.TypedKey(ev)
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
