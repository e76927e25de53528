package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// Fact is one thing that is known: a label, its value and the value's long form, if it
// has one.
type Fact struct{ Label, Value, Full string }

// Facts lists what is known of something, one line each. It takes no room while
// nothing is known.
type Facts struct {
	*fyne.Container

	Rows []*FactRow

	labelWidth float32
	showFull   func(string)
	key        func(*fyne.KeyEvent)
}

// FactRow is the line of one fact.
type FactRow struct {
	*fyne.Container

	Value *LongLine
}

// NewFacts makes an empty list. showFull and key are those of its lines.
func NewFacts(gap, labelWidth float32, showFull func(string), key func(*fyne.KeyEvent)) *Facts {
	f := &Facts{Container: container.New(Rows(gap)), labelWidth: labelWidth, showFull: showFull, key: key}
	f.Hide()
	return f
}

// Set shows the facts that have a value, and reports whether lines came or went. The
// labels are the same in each call.
func (f *Facts) Set(facts []Fact) (changed bool) {
	known := false
	for i, fact := range facts {
		if i == len(f.Rows) {
			value := NewLongLine(theme.ColorNameForeground, SizeText, fyne.TextStyle{})
			value.ShowFull, value.Key = f.showFull, f.key
			row := &FactRow{container.New(Labelled(f.labelWidth), newText(fact.Label, ColorSecondary), value), value}
			f.Rows = append(f.Rows, row)
			f.Add(row.Container)
		}
		f.Rows[i].Value.Set(fact.Value, fact.Full)
		changed = Show(f.Rows[i].Container, fact.Value != "") || changed
		known = known || fact.Value != ""
	}
	return Show(f.Container, known) || changed
}
