package app

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
)

const (
	signInWidth = 400
	// copiedFor is how long a button says that it has copied something.
	copiedFor = 2 * time.Second
	// addressLines has room for every address of the device flow. That of the browser
	// flow is longer, with a whole request in it that nobody reads.
	addressLines = 5
)

// signInWindow asks a person to sign in with a browser.
type signInWindow struct {
	promptFrame
	signInPage

	state signInState

	why      *kit.Notice
	startURL *kit.Notice
	wait     *kit.Line
	never    *kit.Link
	open     *kit.Button
}

// newSignInWindow fills a window with what a sign-in needs. It shows the prompt once receive
// brings it.
func newSignInWindow(on loopWindow) *signInWindow {
	w := &signInWindow{promptFrame: promptFrame{loopWindow: on}}
	w.promptFrame.build(signInWidth, w, &w.state.promptState)
	w.signInPage.build(w)
	w.why, w.startURL = kit.NewNotice(signInWidth, 1), kit.NewNotice(signInWidth, 1)
	w.wait = kit.NewLine(kit.ColorSecondary, kit.SizeText, fyne.TextStyle{})
	w.open = kit.NewButton(lang.T("Open the browser"), func() { w.start("") }, w.typedKey)
	w.open.StandOut(true)
	w.never = kit.NewLink(w.refuse, w.typedKey)

	footer := container.New(kit.Foot{}, w.wait, kit.NewButtons(w.close, w.open, w.send), w.never)
	w.fill(container.New(
		kit.Column{Padding: windowPadding, Gaps: []float32{0, 10, 4, 10, 18, 8, 18, 8, 16, 6, 18, 8, 16}},
		w.headline, w.why, w.startURL, w.facts.Container, w.addressLabel, w.address, w.codeLabel, w.code, w.notice, w.ways,
		w.pasteLabel, w.pasted, footer))
	return w
}

// show shows the prompt as it is now.
func (w *signInWindow) show(p creds.Prompt) {
	moved := w.state.receive(p)
	w.describe(p)
	w.why.Say(prompts.Of(p).Explain(p), kit.ToneQuiet)
	in := w.state.signIn()
	w.startURL.Say(in.StartURL, kit.ToneQuiet)
	kit.Show(w.startURL, in.StartURL != "")
	w.useCode.SetText(lang.T("Use a code instead"))
	if p.OfConsole() {
		w.useCode.SetText(lang.T("Use another device…"))
		w.headline.SetBrief(lang.T("Sign in to AWS's console")) // The facts say as whom.
	}
	w.draw()
	if moved {
		w.focus() // After drawing: what is hidden cannot have the focus.
	}
}

// answered takes the agent's reply to an answer.
func (w *signInWindow) answered(err error) {
	if w.state.pasted && err == nil {
		w.forget()
	}
	if w.state.answered(err) {
		w.draw()
		if err != nil && w.state.signIn().Pastes {
			w.focus()
		}
	}
}

// forget empties a clipboard that still holds the code which the agent has got.
func (w *signInWindow) forget() {
	if board := fyne.CurrentApp().Clipboard(); board.Content() == w.pasted.Text {
		board.SetContent("")
	}
}

// paste sends the code that the page has shown.
func (w *signInWindow) paste(text string) {
	if code, send := w.state.paste(text); send {
		w.draw()
		w.answer(creds.AnswerRequest{Answer: code})
	}
}

// start has the agent open the page, in the given way unless that is empty.
func (w *signInWindow) start(method creds.SignInMethod) {
	if w.state.begin() {
		w.draw()
		w.answer(creds.AnswerRequest{SignIn: &creds.SignInOptions{Method: method}})
	}
}

// focus moves the focus to what the Enter key does next.
func (w *signInWindow) focus() {
	switch v := w.state.view(time.Now()); {
	case !v.Begun:
		w.win.Canvas().Focus(w.open)
	case v.Pastes && (w.pasted.Text != "" || !alone(w.state.signIn())):
		w.win.Canvas().Focus(w.pasted)
		w.pasted.SelectAll()
	case v.CanCopy:
		// Not the button that opens the page again: an impatient person presses Enter
		// twice.
		w.win.Canvas().Focus(w.copy)
	default:
		w.win.Canvas().Focus(w.again)
	}
}

