package kit

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Countdown shows how much is left of a short time, in words and as a bar.
type Countdown struct {
	widget.BaseWidget

	of    time.Duration
	words func(left time.Duration) string
	Left  time.Duration
	line  *Line
	bar   *TimeBar
}

const (
	countdownWidth  = 150
	countdownHeight = 3
)

// NewCountdown makes a countdown of a time; words says what is left of it.
func NewCountdown(of time.Duration, words func(left time.Duration) string) *Countdown {
	c := &Countdown{of: of, words: words, line: NewLine(ColorSecondary, SizeText, fyne.TextStyle{}), bar: NewTimeBar()}
	c.bar.height = countdownHeight
	c.ExtendBaseWidget(c)
	c.Set(0)
	return c
}

// CreateRenderer draws the countdown.
func (c *Countdown) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(countdownLayout{}, c.line, c.bar))
}

// Set sets the time left. At zero the countdown is hidden.
func (c *Countdown) Set(left time.Duration) {
	c.Left = left
	if left > 0 {
		c.line.Set(c.words(left))
		c.bar.Set(min(1, float32(left)/float32(c.of)), theme.ColorNamePrimary)
	}
	Show(c.line, left > 0)
	Show(c.bar, left > 0)
}

// countdownLayout places the words above the bar. It keeps their room while they are
// hidden.
type countdownLayout struct{}

func (countdownLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(countdownWidth, objects[0].MinSize().Height+TimeBarHeight+countdownHeight)
}

func (countdownLayout) Layout(objects []fyne.CanvasObject, _ fyne.Size) {
	height := objects[0].MinSize().Height
	Place(objects[0], 0, 0, countdownWidth, height)
	Place(objects[1], 0, height+TimeBarHeight, countdownWidth, countdownHeight)
}
