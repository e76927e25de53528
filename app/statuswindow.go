package app

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// StatusOptions say how the status window begins.
type StatusOptions struct {
	// Profile is the one that is chosen; "" is the first.
	Profile string
	// NoIcon is set if the window opens because the desktop shows no icon.
	NoIcon bool
}

// Status shows all profiles and what can be done with them. It is called as [Import] is.
func Status(ctx context.Context, connect Connect, o StatusOptions) error {
	return openFrame(ctx, connect, func(f *frame) { newStatusWindow(f, o) })
}

// noIconWords is for desktops without a tray. GNOME's is an extension:
// https://extensions.gnome.org/extension/615/appindicator-support/.
const noIconWords = "This desktop shows no tray icons, so daypass opens as a window. " +
	"On GNOME, the extension “AppIndicator and KStatusNotifierItem Support” shows them."

const (
	// statusTick is how often bars and times are drawn while nothing happens: the bar of
	// an hour moves by about a pixel in that time.
	statusTick = 20 * time.Second
	// searchRest is how long the search field keeps the focus while nobody types: its
	// cursor blinks, and each blink draws the window.
	searchRest = 15 * time.Second
)

const detailWidth = 330

// statusWindow shows all profiles.
type statusWindow struct {
	*frame
	statusPages
	statusPane

	state  statusState
	keys   kit.Keys
	banner *statusBanner
	detail *statusDetail

	// outcomes are the results of the last action on each profile.
	outcomes map[string]outcome
	// busy are the actions that are running.
	busy map[task]bool
	// lost says why the agent cannot be reached; empty while it can.
	lost string
	// noIcon is [StatusOptions.NoIcon].
	noIcon bool
	stop   func()
	// redraw moves the times and the bars.
	redraw later
	// unfocus takes the focus from the search field.
	unfocus later
}

// statusPages are the pages of the window, of which one is shown.
type statusPages struct {
	loading, main *fyne.Container
	loaded        *kit.Notice
	explain       *explainPage
	welcome       *welcomePage
	remove        *removePage
	rename        *renamePage
}

// statusPane is beside the detail: the list of profiles with its search and grouping, and
// a line below it.
type statusPane struct {
	search *kit.SearchField
	groups *kit.Button
	plain  *plainBanner
	list   *kit.RowList
	count  *kit.Line
	foot   *fyne.Container
}

type outcome struct {
	words string
	tone  kit.Tone
}

type task struct {
	action  action
	profile string
}

func newStatusWindow(f *frame, o StatusOptions) *statusWindow {
	w := &statusWindow{frame: f, noIcon: o.NoIcon, stop: func() {}, outcomes: make(map[string]outcome), busy: make(map[task]bool)}
	w.state.chosen = o.Profile
	w.keys = kit.Keys{Key: w.typedKey, Char: w.typedRune, Shortcut: w.shortcuts().Typed}
	w.loaded = kit.NewNotice(0, 2)
	w.loading = container.New(kit.Sheet{}, kit.NewHeadline("daypass"), w.loaded.Wide(), layout.NewSpacer())
	w.buildMain()
	w.explain = newExplainPage(func() { w.turn(w.main) }, w.keys)
	w.welcome = newWelcomePage(f, w.keys)
	w.remove, w.rename = newRemovePage(f, w.removed), newRenamePage(f, w.renamed)
	f.fill(lang.T("daypass — status"), windowSize, w.typedKey, w.loading, w.main, w.explain.Container, w.welcome.Container,
		w.remove.Container, w.rename.Container)
	f.win.Canvas().SetOnTypedRune(w.typedRune)
	w.shortcuts().AddTo(f.win.Canvas())
	w.loaded.Say(lang.T("Asking the agent…"), kit.ToneBusy)
	w.follow()
	return w
}

func (w *statusWindow) buildMain() {
	w.banner, w.plain = newStatusBanner(w), newPlainBanner(w)
	w.search = kit.NewSearchField(lang.T("Search by name, account, role or session"), w.find, w.keys)
	w.groups = kit.NewButton(groupingNames[groupNone].String(), w.regroup, w.typedKey)
	w.count = kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{})
	w.list = newProfileList(&w.state, w.choose, w.favour, w.keys)
	w.detail = newStatusDetail(w.do, func() { w.favour(w.state.chosen) }, w.undoRemoval, w.keys)
	hint := kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{})
	hint.Set(lang.Sprintf("Type to search · %s add · %s favourite · %s group · %s bookmarks · %s health",
		kit.ChordWords("N", false), kit.ChordWords("D", false), kit.ChordWords("G", false), kit.ChordWords("B", false), kit.ChordWords("H", false)))
	health := kit.NewButton(lang.T("Health"), func() { w.open(agentapi.WindowHealth, "") }, w.typedKey)
	add := kit.NewButton(lang.T("Add…"), w.addProfile, w.typedKey)
	head := container.New(layout.NewCustomPaddedVBoxLayout(10), w.banner.Container, w.plain.Container,
		container.NewBorder(nil, nil, nil, kit.NewButtons(w.groups, health, add), w.search))
	w.foot = container.New(footLayout{}, hint, w.count)
	left := container.New(kit.Sheet{}, head, w.list, w.foot)
	w.main = container.New(kit.Beside{Right: detailWidth}, left, w.detail.Container)
}

