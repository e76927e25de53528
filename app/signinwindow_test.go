package app

import (
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
	cancelled int
	closed    bool
}

func openSignIn(t *testing.T, p creds.Prompt, do func(func())) *signInDialog {
	t.Helper()
	win := testWindow()
	d := &signInDialog{}
	d.signInWindow = newSignInWindow(loopWindow{win, do, func() { d.closed = true }})
	d.answer = func(a creds.AnswerRequest) { d.begun = append(d.begun, a.SignIn.Method) }
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
