package app

import (
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/settings/schema"
)

// prodPrompt is the consent that most tests ask for.
func prodPrompt() creds.Prompt {
	return creds.Prompt{
		Kind: creds.PromptConsent, Profile: "prod", AccountID: "111111111111", Lease: 30 * time.Minute,
		Requester: alicePrompt().Requester,
	}
}

// choiceDialog is the window of a consent, or of another person, on Fyne's test driver, with what it has
// said to the agent.
type choiceDialog struct {
	*choiceWindow

	answers   []creds.Grant
	cancelled int
	closed    bool
}

func openChoice(t *testing.T, p creds.Prompt) *choiceDialog {
	t.Helper()
	win := testWindow()
	d := &choiceDialog{}
	d.choiceWindow = newChoiceWindow(loopWindow{win, untimed, func() { d.closed = true }}, p)
	d.answer = func(a creds.AnswerRequest) { d.answers = append(d.answers, a.Grant) }
	d.cancel = func() { d.cancelled++ }
	win.Show()
	d.receive(creds.PromptEvent{Prompt: &p})
	return d
}

// press presses a key as the keyboard does.
func (d *choiceDialog) press(keys ...fyne.KeyName) {
	for _, key := range keys {
		f := d.win.Canvas().Focused()
		switch {
		case key == fyne.KeyTab:
			d.win.Canvas().FocusNext()
		case f == nil:
			d.win.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: key})
		default:
			f.TypedKey(&fyne.KeyEvent{Name: key})
		}
	}
}

