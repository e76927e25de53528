package tray

import (
	"time"

	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/words"
	"daypass/packaging/icons"
)

// sessionName returns the short name of a session.
func sessionName(id string) string { return shorten(words.Session(id), maxName) }

// sessionLines returns the menu's part about Identity Center: a line for each session,
// or one for all of them if there are more than most; nothing without sessions.
func sessionLines(s creds.Snapshot, most int, now time.Time) []Line {
	if len(s.Sessions) == 0 {
		return nil
	}
	all := make([]Line, len(s.Sessions))
	for i, one := range s.Sessions {
		all[i] = sessionLine(s, one, now)
	}
	// systray cannot hide a separator, so a heading begins this part.
	const heading = "IAM Identity Center"
	if len(all) > most {
		return []Line{{Text: lang.Sprintf("%s: %s", lang.T(heading), lang.Count(len(all), "%d session", "%d sessions")), Lines: group(all)}}
	}
	return append([]Line{{Text: lang.T(heading)}}, all...)
}

// sessionLine returns the line of one session.
func sessionLine(s creds.Snapshot, one creds.Session, now time.Time) Line {
	name := sessionName(one.ID)
	state := one.State(now)
	line := Line{name: name, Icon: picture(state)}
	switch state {
	case creds.StateValid:
		line.Text = name + ": " + signedInWords(one, now)
		line.Lines = signedInLines(one)
	case creds.StateRefreshing:
		line.Text = lang.Sprintf("%s: refreshing…", name)
		if one.Total > 0 {
			line.Text = lang.Sprintf("%s: refreshing %d of %d", name, one.Done, one.Total)
		}
		if !one.Expires.IsZero() {
			// The submenu stays while it is open.
			line.Lines = signedInLines(one)
		}
	case creds.StateNeedsSSO:
		line.Text, line.Click = lang.Sprintf("Sign in to %s", name), signIn(s, one.ID)
		switch p, ok := sessionPrompt(s, one.ID); {
		case !ok:
		case p.Person != nil:
			line.Text = promptWords(p)
		case p.SignIn.Begun:
			line.Text = lang.Sprintf("%s: waiting for you in the browser", name)
		}
	default:
		if one.Stranger != nil && state == creds.StateFailed {
			line.Icon, line.Text, line.Lines = icons.Attention, strangerWords(one), strangerLines(s, one)
			break
		}
		if one.Legacy {
			// An item with a submenu takes no clicks.
			line.Text = lang.Sprintf("%s: not signed in%s", name, whyFailed(one))
			line.Lines = []Line{{Text: lang.T("Sign in"), Click: signIn(s, one.ID)}, migrateLine(one)}
			break
		}
		line.Text, line.Click = lang.Sprintf("Sign in to %s%s", name, whyFailed(one)), signIn(s, one.ID)
	}
	line.Text = shorten(line.Text, maxLine)
	return line
}

// signedInWords returns who is signed in and for how long. When a renewable session
// ends only AWS knows: the token's end is that of its next renewal.
func signedInWords(one creds.Session, now time.Time) string {
	text := lang.T("signed in")
	if one.Person != "" {
		text += lang.Sprintf(" as %s", shorten(one.Person, maxName))
	}
	if one.Renewable {
		text += lang.T(", renewed by itself")
	} else {
		text += lang.Sprintf(" until %s", clock(one.Expires, now))
	}
	if one.Phase == creds.PhaseFailed && one.Err != nil {
		text += lang.Sprintf("; not renewed: %s", shorten(ofSession(one.ID, one.Err.Message), maxReason))
	}
	return text
}

// strangerWords returns the text about another person's sign-in.
func strangerWords(one creds.Session) string {
	who := party(one.Stranger)
	return lang.Sprintf("%s, not %s", prompts.SignedIn(who), who.Before)
}

// strangerLines are the choices about another person's sign-in.
func strangerLines(s creds.Snapshot, one creds.Session) []Line {
	return append([]Line{{Text: lang.T("Is that right?…"), Click: signIn(s, one.ID)}}, signedInLines(one)...)
}

