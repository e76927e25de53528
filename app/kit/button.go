package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// ButtonGap is the space between two buttons.
const ButtonGap = 8

// NewButtons places buttons in a row.
func NewButtons(buttons ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedHBoxLayout(ButtonGap), buttons...)
}

// Button is a button that takes the Enter key too, and passes the keys that it does not
// use on to the window.
type Button struct {
	widget.Button

	key func(*fyne.KeyEvent)
}

// NewButton makes a button; key takes the keys that it does not use.
func NewButton(text string, tapped func(), key func(*fyne.KeyEvent)) *Button {
	b := &Button{key: key}
	b.Text, b.OnTapped = text, tapped
	b.ExtendBaseWidget(b)
	return b
}

// MinSize is wide enough that short labels do not make narrow buttons.
func (b *Button) MinSize() fyne.Size { return b.Button.MinSize().Max(fyne.NewSize(84, 0)) }

// TypedKey presses the button, or passes the key on.
func (b *Button) TypedKey(ev *fyne.KeyEvent) {
	if !typedEnter(ev) {
		b.key(ev)
		return
	}
	// Not Tapped, with which Fyne takes the focus away as with a click
	// (Button.Tapped in widget/button.go).
	if b.OnTapped != nil && !b.Disabled() {
		b.OnTapped()
	}
}

// StandOut sets whether the button is to stand out among the others.
func (b *Button) StandOut(high bool) {
	want := widget.MediumImportance
	if high {
		want = widget.HighImportance
	}
	if b.Importance != want {
		b.Importance = want
		b.Refresh()
	}
}

// Check is a check box that passes the keys that it does not use on to the window.
type Check struct {
	widget.Check

	key func(*fyne.KeyEvent)
}

// NewCheck makes a check box; key takes the keys that it does not use.
func NewCheck(text string, changed func(bool), key func(*fyne.KeyEvent)) *Check {
	c := &Check{key: key}
	c.Text, c.OnChanged = text, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey passes the key on: the space that ticks the box comes as a rune.
func (c *Check) TypedKey(ev *fyne.KeyEvent) { c.key(ev) }
