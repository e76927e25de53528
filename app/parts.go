package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

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
	switch ev.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		// Not Tapped, with which Fyne takes the focus away as with a click.
		if b.OnTapped != nil && !b.Disabled() {
			b.OnTapped()
		}
	default:
		b.key(ev)
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

// passphraseField takes a passphrase, and passes the keys that are not its own
// on to the window.
type passphraseField struct {
	widget.Entry

	locked bool
	key    func(*fyne.KeyEvent)
}

func newPassphraseField() *passphraseField {
	f := &passphraseField{}
	f.Password = true
	f.ExtendBaseWidget(f)
	return f
}

// TypedRune enters a character, unless the field is locked: it is not disabled
// meanwhile, since it keeps the focus, and with it the Escape key.
func (f *passphraseField) TypedRune(r rune) {
	if !f.locked {
		f.Entry.TypedRune(r)
	}
}

// TypedShortcut pastes and selects, unless the field is locked.
func (f *passphraseField) TypedShortcut(s fyne.Shortcut) {
	if !f.locked {
		f.Entry.TypedShortcut(s)
	}
}

// TypedKey edits, or passes the key on.
func (f *passphraseField) TypedKey(ev *fyne.KeyEvent) {
	if f.locked || ev.Name == fyne.KeyEscape {
		f.key(ev)
		return
	}
	f.Entry.TypedKey(ev)
}

// backdrop is a window's background, in the colour of its own look.
type backdrop struct{ widget.BaseWidget }

func newBackdrop() *backdrop {
	b := &backdrop{}
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer draws the background.
func (b *backdrop) CreateRenderer() fyne.WidgetRenderer {
	r := &backdropRenderer{WidgetRenderer: nil, backdrop: b, fill: canvas.NewRectangle(nil)}
	r.WidgetRenderer = widget.NewSimpleRenderer(r.fill)
	r.Refresh()
	return r
}

type backdropRenderer struct {
	fyne.WidgetRenderer

	backdrop *backdrop
	fill     *canvas.Rectangle
}

func (r *backdropRenderer) Refresh() {
	r.fill.FillColor = shade(r.backdrop.Theme(), theme.ColorNameBackground)
	r.fill.Refresh()
}

// column stacks objects of one width, each with its own gap above; hidden ones
// take no room. The last one stands at the bottom.
type column struct {
	padding float32
	gaps    []float32
}

// MinSize has room for all objects and the padding around them.
func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(0, 2*c.padding)
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		low := o.MinSize()
		size.Width = fyne.Max(size.Width, low.Width+2*c.padding)
		size.Height += low.Height + c.gaps[i]
	}
	return size
}

// Layout places the objects.
func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y, width := c.padding, size.Width-2*c.padding
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		height := o.MinSize().Height
		y += c.gaps[i]
		if i == len(objects)-1 {
			y = size.Height - c.padding - height
		}
		o.Move(fyne.NewPos(c.padding, y))
		o.Resize(fyne.NewSize(width, height))
		y += height
	}
}

// middle gives its one object all the width and, in the middle, the height that
// the object needs.
type middle struct{}

// MinSize is the object's.
func (middle) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// Layout places the object.
func (middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	height := objects[0].MinSize().Height
	objects[0].Move(fyne.NewPos(0, (size.Height-height)/2))
	objects[0].Resize(fyne.NewSize(size.Width, height))
}

func show(o fyne.CanvasObject, visible bool) {
	switch {
	case visible == o.Visible():
	case visible:
		o.Show()
	default:
		o.Hide()
	}
}

// reveal shows or hides an object, and reports whether that was a change.
func reveal(o fyne.CanvasObject, visible bool) bool {
	changed := o.Visible() != visible
	show(o, visible)
	return changed
}
