package app

import (
	"runtime"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/words"
)

func TestAProfileOfAConsoleSignInIsMadeByTheKeyboardAlone(t *testing.T) {
	h := openSeeded(t, nil)
	ends := time.Now().Add(12 * time.Hour)
	h.data.signInEnds = ends
	w := newAddConsoleWindow(h.frame, "")
	if w.title.Text != "A sign-in to AWS's console" || !w.next.Disabled() || w.next.Text != "Sign in…" {
		t.Errorf("%q, the button %q", w.title.Text, w.next.Text)
	}
	for i, want := range []fyne.Focusable{w.consoleName, w.consoleRegion} {
		if got := h.win.Canvas().Focused(); got != want {
			t.Fatalf("the focus is on %T, want field %d", got, i)
		}
		if i == 0 {
			test.Type(w.consoleName, " dev")
			h.win.Canvas().FocusNext()
		}
	}
	test.Type(w.consoleRegion, "eu-west-1 ")
	h.press(fyne.KeyReturn)
	if !w.consoleName.Disabled() || !w.consoleRegion.Disabled() || !w.next.Disabled() || w.notice.Tone != kit.ToneBusy {
		t.Error("the fields can be changed while the agent waits for the sign-in")
	}
	w.goOn() // Once is enough.
	h.wantSaid(t, agentapi.AddConsole.Path+` {"profile":"dev","region":"eu-west-1"}`)
	h.until(t, "the end", func() bool { return w.state.page == pageDone })
	want := "You are signed in as user/bob (123456789012). That lasts until about " + words.Clock(ends, time.Now()) + ". Use it with AWS_PROFILE=dev-temporary."
	if w.title.Text != "dev is ready" || w.notice.Words != want || w.notice.Tone != kit.ToneDone {
		t.Errorf("%q, %q", w.title.Text, w.notice.Words)
	}
	if n := len(h.data.said()); n != 1 {
		t.Errorf("the agent was asked %d times", n)
	}
	test.Tap(w.made.copy)
	use, err := profileText(creds.Status{Name: "dev", WrittenAs: "dev-temporary"}, runtime.GOOS)
	if got := fyne.CurrentApp().Clipboard().Content(); err != nil || got != use || w.made.copy.Text != "Copied" {
		t.Errorf("the clipboard has %q, want %q, %v", got, use, err)
	}
	test.Tap(w.made.open)
	h.wantSaid(t, agentapi.Console.Path+` {"profile":"dev"}`)
	h.until(t, "the console", func() bool { return w.notice.Words == "Opened the console in Firefox, profile work." })
	if w.made.open.Disabled() {
		t.Error("the console can be opened only once")
	}
	h.press(fyne.KeyReturn)
	if !h.closed {
		t.Error("Enter did not close the window")
	}
}

func TestASignInThatFailsStaysToBeTriedAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		err  *creds.Error
		want string
	}{
		"a profile of another kind": {
			&creds.Error{Code: creds.CodeBadRequest, Message: "dev has an access key"}, "Dev has an access key.",
		},
		"a sign-in that a person closed": {
			&creds.Error{Code: creds.CodeDeclined, Message: "the question was closed"},
			"The question was closed. The profile is there all the same: you can sign in to it later, too.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := openSeeded(t, nil)
			h.data.refuse(agentapi.AddConsole.Path, tt.err)
			w := newAddConsoleWindow(h.frame, "dev")
			if h.win.Canvas().Focused() != fyne.Focusable(w.next) {
				t.Error("with a name there is something left to do before signing in")
			}
			h.press(fyne.KeyReturn)
			h.until(t, "the refusal", func() bool { return w.notice.Tone == kit.ToneRefused })
			if w.notice.Words != tt.want || w.consoleName.Disabled() || w.next.Disabled() || w.state.page == pageDone {
				t.Errorf("the window says %q", w.notice.Words)
			}
			h.data.refuse(agentapi.AddConsole.Path, nil)
			test.Tap(w.next)
			h.until(t, "the end", func() bool { return w.state.page == pageDone })
		})
	}
}

func TestASignInThatIsWaitedForEndsWithTheWindow(t *testing.T) {
	h := openSeeded(t, nil)
	h.data.mu.Lock() // The agent waits for the person.
	w := newAddConsoleWindow(h.frame, "dev")
	w.goOn()
	h.press(fyne.KeyEscape)
	h.press(fyne.KeyEscape) // A name was given.
	h.data.mu.Unlock()
	if !h.closed || w.state.page == pageDone {
		t.Errorf("closed %v, page %d", h.closed, w.state.page)
	}
}

func TestTheWelcomePageOffersAConsoleSignIn(t *testing.T) {
	h := openSeeded(t, func(d *testData) { d.snapshot = creds.Snapshot{} })
	w := newStatusWindow(h.frame, StatusOptions{})
	h.until(t, "the welcome page", w.welcome.Visible)
	test.Tap(w.welcome.signIn)
	h.wantSaid(t, agentapi.ShowWindow.Path+` {"window":"add-console"}`)
}
