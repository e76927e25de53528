package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// link is a button that looks like small words: a choice that is there for those
// who look for it.
type link struct {
	widget.BaseWidget
	hovering
	focusing

	text string
	do   func()
	// key takes the keys that come here with the focus.
	key func(*fyne.KeyEvent)
}

func newLink(do func(), key func(*fyne.KeyEvent)) *link {
	l := &link{do: do, key: key}
	l.changed, l.refocused = l.Refresh, l.Refresh
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

// TypedKey does it, or passes the key on.
func (l *link) TypedKey(ev *fyne.KeyEvent) {
	if typedEnter(ev) {
		l.do()
	} else {
		l.key(ev)
	}
}

// CreateRenderer draws the link.
func (l *link) CreateRenderer() fyne.WidgetRenderer {
	r := &linkRenderer{link: l, text: canvas.NewText("", nil), mark: canvas.NewRectangle(nil)}
	r.objects = []fyne.CanvasObject{r.text, r.mark}
	r.Refresh()
	return r
}

type linkRenderer struct {
	drawing

	link *link
	text *canvas.Text
	mark *canvas.Rectangle // Under the text, while it has the focus or the mouse.
}

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
