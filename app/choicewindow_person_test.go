package app

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
)

// bobPrompt asks whether bob may take over the session corp-sso.
func bobPrompt() creds.Prompt {
	return creds.Prompt{
		Kind:      creds.PromptPerson,
		Person:    &creds.Person{Session: "corp-sso", Before: "alice@corp.example", Now: "bob@corp.example"},
		Requester: creds.Requester{Surface: creds.SurfaceTray},
	}
}

// carolPrompt asks whether carol may take over the profile dev, which bob signs in to the
// console for.
func carolPrompt() creds.Prompt {
	return creds.Prompt{
		Kind: creds.PromptPerson, Profile: "dev",
		Person: &creds.Person{
			Before: bobARN,
			Now:    "arn:aws:sts::999988887777:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/carol.long.name@corp.example",
		},
		Requester: creds.Requester{Surface: creds.SurfaceTray},
	}
}

func TestALongARNIsShortInTheConfirmationAndWholeOnDemand(t *testing.T) {
	p := carolPrompt()
	d := openChoice(t, p)
	if want := float32(choiceWidth + 2*windowPadding); d.win.Content().MinSize().Width != want {
		t.Errorf("the window is %v wide, want %v", d.win.Content().MinSize().Width, want)
	}
	if use := d.choices[0]; !strings.Contains(use.Text, "carol") || use.Size().Width < use.MinSize().Width {
		t.Errorf("the button says %q, in %v of %v", use.Text, use.Size(), use.MinSize())
	}
	if !strings.Contains(d.notice.Words, "dev") {
		t.Errorf("what changes is not said: %q", d.notice.Words)
	}
	for _, want := range []string{p.Person.Now, p.Person.Before} {
		d.win.Canvas().Unfocus()
		found := false
		for range 8 {
			d.win.Canvas().FocusNext()
			found = found || d.notice.Words == want
		}
		if !found {
			t.Errorf("%s is nowhere to be seen in full", want)
		}
	}
	test.Tap(d.choices[0])
	if diff := cmp.Diff([]creds.Grant{creds.GrantPerson}, d.answers); diff != "" {
		t.Errorf("answers (-want +got)\n%s", diff)
	}
}

func unknownPrompt() creds.Prompt {
	p := bobPrompt()
	p.Person.Now, p.Person.Why = "", "who has signed in is not known: AWS could not be reached"
	return p
}

func TestAWindowSaysWhoHasSignedInInsteadOfWhom(t *testing.T) {
	for name, test := range map[string]struct {
		prompt creds.Prompt
		change func(*creds.Prompt)
		want   []string
	}{
		"a person by name": {bobPrompt(), func(*creds.Prompt) {}, []string{
			"Somebody else signed in to corp-sso", "bob@corp.example", "alice@corp.example",
			"If you go on, all profiles of corp-sso get their credentials.", "Use bob@corp.example",
		}},
		"a person who is not known": {unknownPrompt(), func(*creds.Prompt) {}, []string{
			"Somebody else signed in to corp-sso", "not known", "alice@corp.example",
			"Who has signed in is not known: AWS could not be reached. If you go on, all profiles of corp-sso get their credentials.", "Use their credentials",
		}},
		"a program that asked": {bobPrompt(), func(p *creds.Prompt) { p.Requester = alicePrompt().Requester }, []string{
			"Somebody else signed in to corp-sso", "bob@corp.example", "alice@corp.example", "terraform, pid 4312",
			"If you go on, all profiles of corp-sso get their credentials.", "Use bob@corp.example",
		}},
		"a legacy session": {bobPrompt(), func(p *creds.Prompt) { p.Person.Session = "https://corp.awsapps.com/start" }, []string{
			"Somebody else signed in to corp.awsapps.com", "bob@corp.example", "alice@corp.example",
			"If you go on, all profiles of corp.awsapps.com get their credentials.", "Use bob@corp.example",
		}},
		"a session of a long name": {bobPrompt(), func(p *creds.Prompt) { p.Person.Session = longProfile }, []string{
			"Somebody else signed in to " + longProfile, "bob@corp.example", "alice@corp.example",
			"If you go on, all profiles of the session get their credentials.", "Use bob@corp.example",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			test.change(&test.prompt)
			d := openChoice(t, test.prompt)
			got := []string{d.headline.Text}
			for _, f := range d.facts.Rows {
				if f.Visible() {
					got = append(got, f.Value.Text)
				}
			}
			got = append(got, d.notice.Words, d.choices[0].Text)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if title := "daypass — " + d.headline.Text; d.win.Title() != title {
				t.Errorf("the title is %q, want %q", d.win.Title(), title)
			}
		})
	}
}

