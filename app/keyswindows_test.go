package app

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
)

func (h *seeded) openKeysImport(t *testing.T) *keysImportWindow {
	t.Helper()
	w := newKeysImportWindow(h.frame)
	h.until(t, "the keys and whose they are", func() bool { return w.state.known && !w.state.asking })
	return w
}

func TestKeysAreImportedOneAfterTheOtherAndPutBack(t *testing.T) {
	h := openSeeded(t, func(d *testData) {
		d.custody.refused[otherKeyID] = &creds.Error{Code: creds.CodeNetwork, Message: "AWS cannot be reached"}
	})
	w := h.openKeysImport(t)
	h.press(fyne.KeyDown) // The list has the focus: to ci.
	h.press(fyne.KeyDown) // And to the folder's key.
	h.press(fyne.KeySpace)
	if got := tickedNames(&w.state); got != "bob ci old" || w.name.Text != "old" {
		t.Errorf("ticked are %q, and %q is chosen", got, w.name.Text)
	}
	h.press(fyne.KeySpace)
	h.press(fyne.KeyHome)
	w.name.SetText("robert")
	h.press(fyne.KeyReturn)
	h.wantSaid(t, agentapi.ImportKeys.Path+` {"keys":[{"ref":"file:1","profile":"robert"}]}`)
	h.wantSaid(t, agentapi.ImportKeys.Path+` {"keys":[{"ref":"file:2","profile":"ci"}]}`)
	h.until(t, "the end", func() bool { return !w.state.busy() })
	if w.notice.Words != "1 key is in the keyring, 1 not. Choose one to read why." || w.notice.Tone != kit.ToneWarning {
		t.Errorf("the window says %q", w.notice.Words)
	}
	if !strings.HasPrefix(w.detail.Words, "The key is where it was. AWS cannot be reached.") {
		t.Errorf("of the last one it says %q", w.detail.Words)
	}
	test.Tap(w.undo)
	h.wantSaid(t, agentapi.UndoImport.Path+` {"profiles":["robert"]}`)
	h.until(t, "the key back", func() bool { return !w.state.busy() })
	if w.notice.Words != "1 key is back in plaintext." {
		t.Errorf("the window says %q", w.notice.Words)
	}
	h.press(fyne.KeyEscape)
	if !h.closed {
		t.Error("Escape did not close the window")
	}
}

func TestEarlierImportsAreUndoneOnlyByTheSecondPress(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openKeysImport(t)
	test.Tap(w.undo)
	if w.undo.Text != "Put them back" || w.notice.Tone != kit.ToneWarning {
		t.Errorf("the button is %q, the window says %q", w.undo.Text, w.notice.Words)
	}
	for _, said := range h.data.said() {
		if strings.HasPrefix(said, agentapi.UndoImport.Path) {
			t.Error("keys were put back before the person knew")
		}
	}
	test.Tap(w.undo)
	h.wantSaid(t, agentapi.UndoImport.Path+` {}`)
	h.until(t, "the answer", func() bool { return !w.state.busy() })
	if w.notice.Words != "No import is left that could be undone." {
		t.Errorf("the window says %q", w.notice.Words)
	}
}

func TestAFileIsAddedByItsPathAndByDroppingIt(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openKeysImport(t)
	w.csv.SetText("keys.csv")
	w.csv.OnSubmitted("")
	if w.notice.Tone != kit.ToneWarning || w.csv.Text != "keys.csv" {
		t.Errorf("of a part of a path it says %q", w.notice.Words)
	}
	w.csv.SetText("/tmp/a.csv")
	w.csv.OnSubmitted("")
	h.wantSaid(t, agentapi.FindKeys.Path+` {"csv":["/tmp/a.csv"]}`)
	h.until(t, "its key", func() bool { return len(w.state.rows) == 5 && !w.state.asking })
	w.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI("/tmp/b.csv")})
	h.wantSaid(t, agentapi.FindKeys.Path+` {"csv":["/tmp/a.csv","/tmp/b.csv"],"ask":true}`)
	h.until(t, "the other's key", func() bool { return len(w.state.rows) == 6 && !w.state.asking })
}

func (h *seeded) openKey(t *testing.T, profile string, rotate bool) *keyWindow {
	t.Helper()
	w := newKeyWindow(h.frame, profile, rotate)
	h.until(t, "the key", func() bool { return w.state.known && (!rotate || w.plan.state.stage != rotateAsking) })
	return w
}

