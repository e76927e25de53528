package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// Fact is one line of what is known of something: a label and its value.
type Fact struct {
	Row   *fyne.Container
	Value *Line
}

// NewFact makes a fact whose label has a width.
func NewFact(name string, width float32) *Fact {
	value := NewLine(theme.ColorNameForeground, SizeText, fyne.TextStyle{})
	return &Fact{Value: value, Row: container.New(Labelled(width), newText(name, ColorSecondary), value)}
}

// Set shows the value, or nothing where there is none, and reports whether the
// fact has come or gone by that.
func (f *Fact) Set(text string) (changed bool) {
	f.Value.Set(text, "")
	return Reveal(f.Row, text != "")
}
