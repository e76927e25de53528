package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// countdown shows how long it takes until the device shows its next code: in
// words, and as a bar that runs out.
type countdown struct {
	widget.BaseWidget

	left time.Duration
}

func newCountdown() *countdown {
	c := &countdown{}
	c.ExtendBaseWidget(c)
	return c
}

// show sets the time left; the countdown cannot be seen when it is zero.
func (c *countdown) show(left time.Duration) {
	if c.left != left {
		c.left = left
		c.Refresh()
	}
}

// CreateRenderer draws the countdown.
func (c *countdown) CreateRenderer() fyne.WidgetRenderer {
	r := &countdownRenderer{
		countdown: c, words: canvas.NewText("", nil),
		track: canvas.NewRectangle(nil), bar: canvas.NewRectangle(nil),
	}
	r.Refresh()
	return r
}

type countdownRenderer struct {
	countdown  *countdown
	words      *canvas.Text
	track, bar *canvas.Rectangle
}

func (r *countdownRenderer) Destroy() {}

func (r *countdownRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.words, r.track, r.bar}
}

const (
	countdownWidth = 150
	barHeight      = 3
	barGap         = 5
)

func (r *countdownRenderer) MinSize() fyne.Size {
	return fyne.NewSize(countdownWidth, r.words.MinSize().Height+barGap+barHeight)
}

func (r *countdownRenderer) Layout(size fyne.Size) {
	height := r.words.MinSize().Height
	top := (size.Height - r.MinSize().Height) / 2
	r.words.Move(fyne.NewPos(0, top))
	r.words.Resize(fyne.NewSize(countdownWidth, height))
	r.track.Move(fyne.NewPos(0, top+height+barGap))
	r.track.Resize(fyne.NewSize(countdownWidth, barHeight))
	share := min(1, float32(r.countdown.left)/float32(codeStep))
	r.bar.Move(r.track.Position())
	r.bar.Resize(fyne.NewSize(countdownWidth*share, barHeight))
}

func (r *countdownRenderer) Refresh() {
	th, left := r.countdown.Theme(), r.countdown.left
	r.words.Text = nextCode(left)
	r.words.TextSize = sizeText
	r.words.Color = shade(th, colorSecondary)
	r.track.FillColor, r.track.CornerRadius = shade(th, theme.ColorNameInputBorder), barHeight/2.0
	r.bar.FillColor, r.bar.CornerRadius = shade(th, theme.ColorNamePrimary), barHeight/2.0
	r.Layout(r.countdown.Size())
	for _, o := range r.Objects() {
		if left > 0 {
			o.Show()
		} else {
			o.Hide()
		}
		o.Refresh()
	}
}
