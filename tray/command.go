package tray

import "slices"

// Verb is what a click asks for.
type Verb string

// The verbs.
const (
	// VerbNone is for lines that only say something.
	VerbNone Verb = ""
	// VerbRefresh gets credentials for a profile that has none that work.
	VerbRefresh Verb = "refresh"
	// VerbRenew gets new credentials in place of ones that still work.
	VerbRenew Verb = "renew"
	// VerbAnswer shows the window of a prompt.
	VerbAnswer Verb = "answer"
	// VerbLogout ends the session of a profile.
	VerbLogout Verb = "logout"
	// VerbConsole opens the console in a profile's identity, at a bookmark if
	// there is one.
	VerbConsole Verb = "console"
	// VerbReopen opens the page of a visit once more.
	VerbReopen Verb = "reopen"
	// VerbSnooze has the notice of a session's end told again later.
	VerbSnooze Verb = "snooze"
	// VerbLetEnd has nothing more said of a session's end.
	VerbLetEnd Verb = "let_end"
	// VerbSignIn signs in to a session; a browser may open.
	VerbSignIn Verb = "sign_in"
	// VerbSignInAgain does so though the present sign-in lasts.
	VerbSignInAgain Verb = "sign_in_again"
	// VerbSignOut signs out of a session.
	VerbSignOut Verb = "sign_out"
	// VerbImport shows the window that imports accounts and roles.
	VerbImport Verb = "import"
	// VerbMigrate shows the window that moves legacy profiles to an
	// [sso-session].
	VerbMigrate Verb = "migrate"
	// VerbWindow shows the window of all profiles. It is what a click on the
	// icon does when nothing needs doing: no answer at all would look like
	// a click that was lost.
	VerbWindow Verb = "window"
	// VerbSettings shows the window of the settings.
	VerbSettings Verb = "settings"
	// VerbUnlock has a keyring read that is locked or did not answer; it may
	// ask the person.
	VerbUnlock Verb = "unlock"
	// VerbQuit ends the agent.
	VerbQuit Verb = "quit"
)

// Command is what a click asks for, and of what.
type Command struct {
	Verb    Verb
	Profile string
	// Prompt is the ID of the prompt to show.
	Prompt string
	// Session is the ID of the session of Identity Center; of a legacy one
	// that is to be migrated, the start URL.
	Session string
	// Bookmark is the name of the page to open the console at.
	Bookmark string
	// Visit is the ID of the visit whose page to open.
	Visit string
	// End is when the credentials end that a notice is about, in seconds
	// since 1970; zero for commands of the menu.
	End int64
}

// does reports whether a click on a line with this verb leads anywhere.
func (a Actions) does(v Verb) bool {
	switch v {
	case VerbConsole:
		return a.Console != nil
	case VerbReopen:
		return a.Reopen != nil
	case VerbWindow:
		return a.Window != nil
	case VerbSettings:
		return a.Settings != nil
	default:
		return true
	}
}

// only returns the lines whose clicks lead somewhere, and the submenus in which
// such lines are left.
func (a Actions) only(lines []Line) []Line {
	if a.Console != nil && a.Window != nil && a.Settings != nil {
		return lines
	}
	var left []Line
	for _, l := range lines {
		submenu := len(l.Lines) > 0
		if l.Lines = a.only(l.Lines); a.does(l.Click.Verb) && (!submenu || len(l.Lines) > 0) {
			left = append(left, l)
		}
	}
	return left
}

// able returns notices without the offers that lead nowhere.
func (a Actions) able(notices []Notice) []Notice {
	for i, n := range notices {
		notices[i].Offers = slices.DeleteFunc(n.Offers, func(o Offer) bool { return !a.does(o.Clicks[0].Verb) })
	}
	return notices
}
