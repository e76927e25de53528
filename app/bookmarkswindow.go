package app

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// Bookmarks shows the bookmarks of the console. It is called as [Import] is.
func Bookmarks(ctx context.Context, connect Connect) error {
	return openFrame(ctx, connect, func(f *frame) { newBookmarksWindow(f) })
}

var bookmarksSize = fyne.NewSize(860, 560)

const bookmarkLabel = 70

// bookmarksWindow shows and changes the bookmarks.
type bookmarksWindow struct {
	*frame
	bookmarkForm
	bookmarkButtons

	state      bookmarksState
	list       *kit.NameList
	notice     *kit.Notice
	edit, text *fyne.Container // The two pages.
	area       *kit.TextField
}

// bookmarkForm has the fields of a bookmark.
type bookmarkForm struct {
	name, url, profiles *kit.TextField
	region              *kit.Check
}

type bookmarkButtons struct{ add, up, down, remove, save, asText, load *kit.Button }

func newBookmarksWindow(f *frame) *bookmarksWindow {
	w := &bookmarksWindow{frame: f}
	w.state.at = -1
	w.buildEdit()
	w.buildText()
	f.fill(lang.T("daypass — bookmarks"), bookmarksSize, w.typedKey, w.edit, w.text)
	w.shortcuts().AddTo(f.win.Canvas())
	w.notice.Say(lang.T("Asking the agent…"), kit.ToneBusy)
	w.draw()
	go f.followRaised(agentapi.WindowBookmarks)
	ask(f, f.client.Bookmarks, func(m creds.Bookmarks, err error) { w.answered("", m, err, "") })
	return w
}

func (w *bookmarksWindow) buildEdit() {
	k := kit.Keys{Key: w.typedKey, Char: func(rune) {}, Shortcut: w.shortcuts().Typed}
	w.list = kit.NewNameList(w.state.names, w.choose, k)
	typed := func(string) { w.draw() }
	w.name = kit.NewTextField(lang.T("Logs of checkout"), typed, w.typedKey)
	w.url = kit.NewTextField(lang.T("Paste the address of a page of the console"), typed, w.typedKey)
	w.profiles = kit.NewTextField(lang.T("all profiles"), nil, w.typedKey)
	kit.OnEnter(w.put, w.name, w.url, w.profiles)
	w.region = kit.NewCheck(lang.T("Any region: it opens in the profile’s"), nil, w.typedKey)
	w.notice = kit.NewNotice(0, 2)
	w.add = kit.NewButton(lang.T("New"), w.begin, w.typedKey)
	w.up = kit.NewButton(lang.T("Up"), func() { w.move(-1) }, w.typedKey)
	w.down = kit.NewButton(lang.T("Down"), func() { w.move(1) }, w.typedKey)
	w.remove = kit.NewButton(lang.T("Remove"), w.drop, w.typedKey)
	w.save = kit.NewButton(lang.T("Save"), w.put, w.typedKey)
	w.save.StandOut(true)
	w.asText = kit.NewButton(lang.T("As text"), w.turnText, w.typedKey)
	hint := kit.NewNotice(0, 2)
	hint.Say(lang.Sprintf("Accounts, sessions and secrets are taken out of what you paste. Separate the names of profiles with commas. %s starts a new one; Alt+Up and Alt+Down move the chosen one.", kit.ChordWords("N", false)), kit.ToneQuiet)
	form := container.New(kit.Rows(12),
		kit.NewFormRow(bookmarkLabel, "Name", w.name), kit.NewFormRow(bookmarkLabel, "Address", w.url),
		kit.NewFormRow(bookmarkLabel, "", kit.Edged(w.region)), kit.NewFormRow(bookmarkLabel, "For", w.profiles),
		hint.Wide(), w.notice.Wide())
	buttons := kit.NewButtons(w.asText, layout.NewSpacer(), w.remove, w.save)
	right := container.New(kit.Sheet{}, kit.NewHeadline(lang.T("Bookmarks")), form, buttons)
	left := container.New(kit.Sheet{}, container.New(kit.Rows(0)), w.list,
		kit.NewButtons(w.add, w.up, w.down))
	w.edit = container.New(kit.Beside{Left: 280}, left, right)
}

