package app

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
)

// dialog is a prompt's window on Fyne's test driver, with what it has said to
// the agent.
type dialog struct {
	*codeWindow

	answers   []string
	cancelled int
	closed    bool
}

func openDialog(t *testing.T, p creds.Prompt) *dialog {
	t.Helper()
	return openDialogOn(t, p, untimed)
}

// openDialogOn opens a dialog whose own doings go to do.
func openDialogOn(t *testing.T, p creds.Prompt, do func(func())) *dialog {
	t.Helper()
	win := testWindow()
	d := &dialog{}
	d.codeWindow = newCodeWindow(loopWindow{win, do, func() { d.closed = true }})
	d.answer = func(a creds.AnswerRequest) { d.answers = append(d.answers, a.Answer.Reveal()) }
	d.cancel = func() { d.cancelled++ }
	t.Cleanup(func() { d.redraw.stop() })
	win.Show()
	d.change(p)
	return d
}

// change brings the prompt in a new form.
func (d *dialog) change(p creds.Prompt) { d.receive(creds.PromptEvent{Prompt: &p}) }

// end brings the prompt's end.
func (d *dialog) end(err *creds.Error) {
	d.receive(creds.PromptEvent{End: &creds.PromptEnd{Err: err}})
}

// typeText types as the keyboard does: to whatever has the focus.
func (d *dialog) typeText(text string) {
	for _, r := range text {
		if f := d.win.Canvas().Focused(); f != nil {
			f.TypedRune(r)
		}
	}
}

// press presses a key as the keyboard does.
func (d *dialog) press(key fyne.KeyName) {
	ev := &fyne.KeyEvent{Name: key}
	if f := d.win.Canvas().Focused(); f != nil {
		f.TypedKey(ev)
		return
	}
	d.win.Canvas().OnTypedKey()(ev)
}

func (d *dialog) paste(text string) {
	clipboard := test.NewClipboard()
	clipboard.SetContent(text)
	d.win.Canvas().Focused().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
}

func TestTypingACode(t *testing.T) {
	type input func(d *dialog)
	typed := func(text string) input { return func(d *dialog) { d.typeText(text) } }
	pasted := func(text string) input { return func(d *dialog) { d.paste(text) } }
	pressed := func(key fyne.KeyName) input { return func(d *dialog) { d.press(key) } }
	for name, test := range map[string]struct {
		inputs  []input
		answers []string
		left    string
	}{
		"the sixth digit sends the code":            {[]input{typed("123456")}, []string{"123456"}, "123456"},
		"five digits are not sent":                  {[]input{typed("12345")}, nil, "12345"},
		"a seventh digit is dropped":                {[]input{typed("1234567")}, []string{"123456"}, "123456"},
		"Enter does not send a code twice":          {[]input{typed("123456"), pressed(fyne.KeyReturn)}, []string{"123456"}, "123456"},
		"nothing can be taken back while checking":  {[]input{typed("123456"), pressed(fyne.KeyBackspace), typed("7")}, []string{"123456"}, "123456"},
		"only digits enter":                         {[]input{typed("1a 2-٣é4")}, nil, "124"},
		"Backspace takes a digit back":              {[]input{typed("12"), pressed(fyne.KeyBackspace), typed("3")}, nil, "13"},
		"Backspace in an empty field does nothing":  {[]input{pressed(fyne.KeyBackspace), typed("1")}, nil, "1"},
		"Delete empties the field":                  {[]input{typed("12"), pressed(fyne.KeyDelete)}, nil, ""},
		"a pasted code is sent":                     {[]input{pasted("123456")}, []string{"123456"}, "123456"},
		"a pasted code may have a space":            {[]input{pasted("123 456")}, []string{"123456"}, "123456"},
		"a pasted code may have a no-break space":   {[]input{pasted("123\u00a0456")}, []string{"123456"}, "123456"},
		"a pasted code may have tabs around it":     {[]input{pasted("\t123\t456\t")}, []string{"123456"}, "123456"},
		"a pasted code may have a hyphen":           {[]input{pasted("123-456")}, []string{"123456"}, "123456"},
		"a pasted code may have a dash":             {[]input{pasted("123\u2011456")}, []string{"123456"}, "123456"},
		"a pasted code may have each digit apart":   {[]input{pasted("1 2 3 4 5 6")}, []string{"123456"}, "123456"},
		"a pasted code may end in newlines":         {[]input{pasted(" 123456\r\n\n")}, []string{"123456"}, "123456"},
		"a pasted code may be in a sentence":        {[]input{pasted("Your code is 123-456.")}, []string{"123456"}, "123456"},
		"a pasted code replaces what was typed":     {[]input{typed("99"), pasted("123456")}, []string{"123456"}, "123456"},
		"a pasted part is put behind what is there": {[]input{typed("12"), pasted("34\n"), typed("56")}, []string{"123456"}, "123456"},
		"a pasted number that is too long is not":   {[]input{typed("12"), pasted("1234567")}, nil, "12"},
		"pasted words are not":                      {[]input{pasted("hello")}, nil, ""},
		"nothing is pasted while checking":          {[]input{pasted("123456"), pasted("654321")}, []string{"123456"}, "123456"},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDialog(t, alicePrompt())
			for _, input := range test.inputs {
				input(d)
			}
			if diff := cmp.Diff(test.answers, d.answers); diff != "" {
				t.Errorf("answers (-want +got)\n%s", diff)
			}
			if d.code.Digits != test.left {
				t.Errorf("the field holds %q, want %q", d.code.Digits, test.left)
			}
		})
	}
}

