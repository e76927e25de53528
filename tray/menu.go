package tray

import (
	"cmp"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/words"
	"daypass/packaging/icons"
)

// The size of a menu. GNOME cuts a menu off at the screen's edge and does not scroll
// it. A line has 36 pixels there, so that below the panel a screen of 768 has room for
// 20. A submenu unfolds between the lines and scrolls in the room that they leave; in
// a full menu it would have no line. Other panels scroll by arrows at the menu's ends,
// one line at a time.
const (
	maxTop      = 20 // lines of the menu itself, with its separators, whatever there is
	usualTop    = 17 // to which profiles fill it up
	separators  = 2  // in the menu itself; systray cannot hide one
	maxNews     = 4  // questions and problems at the top
	maxUnlocked = 2  // sensitive profiles to lock again in the menu itself
	maxProfiles = usualTop - separators
	minProfiles = 4  // are in the menu itself; the sessions make room for them, in a submenu
	maxSessions = 5  // sessions of Identity Center in the menu itself
	maxGroup    = 20 // lines of one submenu
	// maxListed is how many profiles can be reached through submenus. The panel
	// and systray build an item for each, visible or not: for 5000 that took
	// 1.3 s and 55 MB. A profile that is left out appears when it is used.
	maxListed = 1000
	// maxEnds is how many profiles the submenu for logging out has; the window has
	// more.
	maxEnds = 20
)

// Menu is what the menu shows: parts with a separator after News and Start, and
// one before More; a heading sets Sessions off. It is a function of a snapshot
// and of the time, see [NewMenu].
type Menu struct {
	// News are the prompts that wait, then the problems. Without either it is one
	// line with the tooltip's text.
	News []Line
	// Start are the ways to the window and to the console, and sensitive
	// profiles to lock again.
	Start []Line
	// Profiles are the nearest ones: see [creds.Nearness].
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
	// Icon is the picture beside the text; empty for none. At its place in
	// the menu a line always has one or never.
	Icon icons.State
	// Click is what a click does. A line without one, and without Lines,
	// is grey.
	Click Command
	// Lines is the submenu.
	Lines []Line
	// name is what the line is about. A submenu that groups lines is named after
	// them, and has none itself.
	name string
	// uniform: either all lines of the submenu have submenus, or none has.
	uniform bool
}

// NewMenu returns the menu for a snapshot at the time now. Times of day are in
// now's time zone.
func NewMenu(s creds.Snapshot, now time.Time) Menu {
	profiles := shown(s)
	menu := Menu{News: news(s, now), Start: startLines(s, profiles, now), Sessions: sessionLines(s, maxSessions, now)}
	held := held(profiles, now)
	var more []Line
	if len(held) > 0 {
		more = append(more, endLine(profiles, held, now))
	}
	add := Line{Text: lang.T("Add profile…"), Click: Command{Verb: VerbAdd}}
	// Without keys it gives way where the menu is full: the window has it, too.
	if keys := keyLines(profiles, now); len(keys) > 0 {
		more = append(more, Line{Text: lang.T("Profiles and keys"), Lines: append([]Line{add}, keys...)})
	} else if usualTop-separators-len(menu.News)-len(menu.Start)-len(more)-3 > minProfiles+1 {
		more = append(more, add)
	}
	more = append(more,
		Line{Text: lang.T("Settings…"), Click: Command{Verb: VerbSettings}},
		Line{Text: quitWords(staying(profiles, held)), Click: Command{Verb: VerbQuit}})

	order := byNeed(s, profiles, now)
	room := usualTop - separators - len(menu.News) - len(menu.Start) - len(more)
	few := min(len(profiles), minProfiles)
	// One line is the submenu of all profiles.
	if room-len(menu.Sessions)-1 < few {
		menu.Sessions = sessionLines(s, 0, now)
	}
	if room -= len(menu.Sessions); len(profiles) > room {
		room = max(room-1, few)
	}
	near := order[:min(len(order), room)]
	if len(near) < len(profiles) {
		menu.More = append(menu.More, allLine(s, profiles, order, now))
	}
	menu.More = append(menu.More, more...)
	for _, p := range nearestFirst(s, profiles, near, now) {
		menu.Profiles = append(menu.Profiles, profileLine(s, p, now))
	}
	if len(near) == 0 {
		menu.Profiles = []Line{{Text: lang.T("No profile can be used yet"), Icon: icons.Idle}}
	}
	return menu
}

