package tray

import (
	"context"
	"errors"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// click runs the command of a line of the menu, and reports whether that is to quit.
func (t *tray) click(ctx context.Context, s *slot) (quit bool) {
	command := s.line.Click
	if command.aimed() && time.Since(s.since) < aim {
		t.log.Info("click ignored: the line has just changed", "line", s.line.Text)
		return false
	}
	if command.Verb == VerbQuit {
		return true
	}
	t.perform(ctx, command)
	return false
}

// aimed reports whether a click must not reach another profile than the person
// meant.
func (c Command) aimed() bool {
	return c.Verb == VerbLogout || c.Verb == VerbSignOut || c.Verb == VerbConsole
}

// perform starts what a command asks for.
func (t *tray) perform(ctx context.Context, c Command) {
	t.log.Debug("click", "verb", c.Verb, "profile", c.Profile, "prompt", c.Prompt, "session", c.Session, "bookmark", c.Bookmark)
	switch c.Verb {
	case VerbRefresh, VerbRenew:
		t.refresh(ctx, c)
	case VerbLogout:
		t.start(ctx, Command{}, func() outcome {
			return failureOf(lang.Sprintf("The session of %s was not ended", c.Profile), t.actions.Logout(ctx, c.Profile))
		})
	case VerbSignIn, VerbSignInAgain:
		t.signIn(ctx, c)
	case VerbSignOut:
		t.start(ctx, Command{}, func() outcome {
			return failureOf(lang.Sprintf("Not signed out of %s", sessionName(c.Session)), t.actions.SignOut(ctx, c.Session))
		})
	case VerbConsole:
		t.start(ctx, c, func() outcome {
			reply, err := t.actions.Console(ctx, c.Profile, c.Bookmark)
			notice, show := Opened(c.Profile, reply, err)
			return outcome{notice: notice, show: show}
		})
	case VerbReopen:
		t.start(ctx, c, func() outcome {
			notice, show := Opened(c.Profile, creds.ConsoleReply{}, t.actions.Reopen(ctx, c.Visit))
			return outcome{notice: notice, show: show}
		})
	case VerbSnooze:
		t.seen.Snooze(c, time.Now().Round(0))
	case VerbLetEnd:
		t.seen.LetEnd(c)
	case VerbUnlock:
		t.start(ctx, c, func() outcome { return failureOf(lang.T("The keyring was not unlocked"), t.actions.Unlock(ctx)) })
	case VerbWindow:
		t.actions.Window()
	case VerbAdd:
		t.actions.Add()
	case VerbSettings:
		t.actions.Settings()
	case VerbRotate:
		t.actions.Rotate(c.Profile)
	case VerbImportKeys:
		t.actions.ImportKeys()
	case VerbImport:
		t.actions.Import(c.Session)
	case VerbMigrate:
		t.actions.Migrate(c.Session)
	case VerbAnswer:
		t.actions.ShowPrompt(c.Prompt)
	case VerbQuit, VerbNone:
	}
}

// refresh gets credentials for a profile.
func (t *tray) refresh(ctx context.Context, c Command) {
	once := Command{Verb: VerbRefresh, Profile: c.Profile}
	if t.asked[once] {
		return
	}
	profile, _ := t.snapshot.Profile(c.Profile)
	t.seen.forget(profile.Session)
	t.start(ctx, once, func() outcome {
		status, err := t.actions.Refresh(ctx, c.Profile, c.Verb == VerbRenew)
		status.Name = c.Profile
		notice, show := Refreshed(status, err, time.Now().Round(0))
		return outcome{notice: notice, show: show, session: profile.Session, err: err}
	})
}

// signIn signs in to a session. While that goes on another click shows the
// question again, which may be hidden behind other windows.
func (t *tray) signIn(ctx context.Context, c Command) {
	once := Command{Verb: VerbSignIn, Session: c.Session}
	if t.asked[once] {
		if p, ok := sessionPrompt(t.snapshot, c.Session); ok {
			t.actions.ShowPrompt(p.ID)
		}
		return
	}
	t.seen.forget(c.Session)
	t.start(ctx, once, func() outcome {
		err := t.actions.SignIn(ctx, c.Session, c.Verb == VerbSignInAgain)
		o := failureOf(lang.Sprintf("Not signed in to %s", sessionName(c.Session)), err)
		o.notice.Body = ofSession(c.Session, o.notice.Body)
		o.session, o.err = c.Session, err
		return o
	})
}

// failureOf is the outcome of an action of which only the failure is shown.
func failureOf(title string, err error) (o outcome) {
	if err != nil {
		o.notice, o.show = failed(title, err)
	}
	return o
}

// finish records an outcome. A failure that the snapshot has reported already is not
// reported again.
func (t *tray) finish(o outcome) {
	delete(t.asked, o.asked)
	if o.show && (!t.ofSession(o) || !t.seen.alreadyReported(o.session, o.err)) {
		t.pending = append(t.pending, o.notice)
	}
}

// ofSession reports whether an outcome is the failure of a session, which may be why a
// profile's refresh failed.
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

// start runs something that takes time and sends its outcome to the loop. It ignores
// a command that is running already; the zero command may run twice.
func (t *tray) start(ctx context.Context, asked Command, do func() outcome) {
	if asked != (Command{}) {
		if t.asked[asked] {
			return
		}
		t.asked[asked] = true
	}
	t.work.Go(func() {
		o, err := safely.Get(t.log, "what a click asked for", func() (outcome, error) { return do(), nil })
		if err != nil {
			o = failureOf(lang.T("That did not work"), err)
		}
		o.asked = asked
		select {
		case t.outcomes <- o:
		case <-ctx.Done():
		}
	})
}

// tapped is a plain click on the icon, where the panel distinguishes clicks.
func (t *tray) tapped(ctx context.Context) {
	select {
	case t.taps <- struct{}{}:
	case <-ctx.Done():
	}
}
