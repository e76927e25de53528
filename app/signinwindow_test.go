package app

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

// signInDialog is a sign-in's window on Fyne's test driver, with what it has
// said to the agent.
type signInDialog struct {
	*signInWindow

	begun     []creds.SignInMethod
	pastes    []string
	cancelled int
	closed    bool
}

func openSignIn(t *testing.T, p creds.Prompt, do func(func())) *signInDialog {
	t.Helper()
	win := testWindow()
	d := &signInDialog{}
	d.signInWindow = newSignInWindow(loopWindow{win, do, func() { d.closed = true }})
	d.answer = func(a creds.AnswerRequest) {
		if a.SignIn != nil {
			d.begun = append(d.begun, a.SignIn.Method)
			return
		}
		d.pastes = append(d.pastes, a.Answer.Reveal())
	}
	d.cancel = func() { d.cancelled++ }
	t.Cleanup(d.finish)
	win.Show()
	d.receive(creds.PromptEvent{Prompt: &p})
	return d
}

// untimed discards what a window's timers ask Fyne's goroutine to do. Each timer
// runs on a goroutine of its own, and drawing there would race with the test.
func untimed(func()) {}

// page brings the prompt with its page opened.
func (d *signInDialog) page(method creds.SignInMethod) {
	p := corpPrompt()
	beginCorp(creds.SignInOptions{Method: method}, &p)
	d.receive(creds.PromptEvent{Prompt: &p})
}

func (d *signInDialog) press(key fyne.KeyName) {
	ev := &fyne.KeyEvent{Name: key}
	if f := d.win.Canvas().Focused(); f != nil {
		f.TypedKey(ev)
		return
	}
	d.win.Canvas().OnTypedKey()(ev)
}

func TestEnterOpensThePageOnce(t *testing.T) {
	d := openSignIn(t, corpPrompt(), untimed)
	if len(d.begun) != 0 {
		t.Fatal("the page was opened by itself")
	}
	d.press(fyne.KeyReturn)
	d.press(fyne.KeyReturn)
	d.answered(nil)
	d.page(creds.SignInBrowser)
	d.press(fyne.KeyReturn) // Copies.
	if diff := cmp.Diff([]creds.SignInMethod{""}, d.begun); diff != "" {
		t.Errorf("opened (-want +got)\n%s", diff)
	}
	if got := fyne.CurrentApp().Clipboard().Content(); got != browserURL || d.copy.Text != "Copied" {
		t.Errorf("the clipboard holds %q, the button says %q", got, d.copy.Text)
	}
	test.Tap(d.again)
	d.answered(nil)
	test.Tap(d.useCode)
	want := []creds.SignInMethod{"", creds.SignInBrowser, creds.SignInDeviceCode}
	if diff := cmp.Diff(want, d.begun); diff != "" {
		t.Errorf("opened (-want +got)\n%s", diff)
	}
}

func TestTheTabKeyLeadsThroughASignIn(t *testing.T) {
	d := openSignIn(t, corpPrompt(), untimed)
	walk := func(want ...fyne.Focusable) {
		t.Helper()
		for _, one := range want {
			if got := d.win.Canvas().Focused(); got != one {
				t.Fatalf("the focus is on %v, want %v", got, one)
			}
			d.win.Canvas().FocusNext()
		}
	}
	walk(d.open, d.never, d.close, d.open)
	d.page(creds.SignInBrowser)
	walk(d.copy, d.again, d.useCode, d.close, d.copy)
	d.page(creds.SignInDeviceCode)
	walk(d.copy, d.again, d.close, d.code, d.copy)
}

