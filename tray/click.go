package tray

import (
	"context"
	"errors"
	"time"

	"daypass/creds"
	"daypass/internal/safely"
)

// click does what a line of the menu says, and reports whether it says quit.
func (t *tray) click(ctx context.Context, s *slot) (quit bool) {
	command := s.line.Click
	if command.aimed() && time.Since(s.since) < aim {
		t.log.Info("click ignored: the line has just changed", "line", s.line.Text)
		return false
	}
	if command.Verb == VerbQuit {
		return true
	}
	t.obey(ctx, command)
	return false
}

// aimed reports whether a click must not hit another profile than it was meant
// for.
func (c Command) aimed() bool {
	return c.Verb == VerbLogout || c.Verb == VerbSignOut || c.Verb == VerbConsole
}

// obey starts what a command asks for.
func (t *tray) obey(ctx context.Context, c Command) {
	t.log.Debug("click", "verb", c.Verb, "profile", c.Profile, "prompt", c.Prompt, "session", c.Session, "bookmark", c.Bookmark)
	switch c.Verb {
	case VerbRefresh, VerbRenew:
		t.refresh(ctx, c)
	case VerbLogout:
		t.start(ctx, Command{}, func() outcome {
			err := t.actions.Logout(ctx, c.Profile)
			if err == nil {
				return outcome{}
			}
			notice, worthy := failed("The session of "+c.Profile+" was not ended", err)
			return outcome{notice: notice, worthy: worthy}
		})
	case VerbSignIn, VerbSignInAgain:
		t.signIn(ctx, c)
	case VerbSignOut:
		t.start(ctx, Command{}, func() outcome {
			err := t.actions.SignOut(ctx, c.Session)
			if err == nil {
				return outcome{}
			}
			notice, worthy := failed("Not signed out of "+sessionName(c.Session), err)
			return outcome{notice: notice, worthy: worthy}
		})
	case VerbConsole:
		t.console(ctx, c)
	case VerbReopen:
		t.reopen(ctx, c)
	case VerbSnooze:
		t.seen.Snooze(c, time.Now().Round(0))
	case VerbLetEnd:
		t.seen.LetEnd(c)
	case VerbUnlock:
		t.unlock(ctx, c)
	case VerbWindow:
		t.actions.Window()
	case VerbSettings:
		t.actions.Settings()
	case VerbImport:
		t.actions.Import(c.Session)
	case VerbMigrate:
		t.actions.Migrate(c.Session)
	case VerbAnswer:
		t.actions.ShowPrompt(c.Prompt)
	case VerbQuit, VerbNone:
	}
}

// refresh gets credentials for a profile, unless that goes on already.
func (t *tray) refresh(ctx context.Context, c Command) {
	asked := Command{Verb: VerbRefresh, Profile: c.Profile}
	if t.asked[asked] {
		return
	}
	t.asked[asked] = true
	profile, _ := t.snapshot.Profile(c.Profile)
	t.seen.forget(profile.Session)
	t.start(ctx, asked, func() outcome {
		status, err := t.actions.Refresh(ctx, c.Profile, c.Verb == VerbRenew)
		status.Name = c.Profile
		notice, worthy := Refreshed(status, err, time.Now().Round(0))
		return outcome{asked, notice, worthy, profile.Session, err}
	})
}

// signIn signs in to a session. While that goes on another click shows the
// question again, which may have got lost among other windows.
func (t *tray) signIn(ctx context.Context, c Command) {
	asked := Command{Verb: VerbSignIn, Session: c.Session}
	if t.asked[asked] {
		if p, ok := sessionPrompt(t.snapshot, c.Session); ok {
			t.actions.ShowPrompt(p.ID)
		}
		return
	}
	t.asked[asked] = true
	t.seen.forget(c.Session)
	t.start(ctx, asked, func() outcome {
		err := t.actions.SignIn(ctx, c.Session, c.Verb == VerbSignInAgain)
		if err == nil {
			return outcome{asked: asked}
		}
		notice, worthy := failed("Not signed in to "+sessionName(c.Session), err)
		notice.Body = ofSession(c.Session, notice.Body)
		return outcome{asked, notice, worthy, c.Session, err}
	})
}

// unlock has the keyring read, unless that goes on already: it may be asking.
func (t *tray) unlock(ctx context.Context, c Command) {
	if t.asked[c] {
		return
	}
	t.asked[c] = true
	t.start(ctx, c, func() outcome {
		err := t.actions.Unlock(ctx)
		if err == nil {
			return outcome{asked: c}
		}
		notice, worthy := failed("The keyring was not unlocked", err)
		return outcome{asked: c, notice: notice, worthy: worthy}
	})
}

// console opens the console, unless that goes on already: a browser takes its
// time.
func (t *tray) console(ctx context.Context, c Command) {
	if t.asked[c] {
		return
	}
	t.asked[c] = true
	t.start(ctx, c, func() outcome {
		reply, err := t.actions.Console(ctx, c.Profile, c.Bookmark)
		notice, worthy := Opened(c.Profile, reply, err)
		return outcome{asked: c, notice: notice, worthy: worthy}
	})
}

// reopen opens the page of a visit, unless that goes on already.
func (t *tray) reopen(ctx context.Context, c Command) {
	if t.asked[c] {
		return
	}
	t.asked[c] = true
	t.start(ctx, c, func() outcome {
		notice, worthy := Opened(c.Profile, creds.ConsoleReply{}, t.actions.Reopen(ctx, c.Visit))
		return outcome{asked: c, notice: notice, worthy: worthy}
	})
}

// learn takes note of an outcome. A failure that the snapshot has told of
// already is not told again.
func (t *tray) learn(o outcome) {
	delete(t.asked, o.asked)
	if o.worthy && (!t.ofSession(o) || !t.seen.knew(o.session, o.err)) {
		t.pending = append(t.pending, o.notice)
	}
}

// ofSession reports whether an outcome is the failure of a session, be it that
// of a profile's.
func (t *tray) ofSession(o outcome) bool {
	e, ok := errors.AsType[*creds.Error](o.err)
	if !ok || o.session == "" {
		return false
	}
	session, _ := t.snapshot.Session(o.session)
	return o.asked.Verb == VerbSignIn ||
		e.Code == creds.CodeSignInNeeded || e.Code == creds.CodeSignInFailed ||
		session.Err != nil && session.Err.Message == e.Message
}

// start does something that takes time and brings its outcome back. asked is what
// the outcome is of.
func (t *tray) start(ctx context.Context, asked Command, do func() outcome) {
	t.work.Go(func() {
		o, err := safely.Get(t.log, "what a click asked for", func() (outcome, error) { return do(), nil })
		if err != nil {
			o = outcome{asked: asked}
			o.notice, o.worthy = failed("That did not work", err)
		}
		select {
		case t.outcomes <- o:
		case <-ctx.Done():
		}
	})
}

// tapped is a plain click on the icon, where the tray host tells clicks apart.
func (t *tray) tapped(ctx context.Context) {
	select {
	case t.taps <- struct{}{}:
	case <-ctx.Done():
	}
}
