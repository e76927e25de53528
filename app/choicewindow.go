package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
)

const (
	// choiceWidth is that of what such a window says; the buttons have room in it.
	choiceWidth = 500
	// choiceMost is how wide a button may be that has a name on it, so that there is
	// room for the other one.
	choiceMost = 330
)

// choiceWindow asks a person a question that is answered with one of its buttons.
// All its methods are called where Fyne's widgets may be touched.
//
// It comes up by itself, perhaps under the hands of somebody who types: so no
// button has the focus before the Tab key gives it one, and no key but Escape,
// which grants nothing, does anything until then.
type choiceWindow struct {
	promptFrame

	state choiceState

	// choices are the answers, in the order of the Tab key.
	choices []*kit.Button
}

// newChoiceWindow fills win with the question of a prompt. It shows nothing of that
// until receive brings it. A single answer comes after the button that declines,
// so that nobody is taken to it by one press of the Tab key.
func newChoiceWindow(win fyne.Window, do func(func()), leave func(), p creds.Prompt) *choiceWindow {
	w := &choiceWindow{promptFrame: promptFrame{win: win, do: do, leave: leave}}
	w.build(choiceWidth, w.draw, w.typedKey)
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(kit.ButtonGap))
	for _, choice := range prompts.Of(p).Choices(p) {
		b := kit.NewButton("", func() { w.send(choice.Grant) }, w.typedKey)
		w.choices = append(w.choices, b)
		buttons.Add(b)
	}
	if len(w.choices) == 1 {
		buttons.Objects = []fyne.CanvasObject{layout.NewSpacer(), w.close, w.choices[0]}
	} else {
		buttons.Objects = append(buttons.Objects, layout.NewSpacer(), w.close)
	}
	w.fill(container.New(kit.Column{Padding: windowPadding, Gaps: []float32{0, 14, 18, 18}},
		w.headline, w.about, w.notice, buttons))
	return w
}

// receive shows the prompt, or its end.
func (w *choiceWindow) receive(ev creds.PromptEvent) {
	switch {
	case w.ended:
	case ev.End != nil:
		w.end(w.state.end(*ev.End))
	case ev.Prompt != nil:
		p := *ev.Prompt
		w.state.prompt, w.state.known = p, true
		w.describe(p)
		for i, choice := range prompts.Of(p).Choices(p) {
			label, _ := kit.Ellipsis(choice.Label, choiceMost, kit.SizeText, fyne.TextStyle{Bold: true})
			w.choices[i].SetText(label)
		}
		w.draw()
	}
}

// answered says why the last answer was not taken.
func (w *choiceWindow) answered(err error) {
	if err == nil || w.ended || w.state.sent == "" {
		return
	}
	w.state.fail(err)
	w.draw()
}

// lost says that the agent cannot be reached any more.
func (w *choiceWindow) lost(err error) {
	if !w.ended {
		w.state.lose(err)
		w.end(false)
	}
}

// send sends an answer, if one is wanted still.
func (w *choiceWindow) send(g creds.Grant) {
	if w.state.choose(g) {
		w.draw()
		w.answer(creds.AnswerRequest{Grant: g})
	}
}

// draw shows the state as it is now.
func (w *choiceWindow) draw() {
	v := w.state.view()
	for _, b := range w.choices {
		kit.Show(b, !v.Over)
		kit.Enable(b, !v.Locked)
	}
	if w.say(v.Words, v.Tone) {
		w.win.Content().Refresh() // Long words make the window grow.
	}
}
