package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// countdown shows how much is left of a short time: in words, and as a bar that
// runs out.
type countdown struct {
	*fyne.Container

	of    time.Duration
	words func(left time.Duration) string
	left  time.Duration
	line  *line
	bar   *timeBar
}

const (
	countdownWidth  = 150
	countdownHeight = 3
)

// newCountdown makes the countdown of a time; words say what is left of it.
func newCountdown(of time.Duration, words func(left time.Duration) string) *countdown {
	c := &countdown{of: of, words: words, line: newLine(colorSecondary, sizeText, fyne.TextStyle{}), bar: newTimeBar()}
	c.bar.height = countdownHeight
	c.Container = container.New(countdownLayout{}, c.line, c.bar)
	c.set(0)
	return c
}

// set sets the time left; the countdown cannot be seen when it is zero.
func (c *countdown) set(left time.Duration) {
	c.left = left
	if left > 0 {
		c.line.set(c.words(left), "")
		c.bar.set(min(1, float32(left)/float32(c.of)), theme.ColorNamePrimary)
	}
	show(c.line, left > 0)
	show(c.bar, left > 0)
}

// countdownLayout places the words and, below them, the bar. It has room for them
// though they cannot be seen.
type countdownLayout struct{}

// MinSize is the same all the time.
func (countdownLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(countdownWidth, objects[0].MinSize().Height+timeBarHeight+countdownHeight)
}

// Layout places the two.
func (countdownLayout) Layout(objects []fyne.CanvasObject, _ fyne.Size) {
	height := objects[0].MinSize().Height
	place(objects[0], 0, 0, countdownWidth, height)
	place(objects[1], 0, height+timeBarHeight, countdownWidth, countdownHeight)
}
