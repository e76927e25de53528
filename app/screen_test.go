package app

import (
	"sync"
	"testing"

	"daypass/app/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestNothingRunsAfterTheWindowWasLeft(t *testing.T) {
	queue := make(chan func(), 1000)
	l := &loop{run: func(f func()) { queue <- f }}
	var senders sync.WaitGroup
	for range 20 {
		senders.Go(func() {
			for range 40 {
				l.do(func() {})
			}
		})
	}
	l.do(func() {})
	if len(queue) == 0 {
		t.Error("nothing enters a loop that runs")
	}
	l.leave()
	close(queue) // What comes now panics, as in Fyne.
	senders.Wait()
	l.do(func() {})
}

func TestFyneRunsNothingAfterItsLoopHasEnded(t *testing.T) {
	before := fyne.CurrentApp()
	t.Cleanup(func() { fyne.SetCurrentApp(before) })
	l, ok := newApp().Lifecycle().(interface{ OnStopped() func() })
	if !ok {
		t.Fatal("Fyne has another way now to say what it does when its loop has ended")
	}
	if l.OnStopped() != nil {
		t.Error("Fyne would queue what nobody takes out of the queue any more")
	}
}

// testWindow is a window on Fyne's test driver, in daypass's look.
func testWindow() fyne.Window {
	a := test.NewApp()
	a.Settings().SetTheme(kit.NewLook())
	return a.NewWindow(name)
}
