package kit

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestAButtonThatIsPressedWithAKeyKeepsTheFocus(t *testing.T) {
	pressed := 0
	button := NewButton("Tick all", func() { pressed++ }, func(*fyne.KeyEvent) {})
	test.NewTempApp(t)
	window := test.NewTempWindow(t, button)
	for i, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace} {
		window.Canvas().Focus(button)
		button.TypedKey(&fyne.KeyEvent{Name: key})
		if pressed != i+1 {
			t.Errorf("%s does not press it", key)
		}
		if window.Canvas().Focused() != fyne.Focusable(button) {
			t.Errorf("after %s the focus is on %v", key, window.Canvas().Focused())
		}
	}
	button.Disable()
	button.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if pressed != 3 {
		t.Error("a key presses a button that is disabled")
	}
}
