package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"daypass/internal/lang"
)

// TextField takes a text. It passes the Escape key on to the window.
type TextField struct {
	widget.Entry

	// Locked fields take no input. They are not disabled: they keep the focus, so
	// that the Escape key still works.
	Locked bool
	Key    func(*fyne.KeyEvent)
	// Paste, unless nil, takes a text that is pasted, or reports that the field is to.
	Paste func(text string) (taken bool)
}

// NewTextField makes a field of one line.
func NewTextField(placeholder string, changed func(string), key func(*fyne.KeyEvent)) *TextField {
	t := &TextField{Key: key}
	t.PlaceHolder, t.OnChanged = placeholder, changed
	t.ExtendBaseWidget(t)
	return t
}

// NewPassphraseField makes a field that does not show what is typed.
func NewPassphraseField(placeholder string, changed func(string), key func(*fyne.KeyEvent)) *TextField {
	t := NewTextField(placeholder, changed, key)
	t.Password = true
	return t
}

// NewTextArea makes a field of many lines.
func NewTextArea(key func(*fyne.KeyEvent)) *TextField {
	t := NewTextField("", nil, key)
	t.MultiLine, t.TextStyle = true, codeStyle
	return t
}

// pasteLines is how many lines of a pasted text are seen at once.
const pasteLines = 3

// PasteField takes a long text that is pasted. It breaks it into lines, since no graphics
// driver draws kilobytes in one; Enter and Tab are those of a field of one line.
type PasteField struct{ TextField }

// NewPasteField makes an empty field.
func NewPasteField(placeholder string, key func(*fyne.KeyEvent)) *PasteField {
	f := &PasteField{TextField{Key: key}}
	f.PlaceHolder, f.TextStyle = placeholder, codeStyle
	f.MultiLine, f.Wrapping = true, fyne.TextWrapBreak
	f.SetMinRowsVisible(pasteLines)
	f.ExtendBaseWidget(f)
	return f
}

// AcceptsTab leaves the Tab key to the window.
func (f *PasteField) AcceptsTab() bool { return false }

// TypedKey edits, submits the text, or passes the key on.
func (f *PasteField) TypedKey(ev *fyne.KeyEvent) {
	switch enter := ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter; {
	case !enter:
		f.TextField.TypedKey(ev)
	case f.OnSubmitted != nil && !f.Locked:
		f.OnSubmitted(f.Text)
	}
}

// SelectAll selects the text, so that the next one takes its place.
func (f *PasteField) SelectAll() { f.TypedShortcut(&fyne.ShortcutSelectAll{}) }

// OnEnter has the Enter key do the same in all of the fields.
func OnEnter(do func(), fields ...*TextField) {
	for _, f := range fields {
		f.OnSubmitted = func(string) { do() }
	}
}

// NewFormRow places a label of a width beside a field.
func NewFormRow(width float32, label lang.Text, field fyne.CanvasObject) *fyne.Container {
	return container.New(Labelled(width), newText(label.String(), theme.ColorNameForeground), field)
}

// TypedRune enters a character.
func (t *TextField) TypedRune(r rune) {
	if !t.Locked {
		t.Entry.TypedRune(r)
	}
}

// TypedShortcut pastes and selects.
func (t *TextField) TypedShortcut(s fyne.Shortcut) {
	paste, pastes := s.(*fyne.ShortcutPaste)
	switch {
	case t.Locked:
	case pastes && t.Paste != nil && t.Paste(paste.Clipboard.Content()):
	default:
		t.Entry.TypedShortcut(s)
	}
}

// TypedKey edits, or passes the key on.
func (t *TextField) TypedKey(ev *fyne.KeyEvent) {
	if t.Locked || ev.Name == fyne.KeyEscape {
		t.Key(ev)
		return
	}
	t.Entry.TypedKey(ev)
}

// SearchField takes the words of a search. Keys that move in a list and shortcuts that
// do not edit text go to the window.
type SearchField struct {
	widget.Entry

	keys Keys
}

// NewSearchField makes an empty search field.
func NewSearchField(placeholder string, changed func(string), k Keys) *SearchField {
	f := &SearchField{keys: k}
	f.PlaceHolder, f.OnChanged = placeholder, changed
	f.Icon = theme.SearchIcon()
	f.ExtendBaseWidget(f)
	return f
}

// TypedKey edits, or passes the key on.
func (f *SearchField) TypedKey(ev *fyne.KeyEvent) {
	_, moves := Steps(ev, 0)
	if moves || ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter || ev.Name == fyne.KeyEscape {
		f.keys.Key(ev)
		return
	}
	f.Entry.TypedKey(ev)
}

// TypedShortcut edits, or passes the shortcut on.
func (f *SearchField) TypedShortcut(s fyne.Shortcut) {
	if _, copies := s.(*fyne.ShortcutCopy); copies && f.SelectedText() != "" {
		f.Entry.TypedShortcut(s)
		return
	}
	if !f.keys.Shortcut(s) {
		f.Entry.TypedShortcut(s)
	}
}
