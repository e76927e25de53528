package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/creds/agentapi"
)

// consentWidth is that of what the window says; the buttons have room in it.
const consentWidth = 500

// consentWindow asks a person whether programs may have a sensitive profile. All
// its methods are called where Fyne's widgets may be touched.
//
// It comes up by itself, perhaps under the hands of somebody who types: so no
// button has the focus before the Tab key gives it one, and no key but Escape,
// which lends nothing, does anything until then.
type consentWindow struct {
	win   fyne.Window
	state consentState

	// answer sends an answer to the agent, cancel closes the question; both
	// return at once.
	answer func(agentapi.Grant)
	cancel func()
	// do runs a function where Fyne's widgets may be touched.
	do func(func())
	// leave takes the window off the screen for good.
	leave func()

	headline *line
	facts    []*fact
	notice   *notice
	// grants are the answers, in the order of the Tab key.
	grants []*keyButton
	close  *keyButton

	told  string
	ended bool
}

// newConsentWindow fills win with the question. It shows nothing of the prompt
// until receive brings it.
func newConsentWindow(win fyne.Window, do func(func()), leave func()) *consentWindow {
	w := &consentWindow{win: win, do: do, leave: leave}
	w.headline = newLine("foreground", sizeHeadline, fyne.TextStyle{Bold: true})
	w.headline.tell, w.headline.key = w.tell, w.typedKey
	w.notice = newNotice(consentWidth)
	about := container.New(column{gaps: []float32{0, 6, 6, 6}})
	for _, label := range []string{"Program", "Folder", "Account", "Lent for"} {
		f := newFact(label)
		f.value.tell, f.value.key = w.tell, w.typedKey
		w.facts = append(w.facts, f)
		about.Add(f.row)
	}
	for _, g := range []struct {
		text  string
		grant agentapi.Grant
	}{
		{"Once", agentapi.GrantOnce},
		{"For an hour", agentapi.GrantHour},
		{"Always", agentapi.GrantAlways},
		{"Never", agentapi.GrantNever},
	} {
		w.grants = append(w.grants, newKeyButton(g.text, func() { w.send(g.grant) }, w.typedKey))
	}
	w.close = newKeyButton("Not now", w.dismiss, w.typedKey)
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(buttonGap))
	for _, b := range w.grants {
		buttons.Add(b)
	}
	buttons.Add(layout.NewSpacer())
	buttons.Add(w.close)
	body := container.New(column{padding: windowPadding, gaps: []float32{0, 14, 18, 18}}, w.headline, about, w.notice, buttons)
	win.SetPadded(false)
	win.SetContent(container.NewThemeOverride(container.NewStack(newBackdrop(), body), newLook()))
	win.Canvas().SetOnTypedKey(w.typedKey)
	win.SetFixedSize(true)
	win.CenterOnScreen()
	win.SetCloseIntercept(w.dismiss)
	w.draw()
	return w
}

// receive shows the prompt, or its end.
func (w *consentWindow) receive(ev agentapi.PromptEvent) {
	switch {
	case w.ended:
	case ev.End != nil:
		if w.state.end(*ev.End) {
			w.finish()
			return
		}
		w.over()
	case ev.Prompt != nil:
		w.state.prompt, w.state.known = *ev.Prompt, true
		w.describe()
		w.draw()
	}
}

// failed tells that the last answer was not taken.
func (w *consentWindow) failed(err error) {
	if w.ended || w.state.sent == "" {
		return
	}
	w.state.fail(err)
	w.draw()
}

// lost tells that the agent cannot be reached any more.
func (w *consentWindow) lost(err error) {
	if w.ended {
		return
	}
	w.state.lose(err)
	w.over()
}

// over leaves a window that only tells, and that a key closes.
func (w *consentWindow) over() {
	w.close.SetText("Close")
	w.draw()
	w.win.Canvas().Focus(w.close)
}

// finish ends a window whose prompt needs nobody any more.
func (w *consentWindow) finish() {
	if w.ended {
		return
	}
	w.ended = true
	w.leave()
}

// dismiss ends the window because the person wants it; nothing is lent then.
func (w *consentWindow) dismiss() {
	if !w.ended && w.state.over == "" {
		w.cancel()
	}
	w.finish()
}

// send sends an answer, if one is wanted still.
func (w *consentWindow) send(g agentapi.Grant) {
	if w.state.grant(g) {
		w.draw()
		w.answer(g)
	}
}

// typedKey takes the keys that no widget has a use for.
func (w *consentWindow) typedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeyEscape {
		w.dismiss()
	}
}

// tell shows the long form of a line in the notice's place.
func (w *consentWindow) tell(full string) {
	w.told = full
	w.draw()
}

// describe shows what the question is about.
func (w *consentWindow) describe() {
	p := w.state.prompt
	w.win.SetTitle(promptTitle(p))
	w.headline.set(consentHeadline(p), "")
	for i, text := range []string{programWords(p.Requester), p.Requester.Dir, p.AccountID, lentWords(p.Lease)} {
		w.facts[i].value.set(text, "")
		show(w.facts[i].row, text != "")
	}
}

// draw shows the state as it is now.
func (w *consentWindow) draw() {
	v := w.state.view()
	for _, b := range w.grants {
		show(b, !v.Over)
		enable(&b.DisableableWidget, !v.Locked)
	}
	if w.told != "" {
		v.Words, v.Tone = w.told, toneInfo
	}
	if w.notice.say(v.Words, v.Tone) {
		w.win.Content().Refresh() // Long words make the window grow.
	}
}