// follow shows what the agent knows until the agent ends.
func (w *statusWindow) follow() {
	w.stop()
	ctx, stop := context.WithCancel(w.ctx)
	w.stop, w.lost = stop, ""
	w.draw()
	go func() {
		err := w.watch(ctx, w.take)
		w.frame.do(func() {
			if ctx.Err() == nil {
				stop()
				w.lose(err)
			}
		})
	}()
}

// take shows what the agent knows now.
func (w *statusWindow) take(s creds.Snapshot) {
	w.state.take(s)
	w.raise(agentapi.WindowStatus, s)
	w.loaded.Say("", kit.ToneQuiet) // A hidden animation is drawn too.
	switch {
	case len(s.Profiles) == 0:
		w.welcome.take(s)
		if !w.welcome.Visible() {
			w.turn(w.welcome.Container)
		}
	case w.loading.Visible() || w.welcome.Visible():
		w.turn(w.main)
		w.reveal()
	}
	w.draw()
}

// lose says that the agent cannot be reached any more.
func (w *statusWindow) lose(err error) {
	w.lost = lostSentence(err, lang.T("so what is shown here may be out of date"))
	w.loaded.Say("", kit.ToneQuiet)
	w.turn(w.main)
	w.draw()
	w.win.Canvas().Focus(w.banner.again)
}

// draw shows the state as it is now, and again when time has changed it.
func (w *statusWindow) draw() {
	now := time.Now()
	words, t := problemSentences(w.state.all.Problems), kit.ToneWarning
	switch {
	case w.lost != "":
		words, t = w.lost, kit.ToneRefused
	case words == "" && w.noIcon && w.state.all.NoIcon:
		words, t = lang.T(noIconWords), kit.ToneInfo
	}
	if w.banner.show(words, t, w.lost != "", w.lost == "" && w.state.waitsForKeyring()) {
		w.main.Refresh()
	}
	if w.plain.show(w.state.plaintextWords()) {
		w.main.Refresh()
	}
	if count := w.state.count(now); count != w.count.Text {
		w.count.Set(count)
		w.foot.Refresh()
	}
	w.list.Refresh()
	w.drawDetail(now)
	tick := statusTick
	if w.state.removes(now) {
		tick = time.Second
	}
	w.redraw.call(tick, w.frame.do, w.draw)
}

func (w *statusWindow) drawDetail(now time.Time) {
	p, ok := w.state.profile()
	kit.Show(w.detail.body, ok)
	kit.Show(w.detail.nothing, !ok)
	if !ok {
		words := ""
		if w.state.known {
			words = lang.T("No profile matches.")
		}
		w.detail.nothing.Say(words, kit.ToneQuiet)
		return
	}
	if one, _ := w.state.all.Session(p.Session); one.Stranger != nil && one.State(now) == creds.StateFailed && p.Err == nil {
		p.Err = one.Err // Nothing refreshes it.
	}
	w.detail.show(p, now, func(a action) bool { return w.lost != "" && a != actionProfile || w.busy[task{a, p.Name}] })
	w.offerUndo()
	last := w.outcomes[p.Name]
	if p.Err != nil && last.words == errorSentence(p.Err) {
		last = outcome{} // The profile itself says so.
	}
	w.detail.say(last.words, last.tone)
}

// reveal scrolls to the profile that is chosen.
func (w *statusWindow) reveal() {
	if w.state.at >= 0 {
		w.list.ScrollTo(w.state.at)
	}
}

func (w *statusWindow) find(text string) {
	w.state.find(text)
	w.list.ScrollToTop()
	w.draw()
	w.reveal()
}

func (w *statusWindow) choose(at int) {
	w.state.choose(at)
	w.draw()
}

func (w *statusWindow) regroup() {
	w.state.groupBy((w.state.group + 1) % grouping(len(groupingNames)))
	w.groups.SetText(groupingNames[w.state.group].String())
	w.main.Refresh()
	w.draw()
	w.reveal()
}

// footLayout places a text on the right, and another in the room that is left.
type footLayout struct{}

func (footLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, objects[0].MinSize().Height)
}

func (footLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := objects[1].(*kit.Line).Natural()
	kit.Place(objects[0], 0, 0, size.Width-width-kit.PairGap, size.Height)
	kit.Place(objects[1], size.Width-width, 0, width, size.Height)
}

// statusBanner is above the list, for messages that are about no single profile.
type statusBanner struct {
	*fyne.Container

	notice               *kit.Notice
	again, close, unlock *kit.Button
}

func newStatusBanner(w *statusWindow) *statusBanner {
	b := &statusBanner{notice: kit.NewNotice(0, 1)}
	b.again = kit.NewButton(lang.T("Start again"), w.follow, w.typedKey)
	b.again.StandOut(true)
	b.close = kit.NewButton(lang.T("Close"), w.leave, w.typedKey)
	b.unlock = kit.NewButton(lang.T("Unlock"), w.unlockKeyring, w.typedKey)
	b.Container = container.NewBorder(nil, nil, nil, kit.NewButtons(b.unlock, b.again, b.close), b.notice.Wide())
	return b
}

// show shows a message, if there is one, and a button that helps: to start again if the
// agent is lost, to unlock if the keyring is locked. It reports whether the banner has
// changed.
func (b *statusBanner) show(words string, t kit.Tone, lost, locked bool) (changed bool) {
	changed = kit.Show(b.unlock, locked)
	changed = kit.Show(b.Container, words != "") || changed
	changed = kit.Show(b.again, lost) || changed
	kit.Show(b.close, lost)
	return b.notice.Say(words, t) || changed
}