func TestAKeyIsRotatedWithTheKeyboardAndItsOldOneMadeActiveAgain(t *testing.T) {
	wait := make(chan struct{})
	h := openSeeded(t, func(d *testData) { withKeys(d); d.custody.wait = wait })
	w := h.openKey(t, "alice", false)
	h.press(fyne.KeyReturn) // Rotate… has the focus.
	h.until(t, "the plan", func() bool { return w.plan.state.stage == rotateShown })
	h.press(fyne.KeyReturn)
	h.wantSaid(t, agentapi.Rotate.Path+` {"profile":"alice"}`)
	h.press(fyne.KeyEscape)
	if h.closed || !w.plan.Visible() {
		t.Error("the window went while the key was being rotated")
	}
	h.data.change(func(s *creds.Snapshot) {
		s.Profiles[0].Key = &creds.KeyStatus{ID: newKeyID, InKeyring: true, Rotating: true}
	})
	h.until(t, "the new key", func() bool {
		return strings.HasPrefix(w.plan.notice.Words, "The new key "+newKeyID+" works and is in use. Making")
	})
	close(wait)
	h.until(t, "the result", func() bool { return w.plan.state.stage == rotateDone })
	if !strings.Contains(w.plan.notice.Words, "The old key "+testKeyID+" is inactive. It was last used") {
		t.Errorf("the window says %q", w.plan.notice.Words)
	}
	h.data.change(func(s *creds.Snapshot) {
		s.Profiles[0].Key = &creds.KeyStatus{ID: newKeyID, InKeyring: true, Old: &creds.OldKey{ID: testKeyID, DeletedAfter: time.Now().Add(time.Hour)}}
	})
	h.press(fyne.KeyReturn)
	h.until(t, "the old key", func() bool { return w.main.Visible() && w.again.Visible() && !w.again.Disabled() })
	test.Tap(w.again)
	h.wantSaid(t, agentapi.Rotate.Path+` {"profile":"alice","act":"reactivate"}`)
	h.until(t, "the answer", func() bool { return w.notice.Tone == kit.ToneDone })
	test.Tap(w.remove)
	if w.remove.Text != "Delete it" || w.notice.Tone != kit.ToneWarning {
		t.Errorf("the button is %q", w.remove.Text)
	}
	h.press(fyne.KeyEscape)
	if h.closed || w.state.sure {
		t.Error("Escape did not take the question back alone")
	}
	test.Tap(w.remove)
	test.Tap(w.remove)
	h.wantSaid(t, agentapi.Rotate.Path+` {"profile":"alice","act":"delete"}`)
	h.until(t, "the answer", func() bool { return w.notice.Tone == kit.ToneDone })
	h.press(fyne.KeyEscape)
	if !h.closed {
		t.Error("Escape did not close the window")
	}
}

func TestASecondKeyIsDeletedOnlyIfThePersonSaysSo(t *testing.T) {
	h := openSeeded(t, func(d *testData) { withKeys(d); withSecondKey(d) })
	w := h.openKey(t, "alice", true)
	if !w.plan.rotate.Disabled() || !w.plan.drop.Visible() {
		t.Fatal("the other key could be deleted unseen")
	}
	h.press(fyne.KeyReturn)
	h.win.Canvas().Focused().TypedRune(' ') // The box has the focus.
	test.Tap(w.plan.rotate)
	h.wantSaid(t, agentapi.Rotate.Path+` {"profile":"alice","delete":"`+otherKeyID+`"}`)
}

func TestAKeyThatSomebodyElseHasMadeMeanwhileIsShownFirst(t *testing.T) {
	h := openSeeded(t, withKeys)
	w := h.openKey(t, "alice", true)
	h.data.mu.Lock()
	withSecondKey(h.data)
	h.data.fail[agentapi.Rotate.Path] = &creds.Error{Code: creds.CodeKeyChoice, Message: "the user has two keys"}
	h.data.mu.Unlock()
	test.Tap(w.plan.rotate)
	h.until(t, "the choice", func() bool { return w.plan.state.stage == rotateShown && w.plan.state.plan.Choice })
	if !w.plan.rotate.Disabled() {
		t.Error("nobody has chosen")
	}
}

func TestAClickInTheTrayTurnsAnOpenWindowToTheRotation(t *testing.T) {
	h := openSeeded(t, withKeys)
	w := h.openKey(t, "alice", false)
	h.data.change(func(s *creds.Snapshot) {
		s.Raised = creds.Raised{Window: string(agentapi.WindowRotate), Arg: "legacy", Times: 1}
	})
	h.data.change(func(s *creds.Snapshot) {
		s.Raised = creds.Raised{Window: string(agentapi.WindowRotate), Arg: "alice", Times: 2}
	})
	h.until(t, "the plan", func() bool { return w.plan.Visible() && w.plan.state.stage == rotateShown })
}

