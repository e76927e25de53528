package app

import (
	"time"

	"fyne.io/fyne/v2/container"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// barTick is how often the countdown's bar moves, by about one unit.
const barTick = 200 * time.Millisecond

// codeWindow asks a person for a code or a passphrase.
type codeWindow struct {
	promptFrame

	state codeState

	code       *kit.CodeField
	passphrase *kit.TextField
	countdown  *kit.Countdown
	never      *kit.Link
	submit     *kit.Button
}

// newCodeWindow fills a window with the fields for an answer. It shows the prompt once
// receive brings it.
func newCodeWindow(on loopWindow) *codeWindow {
	w := &codeWindow{promptFrame: promptFrame{loopWindow: on}}
	w.build(kit.CodeWidth(creds.CodeDigits), w, &w.state.promptState)
	w.code = kit.NewCodeField(creds.CodeDigits)
	w.passphrase = kit.NewPassphraseField("", nil, w.typedKey)
	w.countdown = kit.NewCountdown(codeStep, nextCode)
	w.never = kit.NewLink(w.refuse, w.typedKey)
	w.submit = kit.NewButton(lang.T("Unlock"), func() { w.send(w.passphrase.Text) }, w.typedKey)
	w.submit.StandOut(true)

	w.code.Full, w.code.Key = w.send, w.typedKey
	w.code.Odd = func() {
		w.state.failure = lang.T("What was pasted is not a code of six digits.")
		w.draw()
	}
	w.passphrase.OnSubmitted = w.send

	footer := container.New(kit.Foot{}, w.countdown, kit.NewButtons(w.close, w.submit), w.never)
	w.fill(container.New(
		kit.Column{Padding: windowPadding, Gaps: []float32{0, 14, 20, 20, 14, 12}},
		w.headline, w.facts.Container, w.code, w.passphrase, w.notice, footer))
	w.focus()
	return w
}

// show shows the prompt as it is now.
func (w *codeWindow) show(p creds.Prompt) {
	first := !w.state.known
	empty := w.state.receive(p)
	w.describe(p)
	if empty {
		w.empty()
	}
	w.draw()
	if first || empty {
		w.focus() // After drawing: what is hidden cannot have the focus.
	}
}

// answered says why the last answer was not accepted.
func (w *codeWindow) answered(err error) {
	if err != nil && w.state.fail(err) {
		w.empty()
		w.draw()
		w.focus()
	}
}

// send sends an answer, if the window takes one now.
func (w *codeWindow) send(text string) {
	answer := secret.New(text)
	sent := w.state.submit(answer)
	if !sent && w.state.reused {
		w.empty()
	}
	w.draw()
	if sent {
		w.answer(creds.AnswerRequest{Answer: answer})
	}
}

func (w *codeWindow) empty() {
	w.code.Clear()
	w.passphrase.SetText("")
}

func (w *codeWindow) focus() {
	switch {
	case w.passphrase.Visible():
		w.win.Canvas().Focus(w.passphrase)
	case w.code.Visible():
		w.win.Canvas().Focus(w.code)
	}
}

// draw shows the state as it is now, and again when time changes it.
func (w *codeWindow) draw() {
	v := w.state.view(time.Now())
	if v.Over {
		w.empty()
	}
	input := w.state.input()
	kit.Show(w.passphrase, input == prompts.InputSecret)
	kit.Show(w.submit, input == prompts.InputSecret && !v.Over)
	kit.Show(w.code, input == prompts.InputCode)
	w.never.Set(v.Never)
	w.code.Lock(v.Locked)
	w.passphrase.Locked = v.Locked
	if w.say(v.Words, v.Tone) {
		w.win.Content().Refresh() // Long words make the window grow.
	}
	w.countdown.Set(v.Left)
	if v.Left > 0 {
		w.redraw.call(barTick, w.do, w.draw)
	}
}
