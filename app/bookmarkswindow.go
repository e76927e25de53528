package app

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// Bookmarks shows the bookmarks of the console, in the manner of [Import].
func Bookmarks(ctx context.Context, connect Connect) error {
	return openFrame(ctx, connect, func(f *frame) { newBookmarksWindow(f) })
}

var bookmarksSize = fyne.NewSize(860, 560)

// bookmarksWindow shows the bookmarks and changes them. All its methods are
// called where Fyne's widgets may be touched.
type bookmarksWindow struct {
	*frame

	state bookmarksState

	list                        *nameList
	name, url, profiles         *textField
	region                      *keyCheck
	add, up, down, remove, save *keyButton
	asText                      *keyButton
	notice                      *notice
	form, edit, text            *fyne.Container
	area                        *textField
	load                        *keyButton
}

func newBookmarksWindow(f *frame) *bookmarksWindow {
	w := &bookmarksWindow{frame: f}
	w.state.at = -1
	w.buildEdit()
	w.buildText()
	f.fill("daypass — bookmarks", container.NewStack(w.edit, w.text), w.typedKey)
	w.shortcuts().addTo(f.win.Canvas())
	f.win.Resize(bookmarksSize)
	f.win.CenterOnScreen()
	w.text.Hide()
	w.notice.say("Asking the agent…", toneBusy)
	w.draw()
	go f.followRaised(agentapi.WindowBookmarks)
	ask(f, f.client.Bookmarks, func(m creds.Bookmarks, err error) { w.answered("", m, err, "") })
	return w
}

func (w *bookmarksWindow) buildEdit() {
	k := keys{w.typedKey, func(rune) {}, w.shortcuts().typed}
	w.list = newNameList(w.state.names, w.choose, k)
	w.name = newTextField("Logs of checkout", w.typed, w.typedKey)
	w.url = newTextField("Paste the address of a page of the console", w.typed, w.typedKey)
	w.profiles = newTextField("all profiles", nil, w.typedKey)
	for _, submitted := range []*func(string){&w.name.OnSubmitted, &w.url.OnSubmitted, &w.profiles.OnSubmitted} {
		*submitted = func(string) { w.put() }
	}
	w.region = newKeyCheck("Any region: it opens in the profile’s", nil, w.typedKey)
	w.notice = newNotice(0)
	w.add = newKeyButton("New", w.begin, w.typedKey)
	w.up = newKeyButton("Up", func() { w.move(-1) }, w.typedKey)
	w.down = newKeyButton("Down", func() { w.move(1) }, w.typedKey)
	w.remove = newKeyButton("Remove", w.drop, w.typedKey)
	w.save = newKeyButton("Save", w.put, w.typedKey)
	w.save.importance(true)
	w.asText = newKeyButton("As text", w.turnText, w.typedKey)
	hint := newNotice(0)
	hint.say("Accounts, sessions and secrets are taken out of what you paste. Names of profiles are set apart by commas. "+
		chordWords("N", false)+" begins another one, Alt+Up and Alt+Down move one.", toneQuiet)
	w.form = container.New(rows(12), bookmarkRow("Name", w.name), bookmarkRow("Address", w.url),
		bookmarkRow("", container.NewThemeOverride(w.region, checkLook{newLook()})), bookmarkRow("For", w.profiles), hint.wide(), w.notice.wide())
	buttons := newButtons(w.asText, layout.NewSpacer(), w.remove, w.save)
	right := container.New(sheet{}, newHeadline("Bookmarks"), w.form, buttons)
	left := container.New(sheet{}, container.New(rows(0)), w.list,
		newButtons(w.add, w.up, w.down))
	w.edit = container.New(beside{left: 280}, left, right)
}

func bookmarkRow(name string, field fyne.CanvasObject) *fyne.Container {
	return container.New(labelled(70), newLabel(name), field)
}

func (w *bookmarksWindow) buildText() {
	w.area = newTextArea(w.typedKey)
	back := newKeyButton("Back", w.turnEdit, w.typedKey)
	copies := newKeyButton("Copy", func() { fyne.CurrentApp().Clipboard().SetContent(w.area.Text) }, w.typedKey)
	w.load = newKeyButton("Import", w.importText, w.typedKey)
	w.load.importance(true)
	words := newNotice(0)
	words.lines = 1
	words.say("All bookmarks as TOML, to be copied. What is imported is added; bookmarks of equal names are changed.", toneQuiet)
	w.text = container.New(sheet{}, container.New(rows(8), newHeadline("Bookmarks as text"), words.wide()), w.area,
		newButtons(layout.NewSpacer(), back, copies, w.load))
}

