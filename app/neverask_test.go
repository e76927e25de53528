package app

import (
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"daypass/app/kit"
	"daypass/creds"
)

// neverDialog is a window with the choice that programs are not to ask again.
type neverDialog struct {
	link  *kit.Link
	words func() (string, kit.Tone)
	fail  func(error)
	end   func(*creds.Error)
	// change brings the prompt in a new form.
	change func(func(*creds.Prompt))
	press  func(fyne.KeyName)
	canvas fyne.Canvas
	closed *bool
	grants []creds.Grant
}

// neverDialogs open both windows that have the choice.
func neverDialogs() map[string]func(t *testing.T, change func(*creds.Prompt)) *neverDialog {
	ask := func(p creds.Prompt, change func(*creds.Prompt)) creds.Prompt {
		change(&p)
		return p
	}
	return map[string]func(t *testing.T, change func(*creds.Prompt)) *neverDialog{
		"a code": func(t *testing.T, change func(*creds.Prompt)) *neverDialog {
			d := openDialog(t, ask(alicePrompt(), change))
			n := &neverDialog{
				link: d.never, fail: d.answered, end: d.end, press: d.press, canvas: d.win.Canvas(), closed: &d.closed,
				words:  func() (string, kit.Tone) { return d.notice.Words, d.notice.Tone },
				change: func(f func(*creds.Prompt)) { d.change(ask(d.state.prompt, f)) },
			}
			d.answer = func(a creds.AnswerRequest) { n.grants = append(n.grants, a.Grant) }
			return n
		},
		"a sign-in": func(t *testing.T, change func(*creds.Prompt)) *neverDialog {
			d := openSignIn(t, ask(corpPrompt(), change), untimed)
			n := &neverDialog{
				link: d.never, fail: d.answered, press: d.press, canvas: d.win.Canvas(), closed: &d.closed,
				end:   func(err *creds.Error) { d.receive(creds.PromptEvent{End: &creds.PromptEnd{Err: err}}) },
				words: func() (string, kit.Tone) { return d.notice.Words, d.notice.Tone },
				change: func(f func(*creds.Prompt)) {
					p := ask(d.state.prompt, f)
					d.receive(creds.PromptEvent{Prompt: &p})
				},
			}
			d.answer = func(a creds.AnswerRequest) { n.grants = append(n.grants, a.Grant) }
			return n
		},
	}
}

// eachNever runs a test with both windows.
func eachNever(t *testing.T, run func(t *testing.T, open func(*testing.T, func(*creds.Prompt)) *neverDialog)) {
	t.Helper()
	for name, open := range neverDialogs() {
		t.Run(name, func(t *testing.T) { run(t, open) })
	}
}

func TestASecondPressKeepsProgramsFromAskingAgain(t *testing.T) {
	eachNever(t, func(t *testing.T, open func(*testing.T, func(*creds.Prompt)) *neverDialog) {
		t.Helper()
		d := open(t, func(p *creds.Prompt) { p.Profile = "prod" })
		if !d.link.Visible() || d.link.Text != "Never ask for programs" {
			t.Fatalf("visible %v, %q", d.link.Visible(), d.link.Text)
		}
		d.canvas.Focus(d.link)
		d.press(fyne.KeyReturn)
		words, tone := d.words()
		const want = "Programs will be refused whenever they want prod and you would have to be asked. “Programs” in the settings changes that."
		if words != want || tone != kit.ToneWarning || d.link.Text != "Yes, never ask" || len(d.grants) != 0 {
			t.Fatalf("after one press the window says %q, the link %q, and the agent got %v", words, d.link.Text, d.grants)
		}
		d.press(fyne.KeySpace)
		if len(d.grants) != 1 || d.grants[0] != creds.GrantNever || d.link.Visible() {
			t.Fatalf("the agent got %v; the link is there: %v", d.grants, d.link.Visible())
		}
		if words, _ := d.words(); words != sendingWords {
			t.Errorf("the window says %q", words)
		}
		d.end(&creds.Error{Code: creds.CodeDeclined, Message: "the settings refuse it"})
		if !*d.closed {
			t.Error("the window stays")
		}
	})
}

func TestAChoiceAboutProgramsThatDidNotArriveMayBeMadeAgain(t *testing.T) {
	eachNever(t, func(t *testing.T, open func(*testing.T, func(*creds.Prompt)) *neverDialog) {
		t.Helper()
		d := open(t, func(*creds.Prompt) {})
		test.Tap(d.link)
		test.Tap(d.link)
		d.fail(errors.New("out of paper"))
		if words, tone := d.words(); words != "Out of paper." || tone != kit.ToneRefused {
			t.Errorf("the window says %q", words)
		}
		test.Tap(d.link)
		test.Tap(d.link)
		if len(d.grants) != 2 {
			t.Errorf("the agent got %v", d.grants)
		}
	})
}

func TestAChangeOfThePromptCancelsTheFirstPress(t *testing.T) {
	eachNever(t, func(t *testing.T, open func(*testing.T, func(*creds.Prompt)) *neverDialog) {
		t.Helper()
		d := open(t, func(*creds.Prompt) {})
		test.Tap(d.link)
		d.change(func(p *creds.Prompt) { p.Refusal = "not so" })
		if d.link.Text != "Never ask for programs" {
			t.Errorf("the link says %q", d.link.Text)
		}
		test.Tap(d.link)
		if len(d.grants) != 0 {
			t.Errorf("the agent got %v", d.grants)
		}
	})
}

func TestOnlyAPromptOfAProgramHasTheChoiceAboutPrograms(t *testing.T) {
	eachNever(t, func(t *testing.T, open func(*testing.T, func(*creds.Prompt)) *neverDialog) {
		t.Helper()
		for name, change := range map[string]func(*creds.Prompt){
			"a click in a window": func(p *creds.Prompt) { p.Requester = creds.Requester{Surface: creds.SurfaceWindow} },
			"a click in the tray": func(p *creds.Prompt) { p.Requester = creds.Requester{Surface: creds.SurfaceTray} },
			"a terminal":          func(p *creds.Prompt) { p.Requester.Surface = creds.SurfaceTerminal },
			"no profile":          func(p *creds.Prompt) { p.Profile = "" },
			"an answer on its way": func(p *creds.Prompt) {
				p.Checking = true
			},
		} {
			if d := open(t, change); d.link.Visible() {
				t.Errorf("%s: the window has the choice", name)
			}
		}
	})
}

func TestTheLinkIsHiddenDuringACountdownAndAnOpenPage(t *testing.T) {
	d := openDialog(t, alicePrompt())
	p := alicePrompt()
	p.Fresh = time.Now().Add(20 * time.Second)
	d.change(p)
	if d.never.Visible() || d.countdown.Left == 0 {
		t.Errorf("the link is there: %v; the countdown is at %v", d.never.Visible(), d.countdown.Left)
	}
	in := openSignIn(t, corpPrompt(), untimed)
	in.page(creds.SignInBrowser)
	if in.never.Visible() || in.wait.Text == "" {
		t.Errorf("the link is there: %v; the window waits %q", in.never.Visible(), in.wait.Text)
	}
}