// startLines returns the ways to the window and to the console, and the
// sensitive profiles that can be locked again.
func startLines(s creds.Snapshot, profiles []creds.Status, now time.Time) []Line {
	lines := []Line{{Text: lang.T("Open daypass"), Click: Command{Verb: VerbWindow}}}
	if len(profiles) > 0 {
		lines = append(lines, consoleLine(s, profiles))
	}
	var back []Line
	for _, p := range profiles {
		if unlocked(p, now) {
			back = append(back, Line{
				Text:  lang.Sprintf("Lock %s again — %s", shorten(p.Name, maxName), stateWords(p, now)),
				Click: Command{Verb: VerbLogout, Profile: p.Name},
				name:  p.Name,
			})
		}
	}
	if len(back) > maxUnlocked {
		return append(lines, Line{Text: lang.Sprintf("Lock %s again", lang.Count(len(back), "%d sensitive profile", "%d sensitive profiles")), Lines: group(back)})
	}
	return append(lines, back...)
}

// shown leaves out the profiles that other programs get credentials for. The result may
// be the snapshot's own slice, so that nothing may be written to it: a status has half
// a kilobyte, and there may be 10,000.
func shown(s creds.Snapshot) []creds.Status {
	if !slices.ContainsFunc(s.Profiles, func(p creds.Status) bool { return p.Kind.Foreign() }) {
		return s.Profiles
	}
	profiles := make([]creds.Status, 0, len(s.Profiles))
	for _, p := range s.Profiles {
		if !p.Kind.Foreign() {
			profiles = append(profiles, p)
		}
	}
	return profiles
}

// news returns the lines at the top of the menu, at least one.
func news(s creds.Snapshot, now time.Time) []Line {
	questions, problems := make([]Line, len(s.Prompts)), make([]Line, len(s.Problems))
	for i, prompt := range s.Prompts {
		questions[i] = Line{
			Text:  promptWords(prompt),
			Icon:  icons.Attention,
			Click: Command{Verb: VerbAnswer, Prompt: prompt.ID},
		}
	}
	for i, problem := range s.Problems {
		problems[i] = problemLine(problem)
	}
	switch all := len(questions) + len(problems); {
	case all == 0:
		return []Line{{Text: shorten(Tooltip(s, now), maxLine), Icon: Icon(s, now)}}
	case all <= maxNews:
		return append(questions, problems...)
	}
	// The oldest prompts and, however many these are, a problem.
	first := min(len(questions), maxNews-1-min(len(problems), 1))
	second := maxNews - 1 - first
	rest := slices.Concat(questions[first:], problems[second:])
	last := Line{Text: lang.Sprintf("and %d more", len(rest)), Icon: rest[0].Icon, Lines: rest}
	if len(rest) > maxGroup {
		// The others appear when the first ones are answered.
		last.Lines = append(rest[:maxGroup-1:maxGroup-1], Line{Text: lang.T("More…"), Icon: rest[0].Icon, Click: Command{Verb: VerbWindow}})
	}
	return slices.Concat(questions[:first], problems[:second], []Line{last})
}

// problemLine describes a problem of no single profile. A click on a problem of the
// keyring reads it again.
func problemLine(problem creds.Error) Line {
	line := Line{Icon: icons.Failed}
	then := ""
	if problem.OfKeyring() {
		line.Click = Command{Verb: VerbUnlock}
		then = lang.T(": try again…")
		if problem.Code == creds.CodeKeyringLocked {
			then = lang.T(": unlock it…")
		}
	}
	line.Text = shorten(problem.Message, maxLine-len(then)) + then
	return line
}

// promptWords returns what a prompt asks for, and for whom.
func promptWords(p creds.Prompt) string {
	p.Profile, p.Requester.Program = shorten(p.Profile, maxName), shorten(p.Requester.Program, maxName)
	if p.SignIn != nil && !p.OfConsole() {
		in := *p.SignIn
		in.Session = sessionName(in.Session)
		p.SignIn = &in
	}
	if p.Person != nil && !p.OfConsole() {
		p.Person = party(p.Person)
	}
	return shorten(prompts.Of(p).Menu(p), maxLine)
}

// party shortens the names in a line about a person and a session.
func party(p *creds.Person) *creds.Person {
	return &creds.Person{Session: shorten(words.Session(p.Session), maxParty), Now: shorten(p.Now, maxParty), Before: shorten(p.Before, maxParty)}
}

