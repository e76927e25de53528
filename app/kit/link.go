package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Link is a button that looks like small text, for a choice that few people need.
type Link struct {
	widget.BaseWidget
	hovering
	focusing

	Text string
	do   func()
	// key takes the keys that the link does not use.
	key func(*fyne.KeyEvent)
}

// NewLink makes a link without text, which is hidden.
func NewLink(do func(), key func(*fyne.KeyEvent)) *Link {
	l := &Link{do: do, key: key}
	l.changed, l.refocused = l.Refresh, l.Refresh
	l.ExtendBaseWidget(l)
	l.Hide()
	return l
}

// Set sets the text. A link without text is hidden.
func (l *Link) Set(text string) {
	if l.Text != text {
		l.Text = text
		l.Refresh()
	}
	Show(l, text != "")
}

// Tapped does what the link is for.
func (l *Link) Tapped(*fyne.PointEvent) { l.do() }

// TypedKey presses the link, or passes the key on.
func (l *Link) TypedKey(ev *fyne.KeyEvent) {
	if typedEnter(ev) {
		l.do()
	} else {
		l.key(ev)
	}
}

// CreateRenderer draws the link.
func (l *Link) CreateRenderer() fyne.WidgetRenderer {
	r := &linkRenderer{link: l, text: canvas.NewText("", nil), mark: canvas.NewRectangle(nil)}
	r.Parts = []fyne.CanvasObject{r.text, r.mark}
	r.Refresh()
	return r
}

type linkRenderer struct {
	Drawing

	link *Link
	text *canvas.Text
	mark *canvas.Rectangle // Under the text, while it has the focus or the mouse.
}

func (r *linkRenderer) MinSize() fyne.Size {
	return fyne.NewSize(Whole(r.text.MinSize().Width), buttonHeight)
}

// buttonHeight is the height of Fyne's buttons with text of [SizeText].
const buttonHeight = 36

func (r *linkRenderer) Layout(size fyne.Size) {
	text := r.text.MinSize()
	y := Whole((size.Height - text.Height) / 2)
	Place(r.text, 0, y, text.Width, text.Height)
	Place(r.mark, 0, y+text.Height, text.Width, 1.5)
}

func (r *linkRenderer) Refresh() {
	ink := ColorSecondary
	if r.link.hovered || r.link.focused {
		ink = theme.ColorNamePrimary
	}
	r.text.Text, r.text.Color, r.text.TextSize = r.link.Text, Shade(ink), SizeSmall
	r.mark.FillColor = Shade(ink)
	r.mark.Hidden = !r.link.hovered && !r.link.focused
	r.Layout(r.link.Size())
	r.text.Refresh()
	r.mark.Refresh()
}