func TestAConsentSaysWhoWantsWhatAndForHowLong(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*creds.Prompt)
		want   []string
	}{
		"all that can be known": {
			func(*creds.Prompt) {},
			[]string{"terraform wants prod", "terraform, pid 4312", "~/infra", "111111111111", "30 min"},
		},
		"a program without a name or a folder": {
			func(p *creds.Prompt) { p.Requester.Program, p.Requester.Dir, p.AccountID = "", "", "" },
			[]string{"A program wants prod", "pid 4312", "30 min"},
		},
		"a lease of hours": {
			func(p *creds.Prompt) { p.Lease = 8 * time.Hour },
			[]string{"terraform wants prod", "terraform, pid 4312", "~/infra", "111111111111", "8 h"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := prodPrompt()
			test.change(&p)
			d := openChoice(t, p)
			got := []string{d.headline.Text}
			for _, f := range d.facts.Rows {
				if f.Visible() {
					got = append(got, f.Value.Text)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if title := "daypass — " + d.headline.Text; d.win.Title() != title {
				t.Errorf("the title is %q, want %q", d.win.Title(), title)
			}
		})
	}
}

func TestAConsentSaysWhatAnAnswerMeans(t *testing.T) {
	d := openChoice(t, prodPrompt())
	const want = "An answer holds for all programs. Always and Never hold until you change “Programs” of prod in the settings."
	if d.notice.Words != want {
		t.Errorf("the window says %q", d.notice.Words)
	}
	// The settings call it so.
	rows := (&settingsState{}).page(schema.Profiles, "prod")
	if !slices.ContainsFunc(rows, func(s setting) bool { return s.Label == "Programs" }) {
		t.Error("the settings of a profile have no “Programs”")
	}
}

func TestAnsweringAConsent(t *testing.T) {
	const tab, enter = fyne.KeyTab, fyne.KeyReturn
	for name, test := range map[string]struct {
		act  func(*choiceDialog)
		want []creds.Grant
	}{
		"a click on Once":        {func(d *choiceDialog) { test.Tap(d.choices[0]) }, []creds.Grant{creds.GrantOnce}},
		"a click on For an hour": {func(d *choiceDialog) { test.Tap(d.choices[1]) }, []creds.Grant{creds.GrantHour}},
		"a click on Always":      {func(d *choiceDialog) { test.Tap(d.choices[2]) }, []creds.Grant{creds.GrantAlways}},
		"a click on Never":       {func(d *choiceDialog) { test.Tap(d.choices[3]) }, []creds.Grant{creds.GrantNever}},
		"Tab and Enter":          {func(d *choiceDialog) { d.press(tab, enter) }, []creds.Grant{creds.GrantOnce}},
		"Tab twice and Space":    {func(d *choiceDialog) { d.press(tab, tab, fyne.KeySpace) }, []creds.Grant{creds.GrantHour}},
		"Enter twice":            {func(d *choiceDialog) { d.press(tab, enter, enter) }, []creds.Grant{creds.GrantOnce}},
		"a second thought":       {func(d *choiceDialog) { test.Tap(d.choices[0]); test.Tap(d.choices[2]) }, []creds.Grant{creds.GrantOnce}},
		"keys of a person who was typing as the window came": {func(d *choiceDialog) {
			d.press(enter, fyne.KeySpace, fyne.KeyEnter, fyne.KeyN, fyne.KeyO, fyne.KeyBackspace)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := openChoice(t, prodPrompt())
			test.act(d)
			if diff := cmp.Diff(test.want, d.answers); diff != "" {
				t.Errorf("answers (-want +got)\n%s", diff)
			}
			if d.closed || d.cancelled != 0 {
				t.Fatalf("closed %v, declined %d times", d.closed, d.cancelled)
			}
			if test.want == nil {
				return
			}
			if d.notice.Words != sendingWords {
				t.Errorf("the window says %q", d.notice.Words)
			}
			d.receive(creds.PromptEvent{End: &creds.PromptEnd{}})
			if !d.closed {
				t.Error("the window stays")
			}
		})
	}
}

func TestClosingAConsentUnlocksNothing(t *testing.T) {
	for name, act := range map[string]func(*choiceDialog){
		"Escape":                       func(d *choiceDialog) { d.press(fyne.KeyEscape) },
		"Escape on a button":           func(d *choiceDialog) { d.press(fyne.KeyTab, fyne.KeyTab, fyne.KeyTab, fyne.KeyEscape) },
		"Escape pressed twice":         func(d *choiceDialog) { d.press(fyne.KeyEscape, fyne.KeyEscape) },
		"a click on Not now":           func(d *choiceDialog) { test.Tap(d.close) },
		"Enter behind the last answer": func(d *choiceDialog) { d.win.Canvas().Focus(d.choices[3]); d.press(fyne.KeyTab, fyne.KeyReturn) },
	} {
		t.Run(name, func(t *testing.T) {
			d := openChoice(t, prodPrompt())
			act(d)
			if !d.closed || d.cancelled != 1 || len(d.answers) != 0 {
				t.Errorf("closed %v, declined %d times, answers %v", d.closed, d.cancelled, d.answers)
			}
		})
	}
}

func TestAConsentThatDidNotArriveMayBeGivenAgain(t *testing.T) {
	d := openChoice(t, prodPrompt())
	test.Tap(d.choices[0])
	d.answered(&creds.Error{Code: creds.CodeAWS, Message: "out of paper"})
	if d.notice.Words != "Out of paper." || d.notice.Tone != kit.ToneRefused {
		t.Errorf("the window says %q", d.notice.Words)
	}
	test.Tap(d.choices[1])
	if diff := cmp.Diff([]creds.Grant{creds.GrantOnce, creds.GrantHour}, d.answers); diff != "" {
		t.Errorf("answers (-want +got)\n%s", diff)
	}
}

func TestTheLastMessageOfAConsent(t *testing.T) {
	for name, lose := range map[string]func(d *choiceDialog){
		"the agent is gone": func(d *choiceDialog) { d.lost(errors.New("EOF")) },
		"the consent led nowhere": func(d *choiceDialog) {
			test.Tap(d.choices[0])
			d.receive(creds.PromptEvent{End: &creds.PromptEnd{Err: &creds.Error{Code: creds.CodeAWS, Message: "out of paper"}}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := openChoice(t, prodPrompt())
			lose(d)
			sent := len(d.answers)
			for _, b := range d.choices {
				if b.Visible() {
					t.Errorf("%q can be pressed still", b.Text)
				}
			}
			if d.closed || d.notice.Tone != kit.ToneRefused || d.close.Text != "Close" {
				t.Fatalf("closed %v, tone %v, button %q", d.closed, d.notice.Tone, d.close.Text)
			}
			d.press(fyne.KeyReturn)
			if !d.closed || d.cancelled != 0 || len(d.answers) != sent {
				t.Errorf("closed %v, declined %d times, answers %v", d.closed, d.cancelled, d.answers)
			}
		})
	}
	t.Run("a consent that was given elsewhere needs none", func(t *testing.T) {
		d := openChoice(t, prodPrompt())
		d.receive(creds.PromptEvent{End: &creds.PromptEnd{Err: &creds.Error{Code: creds.CodeNetwork}}})
		if !d.closed {
			t.Error("the window stays")
		}
	})
}

func TestAQuestionOfAnUnknownKindHasNoFieldToTypeInto(t *testing.T) {
	p := alicePrompt()
	p.Kind = "of a later version"
	d := openDialog(t, p)
	if d.code.Visible() || d.passphrase.Visible() || d.submit.Visible() || d.never.Visible() {
		t.Error("there is something to answer with")
	}
	if d.win.Title() != "daypass — question" || d.notice.Tone != kit.ToneRefused {
		t.Errorf("title %q, words %q", d.win.Title(), d.notice.Words)
	}
	d.typeText("123456")
	d.press(fyne.KeyReturn)
	if len(d.answers) != 0 || d.closed {
		t.Errorf("answers %v, closed %v", d.answers, d.closed)
	}
	d.press(fyne.KeyEscape)
	if !d.closed || d.cancelled != 1 {
		t.Errorf("closed %v, declined %d times", d.closed, d.cancelled)
	}
}
