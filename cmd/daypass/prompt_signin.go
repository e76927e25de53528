package main

import (
	"context"

	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// showSignIn shows what has changed of a sign-in; last is its prompt as it was, nil at
// first.
func (d *dialog) showSignIn(ctx context.Context, last *creds.Prompt) error {
	now, before := d.prompt.SignIn, &creds.SignIn{}
	if err := d.beginSignIn(ctx); err != nil {
		return err
	}
	if last == nil {
		d.say(d.kind.Heading(*d.prompt)...)
	} else {
		before = last.SignIn
	}
	if now.Pastes != before.Pastes {
		d.line, d.sent = line{input: inputPasted}, false
		d.terminal.markPasted(now.Pastes)
	}
	if now.URL != before.URL || now.Code != before.Code {
		d.say(signInLines(*d.prompt, d.options.NoBrowser)...)
	}
	if (now.Code != "" || now.Pastes) && now.Opened && !before.Opened {
		d.say(lang.T("The browser has been opened there."))
	}
	refused := now.Pastes && now.Note != "" && !d.prompt.Checking && (d.sent || last != nil && last.Checking)
	if refused {
		d.line.text, d.sent = nil, false
	}
	if refused || now.Note != "" && now.Note != before.Note {
		d.say(words.Sentence(now.Note))
	}
	d.draw()
	return nil
}

// sendPasted sends the code that the page has shown, and says at once why the agent takes
// none such.
func (d *dialog) sendPasted(ctx context.Context, code string) {
	d.sent = true
	d.draw()
	err := d.client.Answer(ctx, d.prompt.ID, creds.AnswerRequest{Answer: secret.New(code)})
	if err == nil {
		return
	}
	d.line.text, d.sent = nil, false
	if creds.CodeOf(err) == creds.CodeBadRequest {
		d.say(words.Sentence(err.Error()))
	}
	d.draw()
}

// pasted returns what is typed of a code after a question of some columns, in one line:
// codes are longer than that.
func (d *dialog) pasted(taken int) string {
	if !d.prompt.SignIn.Pastes {
		return ""
	}
	busy := ""
	if d.busy() {
		busy = checking
	}
	// The cursor's place is the last column.
	room := d.terminal.width() - 1 - taken - columns(busy)
	return tail(printable(d.line.shown()), max(room, 1)) + busy
}

// signInLines returns where to sign in. The address and the code have lines of their own,
// so that a double click selects them.
func signInLines(p creds.Prompt, noBrowser bool) []string {
	s := p.SignIn
	if s.URL == "" {
		return nil
	}
	session := prompts.SignInTo(p)
	browser := lang.T("the browser")
	if s.Place != "" {
		browser = s.Place
	}
	first := lang.Sprintf("Opening %s to sign in to %s… If it does not open, go to:", browser, session)
	switch {
	case s.Pastes:
		first = lang.Sprintf("To sign in to %s, open this page in any browser, and paste the code that it shows:", session)
	case s.Code != "":
		first = lang.Sprintf("To sign in to %s, open this page in any browser:", session)
	case noBrowser:
		first = lang.Sprintf("To sign in to %s, open this page in a browser on this machine:", session)
	}
	lines := []string{first, s.URL}
	if s.Code != "" {
		lines = append(lines, lang.T("Approve it only if the page shows this code:"), s.Code)
	}
	return lines
}

// beginSignIn begins a sign-in that a program has asked for, because a person is here now.
// It also changes, once, one whose method cannot work from here. A sign-in that a person
// asked for begins by itself.
func (d *dialog) beginSignIn(ctx context.Context) error {
	s := d.prompt.SignIn
	waits := !s.Begun && d.prompt.Requester.Surface == creds.SurfaceProgram
	elsewhere := d.options.Method == creds.SignInDeviceCode && s.Method == creds.SignInBrowser
	if d.begun || !waits && !elsewhere {
		return nil
	}
	d.begun = true
	err := d.client.Answer(ctx, d.prompt.ID, creds.AnswerRequest{SignIn: &d.options})
	if creds.CodeOf(err) == creds.CodeBadRequest {
		return nil // it has ended, which the next update shows
	}
	return err
}

// refreshing shows the progress of the refresh after a sign-in.
func (d *dialog) refreshing(s creds.Session) {
	d.progress = ""
	if s.Total > 0 {
		d.progress = lang.Sprintf("refreshing %d of %d profiles", s.Done, s.Total)
	}
	d.draw()
}