func TestClosingASignInDeclinesIt(t *testing.T) {
	for name, act := range map[string]func(*signInDialog){
		"Escape":                    func(d *signInDialog) { d.press(fyne.KeyEscape) },
		"Escape on the code":        func(d *signInDialog) { d.page(creds.SignInDeviceCode); d.code.Tapped(nil); d.press(fyne.KeyEscape) },
		"Escape without focus":      func(d *signInDialog) { d.win.Canvas().Unfocus(); d.press(fyne.KeyEscape) },
		"Escape after the page":     func(d *signInDialog) { d.page(creds.SignInBrowser); d.press(fyne.KeyEscape) },
		"a click on Cancel":         func(d *signInDialog) { test.Tap(d.close) },
		"Escape while it is opened": func(d *signInDialog) { d.press(fyne.KeyReturn); d.press(fyne.KeyEscape) },
	} {
		t.Run(name, func(t *testing.T) {
			d := openSignIn(t, corpPrompt(), untimed)
			act(d)
			if !d.closed || d.cancelled != 1 {
				t.Errorf("closed %v, declined %d times", d.closed, d.cancelled)
			}
		})
	}
}

func TestAFailedSignInIsReportedUntilTheWindowIsClosed(t *testing.T) {
	d := openSignIn(t, corpPrompt(), untimed)
	d.page(creds.SignInDeviceCode)
	d.receive(creds.PromptEvent{End: &creds.PromptEnd{Err: &creds.Error{
		Code: creds.CodeSignInFailed, Message: "the code has expired",
	}}})
	if d.closed || d.notice.Words != "The code has expired. Try to sign in again." || d.close.Text != "Close" || d.ways.Visible() || d.code.Visible() {
		t.Errorf("closed %v, says %q, button %q", d.closed, d.notice.Words, d.close.Text)
	}
	d.press(fyne.KeyReturn)
	if !d.closed || d.cancelled != 0 {
		t.Errorf("closed %v, declined %d times", d.closed, d.cancelled)
	}
}

func TestASignInCountsTheSecondsThatAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		todo := make(chan func())
		d := openSignIn(t, corpPrompt(), func(f func()) { todo <- f })
		d.page(creds.SignInBrowser)
		for _, want := range []string{"Waits for 9 min 59 s", "Waits for 9 min 58 s", "Waits for 9 min 57 s"} {
			(<-todo)()
			if d.wait.Text != want {
				t.Errorf("the window says %q, want %q", d.wait.Text, want)
			}
		}
		d.receive(creds.PromptEvent{End: &creds.PromptEnd{}})
		select {
		case <-todo:
			t.Error("a window that is closed draws on")
		case <-time.After(time.Minute):
		}
	})
}

func TestASignInToTheConsoleSaysForWhomItIs(t *testing.T) {
	d := openSignIn(t, consolePrompt(), untimed)
	if want := "Sign in to AWS's console as user/bob (123456789012)"; d.headline.Text != want {
		t.Errorf("the headline is %q, want %q", d.headline.Text, want)
	}
	if d.pasted.Visible() || d.send.Visible() || !d.open.Visible() || d.codeLabel.Visible() {
		t.Error("there is more than the button that opens the browser")
	}
	first := consolePrompt()
	first.SignIn.Identity = ""
	if d = openSignIn(t, first, untimed); d.headline.Text != "Sign in to AWS's console for dev" {
		t.Errorf("before the first sign-in the headline is %q", d.headline.Text)
	}
}

