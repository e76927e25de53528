package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/secret"
)

// barTick is how often the countdown's bar moves: by one unit of its width or
// so.
const barTick = 200 * time.Millisecond

// promptWindow asks a person for the answer to one prompt. All its methods are
// called where Fyne's widgets may be touched.
type promptWindow struct {
	promptFrame

	state promptState

	code       *kit.CodeField
	passphrase *kit.TextField
	countdown  *kit.Countdown
	never      *kit.Link
	submit     *kit.Button
}

// newPromptWindow fills win with a prompt's dialog. It shows nothing of the
// prompt until receive brings it.
func newPromptWindow(win fyne.Window, do func(func()), leave func()) *promptWindow {
	w := &promptWindow{promptFrame: promptFrame{win: win, do: do, leave: leave}}
	w.build(kit.CodeWidth(creds.CodeDigits), w.draw, w.typedKey)
	w.code = kit.NewCodeField(creds.CodeDigits)
	w.passphrase = kit.NewPassphraseField("", nil, w.typedKey)
	w.countdown = kit.NewCountdown(codeStep, nextCode)
	w.never = kit.NewLink(w.refuse, w.typedKey)
	w.submit = kit.NewButton("Unlock", func() { w.send(w.passphrase.Text) }, w.typedKey)
	w.submit.Importance = widget.HighImportance

	w.code.Full, w.code.Key = w.send, w.typedKey
	w.code.Odd = func() {
		w.state.own = "What was pasted is not a code of six digits."
		w.draw()
	}
	w.passphrase.OnSubmitted = w.send

	buttons := kit.NewButtons(w.close, w.submit)
	footer := container.New(kit.Foot{}, w.countdown, buttons, w.never)
	body := container.New(
		kit.Column{Padding: windowPadding, Gaps: []float32{0, 14, 20, 20, 14, 12}},
		w.headline, w.about, w.code, w.passphrase, w.notice, footer)
	w.fill(body)
	w.focus()
	return w
}

// receive shows the prompt's present form, or its end.
func (w *promptWindow) receive(ev creds.PromptEvent) {
	switch {
	case w.ended:
	case ev.End != nil:
		w.end(w.state.end(*ev.End))
	case ev.Prompt != nil:
		first := !w.state.known
		empty := w.state.receive(*ev.Prompt)
		w.describe(*ev.Prompt)
		if empty {
			w.empty()
		}
		w.draw()
		if first || empty {
			w.focus() // After drawing: what is hidden cannot have the focus.
		}
	}
}

// answered says why the last answer was not taken.
func (w *promptWindow) answered(err error) {
	if err == nil || w.ended || !w.state.fail(err) {
		return
	}
	w.empty()
	w.draw()
	w.focus()
}

// lost says that the agent cannot be reached any more.
func (w *promptWindow) lost(err error) {
	if !w.ended {
		w.state.lose(err)
		w.end(false)
	}
}

// send sends an answer, if there is one to be sent.
func (w *promptWindow) send(text string) {
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

// refuse is a press of the button by which programs are not to ask again.
func (w *promptWindow) refuse() {
	sent := w.state.refuse()
	w.draw()
	if sent {
		w.answer(creds.AnswerRequest{Grant: creds.GrantNever})
	}
}

func (w *promptWindow) empty() {
	w.code.Clear()
	w.passphrase.SetText("")
}

func (w *promptWindow) focus() {
	switch {
	case w.passphrase.Visible():
		w.win.Canvas().Focus(w.passphrase)
	case w.code.Visible():
		w.win.Canvas().Focus(w.code)
	}
}

// draw shows the state as it is now, and comes back when time changes it.
func (w *promptWindow) draw() {
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
		w.redrawIn(barTick)
	}
}