func TestAPastedTextWithoutACodeIsReported(t *testing.T) {
	d := openDialog(t, alicePrompt())
	d.paste("no code")
	if want := "What was pasted is not a code of six digits."; d.notice.Words != want {
		t.Errorf("the window says %q, want %q", d.notice.Words, want)
	}
}

func TestTheWindowNamesWhatItIsAbout(t *testing.T) {
	d := openDialog(t, alicePrompt())
	got := []string{d.win.Title(), d.headline.Text}
	for _, f := range d.facts.Rows {
		got = append(got, f.Value.Text)
	}
	want := []string{
		"daypass — code for alice", "Code for alice",
		"123456789012", "alice-phone", "terraform (pid 4312, ~/infra)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTheFullARNIsShownToKeyboardAndMouse(t *testing.T) {
	const arn = "arn:aws:iam::123456789012:mfa/alice-phone"
	d := openDialog(t, alicePrompt())
	device := d.facts.Rows[1].Value
	quiet := d.notice.Words

	device.MouseIn(nil)
	if d.notice.Words != arn {
		t.Errorf("under the mouse the window says %q, want the ARN", d.notice.Words)
	}
	device.MouseOut()
	if d.notice.Words != quiet {
		t.Errorf("the mouse has gone and the window says %q, want %q", d.notice.Words, quiet)
	}

	d.win.Canvas().FocusPrevious()
	if d.win.Canvas().Focused() != device || d.notice.Words != arn {
		t.Errorf("Shift+Tab leads to %T, and the window says %q", d.win.Canvas().Focused(), d.notice.Words)
	}
	clipboard := test.NewClipboard()
	device.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clipboard})
	if clipboard.Content() != arn {
		t.Errorf("Ctrl+C copied %q, want the ARN", clipboard.Content())
	}
}

func TestTheTabKeyLeadsThroughAllThatCanBeUsed(t *testing.T) {
	d := openDialog(t, alicePrompt())
	// The account and the requester have no long form.
	for _, want := range []fyne.Focusable{d.code, d.close, d.never, d.facts.Rows[1].Value, d.code} {
		if got := d.win.Canvas().Focused(); got != want {
			t.Fatalf("the focus is on %T, want %T", got, want)
		}
		d.win.Canvas().FocusNext()
	}
}

func TestALongNameIsCutAndShownInFullElsewhere(t *testing.T) {
	p := alicePrompt()
	p.Profile = "a-customer-with-a-long-name.production.eu-central-1.readonly"
	d := openDialog(t, p)
	if want := "daypass — code for " + p.Profile; d.win.Title() != want {
		t.Errorf("the title is %q, want %q", d.win.Title(), want)
	}
	if !d.headline.Cut || d.headline.More() != "Code for "+p.Profile {
		t.Errorf("the headline is cut: %v, and its long form is %q", d.headline.Cut, d.headline.More())
	}
	short := openDialog(t, alicePrompt())
	if d.win.Content().MinSize() != short.win.Content().MinSize() {
		t.Errorf("a long name makes the window %v, a short one %v", d.win.Content().MinSize(), short.win.Content().MinSize())
	}
}