func signedInLines(one creds.Session) []Line {
	lines := []Line{
		{Text: lang.T("Sign in again"), Click: Command{Verb: VerbSignInAgain, Session: one.ID}},
		{Text: lang.T("Sign out"), Click: Command{Verb: VerbSignOut, Session: one.ID}},
	}
	if one.Legacy {
		// Profiles that are imported name an [sso-session].
		return append(lines, migrateLine(one))
	}
	return append(lines, Line{
		Text: lang.T("Import accounts and roles…"), Click: Command{Verb: VerbImport, Session: one.ID},
	})
}

func migrateLine(one creds.Session) Line {
	return Line{Text: lang.T("Move to an sso-session…"), Click: Command{Verb: VerbMigrate, Session: one.StartURL}}
}

// whyFailed returns why nobody is signed in, unless the line says it anyway.
func whyFailed(one creds.Session) string {
	if one.Phase != creds.PhaseFailed || one.Err == nil {
		return ""
	}
	switch one.Err.Code {
	case creds.CodeSignInNeeded, creds.CodeDeclined, creds.CodeWaiting:
		return ""
	default:
	}
	return lang.Sprintf(" — failed: %s", shorten(ofSession(one.ID, one.Err.Message), maxReason))
}

// sessionPrompt returns the prompt that a session waits for: to sign in, or to confirm
// the person.
func sessionPrompt(s creds.Snapshot, session string) (creds.Prompt, bool) {
	for _, p := range s.Prompts {
		if p.SessionID() == session {
			return p, true
		}
	}
	return creds.Prompt{}, false
}

// signIn returns the command of a click on a session: to show the prompt that the
// session waits for, or else to sign in.
func signIn(s creds.Snapshot, session string) Command {
	if p, ok := sessionPrompt(s, session); ok {
		return Command{Verb: VerbAnswer, Prompt: p.ID}
	}
	return Command{Verb: VerbSignIn, Session: session}
}

// lastUses returns the sessions in use with the last use of one of their profiles. A
// session is in use if one of its profiles has credentials or was used recently.
func lastUses(s creds.Snapshot, now time.Time) map[string]time.Time {
	uses := make(map[string]time.Time, len(s.Sessions))
	for _, p := range shown(s) {
		if p.Session == "" || p.Left(now) == 0 && now.Sub(p.LastUsed) >= recent {
			continue
		}
		if last, ok := uses[p.Session]; !ok || p.LastUsed.After(last) {
			uses[p.Session] = p.LastUsed
		}
	}
	return uses
}

// needs are the sessions that need a person.
type needs struct {
	// signIn are those that wait for a sign-in, or are over while in use.
	signIn []creds.Session
	// strange are those with another person's sign-in that are in use, or whose
	// prompt waits.
	strange []creds.Session
	// failed are those in use to which a sign-in failed.
	failed []creds.Session
	all    map[string]bool
}

func needsOf(s creds.Snapshot, now time.Time) needs {
	n := needs{all: make(map[string]bool)}
	uses := lastUses(s, now)
	for _, one := range s.Sessions {
		_, used := uses[one.ID]
		prompt, _ := sessionPrompt(s, one.ID)
		switch state := one.State(now); {
		case prompt.Person != nil, state == creds.StateFailed && used && one.Stranger != nil:
			n.strange = append(n.strange, one)
		case state == creds.StateNeedsSSO, state == creds.StateExpired && used:
			n.signIn = append(n.signIn, one)
		case state == creds.StateFailed && used:
			n.failed = append(n.failed, one)
		default:
			continue
		}
		n.all[one.ID] = true
	}
	return n
}

// cover reports whether the sign-in to its session is all that a profile needs.
func (n needs) cover(p creds.Status, now time.Time) bool {
	if !n.all[p.Session] {
		return false
	}
	switch p.State(now) {
	case creds.StateNeedsSSO, creds.StateExpired:
		return true
	case creds.StateFailed:
		return p.Err != nil && (p.Err.Code == creds.CodeSignInNeeded || p.Err.Code == creds.CodeSignInFailed)
	default:
		return false
	}
}

// most returns the session in need that was used last; false without one.
func (n needs) most(uses map[string]time.Time) (string, bool) {
	var id string
	for _, sessions := range [][]creds.Session{n.signIn, n.strange, n.failed} {
		for _, one := range sessions {
			if id == "" || uses[one.ID].After(uses[id]) {
				id = one.ID
			}
		}
	}
	return id, id != ""
}
