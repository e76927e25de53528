package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// buttonGap is between two buttons beside each other.
const buttonGap = 8

// newButtons places buttons beside each other.
func newButtons(buttons ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedHBoxLayout(buttonGap), buttons...)
}

// keyButton is a button that also takes the Enter key, and passes the keys that
// are not its own on to the window.
type keyButton struct {
	widget.Button

	key func(*fyne.KeyEvent)
}

func newKeyButton(text string, tapped func(), key func(*fyne.KeyEvent)) *keyButton {
	b := &keyButton{key: key}
	b.Text, b.OnTapped = text, tapped
	b.ExtendBaseWidget(b)
	return b
}

// MinSize is wide enough for a row of buttons to look like one.
func (b *keyButton) MinSize() fyne.Size { return b.Button.MinSize().Max(fyne.NewSize(84, 0)) }

// TypedKey presses the button, or passes the key on.
func (b *keyButton) TypedKey(ev *fyne.KeyEvent) {
	if !typedEnter(ev) {
		b.key(ev)
		return
	}
	// Not Tapped, with which Fyne takes the focus away as with a click.
	if b.OnTapped != nil && !b.Disabled() {
		b.OnTapped()
	}
}

// importance makes the button the one that stands out, or one among others.
func (b *keyButton) importance(high bool) {
	want := widget.MediumImportance
	if high {
		want = widget.HighImportance
	}
	if b.Importance != want {
		b.Importance = want
		b.Refresh()
	}
}

// keyCheck is a box to tick that passes the keys on that are not its own.
type keyCheck struct {
	widget.Check

	key func(*fyne.KeyEvent)
}

func newKeyCheck(text string, changed func(bool), key func(*fyne.KeyEvent)) *keyCheck {
	c := &keyCheck{key: key}
	c.Text, c.OnChanged = text, changed
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey passes the key on: the space that ticks comes as a rune.
func (c *keyCheck) TypedKey(ev *fyne.KeyEvent) { c.key(ev) }