func TestACodeOfAnotherDeviceIsPastedAndSentByTheKeyboardAlone(t *testing.T) {
	d := openSignIn(t, consolePrompt(), untimed)
	board := fyne.CurrentApp().Clipboard()
	d.press(fyne.KeyReturn)
	d.answered(nil)
	opened := consolePrompt()
	_ = beginConsole(creds.SignInOptions{}, &opened)
	d.receive(creds.PromptEvent{Prompt: &opened})
	if d.useCode.Text != "Use another device…" || !d.useCode.Visible() || d.address.Visible() {
		t.Errorf("the other way is %q, shown %v", d.useCode.Text, d.useCode.Visible())
	}
	d.win.Canvas().FocusNext()
	d.win.Canvas().FocusNext()
	d.press(fyne.KeyReturn)
	if diff := cmp.Diff([]creds.SignInMethod{"", creds.SignInDeviceCode}, d.begun); diff != "" {
		t.Fatalf("begun (-want +got)\n%s", diff)
	}
	page := pastedPrompt()
	d.answered(nil)
	d.receive(creds.PromptEvent{Prompt: &page})
	if !d.address.Visible() || !d.pasted.Visible() || d.send.Visible() != true || !d.send.Disabled() {
		t.Error("the page's address or the field is missing, or nothing can be sent")
	}
	d.press(fyne.KeyReturn) // Copies the address.
	if board.Content() != consoleURL {
		t.Errorf("the clipboard has %q", board.Content())
	}
	walk := []fyne.Focusable{d.again, d.pasted}
	for _, want := range walk {
		d.win.Canvas().FocusNext()
		if got := d.win.Canvas().Focused(); got != want {
			t.Fatalf("the focus is on %v, want %v", got, want)
		}
	}
	code := strings.Repeat("c3RhdGU9M2YxYyZjb2RlPWFiYw", 150) // Some kilobytes.
	board.SetContent(code + "\n")
	d.pasted.TypedShortcut(&fyne.ShortcutPaste{Clipboard: board})
	if d.send.Disabled() {
		t.Error("what was pasted cannot be sent")
	}
	d.press(fyne.KeyReturn)
	d.press(fyne.KeyReturn)
	if !d.pasted.Locked || !d.send.Disabled() || d.notice.Words != "Checking with AWS…" {
		t.Errorf("while it is checked the window says %q", d.notice.Words)
	}
	d.answered(nil)
	if got := board.Content(); got != "" {
		t.Errorf("the clipboard still has %d characters", len(got))
	}
	wrong := pastedPrompt()
	wrong.SignIn.Note = "that is not the code of this page"
	d.receive(creds.PromptEvent{Prompt: &wrong})
	if d.notice.Words != "That is not the code of this page." || d.win.Canvas().Focused() != fyne.Focusable(d.pasted) {
		t.Errorf("the window says %q, the focus is on %v", d.notice.Words, d.win.Canvas().Focused())
	}
	if got := strings.TrimSpace(d.pasted.SelectedText()); got != code {
		t.Errorf("%d characters are selected, want all %d", len(got), len(code))
	}
	board.SetContent("right")
	d.pasted.TypedShortcut(&fyne.ShortcutPaste{Clipboard: board})
	board.SetContent("a recipe") // Something else was copied meanwhile.
	test.Tap(d.send)
	d.answered(nil)
	if got := board.Content(); got != "a recipe" {
		t.Errorf("the clipboard lost what was copied after the code: %q", got)
	}
	if diff := cmp.Diff([]string{code, "right"}, d.pastes); diff != "" {
		t.Errorf("sent (-want +got)\n%s", diff)
	}
	d.receive(creds.PromptEvent{End: &creds.PromptEnd{}})
	if !d.closed {
		t.Error("the window stays")
	}
}

func TestACodeIsGoneFromAWindowThatStaysForItsFailure(t *testing.T) {
	d := openSignIn(t, pastedPrompt(), untimed)
	d.pasted.SetText("abc")
	test.Tap(d.send)
	d.receive(creds.PromptEvent{End: &creds.PromptEnd{Err: &creds.Error{
		Code: creds.CodeSignInFailed, Message: "the code has expired",
	}}})
	if d.pasted.Text != "" || d.pasted.Visible() || d.send.Visible() || d.closed {
		t.Errorf("the field has %q, is shown %v; closed %v", d.pasted.Text, d.pasted.Visible(), d.closed)
	}
}

func TestTheTabKeyLeadsThroughAPastedSignIn(t *testing.T) {
	d := openSignIn(t, pastedPrompt(), untimed)
	for _, want := range []fyne.Focusable{d.copy, d.again, d.pasted, d.close, d.headline, d.facts.Rows[1].Value, d.address, d.copy} {
		if got := d.win.Canvas().Focused(); got != want {
			t.Fatalf("the focus is on %T, want %T", got, want)
		}
		if tab, ok := d.win.Canvas().Focused().(fyne.Tabbable); ok && tab.AcceptsTab() {
			t.Fatalf("the Tab key stays in %T", tab)
		}
		d.win.Canvas().FocusNext()
	}
	d.win.Canvas().Focus(d.pasted)
	d.press(fyne.KeyEscape)
	if !d.closed || d.cancelled != 1 {
		t.Errorf("closed %v, declined %d times", d.closed, d.cancelled)
	}
}
