package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// fact is one line of what is known of something: a label and its value.
type fact struct {
	row   *fyne.Container
	value *line
}

// newFact makes a fact whose label has a width.
func newFact(name string, width float32) *fact {
	value := newLine(theme.ColorNameForeground, sizeText, fyne.TextStyle{})
	return &fact{value: value, row: container.New(labelled(width), newText(name, colorSecondary), value)}
}

// set shows the value, or nothing where there is none, and reports whether the
// fact has come or gone by that.
func (f *fact) set(text string) (changed bool) {
	f.value.set(text, "")
	return reveal(f.row, text != "")
}