func TestTheLongestNamesFitOnTheButton(t *testing.T) {
	for _, name := range []string{strings.Repeat("W", 128), strings.Repeat("bob.", 30) + "@corp.example"} {
		p := bobPrompt()
		p.Person.Now, p.Person.Before = name, name
		d := openChoice(t, p)
		if want := float32(choiceWidth + 2*windowPadding); d.win.Content().MinSize().Width != want {
			t.Errorf("the window is %v wide, want %v", d.win.Content().MinSize().Width, want)
		}
		use := d.choices[0]
		if !strings.Contains(use.Text, "…") || len(use.Text) < len("Use WWWWWWWW…") || use.Size().Width < use.MinSize().Width {
			t.Errorf("the button says %q, in %v of %v", use.Text, use.Size(), use.MinSize())
		}
		if !slices.ContainsFunc(d.facts.Rows, func(r *kit.FactRow) bool { return r.Visible() && r.Value.Text == name }) {
			t.Error("the name is nowhere to be seen in full")
		}
	}
}

func TestAnotherPersonIsTakenByADeliberateAnswerOnly(t *testing.T) {
	const tab, enter = fyne.KeyTab, fyne.KeyReturn
	took := []creds.Grant{creds.GrantPerson}
	for name, test := range map[string]struct {
		act       func(*choiceDialog)
		answers   []creds.Grant
		cancelled int
	}{
		"a click on the button": {func(d *choiceDialog) { test.Tap(d.choices[0]) }, took, 0},
		"Tab twice and Enter":   {func(d *choiceDialog) { d.press(tab, tab, enter) }, took, 0},
		"Tab twice and Space":   {func(d *choiceDialog) { d.press(tab, tab, fyne.KeySpace) }, took, 0},
		"Enter twice on it":     {func(d *choiceDialog) { d.press(tab, tab, enter, enter) }, took, 0},
		"keys of a person who was typing as the window came": {func(d *choiceDialog) {
			d.press(enter, fyne.KeySpace, fyne.KeyEnter, fyne.KeyB, fyne.KeyO, fyne.KeyB, enter)
		}, nil, 0},
		"Tab and Enter, as after a name that a shell completes": {func(d *choiceDialog) { d.press(tab, enter) }, nil, 1},
		"Escape":               {func(d *choiceDialog) { d.press(fyne.KeyEscape) }, nil, 1},
		"Escape on the button": {func(d *choiceDialog) { d.press(tab, tab, fyne.KeyEscape) }, nil, 1},
		"a click on Cancel":    {func(d *choiceDialog) { test.Tap(d.close) }, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := openChoice(t, bobPrompt())
			test.act(d)
			if diff := cmp.Diff(test.answers, d.answers); diff != "" || d.cancelled != test.cancelled || d.closed != (test.cancelled > 0) {
				t.Errorf("closed %v, declined %d times, answers (-want +got)\n%s", d.closed, d.cancelled, diff)
			}
			if test.answers == nil {
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

func TestAFailedAnswerAboutAPersonIsReported(t *testing.T) {
	d := openChoice(t, bobPrompt())
	test.Tap(d.choices[0])
	d.answered(&creds.Error{Code: creds.CodeAWS, Message: "out of paper"})
	if d.notice.Words != "Out of paper." || d.notice.Tone != kit.ToneRefused {
		t.Errorf("the window says %q", d.notice.Words)
	}
	test.Tap(d.choices[0])
	if len(d.answers) != 2 {
		t.Errorf("answers %v", d.answers)
	}
	d.lost(errors.New("EOF"))
	if d.closed || d.choices[0].Visible() || d.close.Text != "Close" || d.notice.Tone != kit.ToneRefused {
		t.Fatalf("closed %v, button %q, words %q", d.closed, d.close.Text, d.notice.Words)
	}
	d.press(fyne.KeyReturn)
	if !d.closed || d.cancelled != 0 {
		t.Errorf("closed %v, declined %d times", d.closed, d.cancelled)
	}
}

func TestAPersonPromptWithoutAPersonIsAnUnknownQuestion(t *testing.T) {
	p := bobPrompt()
	p.Person = nil
	win := testWindow()
	w := (&promptLink{}).open(t.Context(), loopWindow{win, untimed, func() {}}, &p)
	if _, ok := w.(*codeWindow); !ok || win.Title() != "daypass — question" {
		t.Errorf("it is a %T with the title %q", w, win.Title())
	}
	p = bobPrompt()
	if _, ok := (&promptLink{}).open(t.Context(), loopWindow{win, untimed, func() {}}, &p).(*choiceWindow); !ok {
		t.Error("there is no window for it")
	}
}
