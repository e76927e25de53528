package kit

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"
)

func TestADiffDrawsOnlyWhatCanBeSeen(t *testing.T) {
	win := test.NewApp().NewWindow("diff")
	table := NewDiffTable(func(*fyne.KeyEvent) {})
	made := 0
	cell := table.CreateCell
	table.CreateCell = func() fyne.CanvasObject { made++; return cell() }
	win.SetContent(table)
	win.Resize(fyne.NewSize(980, 720))
	lines := make([]DiffLine, 25000)
	for i := range lines {
		lines[i] = DiffLine{diffPlus, fmt.Sprint("+line ", i)}
	}
	table.Set(lines)
	table.ScrollToBottom()
	if made == 0 || made > 200 {
		t.Errorf("%d rows were made for a window of some thirty lines", made)
	}
}

func TestALineOfADiffBeginsWithItsMark(t *testing.T) {
	const diff = "--- a/config\n+++ b/config\n@@ -1,4 +1,4 @@\n [a]\n-x = 1\r\n+x\t= 2\n\n--- not a name\n+++ neither\n\\ No newline at end of file"
	want := []DiffLine{
		{DiffHead, "@@ -1,4 +1,4 @@"},
		{DiffSame, " [a]"},
		{diffMinus, "-x = 1"},
		{diffPlus, "+x    = 2"},
		{DiffSame, ""},
		{diffMinus, "--- not a name"},
		{diffPlus, "+++ neither"},
		{DiffSame, `\ No newline at end of file`},
	}
	if diff := cmp.Diff(want, DiffLines(diff)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
