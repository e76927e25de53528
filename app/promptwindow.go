package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"daypass/creds/agentapi"
	"daypass/creds/secret"
)

const (
	windowPadding = 24
	labelWidth    = 78
	buttonGap     = 8
	// barTick is how often the countdown's bar moves: by one unit of its
	// width or so.
	barTick = 200 * time.Millisecond
)

// promptWindow asks a person for the answer to one prompt. All its methods are
// called where Fyne's widgets may be touched.
type promptWindow struct {
	win   fyne.Window
	state promptState

	// answer sends an answer to the agent, grant a word on programs, and
	// cancel closes the question; all return at once.
	answer func(secret.Text)
	grant  func(agentapi.Grant)
	cancel func()
	// do runs a function where Fyne's widgets may be touched.
	do func(func())
	// leave takes the window off the screen for good.
	leave func()

	headline   *line
	about      *fyne.Container
	facts      []*fact
	code       *codeField
	passphrase *passphraseField
	notice     *notice
	countdown  *countdown
	never      *link
	submit     *keyButton
	close      *keyButton

	// told is the long form of a line that the notice shows meanwhile.
	told  string
	ended bool
	timer *time.Timer
}

// fact is one line of what the prompt is about: a label and its value.
type fact struct {
	row   *fyne.Container
	value *line
}

// newPromptWindow fills win with a prompt's dialog. It shows nothing of the
// prompt until receive brings it.
func newPromptWindow(win fyne.Window, do func(func()), leave func()) *promptWindow {
	w := &promptWindow{win: win, do: do, leave: leave}
	w.headline = newLine("foreground", sizeHeadline, fyne.TextStyle{Bold: true})
	w.code = newCodeField()
	w.passphrase = newPassphraseField()
	w.notice = newNotice(codeWidth)
	w.countdown = newCountdown()
	w.never = newLink(w.refuse, w.typedKey)
	w.submit = newKeyButton("Unlock", func() { w.send(w.passphrase.Text) }, w.typedKey)
	w.submit.Importance = widget.HighImportance
	w.close = newKeyButton("Cancel", w.dismiss, w.typedKey)

	w.code.full, w.code.key = w.send, w.typedKey
	w.code.odd = func() {
		w.state.own = "What was pasted is not a code of six digits."
		w.draw()
	}
	w.passphrase.OnSubmitted, w.passphrase.key = w.send, w.typedKey
	w.headline.tell, w.headline.key = w.tell, w.typedKey

	w.about = container.New(column{gaps: []float32{0, 6, 6}})
	for _, label := range []string{"Account", "Device", "Asked by"} {
		f := newFact(label)
		f.value.tell, f.value.key = w.tell, w.typedKey
		w.facts = append(w.facts, f)
		w.about.Add(f.row)
	}
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(buttonGap), w.close, w.submit)
	footer := container.New(promptFoot{}, w.countdown, buttons, w.never)
	body := container.New(
		column{padding: windowPadding, gaps: []float32{0, 14, 20, 20, 14, 12}},
		w.headline, w.about, w.code, w.passphrase, w.notice, footer)
	win.SetPadded(false)
	win.SetContent(container.NewThemeOverride(container.NewStack(newBackdrop(), body), newLook()))
	win.Canvas().SetOnTypedKey(w.typedKey)
	win.SetFixedSize(true)
	win.CenterOnScreen()
	win.SetCloseIntercept(w.dismiss)
	w.draw()
	w.focus()
	return w
}

func newFact(label string) *fact {
	name := newLine(colorSecondary, sizeText, fyne.TextStyle{})
	name.set(label, "")
	value := newLine("foreground", sizeText, fyne.TextStyle{})
	return &fact{value: value, row: container.New(factLayout{}, name, value)}
}

// factLayout places a label and, beside it, its value.
type factLayout struct{}

// MinSize is that of the value.
func (factLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(codeWidth, objects[1].MinSize().Height)
}

// Layout places the two.
func (factLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(fyne.NewSize(labelWidth, size.Height))
	objects[1].Move(fyne.NewPos(labelWidth, 0))
	objects[1].Resize(fyne.NewSize(size.Width-labelWidth, size.Height))
}