// answered shows the bookmarks as they are now, or why they are not as asked
// for.
func (w *bookmarksWindow) answered(name string, m creds.Bookmarks, err error, done string) {
	if err != nil {
		w.notice.say(errorSentence(err), toneRefused)
		w.turnEdit()
		return
	}
	w.state.take(m, name)
	t := toneDone
	if done == "" {
		t = toneQuiet
	}
	w.notice.say(done, t)
	w.show()
}

// change has the bookmarks changed; then the one of the given name is chosen.
func (w *bookmarksWindow) change(r creds.BookmarksRequest, name, done string) {
	ask(w.frame, func(ctx context.Context) (creds.Bookmarks, error) {
		return w.client.ChangeBookmarks(ctx, r)
	}, func(m creds.Bookmarks, err error) { w.answered(name, m, err, done) })
}

// show fills the form with the chosen bookmark.
func (w *bookmarksWindow) show() {
	b := w.state.chosen()
	w.name.SetText(b.Name)
	w.url.SetText(b.URL)
	w.profiles.SetText(strings.Join(b.Profiles, ", "))
	w.region.SetChecked(strings.Contains(b.URL, "{region}"))
	w.list.chosen = w.state.at
	w.list.Refresh()
	w.draw()
	if b.Name == "" {
		w.win.Canvas().Focus(w.name)
	}
}

// draw shows what can be done.
func (w *bookmarksWindow) draw() {
	_, up := w.state.move(-1)
	_, down := w.state.move(1)
	enable(w.up, up)
	enable(w.down, down)
	enable(w.remove, w.state.at >= 0)
	enable(w.save, strings.TrimSpace(w.name.Text) != "" && strings.TrimSpace(w.url.Text) != "")
	w.save.SetText("Save")
	if w.state.at < 0 {
		w.save.SetText("Add")
	}
	w.edit.Refresh()
}

func (w *bookmarksWindow) typed(string) {
	if w.save != nil {
		w.draw()
	}
}

func (w *bookmarksWindow) choose(at int) {
	w.state.at = at
	w.notice.say("", toneQuiet)
	w.show()
}

// begin empties the form for another bookmark.
func (w *bookmarksWindow) begin() {
	w.choose(-1)
}

func (w *bookmarksWindow) put() {
	if w.save.Disabled() || !w.edit.Visible() {
		return
	}
	r := w.state.put(w.name.Text, w.url.Text, w.profiles.Text, w.region.Checked)
	w.change(r, r.Put.Name, "Saved. This is the address as it is kept.")
}

func (w *bookmarksWindow) drop() {
	name := w.state.chosen().Name
	if name != "" {
		w.change(creds.BookmarksRequest{Remove: name}, "", "Removed "+name+".")
	}
}

func (w *bookmarksWindow) move(by int) {
	if r, ok := w.state.move(by); ok {
		w.change(r, w.state.chosen().Name, "")
	}
}

func (w *bookmarksWindow) turnText() {
	w.area.SetText(w.state.marks.TOML)
	show(w.edit, false)
	show(w.text, true)
	w.win.Canvas().Focus(w.area)
}

func (w *bookmarksWindow) turnEdit() {
	show(w.text, false)
	show(w.edit, true)
	w.win.Canvas().Unfocus()
	w.draw()
}

func (w *bookmarksWindow) importText() {
	if strings.TrimSpace(w.area.Text) == "" {
		return
	}
	w.turnEdit()
	w.change(creds.BookmarksRequest{Import: w.area.Text}, "", "Imported.")
}

func (w *bookmarksWindow) shortcuts() shortcuts {
	order := func(key fyne.KeyName) fyne.Shortcut {
		return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierAlt}
	}
	return shortcuts{
		{chord(fyne.KeyN, false), w.begin},
		{chord(fyne.KeyS, false), w.put},
		{chord(fyne.KeyT, false), w.turnText},
		{order(fyne.KeyUp), func() { w.move(-1) }},
		{order(fyne.KeyDown), func() { w.move(1) }},
	}
}

// typedKey takes the keys that no widget has a use for.
func (w *bookmarksWindow) typedKey(ev *fyne.KeyEvent) {
	switch {
	case ev.Name == fyne.KeyEscape && w.text.Visible():
		w.turnEdit()
	case ev.Name == fyne.KeyEscape:
		w.leave()
	case ev.Name == fyne.KeyDelete && w.win.Canvas().Focused() == nil:
		w.drop()
	case moves(ev) && w.edit.Visible() && w.win.Canvas().Focused() == nil:
		w.list.TypedKey(ev)
	}
}
