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

func newFact(label string, layout fyne.Layout) *fact {
	name := newLine(colorSecondary, sizeText, fyne.TextStyle{})
	name.set(label, "")
	value := newLine(theme.ColorNameForeground, sizeText, fyne.TextStyle{})
	return &fact{value: value, row: container.New(layout, name, value)}
}

// set shows the value, or nothing where there is none, and reports whether the
// fact has come or gone by that.
func (f *fact) set(text string) (changed bool) {
	f.value.set(text, "")
	return reveal(f.row, text != "")
}

// factLayout is that of a fact in a window of a fixed size: its value makes no
// window wider.
type factLayout struct{ labelLayout }

// MinSize is that of the value.
func (factLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(codeWidth, objects[1].MinSize().Height)
}