func TestARefusalLeavesAnEmptyFieldToTypeInto(t *testing.T) {
	d := openDialog(t, alicePrompt())
	d.win.Canvas().FocusNext() // To Cancel, and there a click gave the code.
	d.code.Enter("123456")
	p := alicePrompt()
	p.Checking = true
	d.change(p)
	if d.notice.Tone != kit.ToneBusy || !d.code.Locked {
		t.Errorf("while checking the tone is %v, the field is locked: %v", d.notice.Tone, d.code.Locked)
	}
	p.Checking, p.Refusal = false, "AWS did not accept this code"
	d.change(p)
	if d.notice.Words != "AWS did not accept this code." || d.notice.Tone != kit.ToneRefused {
		t.Errorf("the window says %q in tone %v", d.notice.Words, d.notice.Tone)
	}
	if d.code.Digits != "" || d.win.Canvas().Focused() != d.code || d.code.Locked || d.closed {
		t.Errorf("digits %q, focus on %T, locked %v, closed %v",
			d.code.Digits, d.win.Canvas().Focused(), d.code.Locked, d.closed)
	}
	d.typeText("654321")
	if diff := cmp.Diff([]string{"123456", "654321"}, d.answers); diff != "" {
		t.Errorf("answers (-want +got)\n%s", diff)
	}
}

func TestAChangeThatIsNoRefusalKeepsWhatWasTyped(t *testing.T) {
	d := openDialog(t, alicePrompt())
	d.typeText("123")
	p := alicePrompt()
	p.ClockOff = time.Hour
	d.change(p)
	d.typeText("456")
	if diff := cmp.Diff([]string{"123456"}, d.answers); diff != "" {
		t.Errorf("answers (-want +got)\n%s", diff)
	}
}

func TestASpentCodeIsTakenOutOfTheFieldAndNotSent(t *testing.T) {
	d := openDialog(t, alicePrompt())
	d.typeText("123456")
	p := alicePrompt()
	p.Refusal, p.Fresh = "this code is spent", time.Now().Add(20*time.Second)
	d.change(p)
	d.typeText("123456")
	if len(d.answers) != 1 || d.code.Digits != "" {
		t.Errorf("answers %v, the field holds %q", d.answers, d.code.Digits)
	}
	d.typeText("654321")
	if diff := cmp.Diff([]string{"123456", "654321"}, d.answers); diff != "" {
		t.Errorf("answers (-want +got)\n%s", diff)
	}
}

func TestTheCountdownMovesByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alicePrompt()
		p.Fresh = time.Now().Add(17 * time.Second)
		todo := make(chan func())
		d := openDialogOn(t, p, func(f func()) { todo <- f })
		// spend lets time go by, with this goroutine for Fyne's.
		spend := func(wait time.Duration) {
			for over := time.After(wait); ; {
				select {
				case f := <-todo:
					f()
				case <-over:
					return
				}
			}
		}
		for _, step := range []struct {
			wait time.Duration
			left time.Duration
			says string
		}{
			// Half a tick, so that no look is at a tick's own moment.
			{barTick / 2, 17 * time.Second, "Next code in 17 s"},
			{9 * time.Second, 8 * time.Second, "Next code in 8 s"},
			{7800 * time.Millisecond, 200 * time.Millisecond, "Next code in 1 s"},
		} {
			spend(step.wait)
			if d.countdown.Left != step.left || nextCode(d.countdown.Left) != step.says {
				t.Errorf("the countdown is at %v and says %q, want %v and %q",
					d.countdown.Left, nextCode(d.countdown.Left), step.left, step.says)
			}
		}
		spend(time.Second)
		if d.countdown.Left != 0 || d.notice.Words != "That code has been used. alice-phone shows a new one now." {
			t.Errorf("after the countdown, %v is left and the window says %q", d.countdown.Left, d.notice.Words)
		}
	})
}

func TestClosingTheWindowDeclines(t *testing.T) {
	for name, act := range map[string]func(d *dialog){
		"Escape":                       func(d *dialog) { d.press(fyne.KeyEscape) },
		"Escape pressed twice":         func(d *dialog) { d.press(fyne.KeyEscape); d.press(fyne.KeyEscape) },
		"Escape while checking":        func(d *dialog) { d.typeText("123456"); d.press(fyne.KeyEscape) },
		"Escape with nothing in focus": func(d *dialog) { d.win.Canvas().Unfocus(); d.press(fyne.KeyEscape) },
		"Escape on the button":         func(d *dialog) { d.win.Canvas().FocusNext(); d.press(fyne.KeyEscape) },
		"Escape on the device":         func(d *dialog) { d.win.Canvas().FocusPrevious(); d.press(fyne.KeyEscape) },
		"Enter on the button":          func(d *dialog) { d.win.Canvas().FocusNext(); d.press(fyne.KeyReturn) },
		"Space on the button":          func(d *dialog) { d.win.Canvas().FocusNext(); d.press(fyne.KeySpace) },
		"a click on the button":        func(d *dialog) { test.Tap(d.close) },
	} {
		t.Run(name, func(t *testing.T) {
			d := openDialog(t, alicePrompt())
			act(d)
			if !d.closed || d.cancelled != 1 {
				t.Errorf("closed %v, declined %d times", d.closed, d.cancelled)
			}
		})
	}
}

