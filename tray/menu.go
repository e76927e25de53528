package tray

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"daypass/creds/agentapi"
)

// How much a menu shows at once. A menu longer than the screen is scrolled by
// arrows at its ends, one line at a time.
const (
	maxNews     = 6  // problems and questions at the top
	maxProfiles = 15 // profiles in the menu itself
	maxSessions = 5  // sessions of Identity Center in the menu itself
	maxGroup    = 20 // lines of one submenu
	// maxListed is how many profiles can be reached through submenus. The
	// tray host builds an item for each, seen or not, and so does systray:
	// 5000 took it 1.3 s and 55 MB. A profile left out is in the menu as
	// soon as it is used.
	maxListed = 1000
)

// Menu is what the menu shows: parts with a separator between them, but for
// Sessions, which a heading sets off. It is a function of a snapshot and of the
// time, see [NewMenu].
type Menu struct {
	// News are what a person should see first: problems, then questions
	// that wait. With neither it is one line that sums up.
	News []Line
	// Profiles are the profiles in use, or all of them when they are few.
	Profiles []Line
	// Sessions are those of Identity Center under a heading, or one submenu
	// when they are many; empty if there are none.
	Sessions []Line
	// More are the submenus and the way out.
	More []Line
}

// Line is one line of the menu.
type Line struct {
	Text string
	// Icon is the state that the line's icon shows; empty for no icon. At
	// its place in the menu a line always has one or never.
	Icon agentapi.State
	// Click is what a click does. A line without one, and without Lines,
	// is grey.
	Click Command
	// Lines is the submenu.
	Lines []Line
	// name is what the line is about, to name the submenu by that it is put
	// in; empty for such a submenu.
	name string
}

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
	// VerbQuit ends the agent.
	VerbQuit Verb = "quit"
	// VerbTell says in a notice how things are. It is what a click on the
	// icon does when nothing needs doing: no answer at all would look like
	// a click that was lost.
	VerbTell Verb = "tell"
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
}

// NewMenu returns the menu for a snapshot at the time now. Times of day are in
// now's time zone.
func NewMenu(s agentapi.Snapshot, now time.Time) Menu {
	profiles := shown(s)
	menu := Menu{News: news(s, now), Sessions: sessionLines(s, now)}

	near := profiles
	if len(profiles) > maxProfiles {
		near = mostNeeded(profiles, maxProfiles, now)
		title := "All " + count(len(profiles), "profile")
		listed := profiles
		if len(profiles) > maxListed {
			title = fmt.Sprintf("%d of %d profiles", maxListed, len(profiles))
			listed = mostNeeded(profiles, maxListed, now)
		}
		all := make([]Line, len(listed))
		for i, p := range listed {
			all[i] = profileLine(s, p, now)
		}
		menu.More = append(menu.More, Line{Text: title, Lines: group(all)})
	}
	for _, p := range near {
		menu.Profiles = append(menu.Profiles, profileLine(s, p, now))
	}
	if len(near) == 0 {
		menu.Profiles = []Line{{Text: "No profile can be used yet", Icon: agentapi.StateNone}}
	}

	held := sessions(profiles, now)
	if len(held) > 0 {
		menu.More = append(menu.More, Line{Text: "End a session", Lines: group(held)})
	}
	menu.More = append(menu.More, Line{Text: quitWords(len(held)), Click: Command{Verb: VerbQuit}})
	return menu
}

// shown leaves out the profiles whose credentials are not daypass's business.
func shown(s agentapi.Snapshot) []agentapi.Status {
	profiles := make([]agentapi.Status, 0, len(s.Profiles))
	for _, p := range s.Profiles {
		if p.Kind != agentapi.KindOther {
			profiles = append(profiles, p)
		}
	}
	return profiles
}

// news returns the lines at the top of the menu, at least one.
func news(s agentapi.Snapshot, now time.Time) []Line {
	var lines []Line
	for _, problem := range s.Problems {
		lines = append(lines, Line{Text: shorten(problem.Message, maxLine), Icon: agentapi.StateFailed})
	}
	for _, prompt := range s.Prompts {
		lines = append(lines, Line{
			Text:  promptWords(prompt),
			Icon:  promptState(prompt),
			Click: Command{Verb: VerbAnswer, Prompt: prompt.ID},
		})
	}
	if len(lines) == 0 {
		return []Line{{Text: shorten(Tooltip(s, now), maxLine), Icon: Icon(s, now)}}
	}
	if len(lines) > maxNews {
		// Questions are answered in their order; the rest show up as the
		// first ones go.
		rest := len(lines) - maxNews + 1
		lines = append(lines[:maxNews-1:maxNews-1], Line{
			Text: fmt.Sprintf("and %d more", rest), Icon: lines[maxNews-1].Icon, Click: lines[maxNews-1].Click,
		})
	}
	return lines
}

// promptState is the state that a prompt is shown with.
func promptState(p agentapi.Prompt) agentapi.State {
	if p.Kind == agentapi.PromptSSO {
		return agentapi.StateNeedsSSO
	}
	return agentapi.StateNeedsMFA
}