func TestARemovalIsShownFirstAndCanBeUndone(t *testing.T) {
	h := openSeeded(t, withKeys)
	w := h.openStatus(t)
	h.typeText("alice")
	h.until(t, "the profile", func() bool { return w.state.chosen == "alice" })
	h.win.Canvas().Unfocus()
	h.shortcut(kit.Chord(fyne.KeyDelete, false))
	h.wantSaid(t, agentapi.Remove.Path+` {"profile":"alice","plan":true}`)
	h.until(t, "the plan", func() bool { return w.remove.state.canRemove() })
	if w.remove.notice.Words != "Other profiles depend on it, and will get no credentials: audit, terraform." {
		t.Errorf("the page says %q", w.remove.notice.Words)
	}
	if n := len(w.remove.lists.Objects); n != 3+3+1+2 {
		t.Errorf("the plan has %d lines", n)
	}
	h.data.mu.Lock()
	h.data.custody.print = "f2" // Somebody changes the files.
	h.data.mu.Unlock()
	h.press(fyne.KeyReturn)
	h.until(t, "the other plan", func() bool { return w.remove.state.plan.Fingerprint == "f2" && w.remove.state.canRemove() })
	if !w.remove.Visible() {
		t.Fatal("another plan than the one that was seen is carried out")
	}
	h.press(fyne.KeyReturn)
	h.wantSaid(t, agentapi.Remove.Path+` {"profile":"alice","fingerprint":"f2","delayed":true}`)
	h.until(t, "the countdown", func() bool { return w.main.Visible() && w.detail.going.Visible() })
	if !w.detail.actions[actionRefresh].Disabled() || !w.detail.actions[actionRemove].Disabled() {
		t.Error("what is being removed can be used")
	}
	h.press(fyne.KeyReturn) // Undo has the focus.
	h.wantSaid(t, agentapi.Remove.Path+` {"profile":"alice","undo":true}`)
	h.until(t, "the profile back", func() bool { return !w.detail.going.Visible() && w.detail.outcome.Words == "Nothing was removed." })
}

func TestAProfileIsRenamedAndStaysChosen(t *testing.T) {
	h := openSeeded(t, withKeys)
	w := h.openStatus(t)
	h.typeText("alice")
	h.until(t, "the profile", func() bool { return w.state.chosen == "alice" })
	h.win.Canvas().Unfocus()
	h.shortcut(kit.Chord(fyne.KeyR, false))
	h.typeText("audit")
	if w.rename.notice.Words != "There is a profile audit already." || !w.rename.rename.Disabled() {
		t.Errorf("of a name that is taken it says %q", w.rename.notice.Words)
	}
	h.typeText("-key")
	h.press(fyne.KeyReturn)
	h.wantSaid(t, agentapi.Rename.Path+` {"profile":"alice","to":"audit-key"}`)
	h.until(t, "the new name", func() bool { return w.main.Visible() && w.detail.name.Words == "audit-key" })
	if want := "alice is called audit-key now. The section of ~/.aws/config; the pointer in the keyring."; w.detail.outcome.Words != want {
		t.Errorf("the window says %q", w.detail.outcome.Words)
	}
}

func TestKeysInPlaintextAreMarkedAndLeadToTheImport(t *testing.T) {
	h := openSeeded(t, withKeys)
	w := h.openStatus(t)
	if w.plain.notice.Words != "1 profile has its long-term key in plaintext." || !w.plain.Visible() {
		t.Errorf("the window says %q", w.plain.notice.Words)
	}
	if got := rowAbout(h.data.snapshot.Profiles[3]); !strings.HasPrefix(got, "key in plaintext · ") {
		t.Errorf("the row says %q", got)
	}
	test.Tap(w.plain.open)
	h.wantSaid(t, agentapi.ShowWindow.Path+` {"window":"import"}`)
	h.typeText("alice")
	h.until(t, "the profile", func() bool { return w.state.chosen == "alice" && w.detail.name.Words == "alice" })
	h.shortcut(kit.Chord(fyne.KeyK, false))
	h.wantSaid(t, agentapi.ShowWindow.Path+` {"window":"key","arg":"alice"}`)
	h.data.change(func(s *creds.Snapshot) { s.Profiles[3].Key = nil })
	h.until(t, "no key in plaintext", func() bool { return !w.plain.Visible() })
}