// profileLine returns the line of one profile.
func profileLine(s creds.Snapshot, p creds.Status, now time.Time) Line {
	name := shorten(p.Name, maxName)
	if p.Favourite {
		name = star + name
	}
	state := stateWords(p, now)
	if prompt, ok := signInPrompt(s, p); ok && prompt.OfConsole() && prompt.SignIn != nil && prompt.SignIn.Begun {
		state = lang.T("sign in in the browser…")
	}
	return Line{
		Text:  shorten(name+" — "+state, maxLine),
		Icon:  profilePicture(p, now),
		Click: refresh(s, p, now),
		name:  p.Name,
	}
}

// signInPrompt returns the prompt of the sign-in, or of its confirmation, that a profile
// waits for.
func signInPrompt(s creds.Snapshot, p creds.Status) (creds.Prompt, bool) {
	if p.Phase != creds.PhaseNeedsSSO {
		return creds.Prompt{}, false
	}
	if p.Session != "" {
		return sessionPrompt(s, p.Session)
	}
	for _, prompt := range s.Prompts {
		arn := prompt.Identity()
		if prompt.OfConsole() && (prompt.Profile == p.KeyOwner() || prompt.Profile == p.Name || arn != "" && arn == p.LoginSession) {
			return prompt, true
		}
	}
	return creds.Prompt{}, false
}

// refresh returns the command of a click on a profile: to show the prompt that the
// profile waits for, or else to get credentials.
func refresh(s creds.Snapshot, p creds.Status, now time.Time) Command {
	if p.Phase == creds.PhaseNeedsMFA {
		// One prompt serves all profiles of a device, and names the first that
		// was asked for.
		for _, prompt := range s.Prompts {
			if prompt.Profile == p.Name || prompt.Device != "" && prompt.Device == p.MFASerial {
				return Command{Verb: VerbAnswer, Prompt: prompt.ID}
			}
		}
	}
	if prompt, ok := signInPrompt(s, p); ok {
		return Command{Verb: VerbAnswer, Prompt: prompt.ID}
	}
	if p.Left(now) > 0 {
		return Command{Verb: VerbRenew, Profile: p.Name}
	}
	return Command{Verb: VerbRefresh, Profile: p.Name}
}

// held returns the indices of the profiles that can be logged out.
func held(profiles []creds.Status, now time.Time) []int {
	var held []int
	for i, p := range profiles {
		if p.Left(now) > 0 {
			held = append(held, i)
		}
	}
	return held
}

// endLine returns the submenu for logging out; of many profiles, those used last.
func endLine(profiles []creds.Status, held []int, now time.Time) Line {
	many := len(held) > maxEnds
	if many {
		held = slices.Clone(held)
		slices.SortFunc(held, func(a, b int) int {
			return cmp.Or(profiles[b].LastUsed.Compare(profiles[a].LastUsed), cmp.Compare(a, b))
		})
		held = held[:maxEnds]
		slices.Sort(held)
	}
	lines := make([]Line, len(held), len(held)+1)
	for i, at := range held {
		p := profiles[at]
		until := lang.Sprintf("until %s", clock(p.Expires, now))
		switch end, steady := steadyUntil(settled(p, now), now); {
		case steady && end.IsZero():
			until = lang.T("renewed by itself")
		case steady:
			until = lang.Sprintf("until %s", clock(end, now))
		}
		lines[i] = Line{
			Text:  shorten(p.Name, maxName) + " — " + until,
			Click: Command{Verb: VerbLogout, Profile: p.Name},
			name:  p.Name,
		}
	}
	if many {
		lines = append(lines, Line{Text: lang.T("More profiles…"), Click: Command{Verb: VerbWindow}})
	}
	return Line{Text: lang.T("Log out"), Lines: lines}
}

// staying returns how many profiles keep their credentials when the agent ends.
// Sensitive ones do not.
func staying(profiles []creds.Status, held []int) int {
	n := 0
	for _, i := range held {
		if !profiles[i].Sensitive {
			n++
		}
	}
	return n
}

// quitWords returns the text of the last line. Credentials are in a file and outlive
// the agent, which the person should know.
func quitWords(staying int) string {
	switch staying {
	case 0:
		return lang.T("Quit daypass")
	case 1:
		return lang.T("Quit daypass (1 profile stays valid)")
	}
	return lang.Sprintf("Quit daypass (%s stay valid)", lang.Count(staying, "%d profile", "%d profiles"))
}
