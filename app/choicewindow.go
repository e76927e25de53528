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
	// choiceWidth is the width of the text, which has room for the buttons.
	choiceWidth = 500
	// choiceMost is how wide the label of a button may be, so that there is room for
	// the button beside it.
	choiceMost = 330
)

// choiceWindow asks a person a question that one of its buttons answers.
//
// The window opens by itself, perhaps while a person types elsewhere. So no button has
// the focus before the Tab key is pressed, and until then no key does anything but
// Escape, which grants nothing.
type choiceWindow struct {
	promptFrame

	state choiceState

	// choices are the answers, in the order of the Tab key.
	choices []*kit.Button
}

// newChoiceWindow fills a window with the buttons for the answers to a prompt. It shows the
// prompt once receive brings it. A single answer comes after the button that declines,
// so that one press of the Tab key does not lead to it.
func newChoiceWindow(on loopWindow, p creds.Prompt) *choiceWindow {
	w := &choiceWindow{promptFrame: promptFrame{loopWindow: on}}
	w.build(choiceWidth, w, &w.state.promptState)
	var choices []fyne.CanvasObject
	for _, choice := range prompts.Of(p).Choices(p) {
		b := kit.NewButton("", func() { w.send(choice.Grant) }, w.typedKey)
		w.choices = append(w.choices, b)
		choices = append(choices, b)
	}
	buttons := kit.NewButtons(append(choices, layout.NewSpacer(), w.close)...)
	if len(choices) == 1 {
		buttons = kit.NewButtons(layout.NewSpacer(), w.close, choices[0])
	}
	w.fill(container.New(kit.Column{Padding: windowPadding, Gaps: []float32{0, 14, 18, 18}},
		w.headline, w.facts.Container, w.notice, buttons))
	return w
}

// show shows the prompt as it is now.
func (w *choiceWindow) show(p creds.Prompt) {
	w.state.receive(p)
	w.describe(p)
	for i, choice := range prompts.Of(p).Choices(p) {
		label, _ := kit.Ellipsis(choice.Label, choiceMost, kit.SizeText, fyne.TextStyle{Bold: true})
		w.choices[i].SetText(label)
	}
	w.draw()
}

// answered says why the last answer was not accepted.
func (w *choiceWindow) answered(err error) {
	if err != nil && w.state.fail(err) {
		w.draw()
	}
}

// send sends an answer, if the window takes one now.
func (w *choiceWindow) send(g creds.Grant) {
	if w.state.choose() {
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