func (w *bookmarksWindow) buildText() {
	w.area = kit.NewTextArea(w.typedKey)
	back := kit.NewButton(lang.T("Back"), w.turnEdit, w.typedKey)
	copies := kit.NewButton(lang.T("Copy"), func() { fyne.CurrentApp().Clipboard().SetContent(w.area.Text) }, w.typedKey)
	w.load = kit.NewButton(lang.T("Import"), w.importText, w.typedKey)
	w.load.StandOut(true)
	words := kit.NewNotice(0, 1)
	words.Say(lang.T("All bookmarks as TOML, to copy. An import adds to them, and replaces those of the same name."), kit.ToneQuiet)
	w.text = container.New(kit.Sheet{}, container.New(kit.Rows(8), kit.NewHeadline(lang.T("Bookmarks as text")), words.Wide()), w.area,
		kit.NewButtons(layout.NewSpacer(), back, copies, w.load))
}

// answered shows the bookmarks as they are now, or why they could not be changed.
func (w *bookmarksWindow) answered(name string, m creds.Bookmarks, err error, done string) {
	if err != nil {
		w.notice.Say(errorSentence(err), kit.ToneRefused)
		w.turnEdit()
		return
	}
	w.state.take(m, name)
	w.notice.Say(done, kit.ToneDone)
	w.show()
}

// change has the agent change the bookmarks. The one of the given name is chosen then.
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
	w.list.Chosen = w.state.at
	w.list.Refresh()
	w.draw()
	if b.Name == "" {
		w.win.Canvas().Focus(w.name)
	}
}

// draw enables the buttons that can be used.
func (w *bookmarksWindow) draw() {
	_, up := w.state.move(-1)
	_, down := w.state.move(1)
	kit.Enable(w.up, up)
	kit.Enable(w.down, down)
	kit.Enable(w.remove, w.state.at >= 0)
	kit.Enable(w.save, strings.TrimSpace(w.name.Text) != "" && strings.TrimSpace(w.url.Text) != "")
	w.save.SetText(lang.T("Save"))
	if w.state.at < 0 {
		w.save.SetText(lang.T("Add"))
	}
	w.edit.Refresh()
}

func (w *bookmarksWindow) choose(at int) {
	w.state.at = at
	w.notice.Say("", kit.ToneQuiet)
	w.show()
}

// begin empties the form for a new bookmark.
func (w *bookmarksWindow) begin() { w.choose(-1) }

func (w *bookmarksWindow) put() {
	if w.save.Disabled() || !w.edit.Visible() {
		return
	}
	r := w.state.put(w.name.Text, w.url.Text, w.profiles.Text, w.region.Checked)
	w.change(r, r.Put.Name, lang.T("Saved. This is the address that is kept."))
}

func (w *bookmarksWindow) drop() {
	name := w.state.chosen().Name
	if name != "" {
		w.change(creds.BookmarksRequest{Remove: name}, "", lang.Sprintf("Removed %s.", name))
	}
}

func (w *bookmarksWindow) move(by int) {
	if r, ok := w.state.move(by); ok {
		w.change(r, w.state.chosen().Name, "")
	}
}

func (w *bookmarksWindow) turnText() {
	w.area.SetText(w.state.marks.TOML)
	w.turn(w.text)
	w.win.Canvas().Focus(w.area)
}

func (w *bookmarksWindow) turnEdit() {
	w.turn(w.edit)
	w.draw()
}

func (w *bookmarksWindow) importText() {
	if strings.TrimSpace(w.area.Text) == "" {
		return
	}
	w.turnEdit()
	w.change(creds.BookmarksRequest{Import: w.area.Text}, "", lang.T("Imported."))
}

func (w *bookmarksWindow) shortcuts() kit.Shortcuts {
	order := func(key fyne.KeyName) fyne.Shortcut {
		return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierAlt}
	}
	return kit.Shortcuts{
		{On: kit.Chord(fyne.KeyN, false), Do: w.begin},
		{On: kit.Chord(fyne.KeyS, false), Do: w.put},
		{On: kit.Chord(fyne.KeyT, false), Do: w.turnText},
		{On: order(fyne.KeyUp), Do: func() { w.move(-1) }},
		{On: order(fyne.KeyDown), Do: func() { w.move(1) }},
	}
}

// typedKey takes the keys that no widget uses.
func (w *bookmarksWindow) typedKey(ev *fyne.KeyEvent) {
	switch {
	case ev.Name == fyne.KeyEscape && w.text.Visible():
		w.turnEdit()
	case ev.Name == fyne.KeyEscape:
		w.leave()
	case ev.Name == fyne.KeyDelete && w.win.Canvas().Focused() == nil:
		w.drop()
	case kit.Moves(ev) && w.edit.Visible() && w.win.Canvas().Focused() == nil:
		w.list.TypedKey(ev)
	}
}
