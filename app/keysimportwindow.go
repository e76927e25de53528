package app

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// ImportKeys shows the window that brings long-term keys in plaintext into the keyring. It is
// called as [Import] is.
func ImportKeys(ctx context.Context, connect Connect) error {
	return openFrame(ctx, connect, func(f *frame) { newKeysImportWindow(f) })
}

var keysImportSize = fyne.NewSize(860, 620)

// keysImportWindow brings long-term keys into the keyring.
type keysImportWindow struct {
	*frame

	state  keysImportState
	notice *kit.Notice
	list   *kit.RowList
	detail *kit.Notice
	name   *kit.TextField
	csv    *kit.TextField
	page   *fyne.Container
	keysImportButtons

	// said is what is shown instead of the summary, until something else happens.
	said     string
	saidTone kit.Tone
	stop     func()
}

type keysImportButtons struct{ addCSV, all, none, retry, undo, close, move *kit.Button }

func newKeysImportWindow(f *frame) *keysImportWindow {
	w := &keysImportWindow{frame: f, stop: func() {}}
	w.state.home, w.state.at = homeFolder(), -1
	k := kit.Keys{Key: w.typedKey, Char: func(rune) {}, Shortcut: w.shortcuts().Typed}
	w.notice, w.detail = kit.NewNotice(0, 2), kit.NewNotice(0, 2)
	w.list = newKeyList(&w.state, w.choose, w.toggle, k)
	w.name = kit.NewTextField("", w.renamed, w.typedKey)
	w.csv = kit.NewTextField(lang.T("Path of an access-keys file (CSV), or drop the file here"), nil, w.typedKey)
	kit.OnEnter(w.send, w.name)
	kit.OnEnter(func() { w.readCSV(w.csv.Text) }, w.csv)
	w.addCSV = kit.NewButton(lang.T("Add file"), func() { w.readCSV(w.csv.Text) }, w.typedKey)
	w.all = kit.NewButton(lang.T("Tick all"), func() { w.tickAll(true) }, w.typedKey)
	w.none = kit.NewButton(lang.T("Tick none"), func() { w.tickAll(false) }, w.typedKey)
	w.retry = kit.NewButton(lang.T("Look again"), w.load, w.typedKey)
	w.undo = kit.NewButton("", w.putBack, w.typedKey)
	w.close = kit.NewButton(lang.T("Close"), w.leaveSafely, w.typedKey)
	w.move = kit.NewButton(lang.T("Import"), w.send, w.typedKey)
	w.move.StandOut(true)
	hint := kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{})
	hint.Set(lang.Sprintf("Up, Down and Space choose and tick · %s name · %s file · %s import", kit.ChordWords("N", false), kit.ChordWords("O", false), kit.ChordWords("Enter", false)))
	head := container.New(layout.NewCustomPaddedVBoxLayout(10), kit.NewHeadline(lang.T("Long-term keys in plaintext")),
		w.notice.Wide(), kit.NewButtons(w.all, w.none, layout.NewSpacer(), w.retry))
	form := container.New(kit.Rows(10), w.detail.Wide(),
		kit.NewFormRow(keyNameLabel, "Store as", w.name),
		container.NewBorder(nil, nil, nil, w.addCSV, w.csv),
		hint, kit.NewButtons(w.undo, layout.NewSpacer(), w.close, w.move))
	w.page = container.New(kit.Sheet{}, head, w.list, form)
	f.fill(lang.T("daypass — long-term keys in plaintext"), keysImportSize, w.typedKey, w.page)
	f.win.SetCloseIntercept(w.leaveSafely)
	w.shortcuts().AddTo(f.win.Canvas())
	f.win.SetOnDropped(w.dropped)
	go f.followRaised(agentapi.WindowImportKeys)
	w.load()
	f.win.Canvas().Focus(w.list)
	return w
}

const keyNameLabel = 80

// load looks for keys, and then asks AWS whose they are: the list does not wait for a network.
func (w *keysImportWindow) load() {
	if w.state.busy() {
		return
	}
	w.stop()
	w.state.known, w.state.asking, w.said = false, true, ""
	w.draw()
	find := func(asks bool, then func(creds.FoundKeys, error)) func() {
		r := w.state.find(asks)
		return ask(w.frame, func(ctx context.Context) (creds.FoundKeys, error) { return w.client.Custody().Find(ctx, r) }, then)
	}
	failed := func(err error) {
		w.state.known, w.state.asking = true, false
		w.say(againSentence(err, lang.T("look again")), kit.ToneRefused)
	}
	w.stop = find(false, func(found creds.FoundKeys, err error) {
		if err != nil {
			failed(err)
			return
		}
		w.state.take(found)
		w.show()
		if len(found.Keys) == 0 {
			w.state.asking = false
			w.draw()
			return
		}
		w.stop = find(true, func(found creds.FoundKeys, err error) {
			w.state.asking = false
			if err != nil { // Whose the keys are need not be known.
				w.say(againSentence(err, lang.T("look again")), kit.ToneWarning)
				return
			}
			w.state.take(found)
			w.show()
		})
	})
}

func (w *keysImportWindow) say(words string, t kit.Tone) {
	w.said, w.saidTone = words, t
	w.draw()
}

// readCSV adds the keys of a file to the list.
func (w *keysImportWindow) readCSV(path string) {
	if w.state.busy() {
		return
	}
	if problem := w.state.addCSV(path); problem != "" {
		w.say(problem, kit.ToneWarning)
		w.win.Canvas().Focus(w.csv)
		return
	}
	w.csv.SetText("")
	w.load()
}

