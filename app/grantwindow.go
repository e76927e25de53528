package app

import (
	"fyne.io/fyne/v2"

	"daypass/app/kit"
	"daypass/creds"
)

// grantWidth is that of what such a window says; the buttons have room in it.
const grantWidth = 500

// grantWindow asks a person a question that is answered with one of its buttons.
// All its methods are called where Fyne's widgets may be touched.
//
// It comes up by itself, perhaps under the hands of somebody who types: so no
// button has the focus before the Tab key gives it one, and no key but Escape,
// which grants nothing, does anything until then.
type grantWindow struct {
	promptFrame

	state grantState
	// describe shows what the question is about.
	describe func(creds.Prompt)

	// answer sends an answer to the agent, and returns at once.
	answer func(creds.Grant)

	// grants are the answers, in the order of the Tab key.
	grants []*kit.Button
}

// newGrantWindow makes the window of a question that closing says no to; means says
// what an answer means.
func newGrantWindow(
	win fyne.Window, do func(func()), leave func(), closing string, means func(creds.Prompt) string,
) *grantWindow {
	w := &grantWindow{promptFrame: promptFrame{win: win, do: do, leave: leave}, state: grantState{means: means}}
	w.build(grantWidth, closing, w.draw, w.typedKey)
	return w
}

// newGrant makes the button of an answer.
func (w *grantWindow) newGrant(text string, g creds.Grant) *kit.Button {
	b := kit.NewButton(text, func() { w.send(g) }, w.typedKey)
	w.grants = append(w.grants, b)
	return b
}

// receive shows the prompt, or its end.
func (w *grantWindow) receive(ev creds.PromptEvent) {
	switch {
	case w.ended:
	case ev.End != nil:
		w.end(w.state.end(*ev.End))
	case ev.Prompt != nil:
		w.state.prompt, w.state.known = *ev.Prompt, true
		w.win.SetTitle(promptTitle(*ev.Prompt))
		w.describe(*ev.Prompt)
		w.draw()
	}
}

// failed says that the last answer was not taken.
func (w *grantWindow) failed(err error) {
	if w.ended || w.state.sent == "" {
		return
	}
	w.state.fail(err)
	w.draw()
}

// lost says that the agent cannot be reached any more.
func (w *grantWindow) lost(err error) {
	if !w.ended {
		w.state.lose(err)
		w.end(false)
	}
}

// send sends an answer, if one is wanted still.
func (w *grantWindow) send(g creds.Grant) {
	if w.state.grant(g) {
		w.draw()
		w.answer(g)
	}
}

// draw shows the state as it is now.
func (w *grantWindow) draw() {
	v := w.state.view()
	for _, b := range w.grants {
		kit.Show(b, !v.Over)
		kit.Enable(b, !v.Locked)
	}
	if w.say(v.Words, v.Tone) {
		w.win.Content().Refresh() // Long words make the window grow.
	}
}
