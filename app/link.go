package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// link is a button that looks like small words: a choice that is there for those
// who look for it.
type link struct {
	widget.BaseWidget

	text string
	do   func()
	// key takes the keys that come here with the focus.
	key func(*fyne.KeyEvent)

	hovered, focused bool
}

func newLink(do func(), key func(*fyne.KeyEvent)) *link {
	l := &link{do: do, key: key}
	l.ExtendBaseWidget(l)
	l.Hide()
	return l
}

// set gives the link another text; it is hidden without any.
func (l *link) set(text string) {
	if l.text != text {
		l.text = text
		l.Refresh()
	}
	show(l, text != "")
}

// Tapped does it.
func (l *link) Tapped(*fyne.PointEvent) { l.do() }

// Cursor is a hand.
func (*link) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MouseIn shows that it can be clicked.
func (l *link) MouseIn(*desktop.MouseEvent) { l.hovered = true; l.Refresh() }

// MouseMoved does nothing more than MouseIn did.
func (*link) MouseMoved(*desktop.MouseEvent) {}

// MouseOut shows it as it is.
func (l *link) MouseOut() { l.hovered = false; l.Refresh() }

// FocusGained shows that Enter does it.
func (l *link) FocusGained() { l.focused = true; l.Refresh() }

// FocusLost shows it as it is.
func (l *link) FocusLost() { l.focused = false; l.Refresh() }

// TypedRune does nothing: a link is not typed into.
func (*link) TypedRune(rune) {}

// TypedKey does it, or passes the key on.
func (l *link) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		l.do()
	default:
		l.key(ev)
	}
}

// CreateRenderer draws the link.
func (l *link) CreateRenderer() fyne.WidgetRenderer {
	r := &linkRenderer{link: l, text: canvas.NewText("", nil), mark: canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type linkRenderer struct {
	link *link
	text *canvas.Text
	mark *canvas.Rectangle // Under the text, while it has the focus or the mouse.
}

func (r *linkRenderer) Destroy() {}

func (r *linkRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.text, r.mark} }

// MinSize is the text's, and high enough to be hit.
func (r *linkRenderer) MinSize() fyne.Size {
	return fyne.NewSize(whole(r.text.MinSize().Width), buttonHeight)
}

// buttonHeight is that of Fyne's buttons with text of [sizeText].
const buttonHeight = 36

func (r *linkRenderer) Layout(size fyne.Size) {
	text := r.text.MinSize()
	y := whole((size.Height - text.Height) / 2)
	place(r.text, 0, y, text.Width, text.Height)
	place(r.mark, 0, y+text.Height, text.Width, 1.5)
}

func (r *linkRenderer) Refresh() {
	th, ink := newLook(), colorSecondary
	if r.link.hovered || r.link.focused {
		ink = theme.ColorNamePrimary
	}
	r.text.Text, r.text.Color, r.text.TextSize = r.link.text, shade(th, ink), sizeSmall
	r.mark.FillColor = shade(th, ink)
	r.mark.Hidden = !r.link.hovered && !r.link.focused
	r.Layout(r.link.Size())
	r.text.Refresh()
	r.mark.Refresh()
}

// promptFoot is the last row of a question's window: words on the left, buttons
// on the right, and on the left a link, which is last for the Tab key.
type promptFoot struct{}

// MinSize has room for the buttons, and beside them the wider of the others.
func (promptFoot) MinSize(objects []fyne.CanvasObject) fyne.Size {
	buttons := objects[1].MinSize()
	left := objects[0].MinSize().Max(objects[2].MinSize())
	return fyne.NewSize(buttons.Width+left.Width+buttonGap, fyne.Max(buttons.Height, left.Height))
}

// Layout places the three.
func (promptFoot) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	buttons := objects[1].MinSize()
	place(objects[1], size.Width-buttons.Width, 0, buttons.Width, size.Height)
	for _, o := range []fyne.CanvasObject{objects[0], objects[2]} {
		low := o.MinSize()
		width := size.Width - buttons.Width - buttonGap
		if o == objects[2] {
			width = low.Width
		}
		place(o, 0, (size.Height-low.Height)/2, width, low.Height)
	}
}