// promptWords says what a prompt asks for, and for whom.
func promptWords(p agentapi.Prompt) string {
	switch p.Kind {
	case agentapi.PromptPassphrase:
		return "Type the passphrase of the key store…"
	case agentapi.PromptSSO:
		return signInWords(p)
	case agentapi.PromptMFA:
	}
	words := "Type the code for "
	switch {
	case p.Checking:
		words = "Checking the code for "
	case p.Refusal != "":
		words = "Type another code for "
	}
	words += shorten(p.Profile, maxName)
	if p.Requester.Surface == agentapi.SurfaceProgram && p.Requester.Program != "" {
		words += ", asked for by " + shorten(p.Requester.Program, maxName)
	}
	return words + "…"
}

// signInWords says who waits for a sign-in.
func signInWords(p agentapi.Prompt) string {
	name := shorten(p.Profile, maxName)
	if p.SignIn != nil {
		name = sessionName(p.SignIn.Session)
	}
	words := "Sign in to " + name
	switch {
	case p.SignIn != nil && p.SignIn.Begun:
		return words + " in the browser…"
	case p.Requester.Surface == agentapi.SurfaceProgram && p.Requester.Program != "":
		return words + ": " + shorten(p.Requester.Program, maxName) + " is waiting"
	case p.Requester.Surface == agentapi.SurfaceProgram:
		return words + ": a program is waiting"
	}
	return words + "…"
}

// profileLine returns the line of one profile.
func profileLine(s agentapi.Snapshot, p agentapi.Status, now time.Time) Line {
	return Line{
		Text:  shorten(shorten(p.Name, maxName)+" — "+stateWords(p, now), maxLine),
		Icon:  look(p, now),
		Click: refresh(s, p, now),
		name:  p.Name,
	}
}

// refresh returns what a click on a profile does: it shows the question that the
// profile waits for, or else gets credentials.
func refresh(s agentapi.Snapshot, p agentapi.Status, now time.Time) Command {
	if p.Phase == agentapi.PhaseNeedsMFA {
		// One prompt serves all profiles of a device, and names the one
		// that was asked for first.
		for _, prompt := range s.Prompts {
			if prompt.Profile == p.Name || prompt.Device != "" && prompt.Device == p.MFASerial {
				return Command{Verb: VerbAnswer, Prompt: prompt.ID}
			}
		}
	}
	if p.Phase == agentapi.PhaseNeedsSSO {
		if prompt, ok := signInPrompt(s, p.Session); ok {
			return Command{Verb: VerbAnswer, Prompt: prompt.ID}
		}
	}
	if p.Left(now) > 0 {
		return Command{Verb: VerbRenew, Profile: p.Name}
	}
	return Command{Verb: VerbRefresh, Profile: p.Name}
}

// mostNeeded picks the n profiles to look at first and keeps them in the order of
// their names, so that a line stays where it is while its state changes.
func mostNeeded(profiles []agentapi.Status, n int, now time.Time) []agentapi.Status {
	picked := slices.Clone(profiles)
	slices.SortStableFunc(picked, func(a, b agentapi.Status) int {
		return cmp.Or(
			cmp.Compare(rank(b, now), rank(a, now)),
			b.LastUsed.Compare(a.LastUsed),
		)
	})
	picked = picked[:n]
	slices.SortFunc(picked, func(a, b agentapi.Status) int { return strings.Compare(a.Name, b.Name) })
	return picked
}

// sessions returns a line for each session that can be ended.
func sessions(profiles []agentapi.Status, now time.Time) []Line {
	var lines []Line
	for _, p := range profiles {
		if p.Left(now) > 0 {
			lines = append(lines, Line{
				Text:  shorten(p.Name, maxName) + " — until " + clock(p.Expires, now),
				Click: Command{Verb: VerbLogout, Profile: p.Name},
				name:  p.Name,
			})
		}
	}
	return lines
}

// quitWords names the last line. Credentials are files, so they outlive the
// agent: whoever ends it should know.
func quitWords(held int) string {
	switch held {
	case 0:
		return "Quit daypass"
	case 1:
		return "Quit daypass (1 session stays valid)"
	}
	return "Quit daypass (" + count(held, "session") + " stay valid)"
}

// group folds lines, which are in the order of their texts, into submenus of at
// most maxGroup lines, as many levels deep as that takes. They are named after the lines in them.
func group(lines []Line) []Line {
	for len(lines) > maxGroup {
		var folded []Line
		for part := range slices.Chunk(lines, maxGroup) {
			folded = append(folded, Line{
				Text:  first(part[0]) + " … " + last(part[len(part)-1]),
				Lines: part,
			})
		}
		lines = folded
	}
	return lines
}

// first returns the first name in a line and its submenus.
func first(l Line) string {
	for l.name == "" && len(l.Lines) > 0 {
		l = l.Lines[0]
	}
	return lineName(l)
}

// last returns the last name in a line and its submenus.
func last(l Line) string {
	for l.name == "" && len(l.Lines) > 0 {
		l = l.Lines[len(l.Lines)-1]
	}
	return lineName(l)
}

func lineName(l Line) string { return shorten(l.name, maxName/2) }
