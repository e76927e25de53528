package app

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// timeBar shows how much is left of a time.
type timeBar struct {
	widget.BaseWidget

	// share is from 0 to 1; below zero there is nothing to show.
	share  float32
	ink    fyne.ThemeColorName
	height float32
}

func newTimeBar() *timeBar {
	b := &timeBar{share: -1, height: timeBarHeight}
	b.ExtendBaseWidget(b)
	return b
}

// set shows another share. It draws only if that can be seen.
func (b *timeBar) set(share float32, ink fyne.ThemeColorName) {
	// 1/400 is less than a pixel of the longest bar at double scale.
	share = float32(math.Round(float64(share)*400) / 400)
	if b.share != share || b.ink != ink {
		b.share, b.ink = share, ink
		b.Refresh()
	}
}

const timeBarHeight = 5

// CreateRenderer draws the bar.
func (b *timeBar) CreateRenderer() fyne.WidgetRenderer {
	track, ink := canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	r := &timeBarRenderer{drawing{[]fyne.CanvasObject{track, ink}}, b, track, ink}
	r.Refresh()
	return r
}

type timeBarRenderer struct {
	drawing

	bar        *timeBar
	track, ink *canvas.Rectangle
}

func (r *timeBarRenderer) MinSize() fyne.Size { return fyne.NewSize(40, r.bar.height) }

func (r *timeBarRenderer) Layout(size fyne.Size) {
	r.track.Resize(size)
	r.ink.Resize(fyne.NewSize(fyne.Max(size.Height, size.Width*r.bar.share), size.Height))
}

func (r *timeBarRenderer) Refresh() {
	th := newLook()
	r.track.CornerRadius, r.ink.CornerRadius = r.bar.height/2, r.bar.height/2
	r.track.Hidden, r.ink.Hidden = r.bar.share < 0, r.bar.share <= 0
	r.track.FillColor = shade(th, colorTrack)
	if r.bar.ink != "" {
		r.ink.FillColor = shade(th, r.bar.ink)
	}
	r.Layout(r.bar.Size())
	canvas.Refresh(r.bar)
}
