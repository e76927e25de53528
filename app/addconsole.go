package app

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"time"

	"fyne.io/fyne/v2"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// signIn has the agent make a profile of a sign-in to the console. The agent opens the
// browser, and a window of its own with the other ways to sign in.
func (w *addWindow) signIn() {
	r := creds.AddConsoleRequest{Profile: w.state.name, Region: w.state.region}
	w.lock(true)
	w.say(lang.T("Waiting for you to sign in, in the browser…"), kit.ToneBusy)
	w.stop = ask(w.frame, func(ctx context.Context) (creds.Status, error) {
		return w.client.AddConsole(ctx, r)
	}, func(s creds.Status, err error) {
		w.lock(false)
		if err != nil {
			w.say(notSignedIn(err), kit.ToneRefused)
			w.win.Canvas().Focus(w.consoleName)
			return
		}
		w.finishConsole(s)
	})
}

// notSignedIn says why a profile of a sign-in is not ready. One whose sign-in alone has
// failed is there, and can be signed in to at any time.
func notSignedIn(err error) string {
	said := againSentence(err, lang.T("sign in"))
	known, ok := errors.AsType[*creds.Error](err)
	if !ok {
		return said
	}
	switch known.Code {
	case creds.CodeDeclined, creds.CodeSignInFailed, creds.CodeSignInNeeded, creds.CodeWaiting:
		return join(said, lang.T("The profile is there all the same: you can sign in to it later, too."))
	default:
		return said
	}
}

// finishConsole says who has signed in, and how to use the profile.
func (w *addWindow) finishConsole(s creds.Status) {
	who, end := "", ""
	if s.LoginSession != "" {
		who = lang.Sprintf("You are signed in as %s.", words.Identity(s.LoginSession))
	}
	if !s.SignInEnds.IsZero() {
		end = lang.Sprintf("That lasts until about %s.", words.Clock(s.SignInEnds, time.Now()))
	}
	use := lang.Sprintf("Use it with AWS_PROFILE=%s.", cmp.Or(s.WrittenAs, s.Name))
	w.finish(s, "")
	w.say(join(who, end, use, words.Sentence(s.Warning), words.Sentence(s.Note)), kit.ToneDone)
}

// madeProfile is what can be done at once with a profile that was signed in to.
type madeProfile struct {
	status creds.Status
	// about is one sentence on it, or "".
	about string
	// failed is set if it has no credentials yet.
	failed     bool
	copy, open *kit.Button
	copied     later
}

// build makes the buttons, which are hidden at first.
func (m *madeProfile) build(w *addWindow) {
	m.copy = kit.NewButton(lang.T("Copy AWS_PROFILE=…"), func() { w.copyProfile() }, w.typedKey)
	m.open = kit.NewButton(lang.T("Open console"), w.openConsole, w.typedKey)
	m.copy.Hide()
	m.open.Hide()
}

// copyProfile copies the beginning of a line that uses the profile, and says so for a while.
func (w *addWindow) copyProfile() {
	text, err := profileText(w.made.status, runtime.GOOS)
	if err != nil {
		w.say(words.Sentence(lang.Sprintf("The profile's name cannot be copied: %s", err.Error())), kit.ToneRefused)
		return
	}
	fyne.CurrentApp().Clipboard().SetContent(text)
	w.made.copy.SetText(lang.T("Copied"))
	w.made.copied.call(copiedFor, w.do, func() { w.made.copy.SetText(lang.T("Copy AWS_PROFILE=…")) })
}

// openConsole opens the console with the new profile.
func (w *addWindow) openConsole() {
	kit.Enable(w.made.open, false)
	w.say(lang.T("Opening the console…"), kit.ToneBusy)
	w.stop = ask(w.frame, func(ctx context.Context) (creds.ConsoleReply, error) {
		return w.client.Console(ctx, creds.ConsoleRequest{Profile: w.made.status.Name})
	}, func(r creds.ConsoleReply, err error) {
		kit.Enable(w.made.open, true)
		w.win.Canvas().Focus(w.cancel) // A click has taken the focus away.
		if err != nil {
			w.say(errorSentence(err), kit.ToneRefused)
			return
		}
		w.say(openedWords(r), kit.ToneDone)
	})
}
