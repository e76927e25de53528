package app

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestMovingProfilesToASession(t *testing.T) {
	f := openFramed(t, nil)
	w := newMigrateWindow(f.frame, "https://corp.awsapps.com/start")
	f.until(t, "the diff", func() bool { return w.state.stage == planShown })
	f.win.Canvas().Focus(w.name)
	test.Type(w.name, "work")
	if w.write.Disabled() == false {
		t.Error("a change that is not shown can be written")
	}
	f.until(t, "the diff with the name", func() bool {
		return w.state.stage == planShown && len(w.table.Lines) > 1 && w.table.Lines[1].Text == "+[sso-session work]"
	})
	if f.win.Canvas().Focused() != w.name {
		t.Error("the field was left while somebody typed")
	}
	w.name.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	f.until(t, "the end", func() bool { return w.state.stage == planDone })
	last := f.sso.moves[len(f.sso.moves)-1]
	if !last.Write || last.Seen == "" || last.Name != "work" || last.StartURL != "https://corp.awsapps.com/start" {
		t.Errorf("the last request was %+v", last)
	}
	if !strings.HasPrefix(w.notice.Words, "Wrote 2 profiles to ") || w.name.Visible() && w.more.Visible() {
		t.Errorf("the window says %q", w.notice.Words)
	}
	f.press(fyne.KeyEscape)
	if !f.closed {
		t.Error("Escape did not close the window")
	}
}
