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

// Health shows the state of daypass and of what it depends on. It is called as [Import] is.
func Health(ctx context.Context, connect Connect) error {
	return openFrame(ctx, connect, func(f *frame) { newHealthWindow(f) })
}

const healthList = 400

// healthWindow shows what was found, the worst first, and what can be done about it.
type healthWindow struct {
	*frame

	state healthState
	// summary is above the list; it says so while something is under way.
	summary *kit.Notice
	list    *kit.NameList
	page    *fyne.Container
	detail  *fyne.Container
	title   *kit.Notice
	what    *kit.Notice
	advice  *kit.Notice

	again, fix, open *kit.Button
	busy             bool
}

func newHealthWindow(f *frame) *healthWindow {
	w := &healthWindow{frame: f}
	w.state.at = -1
	k := kit.Keys{Key: w.typedKey, Char: func(rune) {}, Shortcut: w.shortcuts().Typed}
	w.summary = kit.NewNotice(0, 1)
	w.list = kit.NewNameList(w.state.names, w.choose, k)
	w.title, w.what, w.advice = kit.NewWrappedHeadline(), kit.NewNotice(0, 1), kit.NewNotice(0, 1)
	w.fix = kit.NewButton("", w.mend, w.typedKey)
	w.fix.StandOut(true)
	w.open = kit.NewButton("", w.openWindow, w.typedKey)
	w.again = kit.NewButton(lang.T("Look again"), func() { w.look() }, w.typedKey)
	leave := kit.NewButton(lang.T("Close"), w.leave, w.typedKey)
	w.detail = container.New(kit.Rows(12), w.title.Wide(), w.what.Wide(), w.advice.Wide(), kit.NewButtons(w.fix, w.open, layout.NewSpacer()))
	w.page = container.New(kit.Sheet{},
		container.New(kit.Rows(8), kit.NewHeadline(lang.T("Health")), w.summary.Wide()),
		container.New(kit.Beside{Left: healthList}, w.list, container.NewVScroll(w.detail)),
		kit.NewButtons(layout.NewSpacer(), w.again, leave))
	f.fill(lang.T("daypass — health"), windowSize, w.typedKey, w.page)
	w.shortcuts().AddTo(f.win.Canvas())
	w.look()
	go f.followRaised(agentapi.WindowHealth)
	return w
}

// look looks at everything, after the findings of these IDs were mended.
func (w *healthWindow) look(mend ...string) {
	if w.busy {
		return
	}
	w.busy = true
	w.draw()
	ask(w.frame, func(ctx context.Context) (creds.Health, error) {
		return w.client.Custody().Health(ctx, creds.HealthRequest{Fix: mend})
	}, func(h creds.Health, err error) {
		w.busy = false
		if err == nil {
			w.state.take(h)
		}
		w.draw()
		if err != nil {
			w.summary.Say(errorSentence(err), kit.ToneRefused)
			w.page.Refresh()
		}
	})
}

// draw shows the state as it is now.
func (w *healthWindow) draw() {
	if w.busy {
		w.summary.Say(lang.T("Looking at everything that daypass depends on. This takes a few seconds…"), kit.ToneBusy)
	} else {
		w.summary.Say(w.state.summary, severityTone(w.state.worst))
	}
	w.list.Chosen = w.state.at
	w.list.Refresh()
	f := w.state.chosen()
	w.title.Say(f.Title, kit.ToneQuiet)
	tone := severityTone(f.Severity)
	w.what.Say(join(severityWords(f.Severity)+".", f.Detail), tone)
	w.advice.Say(f.Advice, kit.ToneQuiet)
	w.fix.SetText(f.Fix)
	w.open.SetText(openWords(f.Window))
	kit.Show(w.detail, f.ID != "")
	kit.Show(w.fix, f.Fix != "")
	kit.Show(w.open, f.Window != "")
	kit.Enable(w.fix, !w.busy)
	kit.Enable(w.again, !w.busy)
	w.detail.Refresh()
	w.page.Refresh()
}

func (w *healthWindow) choose(at int) {
	w.state.at = at
	w.draw()
}

// mend has the agent do what it can about the chosen finding.
func (w *healthWindow) mend() {
	if f := w.state.chosen(); f.Fix != "" {
		w.look(f.ID)
	}
}

// openWindow opens the window in which a person can do something about the chosen finding.
func (w *healthWindow) openWindow() {
	if f := w.state.chosen(); f.Window != "" {
		w.frame.open(agentapi.Window(f.Window), f.Arg)
	}
}

// typedKey takes the keys that no widget uses.
func (w *healthWindow) typedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyEscape:
		w.leave()
	case fyne.KeyF5:
		w.look()
	case fyne.KeyReturn, fyne.KeyEnter:
		w.mend()
	default:
		if kit.Moves(ev) {
			w.list.TypedKey(ev)
		}
	}
}

func (w *healthWindow) shortcuts() kit.Shortcuts {
	return kit.Shortcuts{{On: kit.Chord(fyne.KeyR, false), Do: func() { w.look() }}}
}
