package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
)

const (
	signInWidth = 400
	// copiedFor is how long a button says that it has copied something.
	copiedFor = 2 * time.Second
	// addressLines has room for every address of the device flow; the one of
	// the browser flow carries its whole request, which nobody reads.
	addressLines = 5
)

// signInWindow asks a person to sign in with a browser. All its methods are
// called where Fyne's widgets may be touched.
type signInWindow struct {
	promptFrame

	state signInState

	why      *kit.Notice
	startURL *kit.Notice
	// there stands above the address.
	there   *kit.Line
	address *kit.CopyText
	// compare stands above the code.
	compare *kit.Line
	code    *kit.CopyText
	copy    *kit.Button
	again   *kit.Button
	useCode *kit.Button
	ways    *fyne.Container
	wait    *kit.Line
	never   *kit.Link
	open    *kit.Button

	copied *time.Timer
}

// newSignInWindow fills win with a sign-in's dialog. It shows nothing of the
// prompt until receive brings it.
func newSignInWindow(win fyne.Window, do func(func()), leave func()) *signInWindow {
	w := &signInWindow{promptFrame: promptFrame{win: win, do: do, leave: leave}}
	w.build(signInWidth, w.draw, w.typedKey)
	w.why, w.startURL = kit.NewNotice(signInWidth), kit.NewNotice(signInWidth)
	w.why.Lines, w.startURL.Lines = 1, 1
	w.there = kit.NewLine(theme.ColorNameForeground, kit.SizeText, fyne.TextStyle{})
	w.there.Set("Open this page in any browser:", "")
	w.address = kit.NewCopyText(signInWidth, kit.SizeText, addressLines, w.typedKey)
	w.compare = kit.NewLine(theme.ColorNameForeground, kit.SizeText, fyne.TextStyle{})
	w.compare.Set("Check that the page shows this code:", "")
	w.code = kit.NewCopyText(signInWidth, kit.SizeCode, 1, w.typedKey)
	w.wait = kit.NewLine(kit.ColorSecondary, kit.SizeText, fyne.TextStyle{})

	w.copy = kit.NewButton("Copy link", w.copyLink, w.typedKey)
	w.again = kit.NewButton("Open again", func() { w.start(w.state.signIn().Method) }, w.typedKey)
	w.useCode = kit.NewButton("Use a code instead", func() { w.start(creds.SignInDeviceCode) }, w.typedKey)
	w.open = kit.NewButton("Open the browser", func() { w.start("") }, w.typedKey)
	w.open.Importance = widget.HighImportance
	w.never = kit.NewLink(w.refuse, w.typedKey)

	w.ways = container.New(layout.NewCustomPaddedHBoxLayout(kit.ButtonGap), w.copy, w.again, w.useCode)
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(kit.ButtonGap), w.close, w.open)
	footer := container.New(kit.Foot{}, w.wait, buttons, w.never)
	body := container.New(
		kit.Column{Padding: windowPadding, Gaps: []float32{0, 10, 4, 18, 8, 18, 8, 16, 6, 16}},
		w.headline, w.why, w.startURL, w.there, w.address, w.compare, w.code, w.notice, w.ways, footer)
	w.fill(body)
	return w
}

// receive shows the prompt's present form, or its end.
func (w *signInWindow) receive(ev creds.PromptEvent) {
	switch {
	case w.ended:
	case ev.End != nil:
		w.end(w.state.end(*ev.End))
	case ev.Prompt != nil:
		moved := w.state.receive(*ev.Prompt)
		w.describe(*ev.Prompt)
		w.draw()
		if moved {
			w.focus() // After drawing: what is hidden cannot have the focus.
		}
	}
}

// answered takes what the agent said to a press.
func (w *signInWindow) answered(err error) {
	if !w.ended && w.state.answered(err) {
		w.draw()
	}
}

// refuse is a press of the button by which programs are not to ask again.
func (w *signInWindow) refuse() {
	sent := w.state.refuse()
	w.draw()
	if sent {
		w.answer(creds.AnswerRequest{Grant: creds.GrantNever})
	}
}

// lost says that the agent cannot be reached any more.
func (w *signInWindow) lost(err error) {
	if !w.ended {
		w.state.lose(err)
		w.end(false)
	}
}

// start has the agent open the page, in the given way unless that is empty.
func (w *signInWindow) start(method creds.SignInMethod) {
	if !w.state.begin() {
		return
	}
	w.draw()
	w.answer(creds.AnswerRequest{SignIn: &creds.SignInOptions{Method: method}})
}

// copyLink copies the page's address, and says so for a while.
func (w *signInWindow) copyLink() {
	fyne.CurrentApp().Clipboard().SetContent(w.state.signIn().URL)
	w.copy.SetText("Copied")
	if w.copied == nil {
		w.copied = w.after(copiedFor, func() { w.copy.SetText("Copy link") })
	}
	w.copied.Reset(copiedFor)
}

// focus goes to what the Enter key is to do.
func (w *signInWindow) focus() {
	switch v := w.state.view(time.Now()); {
	case !v.Begun:
		w.win.Canvas().Focus(w.open)
	case v.CanCopy:
		// Not the button that opens the page again: a second Enter of an
		// impatient person would.
		w.win.Canvas().Focus(w.copy)
	default:
		w.win.Canvas().Focus(w.again)
	}
}

// typedKey opens the browser at the Enter key, unless a widget has a use for it.
func (w *signInWindow) typedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if v := w.state.view(time.Now()); !v.Over && !v.Begun {
			w.start("")
		}
	default:
		w.promptFrame.typedKey(ev)
	}
}

// describe shows what the sign-in is for.
func (w *signInWindow) describe(p creds.Prompt) {
	w.promptFrame.describe(p)
	w.why.Say(prompts.Of(p).Explain(p), kit.ToneQuiet)
	in := w.state.signIn()
	w.startURL.Say(in.StartURL, kit.ToneQuiet)
	kit.Show(w.startURL, in.StartURL != "")
}

// draw shows the state as it is now, and comes back when time changes it.
func (w *signInWindow) draw() {
	v := w.state.view(time.Now())
	grown := w.address.Set(v.Address)
	w.code.Set(v.Code)
	grown = kit.Reveal(w.there, v.Address != "") || grown
	grown = kit.Reveal(w.address, v.Address != "") || grown
	grown = kit.Reveal(w.compare, v.Code != "") || grown
	grown = kit.Reveal(w.code, v.Code != "") || grown
	grown = kit.Reveal(w.ways, v.Begun && !v.Over) || grown
	kit.Show(w.copy, v.CanCopy)
	kit.Show(w.useCode, v.CanUseCode)
	kit.Show(w.open, !v.Begun && !v.Over)
	w.never.Set(v.Never)
	w.copy.StandOut(v.Address != "" && v.Begun)
	if w.say(v.Words, v.Tone) || grown {
		// The window grows with its words, and shrinks with them if told to.
		w.win.Content().Refresh()
		w.win.Resize(w.win.Content().MinSize())
	}
	left := ""
	if v.Left > 0 {
		left = waits(v.Left)
	}
	w.wait.Set(left, "")
	if v.Left > 0 {
		w.redrawIn((v.Left-1)%time.Second + 1) // The seconds are others then.
	}
}
