package app

import (
	"fyne.io/fyne/v2"

	"daypass/app/kit"
	"daypass/creds/agentapi"
)

// typedKey takes the keys that no widget uses.
func (w *statusWindow) typedKey(ev *fyne.KeyEvent) {
	w.awake()
	switch {
	case w.remove.Visible():
		w.remove.typedKey(ev)
		return
	case w.rename.Visible():
		w.rename.typedKey(ev)
		return
	case w.explain.Visible() || w.welcome.Visible() || w.loading.Visible():
		w.typedElsewhere(ev)
		return
	}
	switch ev.Name {
	case fyne.KeyEscape:
		if w.search.Text == "" {
			w.leave()
		} else {
			w.search.SetText("")
		}
		return
	case fyne.KeyReturn, fyne.KeyEnter:
		w.do(actionRefresh)
		return
	case fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyLeft, fyne.KeyRight:
		if w.search.Text != "" && w.win.Canvas().Focused() == nil {
			w.win.Canvas().Focus(w.search)
			w.search.TypedKey(ev)
		}
		return
	}
	if by, moves := kit.Steps(ev, len(w.state.items)); moves {
		w.state.move(by)
		w.reveal()
		w.draw()
	}
}

func (w *statusWindow) typedElsewhere(ev *fyne.KeyEvent) {
	switch {
	case ev.Name != fyne.KeyEscape:
	case w.explain.Visible():
		w.turn(w.main)
	default:
		w.leave()
	}
}

// typedRune adds a character to the search.
func (w *statusWindow) typedRune(r rune) {
	if !w.main.Visible() {
		return
	}
	w.win.Canvas().Focus(w.search)
	w.awake()
	w.search.TypedRune(r)
}

// awake lets the search field keep the focus for some more time.
func (w *statusWindow) awake() {
	w.unfocus.call(searchRest, w.frame.do, func() {
		if on := w.win.Canvas(); on.Focused() == fyne.Focusable(w.search) {
			on.Unfocus()
		}
	})
}

func (w *statusWindow) shortcuts() kit.Shortcuts {
	does := func(a action) func() { return func() { w.do(a) } }
	return kit.Shortcuts{
		{On: &fyne.ShortcutCopy{}, Do: does(actionExports)},
		{On: kit.Chord(fyne.KeyC, true), Do: does(actionProfile)},
		{On: kit.Chord(fyne.KeyO, false), Do: does(actionConsole)},
		{On: kit.Chord(fyne.KeyE, false), Do: does(actionExplain)},
		{On: kit.Chord(fyne.KeyComma, false), Do: does(actionSettings)},
		{On: kit.Chord(fyne.KeyL, true), Do: does(actionLogout)},
		{On: kit.Chord(fyne.KeyN, false), Do: w.addProfile},
		{On: kit.Chord(fyne.KeyK, false), Do: does(actionKey)},
		{On: kit.Chord(fyne.KeyR, false), Do: does(actionRename)},
		{On: kit.Chord(fyne.KeyDelete, false), Do: does(actionRemove)},
		{On: &fyne.ShortcutUndo{}, Do: w.undoRemoval},
		{On: kit.Chord(fyne.KeyI, false), Do: func() { w.open(agentapi.WindowImportKeys, "") }},
		{On: kit.Chord(fyne.KeyD, false), Do: func() { w.favour(w.state.chosen) }},
		{On: kit.Chord(fyne.KeyG, false), Do: w.regroup},
		{On: kit.Chord(fyne.KeyB, false), Do: func() { w.open(agentapi.WindowBookmarks, "") }},
		{On: kit.Chord(fyne.KeyH, false), Do: func() { w.open(agentapi.WindowHealth, "") }},
		{On: kit.Chord(fyne.KeyF, false), Do: func() {
			if w.main.Visible() {
				w.win.Canvas().Focus(w.search)
				w.awake()
			}
		}},
	}
}