// typedKey opens the browser at the Enter key, unless a widget uses it.
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

// draw shows the state as it is now, and again when time changes it.
func (w *signInWindow) draw() {
	v := w.state.view(time.Now())
	grown := w.signInPage.show(v)
	kit.Show(w.open, !v.Begun && !v.Over)
	w.never.Set(v.Never)
	if w.say(v.Words, v.Tone) || grown {
		// The window grows with its content by itself, but shrinks only when resized.
		w.win.Content().Refresh()
		w.win.Resize(w.win.Content().MinSize())
	}
	left := ""
	if v.Left > 0 {
		left = waits(v.Left)
		w.redraw.call((v.Left-1)%time.Second+1, w.do, w.draw) // When the seconds change.
	}
	w.wait.Set(left)
}

// signInPage shows how to find and check the page to approve, and what else can be done
// once it is open.
type signInPage struct {
	addressLabel *kit.Line
	address      *kit.CopyText
	codeLabel    *kit.Line
	code         *kit.CopyText
	ways         *fyne.Container
	copy         *kit.Button
	again        *kit.Button
	useCode      *kit.Button
	pasteLabel   *kit.Line
	pasted       *kit.PasteField
	send         *kit.Button

	copied later
}

func (p *signInPage) build(w *signInWindow) {
	p.addressLabel = kit.NewLabel(lang.T("Open this page in any browser:"))
	p.address = kit.NewCopyText(signInWidth, kit.SizeText, addressLines, w.typedKey)
	p.codeLabel = kit.NewLabel(lang.T("Check that the page shows this code:"))
	p.code = kit.NewCopyText(signInWidth, kit.SizeCode, 1, w.typedKey)
	p.copy = kit.NewButton(lang.T("Copy link"), func() { p.copyLink(w.state.signIn().URL, w.do) }, w.typedKey)
	p.again = kit.NewButton(lang.T("Open again"), func() { w.start(w.state.signIn().Method) }, w.typedKey)
	p.useCode = kit.NewButton("", func() { w.start(creds.SignInDeviceCode) }, w.typedKey)
	p.ways = kit.NewButtons(p.copy, p.again, p.useCode)
	p.pasteLabel = kit.NewLabel(lang.T("Then paste the page’s code here:"))
	p.pasted = kit.NewPasteField("", w.typedKey)
	p.pasted.OnSubmitted = w.paste
	p.pasted.OnChanged = func(string) { w.draw() }
	p.send = kit.NewButton(lang.T("Sign in"), func() { w.paste(p.pasted.Text) }, w.typedKey)
}

// show shows what a view has of the page, and reports whether that takes more room or less.
func (p *signInPage) show(v signInView) (resized bool) {
	resized = p.address.Set(v.Address)
	p.code.Set(v.Code)
	resized = kit.Show(p.addressLabel, v.Address != "") || resized
	resized = kit.Show(p.address, v.Address != "") || resized
	resized = kit.Show(p.codeLabel, v.Code != "") || resized
	resized = kit.Show(p.code, v.Code != "") || resized
	resized = kit.Show(p.ways, v.Begun && !v.Over) || resized
	kit.Show(p.copy, v.CanCopy)
	kit.Show(p.useCode, v.CanUseCode)
	pastes := v.Pastes && !v.Over
	resized = kit.Show(p.pasteLabel, pastes) || resized
	resized = kit.Show(p.pasted, pastes) || resized
	resized = kit.Show(p.send, pastes) || resized
	p.pasted.Locked = v.Locked
	if v.Over && p.pasted.Text != "" {
		p.pasted.SetText("")
	}
	typed := strings.TrimSpace(p.pasted.Text) != ""
	kit.Enable(p.send, typed && !v.Locked)
	p.send.StandOut(typed)
	p.copy.StandOut(v.Address != "" && v.Begun && !typed)
	return resized
}

// copyLink copies the page's address, and says so for a while.
func (p *signInPage) copyLink(url string, do func(func())) {
	fyne.CurrentApp().Clipboard().SetContent(url)
	p.copy.SetText(lang.T("Copied"))
	p.copied.call(copiedFor, do, func() { p.copy.SetText(lang.T("Copy link")) })
}
