package main

import (
	"context"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// showSignIn shows what has changed of a sign-in; before is nil at first.
func (d *dialog) showSignIn(ctx context.Context, before *creds.SignIn) error {
	now := d.prompt.SignIn
	if err := d.beginSignIn(ctx); err != nil {
		return err
	}
	if before == nil {
		d.say(d.kind.Heading(*d.prompt)...)
		before = &creds.SignIn{}
	}
	if now.URL != before.URL || now.Code != before.Code {
		d.say(signInLines(now, d.options.NoBrowser)...)
	}
	if now.Code != "" && now.Opened && !before.Opened {
		d.say(lang.T("The browser has been opened there."))
	}
	if now.Note != "" && now.Note != before.Note {
		d.say(words.Sentence(now.Note))
	}
	d.draw()
	return nil
}

// signInLines returns where to sign in. The address and the code have lines of their own,
// so that a double click selects them.
func signInLines(s *creds.SignIn, noBrowser bool) []string {
	if s.URL == "" {
		return nil
	}
	session := s.Session
	browser := lang.T("the browser")
	if s.Place != "" {
		browser = s.Place
	}
	first := lang.Sprintf("Opening %s to sign in to %s… If it does not open, go to:", browser, session)
	switch {
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
