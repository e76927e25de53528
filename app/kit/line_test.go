package kit

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

const longLine = "company-production-eu-west-1-AdministratorAccess"

// What takes clicks, keys or the mouse would take them from the row of a list that it is in:
// Fyne's desktop driver gives them to the innermost widget that could have them.
func TestALineLeavesClicksAndKeysToTheRowItIsIn(t *testing.T) {
	var line any = NewLine(theme.ColorNameForeground, SizeText, fyne.TextStyle{})
	switch line.(type) {
	case fyne.Tappable, fyne.SecondaryTappable, fyne.DoubleTappable, fyne.Focusable, fyne.Draggable, desktop.Mouseable, desktop.Hoverable:
		t.Errorf("%T takes them", line)
	}
}

func TestANameThatDoesNotFitKeepsItsBeginningAndItsEnd(t *testing.T) {
	test.NewTempApp(t)
	style := fyne.TextStyle{Bold: true}
	whole := fyne.MeasureText(longLine, SizeText, style).Width
	for _, width := range []float32{whole, whole - 1, whole / 2, 60, 12, 1} {
		shown, cut := Ellipsis(longLine, width, SizeText, style)
		if cut != (width < whole) {
			t.Errorf("in %v it is cut: %v", width, cut)
		}
		if !cut {
			continue
		}
		begin, end, ok := strings.Cut(shown, "…")
		if !ok || !strings.HasPrefix(longLine, begin) || !strings.HasSuffix(longLine, end) || len(begin)-len(end) > 1 || len(begin) < len(end) {
			t.Errorf("in %v it is %q", width, shown)
		}
		if drawn := fyne.MeasureText(shown, SizeText, style).Width; drawn > width && shown != "…" {
			t.Errorf("in %v %q is %v wide", width, shown, drawn)
		}
	}
}
