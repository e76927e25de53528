package kit

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

func TestACountdownIsDrawnWhileThereIsTimeLeft(t *testing.T) {
	test.NewTempApp(t)
	c := NewCountdown(30*time.Second, func(left time.Duration) string { return fmt.Sprint("Next in ", left) })
	window := test.NewTempWindow(t, container.NewStack(c))
	drawn := func() bool {
		return slices.ContainsFunc(test.LaidOutObjects(window.Content()), func(o fyne.CanvasObject) bool {
			text, ok := o.(*canvas.Text)
			return ok && c.line.Visible() && text.Text == "Next in 20s" && text.Size().Width > 0
		})
	}
	size := c.MinSize()
	if c.Set(20 * time.Second); !drawn() || !c.bar.Visible() || c.bar.Share < 0.6 || c.bar.Share > 0.7 {
		t.Errorf("the words are drawn: %v; the bar shows %v", drawn(), c.bar.Share)
	}
	if c.Set(0); drawn() || c.bar.Visible() {
		t.Error("it is drawn when there is no time left")
	}
	if c.MinSize() != size {
		t.Error("its size depends on the time that is left")
	}
}
