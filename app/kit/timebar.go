package kit

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// TimeBar shows which share of a time is left.
type TimeBar struct {
	widget.BaseWidget

	// Share is from 0 to 1. Below zero the bar is hidden.
	Share  float32
	ink    fyne.ThemeColorName
	height float32
}

// NewTimeBar makes a hidden bar.
func NewTimeBar() *TimeBar {
	b := &TimeBar{Share: -1, height: TimeBarHeight}
	b.ExtendBaseWidget(b)
	return b
}

// Set sets the share. It draws the bar only if that can be seen.
func (b *TimeBar) Set(share float32, ink fyne.ThemeColorName) {
	// 1/400 is less than a pixel of the longest bar at double scale.
	share = float32(math.Round(float64(share)*400) / 400)
	if b.Share != share || b.ink != ink {
		b.Share, b.ink = share, ink
		b.Refresh()
	}
}

// TimeBarHeight is the height of a bar.
const TimeBarHeight = 5

// CreateRenderer draws the bar.
func (b *TimeBar) CreateRenderer() fyne.WidgetRenderer {
	track, ink := canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	r := &timeBarRenderer{Drawing{[]fyne.CanvasObject{track, ink}}, b, track, ink}
	r.Refresh()
	return r
}

type timeBarRenderer struct {
	Drawing

	bar        *TimeBar
	track, ink *canvas.Rectangle
}

func (r *timeBarRenderer) MinSize() fyne.Size { return fyne.NewSize(40, r.bar.height) }

func (r *timeBarRenderer) Layout(size fyne.Size) {
	r.track.Resize(size)
	r.ink.Resize(fyne.NewSize(fyne.Max(size.Height, size.Width*r.bar.Share), size.Height))
}

func (r *timeBarRenderer) Refresh() {
	r.track.CornerRadius, r.ink.CornerRadius = r.bar.height/2, r.bar.height/2
	r.track.Hidden, r.ink.Hidden = r.bar.Share < 0, r.bar.Share <= 0
	r.track.FillColor = Shade(colorTrack)
	if r.bar.ink != "" {
		r.ink.FillColor = Shade(r.bar.ink)
	}
	r.Layout(r.bar.Size())
	canvas.Refresh(r.bar)
}