// dropped adds the keys of files that are dropped on the window.
func (w *keysImportWindow) dropped(_ fyne.Position, files []fyne.URI) {
	for _, one := range files {
		w.readCSV(one.Path())
	}
}

func (w *keysImportWindow) choose(at int) {
	w.state.choose(at)
	w.show()
}

func (w *keysImportWindow) toggle(at int) {
	w.state.choose(at)
	w.state.toggle(at)
	w.said = ""
	w.show()
}

func (w *keysImportWindow) tickAll(on bool) {
	w.state.tickAll(on)
	w.said = ""
	w.draw()
}

func (w *keysImportWindow) renamed(name string) {
	w.state.rename(name)
	w.draw()
}

// show shows the chosen row.
func (w *keysImportWindow) show() {
	name := ""
	if r := w.state.chosen(); r != nil {
		name = r.name
		w.list.ScrollTo(w.state.at)
	}
	if w.name.Text != name {
		w.name.SetText(name)
	}
	w.draw()
}

// draw shows the state as it is now.
func (w *keysImportWindow) draw() {
	s := &w.state
	said, t := s.summary()
	if w.said != "" && t != kit.ToneBusy {
		said, t = w.said, w.saidTone
	}
	w.notice.Say(said, t)
	w.detail.Say(s.detail())
	r := s.chosen()
	kit.Enable(w.name, r != nil && r.canTick() && !s.busy())
	kit.Enable(w.move, s.canMove())
	for _, b := range []*kit.Button{w.all, w.none} {
		kit.Enable(b, len(s.rows) > 0 && !s.busy())
	}
	for _, b := range []*kit.Button{w.retry, w.addCSV, w.undo} {
		kit.Enable(b, s.known && !s.busy())
	}
	w.undo.SetText(w.undoWords())
	w.list.Refresh()
	w.page.Refresh()
}

func (w *keysImportWindow) undoWords() string {
	switch {
	case len(w.state.undo().Profiles) > 0:
		return lang.T("Undo")
	case w.state.undoing:
		return lang.T("Put them back")
	}
	return lang.T("Undo earlier imports…")
}

// send imports the ticked keys, one after the other.
func (w *keysImportWindow) send() {
	if blocked, at := w.state.obstacle(); blocked != "" && !w.state.busy() {
		w.choose(at)
		w.say(blocked, kit.ToneWarning)
		w.win.Canvas().Focus(w.name)
		return
	}
	if !w.state.canMove() {
		return
	}
	w.stop()
	w.state.moving, w.state.asking, w.state.undoing, w.said = true, false, false, ""
	w.win.Canvas().Focus(w.list)
	w.sendNext(w.state.ticked())
}

// sendNext imports the first of the rows, and then the others.
func (w *keysImportWindow) sendNext(rows []int) {
	if len(rows) == 0 {
		w.state.moving = false
		w.show()
		w.win.Canvas().Focus(w.close)
		return
	}
	at := rows[0]
	r := w.state.move(at)
	w.state.rows[at].phase, w.state.rows[at].result = keyMoving, ""
	w.choose(at)
	ask(w.frame, func(ctx context.Context) (creds.ImportedKeys, error) { return w.client.Custody().Import(ctx, r) },
		func(out creds.ImportedKeys, err error) {
			w.state.moved(at, out, err)
			w.sendNext(rows[1:])
		})
}

// putBack undoes the import. Where this window has imported nothing, it asks first.
func (w *keysImportWindow) putBack() {
	r := w.state.undo()
	switch {
	case w.state.busy():
		return
	case len(r.Profiles) == 0 && !w.state.undoing:
		w.state.undoing = true
		w.say(lang.T("Every key that daypass has imported goes back to where it was, in plaintext, unless that place has changed. Press “Put them back” to do so."), kit.ToneWarning)
		return
	}
	w.stop()
	w.state.putting, w.state.undoing, w.said = true, false, ""
	w.draw()
	ask(w.frame, func(ctx context.Context) (creds.ImportedKeys, error) { return w.client.Custody().UndoImport(ctx, r) },
		func(out creds.ImportedKeys, err error) {
			w.state.putting = false
			said, t := w.state.undone(out, err)
			w.say(said, t)
			w.show()
		})
}

// leaveSafely closes the window, unless keys are being moved: the result must be seen.
func (w *keysImportWindow) leaveSafely() {
	if !w.state.busy() {
		w.stop()
		w.leave()
	}
}

func (w *keysImportWindow) shortcuts() kit.Shortcuts {
	focus := func(on fyne.Focusable) func() { return func() { w.win.Canvas().Focus(on) } }
	return kit.Shortcuts{
		{On: kit.Chord(fyne.KeyN, false), Do: func() { focus(w.name)() }},
		{On: kit.Chord(fyne.KeyO, false), Do: func() { focus(w.csv)() }},
		{On: kit.Chord(fyne.KeyReturn, false), Do: w.send},
	}
}

// typedKey takes the keys that no widget uses.
func (w *keysImportWindow) typedKey(ev *fyne.KeyEvent) {
	on := w.win.Canvas().Focused()
	inList := on == nil || on == fyne.Focusable(w.list)
	switch by, moves := kit.Steps(ev, len(w.state.rows)); {
	case ev.Name == fyne.KeyEscape:
		w.leaveSafely()
	case moves && inList:
		w.choose(max(0, w.state.at+by))
	case ev.Name == fyne.KeySpace && inList:
		w.toggle(w.state.at)
	case (ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter) && inList:
		w.send()
	}
}
