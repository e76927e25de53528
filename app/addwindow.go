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

// Add shows the window that makes a profile of an access key, of a session of Identity
// Center, or of a sign-in to the console. With a profile it begins with that one's access
// key. It is called as [Import] is.
func Add(ctx context.Context, connect Connect, profile string) error {
	return openFrame(ctx, connect, func(f *frame) { newAddWindow(f, profile) })
}

// AddConsole is [Add] with the sign-in to the console chosen.
func AddConsole(ctx context.Context, connect Connect, profile string) error {
	return openFrame(ctx, connect, func(f *frame) { newAddConsoleWindow(f, profile) })
}

var addSize = fyne.NewSize(600, 560)

// addWindow makes a profile, page by page.
type addWindow struct {
	*frame
	addForm

	state addState

	title  *kit.Line
	lead   *kit.Notice
	notice *kit.Notice
	bodies [addPages]*fyne.Container
	middle *fyne.Container
	back   *kit.Button
	cancel *kit.Button
	next   *kit.Button
	made   madeProfile

	// replace is the profile that a person has been asked about because it has another
	// key.
	replace string
	// busy is set while the agent does what was asked, which stop cancels.
	busy bool
	stop func()
}

func newAddWindow(f *frame, profile string) *addWindow {
	w := newAddPages(f, profile)
	if profile != "" {
		w.state.choose(addByKey)
	}
	w.show()
	go w.follow(agentapi.WindowAdd)
	return w
}

func newAddConsoleWindow(f *frame, profile string) *addWindow {
	w := newAddPages(f, profile)
	w.state.choose(addByConsole)
	w.show()
	go w.follow(agentapi.WindowAddConsole)
	return w
}

// newAddPages fills a window with the pages.
func newAddPages(f *frame, profile string) *addWindow {
	w := &addWindow{frame: f, stop: func() {}}
	w.state.name, w.state.named = profile, profile != ""
	w.title = kit.NewHeadline("")
	w.lead, w.notice = kit.NewNotice(0, 2), kit.NewNotice(0, 2)
	w.back = kit.NewButton(lang.T("Back"), w.goBack, w.typedKey)
	w.cancel = kit.NewButton(lang.T("Cancel"), w.dismiss, w.typedKey)
	w.next = kit.NewButton("", w.goOn, w.typedKey)
	w.next.StandOut(true)
	w.made.build(w)
	w.middle = container.NewStack()
	w.build(w)
	for _, body := range w.bodies {
		w.middle.Add(body)
	}
	page := container.New(kit.Sheet{},
		container.New(kit.Rows(10), w.title, w.lead.Wide()), w.middle,
		container.New(kit.Rows(12), w.notice.Wide(),
			kit.NewButtons(w.back, w.made.copy, w.made.open, layout.NewSpacer(), w.cancel, w.next)))
	f.fill(lang.T("daypass — add a profile"), addSize, w.typedKey, page)
	f.win.SetCloseIntercept(w.dismiss)
	return w
}

// follow takes what the agent knows, and brings the window to the front.
func (w *addWindow) follow(window agentapi.Window) {
	// Requests report what is wrong with the agent.
	_ = w.watch(w.ctx, func(s creds.Snapshot) {
		w.raise(window, s)
		w.state.all = s
		w.offerSessions()
		if !w.busy {
			w.typed("")
		}
	})
}

// show shows the page that the state is at.
func (w *addWindow) show() {
	w.win.Canvas().Unfocus() // What is hidden takes no keys.
	for page, body := range w.bodies {
		kit.Show(body, addPage(page) == w.state.page)
	}
	w.fillIn()
	title, lead := addWords(&w.state)
	if at, of := w.state.step(); at > 0 && w.state.page != pageDone && of > 1 {
		title = lang.Sprintf("%s (step %d of %d)", title, at, of)
	}
	w.title.Set(title)
	w.lead.Say(lead, kit.ToneQuiet)
	w.notice.Say("", kit.ToneQuiet)
	w.draw()
	w.win.Canvas().Focus(w.first())
}

// draw shows the buttons as they are now.
func (w *addWindow) draw() {
	s := &w.state
	done := s.page == pageDone
	kit.Show(w.back, s.page != pageWays && !done)
	kit.Show(w.next, s.page != pageWays && (!done || w.made.failed))
	kit.Show(w.made.copy, done && w.made.status.Name != "")
	kit.Show(w.made.open, done && w.made.status.Name != "" && !w.made.failed)
	cancel, next := lang.T("Cancel"), lang.T("Continue")
	switch {
	case done:
		cancel = lang.T("Close")
	case s.closing:
		cancel = lang.T("Discard")
	}
	switch {
	case done:
		next = lang.T("Try again")
	case s.page == pageName && w.replace != "":
		next = lang.T("Replace it")
	case s.page == pageName:
		next = lang.T("Add")
	case s.page == pageConsole, s.page == pageSession:
		next = lang.T("Sign in…")
	}
	w.cancel.SetText(cancel)
	w.next.SetText(next)
	kit.Enable(w.next, !w.busy && (done || s.ready()))
	w.middle.Refresh()
}

func (w *addWindow) say(words string, t kit.Tone) {
	if w.notice.Say(words, t) {
		w.pages[0].Refresh()
	}
}

// typed takes what is in the fields.
func (w *addWindow) typed(string) {
	if w.busy || w.state.page == pageDone {
		return
	}
	w.read(&w.state)
	w.state.closing = false
	if w.replace != "" && w.replace != w.state.name {
		w.replace = ""
	}
	if w.replace == "" {
		w.say(w.state.problem())
	}
	w.draw()
}

// lock locks the fields while the agent has what is in them.
func (w *addWindow) lock(on bool) {
	w.busy = on
	w.addForm.lock(on)
	w.draw()
}

// goBack goes to the page before, and cancels what is running.
func (w *addWindow) goBack() {
	if w.state.page == pageWays || w.state.page == pageDone {
		return
	}
	w.stop()
	w.replace = ""
	w.lock(false)
	w.state.back()
	w.show()
}

// goOn does what the page is for.
func (w *addWindow) goOn() {
	if w.busy || w.next.Disabled() || !w.next.Visible() {
		return
	}
	switch w.state.page {
	case pageKey:
		w.look()
	case pageName:
		w.add()
	case pageSession:
		w.signInToSession()
	case pageConsole:
		w.signIn()
	case pageDone:
		w.try()
	default:
		w.state.next()
		w.show()
	}
}

// dismiss closes the window, and cancels a request that is running. Where something was
// typed it asks first.
func (w *addWindow) dismiss() {
	if w.state.typed() && !w.state.closing {
		w.state.closing = true
		w.say(lang.T("What you typed is lost when the window closes. Press Escape once more to close it."), kit.ToneWarning)
		w.draw()
		w.win.Canvas().Focus(w.cancel)
		return
	}
	w.stop()
	w.wipe(&w.state)
	w.leave()
}

func (w *addWindow) typedKey(ev *fyne.KeyEvent) {
	switch {
	case ev.Name == fyne.KeyEscape:
		w.dismiss()
	case ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter:
		if w.state.page == pageDone && !w.made.failed {
			w.dismiss()
			return
		}
		w.goOn()
	case kit.Moves(ev) && w.state.page == pageDevice:
		w.deviceList.TypedKey(ev)
	case kit.Moves(ev) && w.state.page == pageRegion:
		w.regionList.TypedKey(ev)
	}
}