func TestAPromptThatEndsClosesTheWindow(t *testing.T) {
	for name, err := range map[string]*creds.Error{
		"an answer was accepted elsewhere": nil,
		"it was declined elsewhere":        {Code: creds.CodeDeclined, Message: "closed"},
		"it failed elsewhere":              {Code: creds.CodeNetwork, Message: "no network"},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDialog(t, alicePrompt())
			d.end(err)
			if !d.closed || d.cancelled != 0 {
				t.Errorf("closed %v, declined %d times", d.closed, d.cancelled)
			}
		})
	}
	t.Run("the answer from here was accepted", func(t *testing.T) {
		d := openDialog(t, alicePrompt())
		d.typeText("123456")
		d.end(nil)
		if !d.closed || d.cancelled != 0 {
			t.Errorf("closed %v, declined %d times", d.closed, d.cancelled)
		}
	})
}

func TestAKeyClosesTheLastMessage(t *testing.T) {
	for name, lose := range map[string]func(d *dialog){
		"the agent is gone": func(d *dialog) { d.lost(errors.New("EOF")) },
		"the sign-in failed": func(d *dialog) {
			d.typeText("123456")
			d.end(&creds.Error{Code: creds.CodeDenied, Message: "AWS denied it"})
		},
	} {
		for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace, fyne.KeyEscape} {
			t.Run(name+", "+string(key), func(t *testing.T) {
				d := openDialog(t, alicePrompt())
				lose(d)
				sent := len(d.answers)
				if d.closed || d.notice.Tone != kit.ToneRefused || d.close.Text != "Close" {
					t.Fatalf("closed %v, tone %v, button %q", d.closed, d.notice.Tone, d.close.Text)
				}
				d.typeText("123456")
				if d.closed || len(d.answers) != sent {
					t.Fatal("digits that are typed on closed the window or were sent")
				}
				d.press(key)
				if !d.closed || d.cancelled != 0 {
					t.Errorf("closed %v, declined %d times", d.closed, d.cancelled)
				}
			})
		}
	}
}

func TestAnAnswerThatDidNotArriveMayBeGivenAgain(t *testing.T) {
	d := openDialog(t, alicePrompt())
	d.typeText("123456")
	d.answered(&creds.Error{Code: creds.CodeAWS, Message: "out of paper"})
	if d.notice.Words != "Out of paper." || d.code.Digits != "" || d.code.Locked {
		t.Errorf("the window says %q, the field holds %q, locked %v", d.notice.Words, d.code.Digits, d.code.Locked)
	}
	d.typeText("123456")
	if len(d.answers) != 2 {
		t.Errorf("%d answers were sent, want 2", len(d.answers))
	}
}

func TestTypingAPassphrase(t *testing.T) {
	d := openDialog(t, creds.Prompt{Kind: creds.PromptPassphrase})
	if d.win.Title() != "daypass — passphrase" || d.code.Visible() || d.facts.Visible() || !d.submit.Visible() {
		t.Errorf("title %q, cells %v, facts %v, button %v",
			d.win.Title(), d.code.Visible(), d.facts.Visible(), d.submit.Visible())
	}
	d.press(fyne.KeyReturn) // Nothing is no passphrase.
	d.typeText(" correct horse ")
	d.press(fyne.KeyReturn)
	d.press(fyne.KeyReturn)
	d.typeText("!")
	d.paste("!")
	if diff := cmp.Diff([]string{" correct horse "}, d.answers); diff != "" {
		t.Errorf("answers (-want +got)\n%s", diff)
	}
	d.change(creds.Prompt{Kind: creds.PromptPassphrase, Refusal: "this passphrase does not open the file"})
	if d.passphrase.Text != "" || d.win.Canvas().Focused() != d.passphrase {
		t.Errorf("the field holds %d characters, the focus is on %T", len(d.passphrase.Text), d.win.Canvas().Focused())
	}
	d.paste("battery")
	test.Tap(d.submit)
	if diff := cmp.Diff([]string{" correct horse ", "battery"}, d.answers); diff != "" {
		t.Errorf("answers (-want +got)\n%s", diff)
	}
	d.press(fyne.KeyEscape)
	if !d.closed || d.cancelled != 1 {
		t.Errorf("closed %v, declined %d times", d.closed, d.cancelled)
	}
}