// receive shows the prompt's present form, or its end.
func (w *promptWindow) receive(ev agentapi.PromptEvent) {
	switch {
	case w.ended:
	case ev.End != nil:
		if w.state.end(*ev.End) {
			w.finish()
			return
		}
		w.over()
	case ev.Prompt != nil:
		first := !w.state.known
		empty := w.state.receive(*ev.Prompt)
		w.describe()
		if empty {
			w.empty()
		}
		w.draw()
		if first || empty {
			w.focus() // After drawing: what is hidden cannot have the focus.
		}
	}
}

// failed tells that the last answer was not taken.
func (w *promptWindow) failed(err error) {
	if w.ended || !w.state.fail(err) {
		return
	}
	w.empty()
	w.draw()
	w.focus()
}

// lost tells that the agent cannot be reached any more.
func (w *promptWindow) lost(err error) {
	if w.ended {
		return
	}
	w.state.lose(err)
	w.over()
}

// over leaves a window that only tells, and that a key closes. The keys that
// make up an answer do not: a person may be in the middle of typing one.
func (w *promptWindow) over() {
	w.empty()
	w.close.SetText("Close")
	w.draw()
	w.win.Canvas().Focus(w.close)
}

// finish ends a window whose prompt needs no answer any more.
func (w *promptWindow) finish() {
	if w.ended {
		return
	}
	w.ended = true
	if w.timer != nil {
		w.timer.Stop()
	}
	w.leave()
}

// dismiss ends the window because the person wants it; a question that is still
// open is declined by that.
func (w *promptWindow) dismiss() {
	if !w.ended && w.state.over == "" {
		w.cancel()
	}
	w.finish()
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
		w.answer(answer)
	}
}

// refuse is a press of the button by which programs are not to ask again.
func (w *promptWindow) refuse() {
	sent := w.state.refuse()
	w.draw()
	if sent {
		w.grant(agentapi.GrantNever)
	}
}

func (w *promptWindow) empty() {
	w.code.clear()
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

// typedKey takes the keys that no widget has a use for.
func (w *promptWindow) typedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeyEscape {
		w.dismiss()
	}
}

// tell shows the long form of a line in the notice's place.
func (w *promptWindow) tell(full string) {
	w.told = full
	w.draw()
}

// describe shows what the prompt is about.
func (w *promptWindow) describe() {
	p := w.state.prompt
	w.win.SetTitle(promptTitle(p))
	w.headline.set(promptHeadline(p), "")
	device := ""
	if p.Device != "" {
		device = deviceName(p.Device)
	}
	known := false
	for i, text := range []string{p.AccountID, device, asker(p.Requester)} {
		w.facts[i].value.set(text, "")
		show(w.facts[i].row, text != "")
		known = known || text != ""
	}
	w.facts[1].value.set(device, p.Device)
	show(w.about, known)
}

// draw shows the state as it is now, and comes back when time changes it.
func (w *promptWindow) draw() {
	v := w.state.view(time.Now())
	kind := w.state.prompt.Kind
	show(w.passphrase, kind == agentapi.PromptPassphrase)
	show(w.submit, kind == agentapi.PromptPassphrase && !v.Over)
	show(w.code, kind == agentapi.PromptMFA)
	w.never.set(v.Never)
	w.code.lock(v.Locked)
	w.passphrase.locked = v.Locked
	words, tone := v.Words, v.Tone
	if w.told != "" {
		words, tone = w.told, toneInfo
	}
	if w.notice.say(words, tone) {
		w.win.Content().Refresh() // Long words make the window grow.
	}
	w.countdown.show(v.Left)
	if v.Left > 0 && !w.ended {
		w.tick()
	}
}

// tick draws again when the countdown has moved.
func (w *promptWindow) tick() {
	if w.timer == nil {
		w.timer = time.AfterFunc(barTick, func() { w.do(w.draw) })
		return
	}
	w.timer.Reset(barTick)
}

func show(o fyne.CanvasObject, visible bool) {
	switch {
	case visible == o.Visible():
	case visible:
		o.Show()
	default:
		o.Hide()
	}
}
