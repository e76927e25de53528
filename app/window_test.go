package app

import (
	"testing"

	"fyne.io/fyne/v2"
)

func TestNothingIsLeftToBeDoneWhenTheLoopHasEnded(t *testing.T) {
	before := fyne.CurrentApp()
	t.Cleanup(func() { fyne.SetCurrentApp(before) })
	l, ok := newApp().Lifecycle().(interface{ OnStopped() func() })
	if !ok {
		t.Fatal("Fyne tells in another way now what it does when its loop has ended")
	}
	if l.OnStopped() != nil {
		t.Error("Fyne would queue what nobody takes out of the queue any more")
	}
}
