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
	promptFrame

	state consentState

	// answer sends an answer to the agent, and returns at once.
	answer func(agentapi.Grant)

	// grants are the answers, in the order of the Tab key.
	grants []*keyButton
}

// newConsentWindow fills win with the question. It shows nothing of the prompt
// until receive brings it.
func newConsentWindow(win fyne.Window, do func(func()), leave func()) *consentWindow {
	w := &consentWindow{promptFrame: promptFrame{win: win, do: do, leave: leave}}
	w.build(consentWidth, "Not now", w.draw, w.typedKey)
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
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(buttonGap))
	for _, b := range w.grants {
		buttons.Add(b)
	}
	buttons.Add(layout.NewSpacer())
	buttons.Add(w.close)
	body := container.New(column{padding: windowPadding, gaps: []float32{0, 14, 18, 18}},
		w.headline, w.newFacts("Program", "Folder", "Account", "Lent for"), w.notice, buttons)
	w.fill(body)
	return w
}

// receive shows the prompt, or its end.
func (w *consentWindow) receive(ev agentapi.PromptEvent) {
	switch {
	case w.ended:
	case ev.End != nil:
		w.end(w.state.end(*ev.End))
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
	if !w.ended {
		w.state.lose(err)
		w.end(false)
	}
}

// send sends an answer, if one is wanted still.
func (w *consentWindow) send(g agentapi.Grant) {
	if w.state.grant(g) {
		w.draw()
		w.answer(g)
	}
}

// describe shows what the question is about.
func (w *consentWindow) describe() {
	p := w.state.prompt
	w.win.SetTitle(promptTitle(p))
	w.headline.set(consentHeadline(p), "")
	for i, text := range []string{programWords(p.Requester), p.Requester.Dir, p.AccountID, lentWords(p.Lease)} {
		w.facts[i].set(text)
	}
}

// draw shows the state as it is now.
func (w *consentWindow) draw() {
	v := w.state.view()
	for _, b := range w.grants {
		show(b, !v.Over)
		enable(&b.DisableableWidget, !v.Locked)
	}
	if w.say(v.Words, v.Tone) {
		w.win.Content().Refresh() // Long words make the window grow.
	}
}
