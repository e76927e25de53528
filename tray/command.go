package tray

import (
	"time"

	"daypass/creds"
)

// Verb is what a click asks for.
type Verb string

// The verbs.
const (
	// VerbNone is for lines that a click does nothing on.
	VerbNone Verb = ""
	// VerbRefresh gets credentials for a profile without valid ones.
	VerbRefresh Verb = "refresh"
	// VerbRenew replaces credentials that are still valid.
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
	// VerbSnooze puts off the notice of a session's end.
	VerbSnooze Verb = "snooze"
	// VerbLetEnd stops the notices of a session's end.
	VerbLetEnd Verb = "let_end"
	// VerbSignIn signs in to a session; a browser may open.
	VerbSignIn Verb = "sign_in"
	// VerbSignInAgain does so though the present sign-in is valid.
	VerbSignInAgain Verb = "sign_in_again"
	// VerbSignOut signs out of a session.
	VerbSignOut Verb = "sign_out"
	// VerbImport shows the window that imports accounts and roles.
	VerbImport Verb = "import"
	// VerbRotate shows the window of a profile's long-term key, with what a rotation
	// would do.
	VerbRotate Verb = "rotate"
	// VerbImportKeys shows the window that brings long-term keys in plaintext into the
	// keyring.
	VerbImportKeys Verb = "import_keys"
	// VerbMigrate shows the window that moves legacy profiles to an
	// [sso-session].
	VerbMigrate Verb = "migrate"
	// VerbWindow shows the window of all profiles. A click on the icon does this
	// when nothing else is to be done, so that no click seems lost.
	VerbWindow Verb = "window"
	// VerbAdd shows the window that makes a profile.
	VerbAdd Verb = "add"
	// VerbSettings shows the window of the settings.
	VerbSettings Verb = "settings"
	// VerbUnlock reads a keyring that is locked or did not answer; it may ask the
	// person.
	VerbUnlock Verb = "unlock"
	// VerbQuit ends the agent.
	VerbQuit Verb = "quit"
)

// Command is a verb with its object.
type Command struct {
	Verb    Verb
	Profile string
	// Prompt is the ID of the prompt to show.
	Prompt string
	// Session is the ID of the SSO session; for VerbMigrate, the start URL of a
	// legacy one.
	Session string
	// Bookmark is the name of the page to open the console at.
	Bookmark string
	// Visit is the ID of the visit whose page to open.
	Visit string
	// End is when the credentials of a notice end, in seconds since 1970; zero for
	// commands of the menu.
	End int64
}

// Primary returns the command of a plain click on the icon, where the panel
// distinguishes clicks: it shows the prompt that has waited longest, else signs in to
// the session in use that is over or has another person's sign-in, else refreshes the
// profile that was used last among those whose credentials have ended, else the one
// whose credentials end first. It leaves sensitive profiles alone.
func Primary(s creds.Snapshot, now time.Time) Command {
	if len(s.Prompts) > 0 {
		return Command{Verb: VerbAnswer, Prompt: s.Prompts[0].ID}
	}
	if id, ok := needsOf(s, now).most(lastUses(s, now)); ok {
		return Command{Verb: VerbSignIn, Session: id}
	}
	var ended, ending creds.Status
	for _, p := range shown(s) {
		if p.Sensitive {
			continue // a click may be a slip
		}
		switch p.State(now) {
		case creds.StateExpired, creds.StateFailed:
			if p.LastUsed.After(ended.LastUsed) {
				ended = p
			}
		case creds.StateEnding:
			if ending.Name == "" || p.Expires.Before(ending.Expires) {
				ending = p
			}
		default:
		}
	}
	switch {
	case ended.Name != "" && rank(ended, now) > 0:
		return refresh(s, ended, now)
	case ending.Name != "":
		return refresh(s, ending, now)
	case ended.Name != "":
		// Nothing was used today: the one that was used last.
		return refresh(s, ended, now)
	}
	return Command{Verb: VerbWindow}
}
